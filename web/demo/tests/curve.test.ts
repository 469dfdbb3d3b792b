import { describe, expect, it } from "vitest";
import {
  areaPath,
  bandPath,
  barsPath,
  ceiling,
  linePath,
  roundCeiling,
  timeTicks,
} from "../curve.ts";

const box = { width: 100, height: 10, top: 4 };

describe("paths", () => {
  it("goes through the middle of the cells, level out to the edges", () => {
    expect(linePath([4, 2], box)).toBe("M0 0L25 0L75 5L100 5");
  });

  it("closes the area along the bottom", () => {
    expect(areaPath([4, 2], box)).toBe("M0 0L25 0L75 5L100 5V10H0Z");
  });

  it("encloses what lies between two lines", () => {
    expect(bandPath([4, 2], [4, 0], box)).toBe("M0 0L25 0L75 5L100 5L100 10L75 10L25 0L0 0Z");
  });

  it("draws nothing from nothing", () => {
    for (const path of [linePath([], box), areaPath([], box), bandPath([], [], box)])
      expect(path).toBe("");
  });

  it("lies flat on the bottom when there is nothing to compare with", () => {
    expect(linePath([0], { ...box, top: 0 })).toBe("M0 10L50 10L100 10");
  });

  it("draws bars only where something is, none higher than the box", () => {
    expect(barsPath([0, 2, -1, 8], box)).toBe("M25 10v-5h25v5zM75 10v-10h25v10z");
  });
});

describe("axes", () => {
  it.each([
    [0, 1],
    [0.8, 1],
    [1, 1],
    [1.01, 1.25],
    [1.25, 1.25],
    [2.6, 2.75],
  ])("has room for the share %d up to %d", (share, top) => expect(ceiling(share)).toBe(top));

  it("ends at a round number that is enough and has a whole half", () => {
    for (let value = 0; value < 5000; value += 1) {
      const top = roundCeiling(value);
      expect(top).toBeGreaterThanOrEqual(value);
      expect(top / 2).toBe(Math.round(top / 2));
      if (value > 4) expect(top).toBeLessThanOrEqual(value * 1.5);
    }
  });

  it.each([
    [60, [0, 10, 20, 30, 40, 50, 60]],
    [5, [0, 1, 2, 3, 4, 5]],
    [7, [0, 2, 4, 6]],
    [3725, [0, 900, 1800, 2700, 3600]],
  ])("writes regular times under %d seconds", (seconds, ticks) =>
    expect(timeTicks(seconds)).toEqual(ticks),
  );

  it("never writes too many", () => {
    for (const seconds of [1, 11, 599, 86_400, 1_000_000])
      expect(timeTicks(seconds).length).toBeLessThanOrEqual(7);
  });
});
