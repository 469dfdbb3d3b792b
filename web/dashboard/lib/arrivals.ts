/** What has happened since a list of sessions was asked for: which came, and how others went on. */

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

/**
 * A list in its order, with what is known of each session by now.
 *
 * @param newer some of them, and others, as they are at this moment.
 * @param old whether the list is too old to say who is watching.
 */
export const asOfNow = (
  listed: readonly ViewingSession[],
  newer: readonly ViewingSession[],
  old: boolean,
): ViewingSession[] => {
  const now = new Map(newer.map((one) => [one.event_key, one]));
  return listed.map(
    (one) => now.get(one.event_key) ?? (old && one.watching ? { ...one, watching: false } : one),
  );
};
