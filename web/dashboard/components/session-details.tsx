/** All that is known of one session. */

import { Fragment, type ComponentChildren } from "preact";
import { clock, several, span } from "../../common/format.ts";
import { addressOf } from "../api/client.ts";
import type { ViewingSession } from "../api/types.ts";
import { inWords } from "../charts/heat-bar.tsx";
import { traitValue } from "../lib/traits.ts";
import { CopyButton } from "./copy.tsx";
import { Outside } from "./outside.tsx";

const UNKNOWN = "not known";

const listed = (...parts: (string | false)[]): string =>
  parts.filter(Boolean).join(", ") || UNKNOWN;

const playback = ({ startup_ms, stalls, stalled_seconds, errors }: ViewingSession): string =>
  [
    startup_ms ? `started after ${startup_ms} ms` : "start-up not known",
    stalls ? `${several(stalls, "stall")}, ${span(stalled_seconds)} of waiting` : "no stalls",
    errors.length ? `errors: ${errors.join(", ")}` : "no errors",
  ].join("; ");

/** Which call gives it: an event is a session with a play; others are only in the list. */
const callOf = ({ played, event_key, visitor_key }: ViewingSession): string =>
  played
    ? `/v1/stats/events/${event_key}.json`
    : addressOf("/insights/sessions", { visitor_key, played: false, limit: 100 });

const factsOf = (session: ViewingSession): [name: string, value: ComponentChildren][] => [
  ["Watched", inWords(session.watched)],
  ["Length", session.duration === null ? UNKNOWN : clock(session.duration)],
  // In the row above, the title is the link; here the address is, in full.
  ["Page", session.page_title || UNKNOWN],
  ["Its address", <Outside key="page" url={session.page_url} title="" />],
  [
    "Came from",
    session.referrer ? (
      <Outside key="referrer" url={session.referrer} title="" />
    ) : (
      traitValue("referrer_domain", "")
    ),
  ],
  [
    "Device",
    listed(
      [session.browser, session.browser_version].filter(Boolean).join(" "),
      session.platform,
      session.device,
      session.screen && traitValue("viewer_screen_size", session.screen),
    ),
  ],
  ["Language", session.language ? traitValue("language", session.language) : UNKNOWN],
  [
    "Place",
    listed(session.city, session.region, session.country && traitValue("country", session.country)),
  ],
  ["Network", session.network || UNKNOWN],
  ["Playback", playback(session)],
  [
    "Actions",
    session.actions
      .map(({ type, shown, converted }) => `${type}: shown ${shown}, used ${converted}`)
      .join("; ") || "none",
  ],
];

export const SessionDetails = ({ id, session }: { id: string; session: ViewingSession }) => {
  const call = `curl -H "Authorization: Bearer $TOKEN" "${window.location.origin}${callOf(session)}"`;
  return (
    <div id={id} class="session-details">
      <dl class="facts">
        {factsOf(session).map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd dir="auto">{value}</dd>
          </Fragment>
        ))}
        <dt>Event key</dt>
        <dd class="code-row">
          <code class="code">{session.event_key}</code>
          <CopyButton text={session.event_key} what="the event key" />
        </dd>
        <dt>In the API</dt>
        <dd class="code-row">
          <code class="code">{call}</code>
          <CopyButton text={call} what="the call" />
        </dd>
      </dl>
    </div>
  );
};
