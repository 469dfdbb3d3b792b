/** Sessions, newest first, each with a bar of what was watched. */

import { useEffect, useId, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { percent, span } from "../../common/format.ts";
import type { Params } from "../api/client.ts";
import { useSessions } from "../api/queries.ts";
import { useMe } from "../api/session.tsx";
import type { ViewingSession } from "../api/types.ts";
import { HeatBar } from "../charts/heat-bar.tsx";
import { useLinkTo } from "../lib/address.ts";
import { ago, moment } from "../lib/ago.ts";
import { asOfNow } from "../lib/arrivals.ts";
import { sessionTable } from "../lib/session-table.ts";
import { traitValue } from "../lib/traits.ts";
import { Outside, shortAddress } from "./outside.tsx";
import { Panel } from "./panel.tsx";
import { SessionDetails } from "./session-details.tsx";
import { Answered, Empty, Failure } from "./states.tsx";
import { placeName, visitorName, visitorPath } from "./visitor-name.ts";

const ROW_HEIGHT = 62;
const AT_ONCE = 25;
/** A session is watched while its newest beacon is at most this old. */
const MOMENT_MS = 30_000;

export const SessionsPanel = ({
  title,
  params,
  about,
  of,
  newer,
}: {
  title: string;
  params: Params;
  about: string;
  /** Whose sessions these are, which then need not be said of each. */
  of?: "media" | "visitor";
  /** What is known by now of some of these, which keep their places. */
  newer?: readonly ViewingSession[] | undefined;
}) => {
  const found = useSessions(params, AT_ONCE);
  const old = useIsOld(found.dataUpdatedAt);
  const sessions =
    found.data &&
    asOfNow(
      found.data.pages.flatMap((page) => page.sessions),
      newer ?? [],
      old,
    );
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
      table={sessions?.length ? () => sessionTable(sessions) : undefined}
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
      {found.isFetchNextPageError && <Failure error={found.error} />}
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

/** Whether an answer is too old to say what happens at this moment. */
const useIsOld = (answeredAt: number): boolean => {
  const [oldOne, setOldOne] = useState(0);
  useEffect(() => {
    const left = Math.max(0, answeredAt + MOMENT_MS - Date.now());
    const timer = setTimeout(() => setOldOne(answeredAt), left);
    return () => clearTimeout(timer);
  }, [answeredAt]);
  return oldOne === answeredAt;
};

const Row = ({ session, of }: { session: ViewingSession; of: "media" | "visitor" | undefined }) => {
  const { account } = useMe();
  const linkTo = useLinkTo();
  const [open, setOpen] = useState(false);
  const when = moment(session.started_at, account.timezone);
  const seen = session.percent_viewed;
  const who = visitorName(session);
  const media = session.media_name || session.media_id;
  const details = useId();
  return (
    <li class="session">
      <div class="session-row">
        {/* Pictures go without the button, but not without its column. */}
        <span>
          <button
            type="button"
            class="session-open"
            aria-expanded={open}
            aria-controls={open ? details : undefined}
            aria-label={`All about the session of ${when}`}
            data-picture="without"
            onClick={() => setOpen(!open)}
          >
            {open ? "▾" : "▸"}
          </button>
        </span>
        <span class="session-when" title={ago(session.started_at)}>
          {when}
          {session.watching && <span class="session-now">watching now</span>}
        </span>
        <span class="session-who">
          {of !== "visitor" && (
            <Link href={linkTo(visitorPath(session.visitor_key))} title={who} dir="auto">
              {who}
            </Link>
          )}
          {of !== "media" && (
            <Link
              href={linkTo(`/medias/${encodeURIComponent(session.media_id)}`)}
              title={media}
              dir="auto"
            >
              {media}
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
        <span class="session-where soft">
          <Cut words={placeName(session) || "Place unknown"} />
          <Cut
            words={
              [session.browser, session.platform, session.device].filter(Boolean).join(", ") ||
              "Browser unknown"
            }
          />
        </span>
        <span class="session-from soft">
          {session.page_url ? (
            <Outside
              url={session.page_url}
              title={session.page_title || shortAddress(session.page_url)}
            />
          ) : (
            <Cut words={session.page_title || "Page unknown"} />
          )}
          {session.referrer ? (
            <span class="session-referrer">
              from <Outside url={session.referrer} title={shortAddress(session.referrer)} />
            </span>
          ) : (
            <span>{traitValue("referrer_domain", "")}</span>
          )}
        </span>
      </div>
      {open && <SessionDetails id={details} session={session} />}
    </li>
  );
};

/** One line; what does not fit into it is said on hover. */
const Cut = ({ words }: { words: string }) => (
  <span title={words} dir="auto">
    {words}
  </span>
);
