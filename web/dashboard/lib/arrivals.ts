/** Which sessions have come since a list of them was asked for. */

import type { ViewingSession } from "../api/types.ts";

type Known = Pick<ViewingSession, "event_key" | "started_at">;

/**
 * How many of the newest sessions are missing in a list.
 *
 * @param listed the list, newest first, as far as it was asked for.
 * @param whole whether it was asked for to its end; else older ones may merely be behind it.
 */
export const arrivals = (
  listed: readonly Known[],
  whole: boolean,
  newest: readonly Known[],
): number => {
  const known = new Set(listed.map((one) => one.event_key));
  const end = whole ? "" : (listed.at(-1)?.started_at ?? "");
  return newest.filter((one) => !known.has(one.event_key) && one.started_at >= end).length;
};
