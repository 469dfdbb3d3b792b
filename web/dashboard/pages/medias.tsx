/** The library: every media and every project, and what one may do with them. */

import { useMay, useMe } from "../api/session.tsx";
import { useMedias, useProjects } from "../api/queries.ts";
import { Page } from "../components/page.tsx";
import { MayNot } from "../components/may-not.tsx";
import { Library } from "./medias/library.tsx";
import { ProjectsPanel } from "./medias/projects.tsx";

const MediasPage = () => {
  const { user } = useMe();
  const may = useMay("write");
  const medias = useMedias();
  const projects = useProjects();
  return (
    <Page title="Medias">
      {!may && (
        <MayNot role={user.role} needs="editor">
          You can look at medias and projects here, but not change them.
        </MayNot>
      )}
      <div class="library">
        <ProjectsPanel projects={projects} may={may} />
        <Library medias={medias} projects={projects.data ?? []} may={may} />
      </div>
    </Page>
  );
};

export default MediasPage;
