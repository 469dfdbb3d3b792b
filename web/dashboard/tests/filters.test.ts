import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fewer } from "../charts/heat-bar.tsx";
import { filterName, filterValue, readFilters, valuesOf } from "../lib/filters.ts";

const read = (text: string, except?: string[]) => readFilters(new URLSearchParams(text), except);

describe("the filters of an address", () => {
  it("are the traits and choices that it names", () => {
    expect(read("range=7d&country=DE&visitors=new&played=true&media_id=intro")).toEqual([
      { name: "media_id", value: "intro" },
      { name: "visitors", value: "new" },
      { name: "played", value: "true" },
      { name: "country", value: "DE" },
    ]);
  });

  it("may ask for what is not known", () => {
    expect(read("country=")).toEqual([{ name: "country", value: "" }]);
    expect(filterValue("country", "")).toBe("Unknown");
  });

  it("leave out what makes no sense, and what the page is about anyway", () => {
    expect(read("visitors=old&media_id=&toString=1")).toEqual([]);
    expect(read("media_id=intro&device=mobile", ["media_id"])).toEqual([
      { name: "device", value: "mobile" },
    ]);
  });

  it("are said in words", () => {
    expect(filterName("utm_source")).toBe("Campaign source");
    expect(filterName("played")).toBe("Played");
    expect(filterValue("played", "false")).toBe("No");
    expect(filterValue("page", "https://example.com/<b>")).toBe("example.com/<b>");
    expect(valuesOf("visitors")).toEqual([
      ["new", "New"],
      ["returning", "Returning"],
    ]);
    expect(valuesOf("country")).toBeUndefined();
  });
});

describe("a heat bar of very many pieces", () => {
  it("is drawn from few rectangles that cover all that was watched, as often as its most", () => {
    const piece = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 5 }));
    fc.assert(
      fc.property(fc.array(piece, { minLength: 301, maxLength: 2000 }), (steps) => {
        const pieces = steps.map(([length, times], i): [number, number, number] => [
          i * 10,
          i * 10 + length,
          times,
        ]);
        const length = steps.length * 10;
        const drawn = fewer(pieces, length);
        expect(drawn.length).toBeLessThanOrEqual(300);
        for (const [start, end, times] of pieces) {
          const middle = (start + end) / 2;
          const shown = drawn.find(([a, b]) => a <= middle && middle < b);
          expect(shown?.[2]).toBeGreaterThanOrEqual(times);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("is drawn piece by piece when there are few", () => {
    const pieces: [number, number, number][] = [[0, 4, 1]];
    expect(fewer(pieces, 10)).toBe(pieces);
  });
});
