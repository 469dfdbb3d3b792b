import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Beacon } from "../beacon";
import { createSession, type Session } from "../session";
import { Simulation } from "./simulation";

vi.hoisted(() => {
  Object.assign(globalThis, { __PLAYHEAD_MORE__: true });
});

const sum = ({ watched }: Beacon): number =>
  watched.reduce((all, [start, end, times]) => all + (end - start) * times, 0);

let sent: Beacon[];
const last = (): Beacon => sent[sent.length - 1] as Beacon;
const open: Session[] = [];

const follow = (player: Simulation, fresh = true): Session => {
  const context = {
    settings: { account: "acc" },
    visitor: "somebody",
    send: (beacon: Beacon) => void sent.push(beacon),
  };
  const session = createSession(player.video, "clip", context, fresh);
  open.push(session);
  return session;
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(1_750_000_000_000);
  sent = [];
});

afterEach(() => {
  for (const session of open.splice(0)) session.end();
  vi.useRealTimers();
});

describe("what was watched", () => {
  it("is told to 0.05 s after playing, pausing, seeking back, looping and 2x", () => {
    const player = new Simulation();
    const session = follow(player);
    player.load(10);
    player.play();
    player.run(3000);
    player.pause();
    player.run(1000);
    player.seek(1);
    player.run(300);
    player.play();
    player.run(2000);
    player.seek(9);
    player.loop = true;
    player.run(3000);
    player.setRate(2);
    player.run(3000);
    player.pause();
    player.run(100);
    session.report();
    expect(player.truth).toBeGreaterThan(13);
    expect(Math.abs(sum(last()) - player.truth)).toBeLessThan(0.05);
  });

  const wait = fc.integer({ min: 0, max: 300 }).map((tens) => ["run", tens * 10] as const);
  // Less than the tolerance of a tenth of a second nobody can tell from playing, late events given.
  const place = fc.integer({ min: 0, max: 60 }).map((halves) => halves / 2);
  const action = fc.oneof(
    { weight: 3, arbitrary: wait },
    fc.constant(["play"] as const),
    fc.constant(["pause"] as const),
    place.map((seconds) => ["seek", seconds] as const),
    fc.constantFrom(0.5, 1, 1.5, 2).map((rate) => ["rate", rate] as const),
    fc.boolean().map((loop) => ["loop", loop] as const),
    fc.boolean().map((stalled) => ["stall", stalled] as const),
    fc.constant(["load"] as const),
    // Everything in one task, before the page hears of any of it.
    place.map((seconds) => ["shuffle", seconds] as const),
  );

  const perform = (player: Simulation, actions: readonly (readonly unknown[])[]): void => {
    for (const [name, value] of actions) {
      if (name === "run") player.run(value as number);
      else if (name === "play") player.play();
      else if (name === "pause") player.pause();
      else if (name === "seek") player.seek(value as number);
      else if (name === "rate") player.setRate(value as number);
      else if (name === "loop") player.loop = value as boolean;
      else if (name === "stall") player.stall(value as boolean);
      else if (name === "load") player.load(30);
      else {
        player.pause();
        player.seek(value as number);
        player.seek((value as number) / 2);
        player.play();
      }
    }
    player.run(500);
  };

  /** No stretch is counted that lies further than `slack` from everything truly played. */
  const expectNoJumpCounted = (player: Simulation, slack: number): void => {
    const tenths = Math.ceil(slack * 10);
    for (const [start, end] of last().watched)
      for (let tenth = Math.floor(start * 10); tenth < end * 10; tenth++) {
        let near = false;
        for (let d = -tenths; d <= tenths; d++) near ||= player.seen.has(tenth + d);
        expect(near, `${tenth / 10} s was never played`).toBe(true);
      }
  };

  it("is what was truly played, for any order of actions", () => {
    fc.assert(
      fc.property(
        fc.array(action, { minLength: 3, maxLength: 60, size: "max" }),
        fc.integer({ min: 0, max: 200 }),
        fc.boolean(),
        (actions, seekTime, tellsPlayed) => {
          const player = new Simulation(
            () => 0,
            () => seekTime,
            tellsPlayed,
          );
          const session = follow(player);
          player.load(30);
          player.play();
          perform(player, actions);
          session.end();
          expect(Math.abs(sum(last()) - player.truth)).toBeLessThan(0.03 * player.breaks + 0.1);
          expectNoJumpCounted(player, 0.1);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("has no jump in it, however late and out of order the events come", () => {
    fc.assert(
      fc.property(
        fc.array(action, { minLength: 3, maxLength: 60, size: "max" }),
        fc.infiniteStream(fc.integer({ min: 0, max: 120 })),
        fc.infiniteStream(fc.integer({ min: 0, max: 300 })),
        (actions, delays, seeks) => {
          const player = new Simulation(
            () => delays.next().value as number,
            () => seeks.next().value as number,
          );
          const session = follow(player);
          player.load(30);
          player.play();
          perform(player, actions);
          session.end();
          expect(sum(last())).toBeLessThan(player.truth + 0.2 * player.breaks + 0.1);
          expect(sum(last())).toBeGreaterThan(player.truth - 0.4 * player.breaks - 0.1);
          expectNoJumpCounted(player, 0.4);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("leaves out frame steps of a paused player", () => {
    const player = new Simulation();
    const session = follow(player);
    player.load(10);
    for (let i = 1; i < 20; i++) {
      player.seek(i * 0.04);
      player.run(50);
    }
    session.report();
    expect(last().watched).toEqual([]);
    expect(last().played).toBe(false);
  });

  it("leaves out small skips of a playing player, over before anybody hears of them", () => {
    const player = new Simulation(
      () => 10,
      () => 0,
    );
    const session = follow(player);
    player.load(60);
    player.run(50);
    player.play();
    for (let i = 0; i < 50; i++) {
      player.run(330);
      player.seek(player.position + 0.08);
    }
    session.report();
    expect(sum(last()) - player.truth).toBeLessThan(1);
  });

  it("does not count twice what a player takes back by a few milliseconds", () => {
    const player = new Simulation();
    const session = follow(player);
    player.load(60);
    player.run(50);
    player.play();
    for (let i = 0; i < 20; i++) {
      player.run(300);
      player.video.dispatchEvent(new Event("timeupdate"));
      player.position -= 0.008;
      player.video.dispatchEvent(new Event("timeupdate"));
    }
    session.report();
    expect(last().watched.length).toBe(1);
  });

  it("believes a faster rate as soon as the player plays at it", () => {
    const player = new Simulation(
      (name) => (name === "ratechange" ? 400 : 0),
      () => 20,
      false,
    );
    const session = follow(player);
    player.load(60);
    player.run(50);
    player.play();
    player.run(1010);
    player.setRate(4);
    player.run(3000);
    session.report();
    expect(Math.abs(sum(last()) - player.truth)).toBeLessThan(0.05);
  });

  it("has one piece for an unbroken hour, with its end where it is", () => {
    const player = new Simulation();
    const session = follow(player);
    player.load(4000);
    player.run(50);
    player.play();
    for (let i = 0; i < 60; i++) player.run(60_000);
    session.report();
    const [[start, end, times] = [], ...more] = last().watched;
    expect(more).toEqual([]);
    expect([start, times]).toEqual([0, 1]);
    expect(end).toBeCloseTo(player.position, 2);
  });

  it("has loops without slivers at their seams", () => {
    const player = new Simulation();
    const session = follow(player);
    player.loop = true;
    player.load(5);
    player.play();
    player.run(32_000);
    player.pause();
    player.run(50);
    session.report();
    expect(last().watched.length).toBeLessThanOrEqual(3);
    expect(Math.abs(sum(last()) - player.truth)).toBeLessThan(0.3);
  });

  it("includes what the browser played before the script was there", () => {
    const player = new Simulation();
    player.load(20);
    player.play();
    player.run(2000);
    const session = follow(player);
    player.run(1000);
    session.report();
    expect(Math.abs(sum(last()) - 3)).toBeLessThan(0.05);
    expect(sent[0]?.played).toBe(true);
  });

  it("does not inherit what the player played for another media", () => {
    const player = new Simulation();
    player.load(20);
    player.play();
    player.run(2000);
    follow(player, false);
    expect(last().watched).toEqual([]);
  });

  it("goes on in the same session when only the source changes", () => {
    const player = new Simulation();
    const session = follow(player);
    player.load(20);
    player.play();
    player.run(3000);
    player.load(20.02);
    player.seek(3);
    player.run(2000);
    session.report();
    expect(new Set(sent.map((beacon) => beacon.session)).size).toBe(1);
    expect(Math.abs(sum(last()) - player.truth)).toBeLessThan(0.1);
    expect(last().duration).toBe(20.02);
  });
});

describe("a beacon", () => {
  it("leaves out a duration that is unknown or endless, and comes once more when it is known", () => {
    const player = new Simulation();
    follow(player);
    expect(JSON.parse(JSON.stringify(last()))).not.toHaveProperty("duration");
    player.load(Number.POSITIVE_INFINITY);
    player.run(50);
    expect(sent.length).toBe(1);
    player.load(12.3456);
    player.run(50);
    expect(sent.map((beacon) => beacon.duration)).toEqual([undefined, 12.346]);
  });

  it("goes out at the load, the first play, every 10 s of playing, the pause and the end", () => {
    const player = new Simulation();
    const session = follow(player);
    player.load(40);
    player.run(50);
    expect(sent.length).toBe(2);
    player.play();
    player.run(50);
    expect(sent.length).toBe(3);
    expect(last().played).toBe(true);
    player.run(30_500);
    expect(sent.length).toBe(6);
    player.pause();
    player.run(50);
    expect(sent.length).toBe(7);
    player.play();
    player.run(9800);
    expect(sent.length).toBe(8);
    expect(last().watched).toEqual([[0, 40, 1]]);
    session.report(true);
    expect(sent.length).toBe(8);
    expect(sent.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("is not sent by a paused player, for hours, hidden or not", () => {
    const player = new Simulation();
    const session = follow(player);
    player.load(40);
    player.play();
    player.run(1500);
    player.pause();
    player.run(100);
    const before = sent.length;
    vi.advanceTimersByTime(4 * 3600_000);
    document.title = "now another";
    session.report(true);
    session.report(true);
    expect(sent.length).toBe(before);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("carries whole milliseconds, counted stalls and error codes", () => {
    const player = new Simulation();
    const session = follow(player);
    player.load(40);
    player.play();
    player.run(2000);
    player.stall(true);
    player.run(700);
    player.stall(false);
    player.run(1000);
    Object.defineProperty(player.video, "error", { value: { code: 3 } });
    player.video.dispatchEvent(new Event("error"));
    session.report();
    const { quality } = last();
    expect(quality).toMatchObject({ stalls: 1, errors: [3] });
    expect(quality.stalled_ms).toBeGreaterThanOrEqual(690);
    expect(quality.stalled_ms).toBeLessThanOrEqual(720);
    expect(Number.isInteger(quality.startup_ms)).toBe(true);
  });

  it("has a session id that is a UUIDv7 of the viewer's clock", () => {
    follow(new Simulation());
    expect(last().session).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(parseInt(last().session.replace("-", "").slice(0, 12), 16)).toBe(1_750_000_000_000);
  });

  it("never has a sequence number above 65,535", () => {
    const player = new Simulation();
    const session = follow(player);
    player.load(10);
    for (let i = 0; i < 66_000; i++) {
      player.rate = 1 + (i % 2);
      session.report();
    }
    expect(last().seq).toBe(65_535);
  });

  it("stays under 64 KiB with the longest of addresses and the wildest of viewers", () => {
    const player = new Simulation();
    vi.spyOn(document, "title", "get").mockReturnValue("ü".repeat(10_000));
    player.video.dataset.playheadTitle = "€".repeat(10_000);
    const session = follow(player);
    player.load(10_000_000);
    player.play();
    for (let i = 0; i < 1500; i++) {
      player.seek(1_700_000 + i * 1.7 + 0.123);
      player.run(300);
    }
    for (let i = 0; i < 100; i++)
      player.video.dispatchEvent(
        new CustomEvent("playhead:action", {
          detail: { type: "form", id: i, used: true, data: { text: "€".repeat(1500) } },
        }),
      );
    session.report();
    expect(last().watched.length).toBeGreaterThan(900);
    expect(JSON.stringify(last().actions).length).toBeGreaterThan(4500);
    expect(new TextEncoder().encode(JSON.stringify(last())).length).toBeLessThan(60_000);
  });

  it("says webdriver only of a driven browser", () => {
    vi.spyOn(navigator, "webdriver", "get").mockReturnValue(true);
    follow(new Simulation());
    expect(last().webdriver).toBe(true);
    vi.spyOn(navigator, "webdriver", "get").mockReturnValue(false);
    follow(new Simulation());
    expect(JSON.parse(JSON.stringify(last()))).not.toHaveProperty("webdriver");
  });
});
