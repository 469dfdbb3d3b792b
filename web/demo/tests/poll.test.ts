import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { RefusedError } from "../api.ts";
import { poll } from "../poll.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.clearAllTimers();
  vi.useRealTimers();
});

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const ahead = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

it("goes round every second, however long a round takes", async () => {
  const starts: number[] = [];
  const begun = Date.now();
  poll(
    async () => {
      starts.push(Date.now() - begun);
      await sleep(300);
    },
    () => undefined,
  );
  await ahead(3500);
  expect(starts).toEqual([0, 1000, 2000, 3000]);
});

it("has one round at a time", async () => {
  let inside = 0;
  let most = 0;
  poll(
    async () => {
      most = Math.max(most, (inside += 1));
      await sleep(2500);
      inside -= 1;
    },
    () => undefined,
  );
  await ahead(10_000);
  document.dispatchEvent(new Event("visibilitychange"));
  await ahead(10_000);
  expect(most).toBe(1);
});

it("asks a silent server less and less often, and numbers only what succeeded", async () => {
  const asked: number[] = [];
  const told: boolean[] = [];
  let broken = true;
  poll(
    (number) => {
      asked.push(number);
      return broken ? Promise.reject(new Error("gone")) : Promise.resolve();
    },
    (error) => told.push(error === undefined),
  );
  await ahead(2000 + 4000 + 8000);
  expect(asked).toEqual([0, 0, 0, 0]);
  broken = false;
  await ahead(16_000);
  expect(asked.slice(4, 6)).toEqual([0, 1]);
  expect(told.slice(0, 5)).toEqual([false, false, false, false, true]);
});

it("leaves a server alone for as long as that asks for", async () => {
  let rounds = 0;
  poll(
    () => {
      rounds += 1;
      return Promise.reject(new RefusedError(429, 40));
    },
    () => undefined,
  );
  await ahead(39_000);
  expect(rounds).toBe(1);
  await ahead(2000);
  expect(rounds).toBe(2);
});

it("rests while nobody looks, and starts at once when somebody does", async () => {
  let rounds = 0;
  const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(false);
  poll(
    () => {
      rounds += 1;
      return Promise.resolve();
    },
    () => undefined,
  );
  await ahead(2500);
  hidden.mockReturnValue(true);
  await ahead(60_000);
  expect(rounds).toBe(3);
  hidden.mockReturnValue(false);
  document.dispatchEvent(new Event("visibilitychange"));
  await ahead(0);
  expect(rounds).toBe(4);
});
