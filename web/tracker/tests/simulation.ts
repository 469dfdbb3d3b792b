import { vi } from "vitest";

const STEP = 10;
const HAVE_METADATA = 1;
const HAVE_ENOUGH_DATA = 4;

/** Milliseconds until an event of that name reaches its listeners. */
export type Delay = (name: string) => number;

/**
 * A player whose clock is the test's. It moves, seeks, stalls and loops as the HTML standard says,
 * keeps its own account of what was truly played, and delivers its events as late as asked.
 */
export class Simulation {
  readonly video = document.createElement("video");
  /** Media time truly played, in seconds. */
  truth = 0;
  /** How often the playhead jumped, started or stopped. */
  breaks = 0;
  /** Tenths of seconds of the media in which anything was truly played. */
  readonly seen = new Set<number>();
  position = 0;
  paused = true;
  rate = 1;
  loop = false;
  stalled = false;
  duration = Number.NaN;
  readyState = 0;
  readonly #played: [number, number][] = [];
  #seekingUntil: number | undefined;
  #queue: { at: number; name: string }[] = [];
  #lastUpdate = 0;
  #readyAt = Number.POSITIVE_INFINITY;

  constructor(
    readonly delay: Delay = () => 0,
    readonly seekTime: () => number = () => 20,
    readonly tellsPlayed = true,
  ) {
    const define = (name: string, get: () => unknown): void => {
      Object.defineProperty(this.video, name, { get, configurable: true });
    };
    define("currentTime", () => this.position);
    define("paused", () => this.paused);
    define("ended", () => this.#atEnd() && !this.loop);
    define("seeking", () => this.#seekingUntil !== undefined);
    define("playbackRate", () => this.rate);
    define("loop", () => this.loop);
    define("duration", () => this.duration);
    define("readyState", () => (this.stalled ? 2 : this.readyState));
    define("played", () => {
      const ranges = this.tellsPlayed ? this.#played : [];
      return {
        length: ranges.length,
        start: (i: number) => ranges[i]?.[0],
        end: (i: number) => ranges[i]?.[1],
      };
    });
  }

  /** A source has been set: the element forgets what it knew of the one before. */
  load(duration: number): void {
    this.breaks++;
    this.#played.length = 0;
    this.#seekingUntil = undefined;
    this.position = 0;
    this.duration = Number.NaN;
    this.readyState = 0;
    this.#fire("emptied");
    this.duration = duration;
    this.readyState = HAVE_METADATA;
    this.#fire("durationchange");
    this.#readyAt = Date.now() + 30;
  }

  play(): void {
    if (!this.paused) return;
    this.breaks++;
    if (this.#atEnd()) this.seek(0);
    this.paused = false;
    this.#fire("play");
    if (this.readyState > 2 && !this.stalled) this.#fire("playing");
  }

  pause(): void {
    if (this.paused) return;
    this.breaks++;
    this.paused = true;
    this.#fire("timeupdate");
    this.#fire("pause");
  }

  seek(to: number): void {
    this.breaks++;
    this.position = Math.min(to, this.duration);
    this.#seekingUntil = Date.now() + this.seekTime();
    this.#fire("seeking");
  }

  setRate(rate: number): void {
    this.rate = rate;
    this.#fire("ratechange");
  }

  stall(stalled: boolean): void {
    if (this.stalled === stalled) return;
    this.breaks++;
    this.stalled = stalled;
    if (!this.paused) this.#fire(stalled ? "waiting" : "playing");
  }

  /** Lets time pass, for the player, for its events and for the timers of the page. */
  run(ms: number): void {
    for (let passed = 0; passed < ms; passed += STEP) {
      this.#move();
      vi.advanceTimersByTime(STEP);
      this.#deliver();
    }
  }

  #atEnd(): boolean {
    return this.position >= this.duration;
  }

  #move(): void {
    if (this.#readyAt <= Date.now()) {
      this.#readyAt = Number.POSITIVE_INFINITY;
      this.readyState = HAVE_ENOUGH_DATA;
      if (!this.paused && !this.stalled) this.#fire("playing");
    }
    if (this.#seekingUntil !== undefined && this.#seekingUntil <= Date.now()) {
      this.#seekingUntil = undefined;
      this.#fire("timeupdate");
      this.#fire("seeked");
    }
    const moves =
      !this.paused && !this.stalled && this.#seekingUntil === undefined && this.readyState > 2;
    if (!moves || this.#atEnd()) return;
    const end = Math.min(this.duration, this.position + (this.rate * STEP) / 1000);
    this.#account(this.position, end);
    this.position = end;
    if (this.#atEnd()) {
      if (this.loop) this.seek(0);
      else {
        this.breaks++;
        this.paused = true;
        this.#fire("timeupdate");
        this.#fire("pause");
        this.#fire("ended");
      }
    } else if (Date.now() - this.#lastUpdate >= 250) {
      this.#lastUpdate = Date.now();
      this.#fire("timeupdate");
    }
  }

  #account(start: number, end: number): void {
    this.truth += end - start;
    this.seen.add(Math.floor(start * 10)).add(Math.floor(end * 10));
    const last = this.#played.find((range) => Math.abs(range[1] - start) < 1e-9);
    if (last) last[1] = Math.max(last[1], end);
    else this.#played.push([start, end]);
  }

  #fire(name: string): void {
    this.#queue.push({ at: Date.now() + this.delay(name), name });
  }

  #deliver(): void {
    const due = this.#queue.filter(({ at }) => at <= Date.now());
    this.#queue = this.#queue.filter(({ at }) => at > Date.now());
    due.sort((a, b) => a.at - b.at);
    for (const { name } of due) this.video.dispatchEvent(new Event(name));
  }
}
