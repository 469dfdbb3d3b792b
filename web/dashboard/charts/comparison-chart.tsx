/** Two engagement curves over one axis, as shares of their plays. */

import { useMemo } from "preact/hooks";
import uPlot from "uplot";
import { clock, percent } from "../../common/format.ts";
import type { Engagement } from "../api/types.ts";
import { compare, retention } from "../lib/graph.ts";
import { timeAxis } from "./engagement-chart.tsx";
import { axis, Plot } from "./plot.tsx";

const HEIGHT = 260;

export interface Named {
  name: string;
  graph: Engagement;
}

export const ComparisonChart = ({
  one,
  other,
  at,
  onPoint,
  onPick,
}: {
  one: Named;
  other: Named;
  at: number | undefined;
  onPoint: (seconds: number | undefined) => void;
  onPick: (seconds: number) => void;
}) => {
  const { unit, x, cells } = useMemo(
    () => compare(one.graph, other.graph),
    [one.graph, other.graph],
  );
  const data = useMemo<uPlot.AlignedData>(
    () => [
      x,
      cells.map(([a]) => retention(one.graph, a)),
      cells.map(([, b]) => retention(other.graph, b)),
    ],
    [x, cells, one.graph, other.graph],
  );
  const end = unit === "percent" ? 100 : one.graph.engagement_data.length * one.graph.cell_seconds;
  const place = (point: number): string =>
    unit === "percent"
      ? `At ${(x[point] ?? 0).toFixed(1)} %`
      : clock((cells[point]?.[0] ?? 0) * one.graph.cell_seconds);
  const said = ({ name, graph }: Named, cell: number | undefined): string =>
    `${name} ${percent(retention(graph, cell ?? 0))} (${graph.engagement_data[cell ?? 0] ?? 0} of ${graph.plays})`;
  const secondsOf = (point: number): number =>
    ((cells[point]?.[0] ?? 0) + 0.5) * one.graph.cell_seconds;
  return (
    <Plot
      height={HEIGHT}
      shape={`${unit} ${x.length} ${one.graph.media_id} ${other.graph.media_id}`}
      data={data}
      label={`Two engagement curves: ${one.name} and ${other.name}, as shares of their plays.`}
      say={(point) =>
        point === undefined
          ? "Point at the graph for each moment's exact values."
          : `${place(point)}: ${said(one, cells[point]?.[0])}; ${said(other, cells[point]?.[1])}`
      }
      from={0}
      to={Math.max(0, x.length - 1)}
      at={unit === "seconds" ? at : undefined}
      onPoint={(point) => onPoint(point === undefined ? undefined : secondsOf(point))}
      onPick={(point) => onPick(secondsOf(point))}
      options={(colours) => ({
        padding: [12, 22, 0, 0],
        scales: { x: { time: false, range: [0, end] }, y: { range: [0, 1.02] } },
        axes: [
          unit === "seconds"
            ? timeAxis(colours)
            : axis(colours, {
                size: 30,
                grid: { show: false },
                incrs: [5, 10, 20, 25, 50],
                values: (_, splits) => splits.map((share) => `${share} %`),
              }),
          axis(colours, {
            size: 52,
            incrs: [0.1, 0.2, 0.25, 0.5],
            values: (_, splits) => splits.map((share) => `${Math.round(share * 100)} %`),
          }),
        ],
        series: [
          {},
          { label: one.name, stroke: colours.seen, width: 2, points: { show: false } },
          { label: other.name, stroke: colours.other, width: 2, points: { show: false } },
        ],
      })}
    />
  );
};
