/** Sessions, newest first, each with a bar of what was watched. */

import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { clock, percent, span } from "../../common/format.ts";
import { addressOf, type Params } from "../api/client.ts";
import { useSessions } from "../api/queries.ts";
import { useMe } from "../api/session.tsx";
import type { ViewingSession } from "../api/types.ts";
import { HeatBar, inWords } from "../charts/heat-bar.tsx";
import { useLinkTo } from "../lib/address.ts";
import { ago, moment } from "../lib/ago.ts";
import type { Table } from "../lib/csv.ts";
import { traitValue } from "../lib/traits.ts";
import { CopyButton } from "./copy.tsx";
import { Outside } from "./outside.tsx";
import { Panel } from "./panel.tsx";
import { Answered, Empty } from "./states.tsx";
import { placeName, visitorName } from "./visitor-name.ts";

const ROW_HEIGHT = 62;
const AT_ONCE = 25;

export const SessionsPanel = ({
  title,
  params,
  about,
  of,
}: {
  title: string;
  params: Params;
  about: string;
  /** Whose sessions these are, which then need not be said of each. */
  of?: "media" | "visitor";
}) => {
  const found = useSessions(params, AT_ONCE);
  const sessions = found.data?.pages.flatMap((page) => page.sessions);
  return (
    <Panel
      title={title}
      about={about}
      class="panel-wide"
      beside={
        <span class="legend" aria-hidden="true">
          {["once", "twice", "3 times", "more often"].map((words, i) => (
            <span key={words} class={`key key-heat-${i + 1}`}>
              {words}
            </span>
          ))}
        </span>
      }
      table={sessions?.length ? () => tableOf(sessions) : undefined}
    >
      <Answered asked={{ ...found, data: sessions }} height={ROW_HEIGHT * 8}>
        {(rows) =>
          rows.length ? (
            <ul class="sessions">
              {rows.map((session) => (
                <Row key={session.event_key} session={session} of={of} />
              ))}
            </ul>
          ) : (
            <Empty title="No session fits">Choose more days, or fewer filters.</Empty>
          )
        }
      </Answered>
      {found.hasNextPage && (
        <button
          type="button"
          class="button more"
          data-picture="without"
          disabled={found.isFetchingNextPage}
          onClick={() => void found.fetchNextPage()}
        >
          {found.isFetchingNextPage ? "Loading" : "Show more"}
        </button>
      )}
    </Panel>
  );
};

const Row = ({ session, of }: { session: ViewingSession; of: "media" | "visitor" | undefined }) => {
  const { account } = useMe();
  const linkTo = useLinkTo();
  const [open, setOpen] = useState(false);
  const when = moment(session.started_at, account.timezone);
  const seen = session.percent_viewed;
  return (
    <li class="session">
      <div class="session-row">
        <button
          type="button"
          class="session-open"
          aria-expanded={open}
          aria-label={`All about the session of ${when}`}
          data-picture="without"
          onClick={() => setOpen(!open)}
        >
          {open ? "▾" : "▸"}
        </button>
        <span class="session-when" title={ago(session.started_at)}>
          {when}
          {session.watching && <span class="session-now">watching now</span>}
        </span>
        <span class="session-who">
          {of !== "visitor" && (
            <Link href={linkTo(`/visitors/${encodeURIComponent(session.visitor_key)}`)} dir="auto">
              {visitorName(session)}
            </Link>
          )}
          {of !== "media" && (
            <Link href={linkTo(`/medias/${encodeURIComponent(session.media_id)}`)} dir="auto">
              {session.media_name || session.media_id}
            </Link>
          )}
        </span>
        <span class="session-bar">
          <HeatBar pieces={session.watched} duration={session.duration} />
          <span class="soft">
            {session.played
              ? `${seen === null ? "" : `${percent(seen)} seen, `}${span(session.watched_seconds)} watched`
              : "not played"}
          </span>
        </span>
        <span class="session-where soft" dir="auto">
          <span>{placeName(session) || "Place unknown"}</span>
          <span>
            {[session.browser, session.platform].filter(Boolean).join(", ") || "Browser unknown"}
          </span>
        </span>
      </div>
      {open && <Details session={session} />}
    </li>
  );
};

const Details = ({ session }: { session: ViewingSession }) => {
  const call = `/v1/stats/events/${session.event_key}.json`;
  const facts: [string, preact.ComponentChildren][] = [
    ["Watched", inWords(session.watched)],
    ["Length", session.duration === null ? "not known" : clock(session.duration)],
    ["Page", <Outside key="page" url={session.page_url} title={session.page_title} />],
    ["Came from", <Outside key="referrer" url={session.referrer} title="" />],
    [
      "Device",
      [
        [session.browser, session.browser_version].filter(Boolean).join(" "),
        session.platform,
        session.device,
        session.screen && traitValue("viewer_screen_size", session.screen),
      ]
        .filter(Boolean)
        .join(", ") || "not known",
    ],
    ["Language", session.language ? traitValue("language", session.language) : "not known"],
    [
      "Place",
      [session.city, session.region, session.country && traitValue("country", session.country)]
        .filter(Boolean)
        .join(", ") || "not known",
    ],
    ["Network", session.network || "not known"],
    [
      "Playback",
      [
        session.startup_ms ? `started after ${session.startup_ms} ms` : "start-up not known",
        session.stalls
          ? `${session.stalls} stalls, ${span(session.stalled_seconds)} of waiting`
          : "no stalls",
        session.errors.length ? `errors: ${session.errors.join(", ")}` : "no errors",
      ].join("; "),
    ],
    [
      "Actions",
      session.actions
        .map(({ type, shown, converted }) => `${type}: shown ${shown}, used ${converted}`)
        .join("; ") || "none",
    ],
  ];
  return (
    <div class="session-details">
      <dl class="facts">
        {facts.map(([name, value]) => (
          <>
            <dt key={name}>{name}</dt>
            <dd dir="auto">{value}</dd>
          </>
        ))}
        <dt>In the API</dt>
        <dd class="code-row">
          <code class="code">{session.played ? call : addressOf("/insights/sessions")}</code>
          <CopyButton text={session.event_key} what="the event key" />
        </dd>
      </dl>
    </div>
  );
};

const tableOf = (sessions: ViewingSession[]): Table => ({
  head: [
    "event_key",
    "started_at",
    "media_id",
    "media_name",
    "visitor_key",
    "visitor_name",
    "visitor_email",
    "played",
    "duration",
    "watched_seconds",
    "percent_viewed",
    "watched",
    "page_url",
    "referrer",
    "country",
    "city",
    "browser",
    "platform",
    "device",
  ],
  rows: sessions.map((one) => [
    one.event_key,
    one.started_at,
    one.media_id,
    one.media_name,
    one.visitor_key,
    one.visitor_name,
    one.visitor_email,
    String(one.played),
    one.duration,
    one.watched_seconds,
    one.percent_viewed,
    JSON.stringify(one.watched),
    one.page_url,
    one.referrer,
    one.country,
    one.city,
    one.browser,
    one.platform,
    one.device,
  ]),
});
