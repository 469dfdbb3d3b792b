import { RefusedError } from "./api.ts";

const EVERY = 1000;
const LONGEST = 15_000;

/**
 * Runs `round` every second from start to start, one at a time and only while somebody looks.
 * A server that does not answer is asked less and less often.
 */
export const poll = (
  round: (number: number) => Promise<void>,
  tell: (error?: unknown) => void,
): void => {
  let number = 0;
  let failures = 0;
  let running = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const run = async (): Promise<void> => {
    clearTimeout(timer);
    if (running || document.hidden) return;
    running = true;
    const started = Date.now();
    let wait = 0;
    try {
      await round(number);
      number += 1;
      failures = 0;
      tell();
      wait = EVERY - (Date.now() - started);
    } catch (error) {
      failures += 1;
      tell(error);
      wait = Math.min(LONGEST, EVERY * 2 ** Math.min(failures, 10));
      if (error instanceof RefusedError) wait = Math.max(wait, error.retryAfter * 1000);
    }
    running = false;
    timer = setTimeout(() => void run(), Math.max(0, wait));
  };

  // Back in sight: at once, whatever had been planned.
  document.addEventListener("visibilitychange", () => void run());
  void run();
};
