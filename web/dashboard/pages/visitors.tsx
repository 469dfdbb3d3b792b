/** Who came: searched, filtered, most recently active first. */

import { keepPreviousData, useInfiniteQuery } from "@tanstack/preact-query";
import { useEffect, useRef, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { count } from "../../common/format.ts";
import { get } from "../api/client.ts";
import { useMe } from "../api/session.tsx";
import type { Visitor } from "../api/types.ts";
import { Explain } from "../components/definition.tsx";
import { Page } from "../components/page.tsx";
import { Panel } from "../components/panel.tsx";
import { Answered, Empty, Failure } from "../components/states.tsx";
import { visitorPath } from "../components/visitor-name.ts";
import { useAddress, useLinkTo } from "../lib/address.ts";
import { ago, moment } from "../lib/ago.ts";
import { SUMS } from "../lib/numbers.ts";

const PATH = "/v1/stats/visitors.json";
const AT_ONCE = 50;
const TYPED_MS = 300;
const ROW_HEIGHT = 48;

const FILTERS: [value: string, name: string][] = [
  ["", "Everybody"],
  ["has_name", "Who gave a name"],
  ["has_email", "Who gave an email"],
  ["identified_by_email_gate", "Who used a form"],
];

const useVisitors = (search: string, filter: string) =>
  useInfiniteQuery({
    queryKey: [PATH, search, filter],
    queryFn: ({ pageParam, signal }) =>
      get<Visitor[]>(
        PATH,
        {
          page: pageParam,
          per_page: AT_ONCE,
          search: search || undefined,
          filter: filter || undefined,
        },
        signal,
      ),
    initialPageParam: 1,
    getNextPageParam: (last, pages) => (last.length < AT_ONCE ? undefined : pages.length + 1),
    placeholderData: keepPreviousData,
  });

/** Who became active between two pages of the list is in both. */
const eachOnce = (visitors: Visitor[]): Visitor[] => [
  ...new Map(visitors.map((one) => [one.visitor_key, one])).values(),
];

const VisitorsPage = () => {
  const [query, change] = useAddress();
  const search = query.get("search") ?? "";
  const asked = query.get("filter") ?? "";
  const filter = FILTERS.some(([value]) => value === asked) ? asked : "";
  const [typed, setTyped] = useState(search);
  const told = useRef(search);
  useEffect(() => {
    // Somebody went back to another address; what was typed here is in it by itself.
    if (search !== told.current) setTyped((told.current = search));
  }, [search]);
  useEffect(() => {
    if (typed === told.current) return undefined;
    const later = setTimeout(() => {
      told.current = typed;
      change({ search: typed || undefined }, { replace: true });
    }, TYPED_MS);
    return () => clearTimeout(later);
  }, [typed, change]);
  const found = useVisitors(search, filter);
  const visitors = found.data && eachOnce(found.data.pages.flat());
  return (
    <Page title="Visitors">
      <search class="filters">
        <input
          type="search"
          class="wide-search"
          aria-label="Search by name or email"
          placeholder="Search by name or email"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <select
          aria-label="Which visitors"
          value={filter}
          onChange={(event) => change({ filter: event.currentTarget.value || undefined })}
        >
          {FILTERS.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </search>
      <Panel
        title="Most recently active first"
        about="visitors"
        table={
          visitors?.length
            ? () => ({
                head: [
                  "visitor_key",
                  "name",
                  "email",
                  "created_at",
                  "last_active_at",
                  "loads",
                  "plays",
                  "browser",
                  "platform",
                ],
                rows: visitors.map((one) => [
                  one.visitor_key,
                  one.visitor_identity.name,
                  one.visitor_identity.email,
                  one.created_at,
                  one.last_active_at ?? null,
                  one.load_count,
                  one.play_count,
                  one.user_agent_details.browser,
                  one.user_agent_details.platform,
                ]),
              })
            : undefined
        }
      >
        <Answered asked={{ ...found, data: visitors }} height={ROW_HEIGHT * 10}>
          {(rows) =>
            rows.length ? (
              <VisitorTable visitors={rows} />
            ) : (
              <Empty title={search || filter ? "Nobody like that" : "Nobody has come yet"}>
                {search || filter ? (
                  <p>Try a shorter part of the name or email, or everybody.</p>
                ) : (
                  <p>
                    Is the tracker on your pages? <Link href="/settings/embed">Put it there</Link>
                  </p>
                )}
              </Empty>
            )
          }
        </Answered>
        {found.isFetchNextPageError && <Failure error={found.error} />}
        {found.hasNextPage && (
          <button
            type="button"
            class="button more"
            disabled={found.isFetchingNextPage}
            onClick={() => void found.fetchNextPage()}
          >
            {found.isFetchingNextPage ? "Loading" : "Show more"}
          </button>
        )}
      </Panel>
    </Page>
  );
};

const VisitorTable = ({ visitors }: { visitors: Visitor[] }) => {
  const { account } = useMe();
  const linkTo = useLinkTo();
  return (
    <div class="scroll scroll-free" tabIndex={0} role="region" aria-label="Visitors">
      <table>
        <thead>
          <tr>
            <th scope="col">Visitor</th>
            {(["loads", "plays"] as const).map((name) => (
              <th key={name} scope="col" class="number">
                {SUMS[name].title}
                <Explain metric={name} title={SUMS[name].title} call={PATH} />
              </th>
            ))}
            <th scope="col">Last play</th>
            <th scope="col">First seen</th>
            <th scope="col">Browser</th>
          </tr>
        </thead>
        <tbody>
          {visitors.map((one) => {
            const { name, email } = one.visitor_identity;
            return (
              <tr key={one.visitor_key}>
                <th scope="row">
                  <Link
                    href={linkTo(visitorPath(one.visitor_key))}
                    title={name || email || one.visitor_key}
                    class="visitor-name"
                    dir="auto"
                  >
                    {name || email || `Visitor ${one.visitor_key.slice(0, 12)}`}
                  </Link>
                  {name && email && (
                    <span class="soft second" dir="auto">
                      {email}
                    </span>
                  )}
                </th>
                <td class="number">{count(one.load_count)}</td>
                <td class="number">{count(one.play_count)}</td>
                <td class="nowrap">
                  {one.last_active_at ? (
                    <span title={moment(one.last_active_at, account.timezone)}>
                      {ago(one.last_active_at)}
                    </span>
                  ) : (
                    <span class="soft">never</span>
                  )}
                </td>
                <td class="nowrap" title={moment(one.created_at, account.timezone)}>
                  {ago(one.created_at)}
                </td>
                <td class="nowrap">
                  {[one.user_agent_details.browser, one.user_agent_details.platform]
                    .filter(Boolean)
                    .join(", ")}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
};

export default VisitorsPage;
