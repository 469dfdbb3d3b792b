/** One visitor, and all that this visitor watched. */

import { Link } from "wouter-preact";
import { addressOf } from "../api/client.ts";
import { useAnswer } from "../api/queries.ts";
import { useMe } from "../api/session.tsx";
import type { Summary, SumName, Visitor } from "../api/types.ts";
import { BreakdownPanel } from "../components/breakdown.tsx";
import { CopyButton } from "../components/copy.tsx";
import { Explain } from "../components/definition.tsx";
import { Page } from "../components/page.tsx";
import { SessionsPanel } from "../components/session-list.tsx";
import { Failure, Waiting } from "../components/states.tsx";
import { moment } from "../lib/ago.ts";
import { SUMS } from "../lib/numbers.ts";

const NAMES: SumName[] = ["loads", "plays", "hours_watched", "engagement"];

const VisitorPage = ({ visitor }: { visitor: string }) => {
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
  const { email, org } = visitor.visitor_identity;
  const agent = visitor.user_agent_details;
  const facts: [string, string][] = [
    ["Email", email ?? "not known"],
    ["Organisation", [org.name, org.title].filter(Boolean).join(", ") || "not known"],
    ["First seen", moment(visitor.created_at, account.timezone)],
    [
      "Last play",
      visitor.last_active_at ? moment(visitor.last_active_at, account.timezone) : "never",
    ],
    [
      "Browser",
      [agent.browser, agent.browser_version, agent.platform].filter(Boolean).join(" ") ||
        "not known",
    ],
  ];
  return (
    <section class="panel" aria-labelledby="who">
      <header class="panel-head">
        <h2 id="who">Who this is</h2>
      </header>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <>
            <dt key={name}>{name}</dt>
            <dd dir="auto">{value}</dd>
          </>
        ))}
        {NAMES.map((name) => (
          <>
            <dt key={name}>
              {SUMS[name].title}{" "}
              <Explain
                metric={name}
                title={SUMS[name].title}
                call={addressOf("/insights/summary", params)}
              />
            </dt>
            <dd data-number={name}>{sums ? SUMS[name].write(sums[name]) : " "}</dd>
          </>
        ))}
        <dt>Key</dt>
        <dd class="code-row">
          <code class="code">{visitor.visitor_key}</code>
          <CopyButton text={visitor.visitor_key} what="the visitor's key" />
        </dd>
      </dl>
    </section>
  );
};

export default VisitorPage;
