/** Making a project, or changing its name and description. */

import { useState } from "preact/hooks";
import { CATALOG, useChanged } from "../../api/changes.ts";
import { send } from "../../api/client.ts";
import type { Folder } from "../../api/types.ts";
import { Failed, TextField, useSending } from "../../components/form.tsx";
import { Modal } from "../../components/modal.tsx";

const FIELDS = ["name", "description"];

export const ProjectForm = ({ project, close }: { project?: Folder; close: () => void }) => {
  const changed = useChanged();
  const { busy, errors, sending } = useSending(FIELDS);
  const [name, setName] = useState(project?.name ?? "");
  const [description, setDescription] = useState(project?.description ?? "");
  const submit = async (): Promise<void> => {
    const body = { name: name.trim(), description };
    if (project) await send("PUT", `/modern/folders/${project.hashed_id}`, body);
    else await send("POST", "/modern/folders", body);
    changed(...CATALOG);
    close();
  };
  return (
    <Modal title={project ? "Edit the project" : "New project"} close={close}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void sending(submit);
        }}
      >
        <TextField
          name="Name"
          value={name}
          set={setName}
          error={errors["name"]}
          most={500}
          required
          focus
        />
        <TextField
          name="Description"
          value={description}
          set={setDescription}
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
            {busy ? "Saving" : project ? "Save the project" : "Make the project"}
          </button>
        </div>
      </form>
    </Modal>
  );
};
