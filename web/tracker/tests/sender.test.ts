import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Beacon } from "../beacon";
import { loadPending } from "../pending";
import { createSender } from "../sender";
import { uuid7 } from "../uuid";

const URL_OF_COLLECT = new URL("https://stats.example/collect");
const SECOND = 1000;

interface Request {
  body: Beacon & { sent_at: number };
  init: RequestInit;
  answer(status: number, headers?: Record<string, string>): Promise<void>;
  fail(): Promise<void>;
}

let requests: Request[];
const newest = (): Request => requests[requests.length - 1] as Request;
const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await Promise.resolve();
};

const beacon = (seq: number, session: string): Beacon =>
  ({ account: "a", media: "m", session, seq, played: false, watched: [] }) as unknown as Beacon;

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(1_750_000_000_000);
  localStorage.clear();
  requests = [];
  vi.stubGlobal(
    "Request",
    class {
      get keepalive(): boolean {
        return true;
      }
    },
  );
  vi.stubGlobal(
    "fetch",
    vi.fn((_url: URL, init: RequestInit) => {
      return new Promise<Response>((resolve, reject) => {
        requests.push({
          body: JSON.parse(init.body as string),
          init,
          async answer(status, headers = {}) {
            resolve(new Response(null, { status, headers }));
            await settled();
          },
          async fail() {
            reject(new TypeError("no network"));
            await settled();
          },
        });
      });
    }),
  );
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("sender", () => {
  it("posts text without cookies, and the request outlives the page", () => {
    const id = uuid7();
    createSender(URL_OF_COLLECT, true).send(beacon(0, id), false);
    expect(fetch).toHaveBeenCalledWith(URL_OF_COLLECT, expect.anything());
    const { init, body } = newest();
    expect(init).toMatchObject({ method: "POST", keepalive: true, credentials: "omit" });
    expect(init.headers).toBeUndefined();
    expect(typeof init.body).toBe("string");
    expect(body).toMatchObject({ session: id, seq: 0, sent_at: 1_750_000_000_000 });
  });

  it("forgets what has been answered with 204", async () => {
    const sender = createSender(URL_OF_COLLECT, true);
    sender.send(beacon(0, uuid7()), false);
    expect(loadPending().length).toBe(1);
    await newest().answer(204);
    expect(loadPending()).toEqual([]);
    sender.flush();
    await vi.advanceTimersByTimeAsync(3600 * SECOND);
    expect(requests.length).toBe(1);
  });

  it.each([0, 429, 500, 502, 503])("tries again after %i, ever more rarely", async (status) => {
    createSender(URL_OF_COLLECT, true).send(beacon(3, uuid7()), false);
    const times: number[] = [];
    for (let i = 0; i < 10; i++) {
      const count = requests.length;
      times.push(Date.now());
      expect(newest().body.seq).toBe(3);
      expect(newest().body.sent_at).toBe(Date.now());
      await (status ? newest().answer(status) : newest().fail());
      while (requests.length === count) await vi.advanceTimersToNextTimerAsync();
    }
    const pauses = times.slice(1).map((time, i) => (time - (times[i] ?? 0)) / SECOND);
    pauses.forEach((pause, i) => {
      const wanted = Math.min(60, 2 ** i);
      expect(pause).toBeGreaterThanOrEqual(wanted * 0.75 - 0.1);
      expect(pause).toBeLessThanOrEqual(wanted * 1.25 + 0.1);
    });
  });

  it("begins with short pauses again after a success", async () => {
    const sender = createSender(URL_OF_COLLECT, true);
    sender.send(beacon(0, uuid7()), false);
    for (let i = 0; i < 5; i++) {
      await newest().fail();
      await vi.advanceTimersToNextTimerAsync();
    }
    await newest().answer(204);
    sender.send(beacon(0, uuid7()), false);
    await newest().fail();
    const failed = Date.now();
    await vi.advanceTimersToNextTimerAsync();
    expect(Date.now() - failed).toBeLessThan(1300);
  });

  it.each([400, 403, 413, 422])("drops what is refused with %i", async (status) => {
    createSender(URL_OF_COLLECT, true).send(beacon(0, uuid7()), false);
    await newest().answer(status);
    await vi.advanceTimersByTimeAsync(3600 * SECOND);
    expect(requests.length).toBe(1);
    expect(loadPending()).toEqual([]);
  });

  it("leaves the server alone for as long as Retry-After says, then sends the newest", async () => {
    const sender = createSender(URL_OF_COLLECT, true);
    const id = uuid7();
    sender.send(beacon(0, id), false);
    await newest().answer(503, { "Retry-After": "30" });
    sender.send(beacon(1, id), false);
    await vi.advanceTimersByTimeAsync(29 * SECOND);
    expect(requests.length).toBe(1);
    await vi.advanceTimersByTimeAsync(4 * SECOND);
    expect(requests.map(({ body }) => body.seq)).toEqual([0, 1]);
  });

  it("tries at once with the next beacon and when the network is back", async () => {
    const sender = createSender(URL_OF_COLLECT, true);
    const [one, other] = [uuid7(), uuid7()];
    sender.send(beacon(0, one), false);
    await newest().fail();
    sender.send(beacon(0, other), false);
    expect(requests.slice(1).map(({ body }) => body.session)).toEqual([one, other]);
    for (const request of requests.slice(1)) await request.fail();
    sender.flush();
    expect(requests.length).toBe(5);
  });

  it("holds a newer beacon back while an older one of the session is under way", async () => {
    const sender = createSender(URL_OF_COLLECT, true);
    const id = uuid7();
    sender.send(beacon(0, id), false);
    sender.send(beacon(1, id), false);
    sender.send(beacon(2, id), false);
    expect(requests.length).toBe(1);
    await newest().answer(204);
    expect(requests.map(({ body }) => body.seq)).toEqual([0, 2]);
    expect(loadPending().map(({ seq }) => seq)).toEqual([2]);
  });

  it("does not hold back the last word of a page", () => {
    const sender = createSender(URL_OF_COLLECT, true);
    const id = uuid7();
    sender.send(beacon(0, id), false);
    sender.send(beacon(1, id), true);
    sender.flush(true);
    expect(requests.map(({ body }) => body.seq)).toEqual([0, 1]);
  });

  it("waits half a minute for an answer, not for ever", () => {
    const sender = createSender(URL_OF_COLLECT, true);
    const id = uuid7();
    sender.send(beacon(0, id), false);
    vi.advanceTimersByTime(31 * SECOND);
    sender.send(beacon(1, id), false);
    expect(requests.map(({ body }) => body.seq)).toEqual([0, 1]);
  });

  it("delivers with the next page view what a page could not", async () => {
    const id = uuid7();
    createSender(URL_OF_COLLECT, true).send(beacon(7, id), false);
    await newest().fail();
    vi.setSystemTime(Date.now() + 3 * 864e5);
    createSender(URL_OF_COLLECT, true).flush();
    expect(newest().body).toMatchObject({ session: id, seq: 7, sent_at: Date.now() });
    await newest().answer(204);
    expect(loadPending()).toEqual([]);
  });

  it("keeps at most 20 sessions, and none for longer than 34 days", () => {
    const sender = createSender(URL_OF_COLLECT, true);
    const ids = Array.from({ length: 25 }, () => {
      vi.advanceTimersByTime(SECOND);
      const id = uuid7();
      sender.send(beacon(0, id), false);
      return id;
    });
    expect(loadPending().map(({ session }) => session)).toEqual(ids.slice(5).reverse());
    vi.advanceTimersByTime(34 * 864e5 + 25 * SECOND);
    expect(loadPending()).toEqual([]);
  });

  it("leaves alone what another tab keeps", async () => {
    const theirs = uuid7();
    const other = createSender(URL_OF_COLLECT, true);
    const sender = createSender(URL_OF_COLLECT, true);
    sender.send(beacon(0, uuid7()), false);
    const mine = newest();
    other.send(beacon(4, theirs), false);
    await mine.answer(204);
    expect(loadPending().map(({ session }) => session)).toEqual([theirs]);
  });

  it("keeps nothing in the browser when it is not to", async () => {
    const stored = vi.spyOn(Storage.prototype, "setItem");
    const sender = createSender(URL_OF_COLLECT, false);
    sender.send(beacon(0, uuid7()), false);
    await newest().fail();
    await vi.advanceTimersByTimeAsync(2 * SECOND);
    expect(requests.length).toBe(2);
    await newest().answer(204);
    expect(stored).not.toHaveBeenCalled();
    expect(localStorage.length).toBe(0);
  });

  it.each(["not json", "{}", "[null]", '[{"session":5}]', '"x"'])(
    "starts afresh over stored nonsense: %s",
    (nonsense) => {
      localStorage.setItem("playhead.pending", nonsense);
      const sender = createSender(URL_OF_COLLECT, true);
      sender.send(beacon(0, uuid7()), false);
      expect(requests.length).toBe(1);
    },
  );

  it("survives a browser in which everything throws", async () => {
    const refuse = (): never => {
      throw new Error("refused");
    };
    vi.stubGlobal("fetch", refuse);
    vi.spyOn(Storage.prototype, "getItem").mockImplementation(refuse);
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(refuse);
    const sender = createSender(URL_OF_COLLECT, true);
    expect(() => sender.send(beacon(0, uuid7()), true)).not.toThrow();
    await settled();
    expect(() => vi.advanceTimersByTime(10 * SECOND)).not.toThrow();
  });
});
