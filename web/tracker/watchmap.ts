/** A stretch of media time, in seconds, half open, and how many times it was played. */
export type Piece = [start: number, end: number, times: number];

export interface WatchMap {
  /** Counts one more playing of [start, end). */
  add(start: number, end: number): void;
  /** The pieces as a beacon carries them: whole milliseconds, none reaching past `limit`. */
  pieces(limit?: number): Piece[];
  /** The end of the last piece. */
  end(): number;
}

// Half of what the server takes, so that the largest beacon fits a keepalive request (64 KiB).
export const MAX_PIECES = 1000;
export const MAX_TIMES = 10_000;

export const round = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/** Appends a piece; an empty one vanishes, one that only continues the last lengthens it. */
const append = (pieces: Piece[], start: number, end: number, times: number): void => {
  if (!(end > start)) return;
  const last = pieces[pieces.length - 1];
  if (last && last[1] === start && last[2] === times) last[1] = end;
  else pieces.push([start, end, times]);
};

export const createWatchMap = (): WatchMap => {
  // Borders stay as the player gave them: rounding each sample would add up to a drift.
  let pieces: Piece[] = [];
  return {
    add(from, end) {
      const start = Math.max(0, from);
      if (!(end > start)) return;
      const next: Piece[] = [];
      let at = start;
      for (const [s, e, times] of pieces) {
        append(next, at, Math.min(s, end), 1);
        append(next, s, Math.min(e, start), times);
        append(next, Math.max(s, start), Math.min(e, end), times < MAX_TIMES ? times + 1 : times);
        append(next, Math.max(s, end), e, times);
        at = Math.max(at, e);
      }
      append(next, at, end, 1);
      pieces = next;
      while (pieces.length > MAX_PIECES) forgetShortest(pieces, start, end);
    },
    end: () => pieces[pieces.length - 1]?.[1] || 0,
    pieces(limit = 1 / 0) {
      const rounded: Piece[] = [];
      for (const [s, e, times] of pieces)
        append(rounded, round(s), Math.min(round(e), limit), times);
      return rounded;
    },
  };
};

/** A full map errs towards too little, and never gives up what is being played just now. */
const forgetShortest = (pieces: Piece[], start: number, end: number): void => {
  let shortest = 0;
  let least = 1 / 0;
  pieces.forEach(([s, e], i) => {
    if (e - s < least && (e < start || s > end)) {
      least = e - s;
      shortest = i;
    }
  });
  pieces.splice(shortest, 1);
};
