/** The projects: named groups of medias. */

import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { CATALOG, useChanged } from "../../api/changes.ts";
import { send } from "../../api/client.ts";
import type { useProjects } from "../../api/queries.ts";
import type { Folder } from "../../api/types.ts";
import { Confirm } from "../../components/confirm.tsx";
import { Panel } from "../../components/panel.tsx";
import { Answered, Empty } from "../../components/states.tsx";
import { several } from "../../../common/format.ts";
import { useLinkTo } from "../../lib/address.ts";
import { ProjectForm } from "./project-form.tsx";

type Asked = { what: "make" } | { what: "change" | "delete"; project: Folder };

export const ProjectsPanel = ({
  projects,
  may,
}: {
  projects: ReturnType<typeof useProjects>;
  may: boolean;
}) => {
  const [asked, setAsked] = useState<Asked | undefined>();
  const close = (): void => setAsked(undefined);
  return (
    <Panel
      title="Projects"
      class="projects"
      beside={
        may && (
          <button type="button" class="button" onClick={() => setAsked({ what: "make" })}>
            New project
          </button>
        )
      }
    >
      <Answered asked={projects} height={200}>
        {(found) =>
          found.length ? (
            <ul class="project-list" tabIndex={0} aria-label="Projects">
              {found.map((project) => (
                <ProjectItem key={project.id} project={project} may={may} ask={setAsked} />
              ))}
            </ul>
          ) : (
            <Empty title="No projects yet">
              <p>A project is a name for some medias, with a page for their numbers together.</p>
            </Empty>
          )
        }
      </Answered>
      {asked?.what === "make" && <ProjectForm close={close} />}
      {asked?.what === "change" && <ProjectForm project={asked.project} close={close} />}
      {asked?.what === "delete" && <DeleteProject project={asked.project} close={close} />}
    </Panel>
  );
};

const ProjectItem = ({
  project,
  may,
  ask,
}: {
  project: Folder;
  may: boolean;
  ask: (asked: Asked) => void;
}) => {
  const linkTo = useLinkTo();
  const short = project.name.slice(0, 80);
  return (
    <li class="project">
      <Link href={linkTo(`/projects/${project.hashed_id}`)} class="clamped" dir="auto">
        {project.name}
      </Link>
      <Link
        href={linkTo("/medias", { project: project.hashed_id })}
        class="project-count soft"
        aria-label={`Show the ${several(project.media_count, "media")} of ${short}`}
      >
        {several(project.media_count, "media")}
      </Link>
      {project.description && (
        <p class="soft clamped project-about" dir="auto">
          {project.description}
        </p>
      )}
      {may && (
        <span class="doing">
          <button
            type="button"
            class="button button-small"
            aria-label={`Edit the project ${short}`}
            onClick={() => ask({ what: "change", project })}
          >
            Edit
          </button>
          <button
            type="button"
            class="button button-small"
            aria-label={`Delete the project ${short}`}
            onClick={() => ask({ what: "delete", project })}
          >
            Delete
          </button>
        </span>
      )}
    </li>
  );
};

const DeleteProject = ({ project, close }: { project: Folder; close: () => void }) => {
  const changed = useChanged();
  const count = project.media_count;
  return (
    <Confirm
      title="Delete this project?"
      action="Delete the project, keep its medias"
      doing="Deleting"
      close={close}
      work={async () => {
        await send("DELETE", `/modern/folders/${project.hashed_id}`);
        changed(...CATALOG);
      }}
    >
      <p class="named" dir="auto">
        {project.name}
      </p>
      <p>
        {count === 0
          ? "There are no medias in it."
          : count === 1
            ? "The media in it stays, in no project, with all its history."
            : `The ${several(count, "media")} in it stay, in no project, with all their history.`}{" "}
        The project's page and its numbers as a group are gone. This cannot be undone.
      </p>
    </Confirm>
  );
};
