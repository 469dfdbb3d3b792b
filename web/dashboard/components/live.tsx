/** Who is watching at this moment. */

import { Link } from "wouter-preact";
import { addressOf, type Params } from "../api/client.ts";
import { useLive } from "../api/queries.ts";
import { HeatBar } from "../charts/heat-bar.tsx";
import { several } from "../../common/format.ts";
import { ago } from "../lib/ago.ts";
import { useLinkTo } from "../lib/address.ts";
import { Explain } from "./definition.tsx";
import { Panel } from "./panel.tsx";
import { Answered } from "./states.tsx";
import { placeName, visitorName, visitorPath } from "./visitor-name.ts";

export const LivePanel = ({ params = {}, about }: { params?: Params; about: string }) => {
  const live = useLive(params);
  const linkTo = useLinkTo();
  return (
    <Panel
      title="Watching now"
      about={about}
      class="live"
      beside={
        <Explain
          metric="watching"
          title="Watching now"
          call={addressOf("/insights/live", params)}
        />
      }
      table={
        live.data &&
        (() => ({
          head: ["started_at", "media", "visitor", "country", "watched_seconds", "percent_viewed"],
          rows: (live.data?.sessions ?? []).map((session) => [
            session.started_at,
            session.media_name,
            visitorName(session),
            session.country,
            session.watched_seconds,
            session.percent_viewed,
          ]),
        }))
      }
    >
      <Answered asked={live} height={180}>
        {({ watching, sessions, last_beacon_at: last }) => (
          <>
            <p class="live-count" role="status">
              <span class="live-dot" data-on={watching > 0} aria-hidden="true" />
              <strong data-number="watching">{watching}</strong>{" "}
              {watching === 1 ? "session" : "sessions"} at this moment
              <span class="soft">
                {last ? `, last beacon ${ago(last)}` : ", no beacon has come yet"}
              </span>
            </p>
            <ul class="live-list">
              {sessions.map((session) => (
                <li key={session.event_key}>
                  <Link href={linkTo(visitorPath(session.visitor_key))} dir="auto" class="live-who">
                    {visitorName(session)}
                  </Link>
                  <Link
                    href={linkTo(`/medias/${encodeURIComponent(session.media_id)}`)}
                    dir="auto"
                    class="live-what"
                  >
                    {session.media_name}
                  </Link>
                  <HeatBar pieces={session.watched} duration={session.duration} />
                  <span class="soft live-where" dir="auto">
                    {[placeName(session), session.platform].filter(Boolean).join(", ")}
                  </span>
                </li>
              ))}
            </ul>
            {watching > sessions.length && (
              <p class="soft">and {several(watching - sessions.length, "more session")}</p>
            )}
          </>
        )}
      </Answered>
    </Panel>
  );
};
