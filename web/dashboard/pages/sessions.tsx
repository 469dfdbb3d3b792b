/** Every session, by any combination of filters. */

import { useEffect, useState } from "preact/hooks";
import { useQueryClient } from "@tanstack/preact-query";
import { several } from "../../common/format.ts";
import { addressOf, type Params } from "../api/client.ts";
import { useAnswer } from "../api/queries.ts";
import { useMe } from "../api/session.tsx";
import type { Sessions, Summary } from "../api/types.ts";
import { Explain } from "../components/definition.tsx";
import { FilterBar } from "../components/filters.tsx";
import { daysOf } from "../components/overview.tsx";
import { Page } from "../components/page.tsx";
import { RangePicker, useRange } from "../components/range-picker.tsx";
import { SessionsPanel } from "../components/session-list.tsx";
import { Waiting } from "../components/states.tsx";
import { useFilters } from "../lib/filters.ts";
import { SUMS } from "../lib/numbers.ts";
import { rangeInWords, todayIn, type Range } from "../lib/range.ts";

const LOOK_MS = 15_000;

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
  const params = { ...filters, ...daysOf(range) };
  const summary = useAnswer<Summary>("/insights/summary", params);
  const call = addressOf("/insights/summary", params);
  const sums = summary.data?.sums;
  return (
    <div class="stack stack-free">
      <FilterBar params={daysOf(range)} />
      <p class="session-count" aria-live="polite" aria-busy={summary.isPlaceholderData}>
        {sums ? (
          <>
            <strong data-number="loads">{several(sums.loads, "session")}</strong>, of these{" "}
            <strong data-number="plays">{SUMS.plays.write(sums.plays)}</strong> with a play{" "}
            <Explain metric="plays" title="Plays" call={call} />, of{" "}
            {several(sums.visitors, "visitor")}{" "}
            <Explain metric="visitors" title="Visitors" call={call} />
          </>
        ) : (
          " "
        )}
      </p>
      <Arrivals params={params} enabled={range.last === todayIn(account.timezone)} />
      <SessionsPanel title="All sessions" params={params} about={rangeInWords(range)} />
    </div>
  );
};

/** Says that there are newer sessions, and shows them when asked: the list never moves by itself. */
const Arrivals = ({ params, enabled }: { params: Params; enabled: boolean }) => {
  const cache = useQueryClient();
  const key = JSON.stringify(params);
  const [seen, setSeen] = useState<{ key: string; newest: Set<string> }>();
  const asked = { ...params, limit: 25 };
  const newest = useAnswer<Sessions>("/insights/sessions", asked, {
    enabled,
    moves: enabled,
    every: LOOK_MS,
  });
  const keys = newest.isPlaceholderData
    ? undefined
    : newest.data?.sessions.map((session) => session.event_key);
  useEffect(() => {
    if (keys && seen?.key !== key) setSeen({ key, newest: new Set(keys) });
  }, [key, keys?.[0]]);
  const fresh = seen?.key === key ? (keys ?? []).filter((one) => !seen.newest.has(one)).length : 0;
  return (
    <p class="arrivals" role="status">
      {fresh > 0 && (
        <button
          type="button"
          class="button button-small"
          onClick={() => {
            setSeen({ key, newest: new Set(keys) });
            void cache.invalidateQueries({ queryKey: ["/insights/sessions", params] });
            void cache.invalidateQueries({ queryKey: ["/insights/summary"] });
          }}
        >
          {fresh >= 25 ? "More than 25 new sessions" : several(fresh, "new session")}: show
        </button>
      )}
    </p>
  );
};

export default SessionsPage;
