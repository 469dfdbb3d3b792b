/** The sums of the pages: how each is called and written. What they mean says the server. */

import { count, hours, percent } from "../../common/format.ts";
import type { SumName } from "../api/types.ts";

export const SUMS: Record<SumName, { title: string; write: (value: number) => string }> = {
  loads: { title: "Loads", write: count },
  plays: { title: "Plays", write: count },
  play_rate: { title: "Play rate", write: percent },
  hours_watched: { title: "Hours watched", write: hours },
  visitors: { title: "Visitors", write: count },
  engagement: { title: "Engagement", write: percent },
};

/** A change against the period before: "+12 %"; undefined where there is nothing to compare. */
export const changeOf = (now: number, before: number): number | undefined =>
  before ? now / before - 1 : undefined;

export const changeInWords = (change: number): string => {
  const rounded = Math.round(change * 100);
  if (rounded === 0) return change === 0 ? "0 %" : "< 1 %";
  return `${rounded > 0 ? "+" : "−"}${count(Math.abs(rounded))} %`;
};
