/** One media: what was seen of it, by whom, where and how well. */

import { Link } from "wouter-preact";
import { clock } from "../../../common/format.ts";
import { useAnswer, useMedias } from "../../api/queries.ts";
import type { Media } from "../../api/types.ts";
import { BreakdownPanel } from "../../components/breakdown.tsx";
import { LivePanel } from "../../components/live.tsx";
import { daysOf, Overview } from "../../components/overview.tsx";
import { Page } from "../../components/page.tsx";
import { RangePicker, useRange } from "../../components/range-picker.tsx";
import { Failure, Waiting } from "../../components/states.tsx";
import { FilterBar } from "../../components/filters.tsx";
import { SessionsPanel } from "../../components/session-list.tsx";
import { useAddress, useLinkTo } from "../../lib/address.ts";
import { useFilters } from "../../lib/filters.ts";
import type { Range } from "../../lib/range.ts";
import { ActionsPanel } from "./actions.tsx";
import { useComparing } from "./comparing.ts";
import { EngagementPanel } from "./engagement.tsx";
import { QualityPanel } from "./quality.tsx";

/** What the page itself is about, which no filter changes. */
const SCOPES = ["media_id", "project_id"];

const MediaPage = ({ id }: { id: string }) => {
  const range = useRange();
  const media = useAnswer<Media>(`/modern/medias/${encodeURIComponent(id)}`);
  const linkTo = useLinkTo();
  const project = media.data?.folder;
  return (
    <Page
      title={media.data?.name || id}
      above={
        <p class="above">
          {project ? (
            <Link href={linkTo(`/projects/${project.hashed_id}`)} dir="auto">
              {project.name}
            </Link>
          ) : (
            <Link href="/medias">Medias</Link>
          )}
          {media.data?.duration !== undefined && `, ${clock(media.data.duration)}`}, id{" "}
          <code>{id}</code>
        </p>
      }
      beside={<RangePicker range={range} />}
    >
      {media.error ? (
        <div class="panel">
          <Failure error={media.error} retry={() => void media.refetch()} />
        </div>
      ) : media.data && range ? (
        <MediaPanels media={media.data} range={range} />
      ) : (
        <Waiting height={900} />
      )}
    </Page>
  );
};

const MediaPanels = ({ media, range }: { media: Media; range: Range }) => {
  const [query] = useAddress();
  const medias = useMedias(query.get("compare") === "media");
  const { params: filters } = useFilters(SCOPES);
  const here = { ...filters, media_id: media.hashed_id };
  const params = { ...here, ...daysOf(range) };
  const about = `${media.name} ${range.first} ${range.last}`;
  const comparing = useComparing(
    { id: media.hashed_id, name: media.name },
    range,
    filters,
    (other) => medias.data?.find((one) => one.hashed_id === other)?.name,
  );
  return (
    <div class="panels">
      <div class="panel-wide">
        <FilterBar params={{ ...daysOf(range), media_id: media.hashed_id }} except={SCOPES} />
      </div>
      <EngagementPanel media={media} range={range} filters={filters} comparing={comparing} />
      <Overview range={range} params={here} about={media.name} />
      <BreakdownPanel
        title="Where it is embedded"
        tabs={[{ by: "page", name: "Page" }]}
        params={params}
        about={about}
      />
      <BreakdownPanel
        title="Referrers and campaigns"
        tabs={[
          { by: "referrer_domain", name: "Referrer" },
          { by: "utm_source", name: "Campaign source" },
          { by: "utm_medium", name: "Campaign medium" },
          { by: "utm_campaign", name: "Campaign" },
        ]}
        params={params}
        about={about}
      />
      <BreakdownPanel
        title="Places and languages"
        tabs={[
          { by: "country", name: "Country" },
          { by: "region", name: "Region" },
          { by: "city", name: "City" },
          { by: "network", name: "Network" },
          { by: "language", name: "Language" },
        ]}
        params={params}
        about={about}
      />
      <BreakdownPanel
        title="Devices"
        tabs={[
          { by: "device", name: "Device" },
          { by: "browser", name: "Browser" },
          { by: "platform", name: "Platform" },
          { by: "viewer_screen_size", name: "Screen" },
          { by: "visitors", name: "New and returning" },
        ]}
        params={params}
        about={about}
      />
      <div class="stack">
        <QualityPanel params={params} about={about} />
        <ActionsPanel params={params} about={about} />
      </div>
      <LivePanel params={{ media_id: media.hashed_id }} about={media.name} />
      <SessionsPanel title="Sessions" params={params} about={about} of="media" />
    </div>
  );
};

export default MediaPage;
