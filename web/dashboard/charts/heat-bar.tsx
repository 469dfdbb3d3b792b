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

const MOST_DRAWN = 300;

/** As many pieces as can be told apart in a bar: columns that show the most of what lies in them. */
export const fewer = (pieces: readonly Piece[], length: number): readonly Piece[] => {
  if (pieces.length <= MOST_DRAWN) return pieces;
  const width = length / MOST_DRAWN;
  const most = new Map<number, number>();
  for (const [start, end, times] of pieces)
    for (let column = Math.floor(start / width); column * width < end; column += 1)
      most.set(column, Math.max(most.get(column) ?? 0, times));
  return [...most]
    .filter(([column]) => column < MOST_DRAWN)
    .map(([column, times]): Piece => [column * width, (column + 1) * width, times]);
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
      {fewer(pieces, length).map(([start, end, times]) => (
        <rect
          key={start}
          class={`heat-${Math.min(4, times)}`}
          x={at(start)}
          width={at(end - start)}
          height="100%"
        >
          <title>{`${clock(start)} to ${clock(end)} ${often(times)}`}</title>
        </rect>
      ))}
    </svg>
  );
};
