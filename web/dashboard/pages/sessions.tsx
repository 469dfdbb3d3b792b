/** Every session, by any combination of filters. */

import { useQueryClient } from "@tanstack/preact-query";
import { useRef } from "preact/hooks";
import { several } from "../../common/format.ts";
import { addressOf, type Params } from "../api/client.ts";
import { useAnswer, useSessions } from "../api/queries.ts";
import { useMe } from "../api/session.tsx";
import type { Sessions, Summary, ViewingSession } from "../api/types.ts";
import { Explain } from "../components/definition.tsx";
import { FilterBar } from "../components/filters.tsx";
import { daysOf } from "../components/overview.tsx";
import { Page } from "../components/page.tsx";
import { RangePicker, useRange } from "../components/range-picker.tsx";
import { SessionsPanel } from "../components/session-list.tsx";
import { Waiting } from "../components/states.tsx";
import { arrivals } from "../lib/arrivals.ts";
import { useFilters } from "../lib/filters.ts";
import { SUMS } from "../lib/numbers.ts";
import { rangeInWords, todayIn, type Range } from "../lib/range.ts";

const LOOK_MS = 15_000;
const LOOKED_AT = 25;

const SessionsPage = () => {
  const range = useRange();
  return (
    <Page title="Sessions" beside={<RangePicker range={range} />}>
      {range ? <SessionsOf range={range} /> : <Waiting height={700} />}
    </Page>
  );
};

const SessionsOf = ({ range }: { range: Range }) => {
  const { params: filters } = useFilters();
  const { account } = useMe();
  const today = todayIn(account.timezone);
  const heading = useRef<HTMLDivElement>(null);
  const params = { ...filters, ...daysOf(range) };
  const live = range.first <= today && range.last >= today;
  const newest = useAnswer<Sessions>(
    "/insights/sessions",
    { ...params, limit: LOOKED_AT },
    { enabled: live, moves: live, every: LOOK_MS },
  );
  return (
    <div class="stack stack-free">
      <FilterBar params={daysOf(range)} />
      <div ref={heading} class="session-head" tabIndex={-1}>
        <HowMany params={params} />
        {live && (
          <Arrivals
            params={params}
            newest={newest.isPlaceholderData ? undefined : newest.data?.sessions}
            shown={() => heading.current?.focus()}
          />
        )}
      </div>
      <SessionsPanel
        title="All sessions"
        params={params}
        about={rangeInWords(range)}
        newer={live ? newest.data?.sessions : undefined}
      />
    </div>
  );
};

const HowMany = ({ params }: { params: Params }) => {
  const { data, isPlaceholderData } = useAnswer<Summary>("/insights/summary", params);
  const call = addressOf("/insights/summary", params);
  if (!data) return <p class="session-count">&nbsp;</p>;
  const { loads, plays, visitors } = data.sums;
  return (
    <p class="session-count" aria-live="polite" aria-busy={isPlaceholderData}>
      <strong data-number="loads">{several(loads, "session")}</strong>, of these{" "}
      <strong data-number="plays">{SUMS.plays.write(plays)}</strong> with a play{" "}
      <Explain metric="plays" title="Plays" call={call} />, of {several(visitors, "visitor")}{" "}
      <Explain metric="visitors" title="Visitors" call={call} />
    </p>
  );
};

/** Says that there are newer sessions, and shows them when asked: the list never moves by itself. */
const Arrivals = ({
  params,
  newest,
  shown,
}: {
  params: Params;
  newest: readonly ViewingSession[] | undefined;
  shown: () => void;
}) => {
  const cache = useQueryClient();
  const listed = useSessions(params);
  const missing =
    listed.data && newest && !listed.isPlaceholderData
      ? arrivals(
          listed.data.pages.flatMap((page) => page.sessions),
          !listed.hasNextPage,
          newest,
        )
      : 0;
  return (
    <p class="arrivals" role="status">
      {missing > 0 && (
        <button
          type="button"
          class="button button-small"
          onClick={() => {
            shown();
            void cache.invalidateQueries({ queryKey: ["/insights/sessions", params] });
            void cache.invalidateQueries({ queryKey: ["/insights/summary"] });
          }}
        >
          {missing >= LOOKED_AT
            ? `At least ${LOOKED_AT} new sessions`
            : several(missing, "new session")}
          : show
        </button>
      )}
    </p>
  );
};

export default SessionsPage;
