import { ACTION, type Actions, count } from "./actions";
import type { Beacon, Quality } from "./beacon";
import { now } from "./clock";
import { cut } from "./cut";
import { clean, identityOf } from "./identity";
import { createMeter, isRunning } from "./meter";
import { playedRanges } from "./played";
import { createQuality } from "./quality";
import { listen, safely } from "./safely";
import type { Settings } from "./settings";
import { uuid7 } from "./uuid";
import { createWatchMap, round } from "./watchmap";

export interface Session {
  /** The hashed id of the media that this session is about. */
  readonly media: string;
  /** Sends a beacon unless the last one said the same. */
  report(urgent?: boolean): void;
  /** Reports once more and lets go of the player. */
  end(): void;
}

export interface Context {
  settings: Settings;
  visitor: string | undefined;
  send(beacon: Beacon, urgent: boolean): void;
}

const REPORT_EVERY = 10_000;
const SAMPLE_EVERY = 250;
const MAX_SEQ = 65_535;
// Near the end of the sequence numbers a session that never ends reports rarely.
const SCARCE_SEQ = 60_000;
const REPORT_RARELY = 600_000;

const EVENTS =
  "play playing pause ended seeking seeked timeupdate ratechange waiting emptied durationchange error" +
  (__PLAYHEAD_MORE__ ? ` ${ACTION}` : "");

/** Follows one player with one media; `fresh`: it is the first session of this player. */
export const createSession = (
  player: HTMLMediaElement,
  media: string,
  { settings, visitor, send }: Context,
  fresh: boolean,
): Session => {
  const map = createWatchMap();
  const sample = createMeter(player, map);
  const quality: Quality = { stalls: 0, stalled_ms: 0, errors: [] };
  const note = createQuality(player, quality);
  let actions: Actions = {};
  const cleaned = (address: string): string | undefined =>
    cut(__PLAYHEAD_MORE__ ? clean(settings, address) : address);
  let duration: number | undefined;
  let played = isRunning(player);
  let seq = 0;
  let last = "";
  let reported = 0;
  let timer: ReturnType<typeof setInterval> | undefined;

  const constant = {
    account: settings.account,
    media,
    session: uuid7(),
    visitor,
    // As it was at the load: a page that changes its title does not make a paused player talk.
    page: {
      url: cleaned(location.href),
      title: cut(document.title),
      referrer: cleaned(document.referrer),
    },
    title: cut(player.dataset.playheadTitle),
    webdriver: navigator.webdriver || undefined,
  };

  const report = (urgent = false): void => {
    sample();
    if (urgent) note("pagehide");
    // A player that runs on by a moment is cut back; one that runs on for longer is believed.
    const furthest = map.end();
    if (duration && furthest > duration + 1) duration = round(furthest);
    const watched = map.pieces(duration);
    const content = {
      ...constant,
      duration,
      played: played || watched.length > 0,
      watched,
      ...(__PLAYHEAD_MORE__ && {
        identity: identityOf(settings),
        actions: Object.values(actions),
      }),
      player: {
        name: "html5",
        version: __PLAYHEAD_VERSION__,
        rate: player.playbackRate,
        language: navigator.language,
        screen: [screen.width, screen.height] as [number, number],
      },
      quality,
    };
    const text = JSON.stringify(content);
    if (text === last || seq > MAX_SEQ) return;
    last = text;
    reported = now();
    send({ ...content, seq: seq++ }, urgent);
  };

  const tick = (): void => {
    sample();
    if (now() - reported >= (seq < SCARCE_SEQ ? REPORT_EVERY : REPORT_RARELY)) report();
  };

  /** Brings timer and duration up to date; true when the duration has become known. */
  const look = (): boolean => {
    // Only a running player is looked at between its events.
    if (player.paused) timer = clearInterval(timer) as undefined;
    else timer ??= setInterval(safely(tick), SAMPLE_EVERY);
    const known = duration;
    const length = round(player.duration);
    // An exchanged source is without a duration for a while; the session keeps what it knew.
    if (length > 0 && length < 1 / 0) duration = length;
    return !known && !!duration;
  };

  const letGo = listen(player, EVENTS, (event) => {
    const { type } = event;
    if (__PLAYHEAD_MORE__ && type === ACTION) {
      actions = count(actions, (event as CustomEvent<unknown>).detail);
      report();
      return;
    }
    sample(/^(seeking|emptied)/.test(type));
    note(type);
    const begins = type === "playing" && !played;
    if (begins) played = true;
    if (look() || begins || /^(pause|ended)/.test(type)) report();
    else if (type === "timeupdate") tick();
  });

  // A player may have begun before this script was there; the browser knows what it played.
  if (fresh) for (const [start, end] of playedRanges(player)) map.add(start, end);
  look();
  report();

  return {
    media,
    report,
    end() {
      report();
      letGo();
      clearInterval(timer);
    },
  };
};
