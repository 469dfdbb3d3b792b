/** The heart of a media's page: the video, and what was seen of it, moment by moment. */

import { useRef, useState } from "preact/hooks";
import { clock, count, percent, several } from "../../../common/format.ts";
import { addressOf, type Params } from "../../api/client.ts";
import { useAnswer } from "../../api/queries.ts";
import type { Engagement, Media } from "../../api/types.ts";
import { ComparisonChart } from "../../charts/comparison-chart.tsx";
import { EngagementChart } from "../../charts/engagement-chart.tsx";
import { Explain } from "../../components/definition.tsx";
import { Panel } from "../../components/panel.tsx";
import { Answered, Empty } from "../../components/states.tsx";
import { daysOf } from "../../components/overview.tsx";
import type { Table } from "../../lib/csv.ts";
import { retention } from "../../lib/graph.ts";
import type { Range } from "../../lib/range.ts";
import { seeker } from "../../lib/seek.ts";
import { ComparePicker } from "./compare-picker.tsx";
import type { Comparing, Side } from "./comparing.ts";
import { MediaVideo } from "./video.tsx";

const CALL = "/insights/engagement";
const CHART_HEIGHT = 260 + 28;

export const EngagementPanel = ({
  media,
  range,
  filters,
  comparing,
}: {
  media: Media;
  range: Range;
  filters: Params;
  comparing: Comparing;
}) => {
  const params = { ...filters, ...daysOf(range), media_id: media.hashed_id };
  const asked = useAnswer<Engagement>(CALL, params, { moves: true });
  const [one, other] = comparing.sides ?? [];
  const left = useAnswer<Engagement>(CALL, one?.params, { enabled: one !== undefined });
  const right = useAnswer<Engagement>(CALL, other?.params, { enabled: other !== undefined });
  const video = useRef<HTMLVideoElement>(null);
  const seek = useRef(seeker(() => video.current));
  const [at, setAt] = useState<number | undefined>();
  const point = (seconds: number | undefined): void => {
    // A video that plays goes its own way; only a click moves it.
    if (seconds !== undefined && video.current?.paused) seek.current(seconds);
  };
  const pick = (seconds: number): void => seek.current(seconds);
  const compared = one && other && left.data && right.data;
  return (
    <Panel
      title="Engagement"
      about={`${media.name} ${range.first} ${range.last}`}
      class="panel-wide"
      beside={
        <>
          <span class="legend">
            {comparing.sides ? (
              <>
                <span class="key" dir="auto">
                  {short(one)}
                </span>
                <span class="key key-other" dir="auto">
                  {short(other)}
                </span>
              </>
            ) : (
              <>
                <span class="key">saw it</span>
                <span class="key key-again">watched again</span>
              </>
            )}
          </span>
          <Explain
            metric={comparing.sides ? "retention" : "engagement_graph"}
            title="the engagement graph"
            call={addressOf(CALL, params)}
          />
        </>
      }
      table={
        compared
          ? () => comparedTable(one, other, left.data as Engagement, right.data as Engagement)
          : asked.data && (() => tableOf(asked.data as Engagement))
      }
    >
      <div class="heart">
        <MediaVideo url={media.url} name={media.name} video={video} onTime={setAt} />
        {asked.data?.engagement_data.length === 0 ? null : asked.data ? (
          <Moments graph={asked.data} pick={pick} call={addressOf(CALL, params)} />
        ) : (
          // Its place, so that what is below stays where it is.
          <div class="moments" />
        )}
      </div>
      <ComparePicker comparing={comparing} media={media.hashed_id} />
      {comparing.sides && one && other ? (
        <Answered asked={left} height={CHART_HEIGHT}>
          {(first) => (
            <Answered asked={right} height={CHART_HEIGHT}>
              {(second) => (
                <ComparisonChart
                  one={{ name: short(one), graph: first }}
                  other={{ name: short(other), graph: second }}
                  at={at}
                  onPoint={point}
                  onPick={pick}
                />
              )}
            </Answered>
          )}
        </Answered>
      ) : (
        <Answered asked={asked} height={CHART_HEIGHT}>
          {(graph) =>
            graph.engagement_data.length ? (
              <EngagementChart graph={graph} at={at} onPoint={point} onPick={pick} />
            ) : (
              <Empty title="No engagement graph yet">
                The media's length is not known: nobody has loaded it, or it is a live stream. It
                can be set on the Medias page.
              </Empty>
            )
          }
        </Answered>
      )}
    </Panel>
  );
};

const short = (side: Side | undefined): string => (side?.name ?? "").slice(0, 60);

const Moments = ({
  graph,
  pick,
  call,
}: {
  graph: Engagement;
  pick: (seconds: number) => void;
  call: string;
}) => (
  <div class="moments">
    <section>
      <h3>
        <span class="mark-down" aria-hidden="true" /> Steepest drop-offs{" "}
        <Explain metric="drop_off" title="a drop-off" call={call} />
      </h3>
      {graph.drop_offs.length ? (
        <ul>
          {graph.drop_offs.map(({ cell, at, lost, viewers }) => (
            <li key={cell}>
              <button type="button" class="button button-small" onClick={() => pick(at)}>
                {clock(at)}
              </button>{" "}
              {several(lost, "viewer")} fewer
              <span class="soft">
                , {percent(viewers ? lost / viewers : 0)} of the {count(viewers)} before
              </span>
            </li>
          ))}
        </ul>
      ) : (
        <p class="soft">None: nobody has left in the middle.</p>
      )}
    </section>
    <section>
      <h3>
        <span class="mark-again" aria-hidden="true" /> Most watched again{" "}
        <Explain metric="rewatched" title="a moment watched again" call={call} />
      </h3>
      {graph.rewatched.length ? (
        <ul>
          {graph.rewatched.map(({ cell, at, end, viewings }) => (
            <li key={cell}>
              <button type="button" class="button button-small" onClick={() => pick(at)}>
                {clock(at)} to {clock(end)}
              </button>{" "}
              again {several(viewings, "time")}
              <span class="soft"> at its peak, {clock(cell * graph.cell_seconds)}</span>
            </li>
          ))}
        </ul>
      ) : (
        <p class="soft">None: nobody has gone back.</p>
      )}
    </section>
  </div>
);

const tableOf = (graph: Engagement): Table => ({
  head: ["second", "viewers", "share of plays", "watched again"],
  rows: graph.engagement_data.map((viewers, cell) => [
    cell * graph.cell_seconds,
    viewers,
    retention(graph, cell),
    graph.rewatch_data[cell] ?? 0,
  ]),
});

const comparedTable = (one: Side, other: Side, left: Engagement, right: Engagement): Table => {
  const cells = Math.max(left.engagement_data.length, right.engagement_data.length);
  const columns = (graph: Engagement, cell: number): (number | null)[] =>
    cell < graph.engagement_data.length
      ? [cell * graph.cell_seconds, graph.engagement_data[cell] ?? 0, retention(graph, cell)]
      : [null, null, null];
  const head = ({ name }: Side): string[] => [
    `${name}: second`,
    `${name}: viewers`,
    `${name}: share of plays`,
  ];
  return {
    head: [...head(one), ...head(other)],
    rows: Array.from({ length: cells }, (_, cell) => [
      ...columns(left, cell),
      ...columns(right, cell),
    ]),
  };
};
