import type { Beacon } from "./beacon";
import { now } from "./clock";
import { loadPending, updatePending } from "./pending";
import { safely } from "./safely";
import { type Answer, post } from "./transport";

export interface Sender {
  /** Takes a session's newest beacon, in place of any older one that still waits. */
  send(beacon: Beacon, urgent: boolean): void;
  /** Tries now whatever waits. `urgent`: the page may be gone at once. */
  flush(urgent?: boolean): void;
}

const SECOND = 1000;
const LONGEST_PAUSE = 60;
const LONGEST_RETRY_AFTER = 3600;
// A request without an answer for so long holds back its session no longer.
const ANSWER_TIMEOUT = 30 * SECOND;

/** `persistent`: what is not yet confirmed is kept in the browser for the next page view. */
export const createSender = (url: URL, persistent: boolean): Sender => {
  const waiting = new Map<string, Beacon>();
  const flying = new Map<string, [beacon: Beacon, since: number]>();
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let notBefore = 0;

  const flush = (urgent = false): void => {
    clearTimeout(timer);
    timer = undefined;
    const time = now();
    if (!urgent && notBefore > time) retryIn(notBefore - time);
    else
      waiting.forEach((beacon, session) => {
        const [flight, since = 0] = flying.get(session) || [];
        if (flight && time - since < ANSWER_TIMEOUT && (!urgent || flight === beacon)) return;
        flying.set(session, [beacon, time]);
        post(url, JSON.stringify({ ...beacon, sent_at: Date.now() }), urgent).then(
          safely((answer: Answer) => settle(beacon, answer)),
        );
      });
  };

  const retryIn = (ms: number): void => {
    timer ??= setTimeout(safely(flush), ms);
  };

  const settle = (beacon: Beacon, [status, retryAfter]: Answer): void => {
    const { session } = beacon;
    if (flying.get(session)?.[0] === beacon) flying.delete(session);
    if (!status || status === 429 || status > 499) {
      const pause =
        (Math.min(LONGEST_PAUSE, 2 ** failures) * (0.75 + Math.random() / 2) +
          Math.min(LONGEST_RETRY_AFTER, retryAfter)) *
        SECOND;
      if (retryAfter) notBefore = now() + pause;
      // Several sessions that fail together are one failure.
      if (!timer) failures++;
      retryIn(pause);
    } else {
      failures = 0;
      if (waiting.get(session) === beacon) waiting.delete(session);
      if (persistent) updatePending(beacon);
      flush();
    }
  };

  if (persistent) for (const beacon of loadPending()) waiting.set(beacon.session, beacon);
  return {
    send(beacon, urgent) {
      waiting.set(beacon.session, beacon);
      if (persistent) updatePending(beacon, true);
      flush(urgent);
    },
    flush,
  };
};
