/** The stretches of media time that the browser says it has played since the source was set. */
export const playedRanges = ({ played }: HTMLMediaElement): [start: number, end: number][] =>
  Array.from({ length: played.length }, (_, i) => [played.start(i), played.end(i)]);
