/** Milliseconds by a clock that nobody sets: it only ever goes forward. */
export const now = (): number => performance.now();
