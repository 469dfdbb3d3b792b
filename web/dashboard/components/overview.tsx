/** The numbers of some sessions over some days: tiles and a chart of the one that is chosen. */

import { useState } from "preact/hooks";
import { addressOf, type Params } from "../api/client.ts";
import { useAnswer } from "../api/queries.ts";
import type { Summary, SumName, Timeseries } from "../api/types.ts";
import { TimeChart } from "../charts/time-chart.tsx";
import { useAddress } from "../lib/address.ts";
import { SUMS } from "../lib/numbers.ts";
import { bucketName, intervalFor, rangeInWords, writeRange, type Range } from "../lib/range.ts";
import { Panel } from "./panel.tsx";
import { SumsCells } from "./sums-cells.tsx";
import { Answered } from "./states.tsx";
import { StatTiles } from "./stats.tsx";

const NAMES: SumName[] = ["plays", "loads", "play_rate", "hours_watched", "visitors", "engagement"];
const PLOT_HEIGHT = 240 + 28;

/** The days as parameters of a question. */
export const daysOf = (range: Pick<Range, "first" | "last">): Params => ({
  start_date: range.first,
  end_date: range.last,
});

export const Overview = ({
  range,
  params,
  about,
}: {
  range: Range;
  /** Whose sessions, without the days. */
  params: Params;
  about: string;
}) => {
  const [, change] = useAddress();
  const [metric, setMetric] = useState<SumName>("plays");
  const asked = { ...params, ...daysOf(range) };
  const interval = intervalFor(range);
  const summary = useAnswer<Summary>("/insights/summary", asked, { moves: true });
  const series = useAnswer<Timeseries>(
    "/insights/timeseries",
    { ...asked, interval },
    { moves: true },
  );
  const then = range.preset === "all" ? null : (summary.data?.before ?? null);
  const earlier = useAnswer<Timeseries>(
    "/insights/timeseries",
    { ...params, interval, ...(then && { start_date: then.start_date, end_date: then.end_date }) },
    { enabled: then !== null },
  );
  const beforeWords = then
    ? `Compared with ${rangeInWords({ first: then.start_date, last: then.end_date })}`
    : "";
  const before = then ? earlier.data?.buckets : undefined;
  return (
    <Panel
      title={`${SUMS[metric].title} by ${interval}`}
      about={`${about} ${range.first} ${range.last}`}
      class="panel-wide"
      beside={
        <span class="legend">
          <span class="key key-seen">{rangeInWords(range)}</span>
          {then && (
            <span class="key key-before">
              {rangeInWords({ first: then.start_date, last: then.end_date })}
            </span>
          )}
        </span>
      }
      table={
        series.data &&
        (() => ({
          head: [interval, ...NAMES, ...(before ? [`${metric} before`] : [])],
          rows: (series.data?.buckets ?? []).map((bucket, i) => [
            interval === "hour" ? bucket.start : bucket.date,
            ...NAMES.map((name) => bucket[name]),
            ...(before ? [before[i]?.[metric] ?? null] : []),
          ]),
        }))
      }
    >
      <StatTiles
        busy={summary.isPlaceholderData}
        sums={summary.data?.sums}
        before={then?.sums}
        beforeWords={beforeWords}
        names={NAMES}
        chosen={metric}
        choose={setMetric}
        call={addressOf("/insights/summary", asked)}
      />
      <Answered asked={series} height={PLOT_HEIGHT}>
        {({ buckets, interval: shown }) => (
          <>
            <TimeChart
              buckets={buckets}
              before={before}
              interval={shown}
              metric={metric}
              {...(shown !== "hour" && {
                onSelect: (first: string, last: string) => change(writeRange({ first, last })),
              })}
            />
            <details class="as-table" data-picture="without">
              <summary>Show as a table</summary>
              <div class="scroll" tabIndex={0} role="region" aria-label="The chart as a table">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">{shown}</th>
                      {NAMES.map((name) => (
                        <th key={name} scope="col" class="number">
                          {SUMS[name].title}
                        </th>
                      ))}
                    </tr>
                  </thead>
                  <tbody>
                    {buckets.map((bucket) => (
                      <tr key={bucket.start}>
                        <th scope="row">{bucketName(bucket, shown).whole}</th>
                        <SumsCells sums={bucket} names={NAMES} />
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </details>
          </>
        )}
      </Answered>
    </Panel>
  );
};
