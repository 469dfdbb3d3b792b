import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createWatchMap, MAX_PIECES, MAX_TIMES, type Piece } from "../watchmap";

const total = (pieces: Piece[]): number =>
  pieces.reduce((sum, [start, end, times]) => sum + (end - start) * times, 0);

const expectValid = (pieces: Piece[], limit = Number.POSITIVE_INFINITY): void => {
  expect(pieces.length).toBeLessThanOrEqual(MAX_PIECES);
  let last: Piece | undefined;
  for (const piece of pieces) {
    const [start, end, times] = piece;
    expect(start).toBeGreaterThanOrEqual(last ? last[1] : 0);
    expect(end).toBeGreaterThan(start);
    expect(end).toBeLessThanOrEqual(limit);
    expect(Number.isInteger(times) && times >= 1 && times <= MAX_TIMES).toBe(true);
    expect(Math.round(start * 1000) / 1000).toBe(start);
    expect(Math.round(end * 1000) / 1000).toBe(end);
    if (last && last[1] === start) expect(times).not.toBe(last[2]);
    last = piece;
  }
};

describe("watch map", () => {
  it("says what a model says that counts every millisecond", () => {
    const playing = fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 200 }));
    fc.assert(
      fc.property(fc.array(playing, { maxLength: 40 }), (plays) => {
        const map = createWatchMap();
        const model = new Array<number>(700).fill(0);
        for (const [start, length] of plays) {
          map.add(start / 1000, (start + length) / 1000);
          for (let ms = start; ms < start + length; ms++) model[ms] = (model[ms] ?? 0) + 1;
        }
        const pieces = map.pieces();
        expectValid(pieces);
        const counted = new Array<number>(700).fill(0);
        for (const [start, end, times] of pieces)
          counted.fill(times, Math.round(start * 1000), Math.round(end * 1000));
        expect(counted).toEqual(model);
      }),
    );
  });

  it("stays valid and never says too much, whatever it is given", () => {
    const number = fc.oneof(
      fc.double({ min: -10, max: 50, noNaN: true }),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number)), (plays) => {
        const map = createWatchMap();
        let most = 0;
        for (const [start, end] of plays) {
          if (end === Number.POSITIVE_INFINITY) continue;
          map.add(start, end);
          if (end > start) most += Math.max(0, end - Math.max(0, start));
        }
        expectValid(map.pieces(20), 20);
        expect(total(map.pieces())).toBeLessThanOrEqual(most + 0.001 * (plays.length + 1) * 2);
      }),
    );
  });

  it("makes one piece of samples that follow each other, without a drift", () => {
    const map = createWatchMap();
    let at = 0;
    for (let i = 0; i < 40_000; i++) {
      map.add(at, at + 0.0333337);
      at += 0.0333337;
    }
    expect(map.pieces()).toEqual([[0, 1333.348, 1]]);
  });

  it("puts the borders of what was watched again where they are", () => {
    const map = createWatchMap();
    map.add(0, 3);
    map.add(1, 1.25);
    map.add(1.25, 2.5);
    expect(map.pieces()).toEqual([
      [0, 1, 1],
      [1, 2.5, 2],
      [2.5, 3, 1],
    ]);
  });

  it("cuts at the duration and drops what rounding leaves empty", () => {
    const map = createWatchMap();
    map.add(0.0001, 0.0003);
    map.add(5, 10.04);
    map.add(10.03, 10.04);
    expect(map.pieces(10)).toEqual([[5, 10, 1]]);
  });

  it("counts no stretch more than 10,000 times", () => {
    const map = createWatchMap();
    for (let i = 0; i < MAX_TIMES + 5; i++) map.add(0, 1);
    expect(map.pieces()).toEqual([[0, 1, MAX_TIMES]]);
  });

  it("keeps its size, and goes on counting what is played just now", () => {
    const map = createWatchMap();
    for (let i = 0; i < 1500; i++) map.add(2 * i, 2 * i + 1);
    const before = total(map.pieces());
    for (let i = 0; i < 40; i++) map.add(9000 + i / 4, 9000.25 + i / 4);
    const pieces = map.pieces();
    expectValid(pieces);
    expect(pieces[pieces.length - 1]).toEqual([9000, 9010, 1]);
    expect(total(pieces)).toBeLessThanOrEqual(before + 10);
    expect(JSON.stringify(pieces).length).toBeLessThan(40_000);
  });
});
