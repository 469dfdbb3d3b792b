/** One visitor, and all that this visitor watched. */

import { Fragment, type ComponentChildren } from "preact";
import { Link } from "wouter-preact";
import { addressOf, type Params } from "../api/client.ts";
import { useAnswer, useSessions } from "../api/queries.ts";
import { useMe } from "../api/session.tsx";
import type { Summary, SumName, Visitor } from "../api/types.ts";
import { BreakdownPanel } from "../components/breakdown.tsx";
import { CopyButton } from "../components/copy.tsx";
import { Explain } from "../components/definition.tsx";
import { Page } from "../components/page.tsx";
import { SessionsPanel } from "../components/session-list.tsx";
import { Failure, Waiting } from "../components/states.tsx";
import { visitorKeyOf } from "../components/visitor-name.ts";
import { useLinkTo } from "../lib/address.ts";
import { moment } from "../lib/ago.ts";
import { SUMS } from "../lib/numbers.ts";
import { traitValue } from "../lib/traits.ts";

const NAMES: SumName[] = ["loads", "plays", "hours_watched", "engagement"];

const listed = (...parts: (string | null)[]): string =>
  parts.filter(Boolean).join(", ") || "not known";

const VisitorPage = ({ visitor: named }: { visitor: string }) => {
  const visitor = visitorKeyOf(named);
  const found = useAnswer<Visitor>(`/v1/stats/visitors/${encodeURIComponent(visitor)}.json`);
  const identity = found.data?.visitor_identity;
  const params = { visitor_key: visitor };
  const name = identity?.name || identity?.email || `Visitor ${visitor.slice(0, 12)}`;
  return (
    <Page
      title={name}
      above={
        <p class="above">
          <Link href="/visitors">Visitors</Link>
        </p>
      }
    >
      {found.error ? (
        <div class="panel">
          <Failure error={found.error} retry={() => void found.refetch()} />
        </div>
      ) : found.data ? (
        <div class="panels">
          <Who visitor={found.data} />
          <BreakdownPanel
            title="What was watched"
            tabs={[
              { by: "media", name: "Media" },
              { by: "page", name: "Page" },
              { by: "referrer_domain", name: "Referrer" },
            ]}
            params={params}
            about={name}
          />
          <SessionsPanel title="All sessions" params={params} about={name} of="visitor" />
        </div>
      ) : (
        <Waiting height={600} />
      )}
    </Page>
  );
};

const Who = ({ visitor }: { visitor: Visitor }) => {
  const { account } = useMe();
  const params = { visitor_key: visitor.visitor_key };
  const sums = useAnswer<Summary>("/insights/summary", params).data?.sums;
  const newest = useSessions(params).data?.pages[0]?.sessions[0];
  const { email, org } = visitor.visitor_identity;
  const agent = visitor.user_agent_details;
  const device = agent.mobile === undefined ? "" : agent.mobile ? "mobile" : "desktop";
  const facts: [string, ComponentChildren][] = [
    ["Email", email ?? "not known"],
    [
      "Organisation",
      org.name || org.title ? (
        <Fragment key="org">
          <bdi>{org.name}</bdi>
          {org.name && org.title && ", "}
          <bdi>{org.title}</bdi>
        </Fragment>
      ) : (
        "not known"
      ),
    ],
    ["First seen", moment(visitor.created_at, account.timezone)],
    [
      "Last play",
      visitor.last_active_at ? moment(visitor.last_active_at, account.timezone) : "never",
    ],
    ["Browser", listed(`${agent.browser} ${agent.browser_version}`.trim(), agent.platform, device)],
    [
      "Place",
      newest
        ? listed(
            newest.city,
            newest.region,
            newest.country && traitValue("country", newest.country),
          )
        : "\u00a0",
    ],
  ];
  return (
    <section class="panel" aria-labelledby="who">
      <header class="panel-head">
        <h2 id="who">Who this is</h2>
      </header>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd dir="auto">{value}</dd>
          </Fragment>
        ))}
        {NAMES.map((name) => (
          <Fragment key={name}>
            <dt>
              {SUMS[name].title}{" "}
              <Explain
                metric={name}
                title={SUMS[name].title}
                call={addressOf("/insights/summary", params)}
              />
            </dt>
            <dd data-number={name}>{sums ? SUMS[name].write(sums[name]) : " "}</dd>
          </Fragment>
        ))}
        {visitor.identifying_event_key && (
          <KnownBy event={visitor.identifying_event_key} params={params} />
        )}
        <dt>Key</dt>
        <dd class="code-row">
          <code class="code">{visitor.visitor_key}</code>
          <CopyButton text={visitor.visitor_key} what="the visitor's key" />
        </dd>
      </dl>
    </section>
  );
};

/** The session that told who this is; when it was and of what, if it is among those on the page. */
const KnownBy = ({ event, params }: { event: string; params: Params }) => {
  const { account } = useMe();
  const linkTo = useLinkTo();
  const { data, isPending } = useSessions(params);
  const session = data?.pages
    .flatMap((page) => page.sessions)
    .find((one) => one.event_key === event);
  return (
    <>
      <dt>Known by</dt>
      <dd>
        {isPending && <p>&nbsp;</p>}
        {session && (
          <p>
            {moment(session.started_at, account.timezone)},{" "}
            <Link href={linkTo(`/medias/${encodeURIComponent(session.media_id)}`)} dir="auto">
              {session.media_name || session.media_id}
            </Link>
          </p>
        )}
        <div class="code-row">
          <code class="code">{event}</code>
          <CopyButton text={event} what="the event key" />
        </div>
      </dd>
    </>
  );
};

export default VisitorPage;
