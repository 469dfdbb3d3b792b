/** Sessions told apart by one trait, the most first, with a bar for each. */

import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { addressOf, type Params } from "../api/client.ts";
import { useAnswer } from "../api/queries.ts";
import type { Breakdown, SumName } from "../api/types.ts";
import { useLinkTo } from "../lib/address.ts";
import { FILTERS } from "../lib/filters.ts";
import { SUMS } from "../lib/numbers.ts";
import { traitValue } from "../lib/traits.ts";
import { Explain } from "./definition.tsx";
import { Panel } from "./panel.tsx";
import { SumsCells } from "./sums-cells.tsx";
import { Answered, Empty } from "./states.tsx";

const FEW = 8;
const MANY = 200;
const ROW_HEIGHT = 34;
const COLUMNS: SumName[] = ["plays", "visitors", "hours_watched", "engagement"];

export interface Tab {
  by: string;
  name: string;
}

export const BreakdownPanel = ({
  title,
  tabs,
  params,
  about,
}: {
  title: string;
  tabs: [Tab, ...Tab[]];
  params: Params;
  about: string;
}) => {
  const [by, setBy] = useState(tabs[0].by);
  const [limit, setLimit] = useState(FEW);
  const [sort, setSort] = useState<SumName>("plays");
  const asked = { ...params, by, sort_by: sort, limit };
  const found = useAnswer<Breakdown>("/insights/breakdown", asked);
  const tab = tabs.find((one) => one.by === by) ?? tabs[0];
  // While another trait is asked for, the rows of the one before would stand under its name.
  const shown = found.data?.by === by ? found.data : undefined;
  return (
    <Panel
      title={title}
      about={`${tab.name} ${about}`}
      beside={
        tabs.length > 1 && (
          <label data-picture="without">
            <span class="unseen">{title} by</span>
            <select
              value={by}
              onChange={(event) => {
                setBy(event.currentTarget.value);
                setLimit(FEW);
              }}
            >
              {tabs.map((one) => (
                <option key={one.by} value={one.by}>
                  {one.name}
                </option>
              ))}
            </select>
          </label>
        )
      }
      table={
        shown &&
        (() => ({
          head: [tab.name, "loads", ...COLUMNS, "play_rate"],
          rows: shown.rows.map((row) => [
            row.title ?? row.name,
            row.loads,
            ...COLUMNS.map((name) => row[name]),
            row.play_rate,
          ]),
        }))
      }
    >
      <Answered
        asked={{ ...found, data: shown, refetch: found.refetch }}
        height={ROW_HEIGHT * (FEW + 1)}
      >
        {(data) => (
          <BreakdownTable
            data={data}
            tab={tab}
            sort={sort}
            setSort={setSort}
            call={addressOf("/insights/breakdown", asked)}
            params={params}
          />
        )}
      </Answered>
      {shown && shown.total > shown.rows.length && limit === FEW && (
        <button
          type="button"
          class="button button-small more"
          data-picture="without"
          onClick={() => setLimit(MANY)}
        >
          Show {shown.total > MANY ? `the first ${MANY} of ${shown.total}` : `all ${shown.total}`}
        </button>
      )}
    </Panel>
  );
};

const BreakdownTable = ({
  data,
  tab,
  sort,
  setSort,
  call,
  params,
}: {
  data: Breakdown;
  tab: Tab;
  sort: SumName;
  setSort: (name: SumName) => void;
  call: string;
  params: Params;
}) => {
  const linkTo = useLinkTo();
  if (!data.rows.length)
    return <Empty title="Nobody in these days">Choose more days, or fewer filters.</Empty>;
  const most = Math.max(1e-9, ...data.rows.map((row) => row[sort]));
  // The sessions behind a row are those of the question, told apart.
  const kept: Record<string, string> = params.start_date === undefined ? { range: "all" } : {};
  for (const name of FILTERS) if (typeof params[name] === "string") kept[name] = params[name];
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`${tab.name}, the most first`}>
      <table class="bars">
        <thead>
          <tr>
            <th scope="col">{tab.name}</th>
            {COLUMNS.map((name) => (
              <th
                key={name}
                scope="col"
                class="number"
                aria-sort={name === sort ? "descending" : undefined}
              >
                <button type="button" class="sort" onClick={() => setSort(name)}>
                  {SUMS[name].title}
                </button>
                <Explain metric={name} title={SUMS[name].title} call={call} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.rows.map((row) => (
            <tr key={row.name}>
              <th scope="row">
                <svg class="bar" aria-hidden="true" preserveAspectRatio="none">
                  <rect width={`${(100 * row[sort]) / most}%`} height="100%" rx="4" />
                </svg>
                {data.by === "media" ? (
                  <Link href={linkTo(`/medias/${encodeURIComponent(row.name)}`)} dir="auto">
                    {row.title ?? row.name}
                  </Link>
                ) : (
                  <Link
                    href={linkTo("/sessions", { ...kept, [data.by]: row.name })}
                    title={row.name}
                    dir="auto"
                  >
                    {traitValue(data.by, row.name)}
                  </Link>
                )}
              </th>
              <SumsCells sums={row} names={COLUMNS} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};
