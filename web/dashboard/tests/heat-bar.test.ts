import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inWords, stretches } from "../charts/heat-bar.tsx";

type Piece = [number, number, number];

/** Pieces as the API has them: in order, apart from each other, of any length. */
const piecesOf = (steps: [gap: number, length: number, times: number][]): [Piece[], number] => {
  let at = 0;
  const pieces = steps.map(([gap, length, times]): Piece => {
    const start = at + gap;
    at = start + length;
    return [start, at, times];
  });
  return [pieces, at];
};

const step = fc.tuple(
  fc.integer({ min: 0, max: 50 }),
  fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4000 })),
  fc.integer({ min: 1, max: 9 }),
);

describe("a heat bar of very many pieces", () => {
  it("is drawn from few stretches, of which each says what was watched there", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 301, maxLength: 2000 }), (steps) => {
        const [pieces, length] = piecesOf(steps);
        const drawn = stretches(pieces, length);
        expect(drawn.length).toBeLessThanOrEqual(300);
        let next = 0;
        for (const { start, end, times, mixed } of drawn) {
          const inside: Piece[] = [];
          while (pieces[next] && (pieces[next] as Piece)[1] <= end)
            inside.push(pieces[next++] as Piece);
          expect([inside[0]?.[0], inside.at(-1)?.[1]]).toEqual([start, end]);
          expect(mixed).toBe(inside.length > 1);
          const seconds = (often: number): number =>
            inside.reduce((sum, [from, to, n]) => sum + (n === often ? to - from : 0), 0);
          expect(seconds(times)).toBe(Math.max(...inside.map(([, , n]) => seconds(n))));
        }
        expect(next).toBe(pieces.length);
      }),
      { numRuns: 100 },
    );
  });

  it("keeps a long piece as it is between many short ones", () => {
    const short = Array.from({ length: 1000 }, (_, i): Piece => [2 * i, 2 * i + 1, 2]);
    const pieces: Piece[] = [...short, [2000, 3000, 5], [3000.5, 3001, 1]];
    expect(stretches(pieces, 4000)).toContainEqual({
      start: 2000,
      end: 3000,
      times: 5,
      mixed: false,
    });
  });

  it("is drawn piece by piece when there are few", () => {
    expect(stretches([[0, 4, 1]], 10)).toEqual([{ start: 0, end: 4, times: 1, mixed: false }]);
    expect(stretches([], 10)).toEqual([]);
  });

  it("is said in a few words", () => {
    const pieces = Array.from({ length: 2000 }, (_, i): Piece => [2 * i, 2 * i + 1, 1]);
    expect(inWords(pieces)).toMatch(/^0:00 to 0:01 once, .*, and 1988 more$/);
    expect(inWords([])).toBe("Nothing was watched");
  });
});
