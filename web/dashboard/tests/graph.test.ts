import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Engagement } from "../api/types.ts";
import { cellOf, compare, curveOf, retention } from "../lib/graph.ts";

const graph = (
  seen: number[],
  again: number[] = [],
  more: Partial<Engagement> = {},
): Engagement => ({
  media_id: "intro",
  duration: seen.length,
  cell_seconds: 1,
  plays: Math.max(0, ...seen),
  engagement: 0.5,
  engagement_data: seen,
  rewatch_data: seen.map((_, i) => again[i] ?? 0),
  drop_offs: [],
  rewatched: [],
  ...more,
});

describe("a graph as a curve", () => {
  it("has each cell at its middle and goes level to both ends", () => {
    expect(curveOf(graph([4, 2, 1], [1, 0, 3]))).toEqual({
      x: [0, 0.5, 1.5, 2.5, 3],
      viewers: [4, 4, 2, 1, 1],
      viewings: [5, 5, 2, 4, 4],
    });
  });

  it("is empty when the media has no length yet", () => {
    expect(curveOf(graph([]))).toEqual({ x: [], viewers: [], viewings: [] });
  });

  it("knows which cell each point shows", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1 }), (seen) => {
        const { viewers } = curveOf(graph(seen));
        viewers.forEach((value, point) => expect(value).toBe(seen[cellOf(point, seen.length)]));
      }),
    );
  });
});

describe("retention", () => {
  it("is the share of the plays that saw a cell", () => {
    expect(retention(graph([4, 1], [], { plays: 8 }), 1)).toBe(0.125);
    expect(retention(graph([0], [], { plays: 0 }), 0)).toBe(0);
  });
});

describe("two graphs over one axis", () => {
  it("are compared second by second when they are of one media", () => {
    const { unit, x, cells } = compare(graph([3, 2]), graph([5, 5]));
    expect({ unit, x, cells }).toEqual({
      unit: "seconds",
      x: [0.5, 1.5],
      cells: [
        [0, 0],
        [1, 1],
      ],
    });
  });

  it("are compared from 0 to 100 % when they are of two", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 1000 }), (n, m) => {
        const one = graph(Array<number>(n).fill(1));
        const other = graph(Array<number>(m).fill(1), [], { media_id: "other" });
        const { unit, x, cells } = compare(one, other);
        expect(unit).toBe("percent");
        x.forEach((share, i) => {
          expect(cells[i]).toEqual([
            Math.min(n - 1, Math.floor((share / 100) * n)),
            Math.min(m - 1, Math.floor((share / 100) * m)),
          ]);
        });
        // No cell of either is left out.
        expect(new Set(cells.map(([a]) => a)).size).toBe(n);
        expect(new Set(cells.map(([, b]) => b)).size).toBe(m);
      }),
    );
  });

  it("have nothing to compare when one is empty", () => {
    expect(compare(graph([]), graph([1], [], { media_id: "other" })).x).toEqual([]);
  });
});
