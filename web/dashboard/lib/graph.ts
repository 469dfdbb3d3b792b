/** The engagement graph as a chart needs it: columns of equal length over a time axis. */

import type { Engagement } from "../api/types.ts";

export interface Curve {
  /** Places on the axis: seconds, or percent of the media. */
  x: number[];
  viewers: number[];
  /** Viewers and all viewings that came on top of the first. */
  viewings: number[];
}

/**
 * A graph's cells as points: each at its middle, level out to both ends.
 *
 * So cell i is point i + 1; see `cellOf`.
 */
export const curveOf = (graph: Engagement): Curve => {
  const { engagement_data: seen, rewatch_data: again, cell_seconds: width } = graph;
  const last = seen.length - 1;
  if (last < 0) return { x: [], viewers: [], viewings: [] };
  const all = seen.map((value, i) => value + (again[i] ?? 0));
  const level = <T>(values: T[]): T[] => [values[0] as T, ...values, values[last] as T];
  const x = [0, ...seen.map((_, i) => (i + 0.5) * width), seen.length * width];
  return { x, viewers: level(seen), viewings: level(all) };
};

/** Which cell a point of the curve belongs to. */
export const cellOf = (point: number, cells: number): number =>
  Math.max(0, Math.min(cells - 1, point - 1));

/** How many of the plays saw a cell, between 0 and 1. */
export const retention = (graph: Engagement, cell: number): number =>
  graph.plays ? (graph.engagement_data[cell] ?? 0) / graph.plays : 0;

/** As many as a graph has cells at most, so that none of them is left out. */
const STEPS = 1000;

/** Two graphs over one axis: of the same media in seconds, else from 0 to 100 % of each. */
export interface Comparison {
  unit: "seconds" | "percent";
  x: number[];
  /** Cells of the first and of the second graph at each place. */
  cells: [number, number][];
}

export const compare = (one: Engagement, other: Engagement): Comparison => {
  const [n, m] = [one.engagement_data.length, other.engagement_data.length];
  if (one.media_id === other.media_id && n === m)
    return {
      unit: "seconds",
      x: one.engagement_data.map((_, i) => (i + 0.5) * one.cell_seconds),
      cells: one.engagement_data.map((_, i) => [i, i]),
    };
  const shares = n && m ? Array.from({ length: STEPS }, (_, i) => (i + 0.5) / STEPS) : [];
  const at = (share: number, cells: number): number =>
    Math.min(cells - 1, Math.floor(share * cells));
  return {
    unit: "percent",
    x: shares.map((share) => share * 100),
    cells: shares.map((share) => [at(share, n), at(share, m)]),
  };
};
