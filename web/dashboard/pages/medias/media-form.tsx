/** Making a media before its first beacon, or changing what is known of one. */

import { useState } from "preact/hooks";
import { useMediasChanged } from "../../api/changes.ts";
import { send } from "../../api/client.ts";
import type { Folder, Media } from "../../api/types.ts";
import { Failed, SelectField, TextField, useSending } from "../../components/form.tsx";
import { Modal } from "../../components/modal.tsx";
import { readLength, writeLength } from "../../lib/fields.ts";
import { isMediaId } from "../../lib/snippets.ts";

const FIELDS = ["hashed_id", "name", "type", "url", "duration", "folder_id", "description"];

interface Filled {
  hashed_id: string;
  name: string;
  type: string;
  url: string;
  length: string;
  folder_id: string;
  description: string;
}

const filledFrom = (media: Media | undefined, project: string): Filled => ({
  hashed_id: media?.hashed_id ?? "",
  name: media?.name ?? "",
  type: media?.type ?? "Video",
  url: media?.url ?? "",
  length: media?.duration === undefined ? "" : writeLength(media.duration),
  folder_id: media ? (media.folder?.hashed_id ?? "") : project,
  description: media?.description ?? "",
});

const wrongIn = ({ hashed_id, url, length }: Filled): Record<string, string> => ({
  ...(hashed_id &&
    !isMediaId(hashed_id) && {
      hashed_id: "1 to 64 of A-Z a-z 0-9 _ -, at least one letter",
    }),
  ...(url &&
    !/^https?:\/\/\S+$/i.test(url) && { url: "Begin with https:// or http://, no spaces" }),
  ...(length &&
    readLength(length) === undefined && { duration: "Write it as 12:30, 1:02:03 or 95.5" }),
});

/** The fields that differ, as the server takes them: what is left out stays as it is. */
const changesOf = (before: Filled, now: Filled): Record<string, unknown> => {
  const changes: Record<string, unknown> = {};
  for (const name of ["hashed_id", "name", "type", "url", "description"] as const)
    if (now[name] !== before[name]) changes[name] = now[name];
  if (now.length !== before.length) changes["duration"] = readLength(now.length) ?? null;
  if (now.folder_id !== before.folder_id) changes["folder_id"] = now.folder_id || null;
  return changes;
};

export const MediaForm = ({
  media,
  projects,
  project = "",
  close,
}: {
  media?: Media;
  projects: Folder[];
  /** Where a new one is put, unless another is chosen. */
  project?: string;
  close: () => void;
}) => {
  const changed = useMediasChanged();
  const { busy, errors, refuse, sending } = useSending(FIELDS);
  const [before] = useState(() => filledFrom(media, media ? "" : project));
  const [filled, setFilled] = useState(before);
  const set =
    (name: keyof Filled) =>
    (value: string): void =>
      setFilled((now) => ({ ...now, [name]: value }));
  const submit = async (): Promise<void> => {
    const now = { ...filled, name: filled.name.trim(), url: filled.url.trim() };
    const made = media
      ? await send<Media>("PUT", `/modern/medias/${media.hashed_id}`, changesOf(before, now))
      : await send<Media>("POST", "/modern/medias", changesOf(filledFrom(undefined, ""), now));
    changed.are([made]);
    close();
  };
  return (
    <Modal title={media ? "Edit the media" : "New media"} close={close}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          const wrong = wrongIn({ ...filled, url: filled.url.trim() });
          if (Object.keys(wrong).length) refuse(wrong);
          else void sending(submit);
        }}
      >
        <TextField
          name="Name"
          value={filled.name}
          set={set("name")}
          error={errors["name"]}
          most={500}
          required
          focus
        />
        {media ? (
          <p class="field-help">
            Its id is <code>{media.hashed_id}</code>. Pages embed it by that, so it never changes.
          </p>
        ) : (
          <TextField
            name="Id"
            value={filled.hashed_id}
            set={set("hashed_id")}
            error={errors["hashed_id"]}
            help="What pages embed it by, for good: letters, digits, _ and -. Leave it empty and one is made."
          />
        )}
        <TextField
          name="Address"
          value={filled.url}
          set={set("url")}
          error={errors["url"]}
          most={2048}
          placeholder="https://www.example.com/intro.mp4"
          help="Of the video's file, or of the page that shows it. When it is a file, the media's page plays it above the graph."
        />
        <div class="form-row">
          <TextField
            name="Length"
            value={filled.length}
            set={set("length")}
            error={errors["duration"]}
            placeholder="12:30"
            help="Minutes and seconds, or seconds alone. Leave it empty, and the longest that a viewer's player reports counts."
          />
          <SelectField
            name="Kind"
            value={filled.type}
            set={set("type")}
            error={errors["type"]}
            options={[
              ["Video", "Video"],
              ["Audio", "Audio"],
            ]}
          />
        </div>
        <SelectField
          name="Project"
          value={filled.folder_id}
          set={set("folder_id")}
          error={errors["folder_id"]}
          options={[["", "No project"], ...projects.map((p) => [p.hashed_id, p.name] as const)]}
          help={media && "Its history goes with it: the project's numbers are those of its medias."}
        />
        <TextField
          name="Description"
          value={filled.description}
          set={set("description")}
          error={errors["description"]}
          most={10_000}
          lines={3}
        />
        <Failed errors={errors} />
        <div class="modal-foot">
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button button-main" disabled={busy}>
            {busy ? "Saving" : media ? "Save the media" : "Make the media"}
          </button>
        </div>
      </form>
    </Modal>
  );
};
