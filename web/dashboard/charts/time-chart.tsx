/** One number over time, and the same in the period before. */

import { useMemo } from "preact/hooks";
import uPlot from "uplot";
import type { Bucket, Interval, SumName } from "../api/types.ts";
import { SUMS } from "../lib/numbers.ts";
import { bucketName } from "../lib/range.ts";
import { axis, Plot } from "./plot.tsx";
import { compact } from "./ticks.ts";

const HEIGHT = 240;

export const TimeChart = ({
  buckets,
  before,
  interval,
  metric,
  onSelect,
}: {
  buckets: Bucket[];
  before?: Bucket[] | undefined;
  interval: Interval;
  metric: SumName;
  onSelect?: (first: string, last: string) => void;
}) => {
  const { title, write } = SUMS[metric];
  const share = metric === "play_rate" || metric === "engagement";
  const data = useMemo<uPlot.AlignedData>(
    () => [
      buckets.map((_, i) => i),
      buckets.map((bucket) => bucket[metric]),
      buckets.map((_, i) => before?.[i]?.[metric] ?? null),
    ],
    [buckets, before, metric],
  );
  const names = buckets.map((bucket) => bucketName(bucket, interval));
  const most = Math.max(0, ...buckets.map((bucket) => bucket[metric]));
  const say = (index: number | undefined): string => {
    const bucket = index === undefined ? undefined : buckets[index];
    if (index === undefined || !bucket)
      return most ? `Highest: ${write(most)}. Point at the chart for each value.` : "Nothing yet";
    const then = before?.[index];
    const earlier = then
      ? `; before (${bucketName(then, interval).whole}): ${write(then[metric])}`
      : "";
    return `${names[index]?.whole ?? ""}: ${write(bucket[metric])}${earlier}`;
  };
  return (
    <Plot
      height={HEIGHT}
      shape={`${metric} ${interval} ${buckets[0]?.start} ${buckets.length} ${before ? 1 : 0}`}
      data={data}
      label={`${title} by ${interval}: ${buckets.length} values, at most ${write(most)}.`}
      say={say}
      from={0}
      to={buckets.length - 1}
      {...(onSelect && {
        onSelect: (first: number, last: number) => {
          const [a, b] = [buckets[first], buckets[last]];
          if (a && b) onSelect(a.date, b.date);
        },
      })}
      options={(colours) => ({
        padding: [12, 8, 0, 0],
        scales: {
          x: { time: false, range: [-0.5, buckets.length - 0.5] },
          y: {
            range: (_, __, max) => [0, share ? Math.max(max || 0, 0.1) * 1.05 : (max || 1) * 1.08],
          },
        },
        axes: [
          axis(colours, {
            size: 30,
            grid: { show: false },
            incrs: [1, 2, 3, 4, 6, 7, 14, 28, 56, 112],
            space: interval === "hour" ? 50 : 64,
            values: (_, splits) => splits.map((i) => names[i]?.short ?? ""),
          }),
          axis(colours, {
            size: 52,
            values: (_, splits) => splits.map((value) => (share ? write(value) : compact(value))),
          }),
        ],
        series: [
          {},
          {
            label: title,
            stroke: colours.seen,
            fill: colours.seen,
            width: 0,
            points: { show: false },
            paths: uPlot.paths.bars?.({ size: [0.72, 48], radius: 0.12 }) ?? (() => null),
          },
          {
            label: "Before",
            stroke: colours.soft,
            width: 1.5,
            dash: [5, 4],
            points: { show: false },
          },
        ],
      })}
    />
  );
};
