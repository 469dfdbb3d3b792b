/** A project: the numbers of the medias that it has now. */

import { Link } from "wouter-preact";
import { useAnswer } from "../api/queries.ts";
import type { Folder } from "../api/types.ts";
import { BreakdownPanel } from "../components/breakdown.tsx";
import { LivePanel } from "../components/live.tsx";
import { daysOf, Overview } from "../components/overview.tsx";
import { Page } from "../components/page.tsx";
import { RangePicker, useRange } from "../components/range-picker.tsx";
import { Failure, Waiting } from "../components/states.tsx";
import { TopPanel } from "../components/top.tsx";
import { several } from "../../common/format.ts";

const ProjectPage = ({ id }: { id: string }) => {
  const range = useRange();
  const project = useAnswer<Folder>(`/modern/folders/${encodeURIComponent(id)}`);
  const name = project.data?.name ?? "Project";
  const params = { project_id: id };
  return (
    <Page
      title={name || id}
      above={
        <p class="above">
          <Link href="/medias">Projects</Link>
          {project.data && `, ${several(project.data.media_count, "media")}`}
        </p>
      }
      beside={<RangePicker range={range} />}
    >
      {project.error ? (
        <div class="panel">
          <Failure error={project.error} retry={() => void project.refetch()} />
        </div>
      ) : range && project.data ? (
        <div class="panels">
          <Overview range={range} params={params} about={name} />
          <TopPanel
            of="medias"
            params={{ ...params, ...daysOf(range) }}
            about={name}
            empty={
              <p>
                Choose more days, or <Link href="/medias">move medias into this project</Link>.
              </p>
            }
          />
          <div class="stack">
            <LivePanel params={params} about={name} />
            <BreakdownPanel
              title="Who they are"
              tabs={[
                { by: "country", name: "Country" },
                { by: "referrer_domain", name: "Referrer" },
                { by: "device", name: "Device" },
                { by: "language", name: "Language" },
              ]}
              params={{ ...params, ...daysOf(range) }}
              about={name}
            />
          </div>
        </div>
      ) : (
        <Waiting height={700} />
      )}
    </Page>
  );
};

export default ProjectPage;
