/** The engagement graph: who saw each moment, and how often it was watched again. */

import { useMemo } from "preact/hooks";
import uPlot from "uplot";
import { clock, count, percent, several } from "../../common/format.ts";
import type { Engagement } from "../api/types.ts";
import { cellOf, curveOf, retention } from "../lib/graph.ts";
import type { Colours } from "./colours.ts";
import { axis, Plot } from "./plot.tsx";
import { compact } from "./ticks.ts";

const HEIGHT = 260;

/** A moment in words: the exact values of its cell. */
export const momentInWords = (graph: Engagement, cell: number): string => {
  const seen = graph.engagement_data[cell] ?? 0;
  const again = graph.rewatch_data[cell] ?? 0;
  const at = clock(cell * graph.cell_seconds);
  return (
    `${at}: ${several(seen, "viewer")}, ${percent(retention(graph, cell))} of ` +
    `${several(graph.plays, "play")}; watched again ${several(again, "time")}`
  );
};

/** Marks at the moments that stand out: down where many left, a dot where many came back. */
const marks = (graph: Engagement, colours: Colours): uPlot.Hooks.Arrays["draw"] => [
  (self) => {
    const { ctx } = self;
    const size = 5 * devicePixelRatio;
    const place = (cell: number): [number, number] => {
      const seconds = (cell + 0.5) * graph.cell_seconds;
      const all = (graph.engagement_data[cell] ?? 0) + (graph.rewatch_data[cell] ?? 0);
      return [self.valToPos(seconds, "x", true), self.valToPos(all, "y", true) - 2 * size];
    };
    ctx.save();
    ctx.fillStyle = colours.bad;
    for (const { cell } of graph.drop_offs) {
      const [x, y] = place(cell);
      ctx.beginPath();
      ctx.moveTo(x - size, y - size);
      ctx.lineTo(x + size, y - size);
      ctx.lineTo(x, y + size);
      ctx.fill();
    }
    ctx.fillStyle = colours.again;
    for (const { cell } of graph.rewatched) {
      const [x, y] = place(cell);
      ctx.beginPath();
      ctx.arc(x, y, size * 0.9, 0, 2 * Math.PI);
      ctx.fill();
    }
    ctx.restore();
  },
];

export const timeAxis = (colours: Colours): uPlot.Axis =>
  axis(colours, {
    size: 30,
    grid: { show: false },
    incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200],
    space: 70,
    values: (_, splits) => splits.map((seconds) => clock(seconds)),
  });

export const EngagementChart = ({
  graph,
  at,
  onPoint,
  onPick,
}: {
  graph: Engagement;
  at: number | undefined;
  onPoint: (seconds: number | undefined) => void;
  onPick: (seconds: number) => void;
}) => {
  const curve = useMemo(() => curveOf(graph), [graph]);
  const data = useMemo<uPlot.AlignedData>(() => [curve.x, curve.viewings, curve.viewers], [curve]);
  const cells = graph.engagement_data.length;
  const end = cells * graph.cell_seconds;
  const secondsOf = (point: number): number => (cellOf(point, cells) + 0.5) * graph.cell_seconds;
  const [first, last] = [retention(graph, 0), retention(graph, cells - 1)];
  return (
    <Plot
      height={HEIGHT}
      // The marks are part of the drawing, so other moments are another drawing.
      shape={`${graph.media_id} ${cells} ${JSON.stringify([graph.drop_offs, graph.rewatched])}`}
      data={data}
      label={
        `Engagement graph over ${clock(end)}: ${percent(first)} of ${count(graph.plays)} plays ` +
        `saw the first moment, ${percent(last)} the last one.`
      }
      say={(point) =>
        point === undefined
          ? "Point at the graph for each moment's exact values."
          : momentInWords(graph, cellOf(point, cells))
      }
      from={1}
      to={cells}
      at={at}
      onPoint={(point) => onPoint(point === undefined ? undefined : secondsOf(point))}
      onPick={(point) => onPick(secondsOf(point))}
      options={(colours) => ({
        padding: [18, 22, 0, 0],
        scales: {
          x: { time: false, range: [0, end] },
          y: { range: (_, __, max) => [0, Math.max(1, max || 0) * 1.12] },
        },
        axes: [
          timeAxis(colours),
          axis(colours, { size: 52, values: (_, splits) => splits.map(compact) }),
        ],
        series: [
          {},
          {
            label: "Viewings",
            stroke: colours.again,
            fill: colours["again-fill"],
            width: 1.5,
            points: { show: false },
          },
          {
            label: "Viewers",
            stroke: colours.seen,
            fill: colours["seen-fill"],
            width: 1.5,
            points: { show: false },
          },
        ],
        // Between the two lines lies what was watched again; below it is the viewers' alone.
        bands: [{ series: [1, 2], fill: colours["again-fill"] }],
        hooks: { draw: marks(graph, colours) ?? [] },
      })}
    />
  );
};
