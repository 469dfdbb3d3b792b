/** Which parts of a media a session saw, and how often: one bar. */

import { clock } from "../../common/format.ts";

type Piece = [start: number, end: number, times: number];

const often = (times: number): string => ["not seen", "once", "twice"][times] ?? `${times} times`;

/** The watch map in words, for those who do not see the bar. */
export const inWords = (pieces: readonly Piece[]): string => {
  if (!pieces.length) return "Nothing was watched";
  const told = pieces
    .slice(0, 12)
    .map(([a, b, times]) => `${clock(a)} to ${clock(b)} ${often(times)}`);
  const more = pieces.length - told.length;
  return told.join(", ") + (more > 0 ? `, and ${more} more` : "");
};

/** Drawn as one: a piece, or several narrow ones that lie side by side. */
export interface Stretch {
  start: number;
  end: number;
  /** How often it was watched; of a mixed one, how often most of what was watched of it was. */
  times: number;
  mixed: boolean;
}

const MOST_DRAWN = 300;
const FINEST = 512;

const together = (pieces: readonly [Piece, ...Piece[]]): Stretch => {
  const [first] = pieces;
  const [, end] = pieces.at(-1) ?? first;
  const seconds = new Map<number, number>();
  for (const [from, to, times] of pieces) seconds.set(times, (seconds.get(times) ?? 0) + to - from);
  const [[times]] = [...seconds].sort(([a, s], [b, t]) => t - s || b - a) as [[number, number]];
  return { start: first[0], end, times, mixed: pieces.length > 1 };
};

/** Those narrower than a column, with less than a column between them, up to two columns as one. */
const joined = (pieces: readonly Piece[], column: number): Stretch[] => {
  const drawn: Stretch[] = [];
  let open: [Piece, ...Piece[]] | undefined;
  for (const piece of pieces) {
    const [start, end] = piece;
    const last = open?.at(-1);
    const goesOn =
      open &&
      last &&
      Math.max(end - start, start - last[1], last[1] - last[0]) < column &&
      end - open[0][0] < 2 * column;
    if (open && goesOn) open.push(piece);
    else {
      if (open) drawn.push(together(open));
      open = [piece];
    }
  }
  if (open) drawn.push(together(open));
  return drawn;
};

/** As many stretches as can be told apart in a bar: only where there are more, narrow ones are joined. */
export const stretches = (pieces: readonly Piece[], length: number): Stretch[] => {
  let drawn = pieces.map((piece) => together([piece]));
  // Comes to an end: two that follow each other and stay apart reach over a column at least.
  for (let columns = FINEST; drawn.length > MOST_DRAWN; columns /= 2)
    drawn = joined(pieces, length / columns);
  return drawn;
};

export const HeatBar = ({
  pieces,
  duration,
}: {
  pieces: readonly Piece[];
  duration: number | null;
}) => {
  const length = Math.max(duration ?? 0, ...pieces.map(([, end]) => end)) || 1;
  const at = (seconds: number): string => `${((100 * seconds) / length).toFixed(3)}%`;
  return (
    <svg class="heat" role="img" aria-label={inWords(pieces)} preserveAspectRatio="none">
      <rect class="heat-0" width="100%" height="100%" />
      {stretches(pieces, length).map(({ start, end, times, mixed }) => (
        <rect
          key={start}
          class={`heat-${Math.min(4, times)}`}
          x={at(start)}
          width={at(end - start)}
          height="100%"
        >
          <title>
            {`${clock(start)} to ${clock(end)} ${mixed ? "in parts, mostly " : ""}${often(times)}`}
          </title>
        </rect>
      ))}
    </svg>
  );
};
