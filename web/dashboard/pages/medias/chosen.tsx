/** What can be done with the medias that are chosen: move them, delete them. */

import { useState } from "preact/hooks";
import { several } from "../../../common/format.ts";
import { useMediasChanged } from "../../api/changes.ts";
import { send } from "../../api/client.ts";
import type { Folder, Media } from "../../api/types.ts";
import { Confirm } from "../../components/confirm.tsx";
import { Failed, useSending } from "../../components/form.tsx";

/** One after the other; what failed is said with how far it came. */
const each = async <T,>(
  medias: Media[],
  done: string,
  work: (media: Media) => Promise<T>,
  /** What was done, also when not all could be. */
  after: (results: T[]) => void,
): Promise<void> => {
  const results: T[] = [];
  try {
    for (const media of medias) results.push(await work(media));
  } catch (error) {
    const why = error instanceof Error ? error.message : "It did not work.";
    throw new Error(
      medias.length > 1 ? `Only ${results.length} of ${medias.length} ${done}. ${why}` : why,
    );
  } finally {
    after(results);
  }
};

export const Chosen = ({
  chosen,
  projects,
  remove,
  clear,
}: {
  chosen: Media[];
  projects: Folder[];
  remove: () => void;
  clear: () => void;
}) => {
  const changed = useMediasChanged();
  const { busy, errors, sending } = useSending();
  const [project, setProject] = useState<string | undefined>();
  const move = async (): Promise<void> => {
    await each(
      chosen,
      "were moved",
      ({ hashed_id }) =>
        send<Media>("PUT", `/modern/medias/${hashed_id}`, { folder_id: project || null }),
      changed.are,
    );
    clear();
  };
  return (
    <form
      class="chosen"
      aria-label="With the chosen medias"
      onSubmit={(event) => {
        event.preventDefault();
        void sending(move);
      }}
    >
      <strong role="status">{several(chosen.length, "media")} chosen</strong>
      <select
        aria-label="Move to project"
        required
        value={project === undefined ? "?" : project}
        onChange={(event) => setProject(event.currentTarget.value)}
      >
        <option value="?" disabled>
          Move to …
        </option>
        <option value="">No project</option>
        {projects.map((one) => (
          <option key={one.id} value={one.hashed_id}>
            {one.name.slice(0, 80)}
          </option>
        ))}
      </select>
      <button type="submit" class="button button-main" disabled={busy || project === undefined}>
        {busy ? "Moving" : "Move"}
      </button>
      <button type="button" class="button button-danger" onClick={remove} disabled={busy}>
        Delete
      </button>
      <button type="button" class="button button-quiet" onClick={clear}>
        Choose none
      </button>
      <Failed errors={errors} />
    </form>
  );
};

const NAMED = 5;

export const DeleteMedias = ({ medias, close }: { medias: Media[]; close: () => void }) => {
  const changed = useMediasChanged();
  const one = medias.length === 1;
  const what = one ? "the media" : several(medias.length, "media");
  return (
    <Confirm
      title={one ? "Delete this media?" : `Delete ${what}?`}
      action={`Delete ${what}`}
      doing="Deleting"
      close={close}
      work={() =>
        each(
          medias,
          "were deleted",
          async ({ hashed_id }) => {
            await send("DELETE", `/modern/medias/${hashed_id}`);
            return hashed_id;
          },
          changed.gone,
        )
      }
    >
      <ul>
        {medias.slice(0, NAMED).map((media) => (
          <li key={media.id} class="named" dir="auto">
            {media.name || media.hashed_id}
          </li>
        ))}
      </ul>
      {medias.length > NAMED && <p>and {medias.length - NAMED} more</p>}
      <ul class="points">
        <li>
          {one
            ? "It leaves the lists and its project, and its page"
            : "They leave the lists and their projects, and their pages"}{" "}
          {one ? "is gone." : "are gone."}
        </li>
        <li>The account's own numbers keep {one ? "its" : "their"} history.</li>
        <li>
          Pages that embed {one ? "it" : "them"} go on reporting. That counts for the account, and
          does not bring {one ? "it" : "them"} back.
        </li>
        <li>{one ? "Its id is" : "Their ids are"} never given out again. This cannot be undone.</li>
      </ul>
    </Confirm>
  );
};
