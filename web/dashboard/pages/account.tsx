/** The whole account at a glance. */

import { Link } from "wouter-preact";
import { useMe } from "../api/session.tsx";
import { BreakdownPanel } from "../components/breakdown.tsx";
import { LivePanel } from "../components/live.tsx";
import { daysOf, Overview } from "../components/overview.tsx";
import { Page } from "../components/page.tsx";
import { RangePicker, useRange } from "../components/range-picker.tsx";
import { Waiting } from "../components/states.tsx";
import { TopPanel } from "../components/top.tsx";

export const AccountPage = () => {
  const { account } = useMe();
  const range = useRange();
  return (
    <Page title={account.name} beside={<RangePicker range={range} />}>
      {range ? (
        <div class="panels">
          <Overview range={range} params={{}} about={account.name} />
          <TopPanel
            of="medias"
            params={daysOf(range)}
            about={account.name}
            empty={
              <p>
                Is the tracker on your pages? <Link href="/settings/embed">Put it there</Link>, or
                choose more days.
              </p>
            }
          />
          <div class="stack">
            <LivePanel about={account.name} />
            <TopPanel
              of="projects"
              params={daysOf(range)}
              about={account.name}
              empty={
                <p>
                  Projects are named groups of medias. <Link href="/medias">Make one</Link> to see
                  its numbers here.
                </p>
              }
            />
          </div>
          <BreakdownPanel
            title="Where viewers come from"
            tabs={[
              { by: "referrer_domain", name: "Referrer" },
              { by: "utm_source", name: "Campaign source" },
              { by: "utm_campaign", name: "Campaign" },
              { by: "page", name: "Page" },
            ]}
            params={daysOf(range)}
            about={account.name}
          />
          <BreakdownPanel
            title="Who they are"
            tabs={[
              { by: "country", name: "Country" },
              { by: "city", name: "City" },
              { by: "language", name: "Language" },
              { by: "device", name: "Device" },
              { by: "browser", name: "Browser" },
              { by: "platform", name: "Platform" },
              { by: "visitors", name: "New and returning" },
            ]}
            params={daysOf(range)}
            about={account.name}
          />
        </div>
      ) : (
        <Waiting height={700} />
      )}
    </Page>
  );
};
