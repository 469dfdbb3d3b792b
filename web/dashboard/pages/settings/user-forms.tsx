/** Adding a user, changing one, and setting a new password. */

import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { useChanged } from "../../api/changes.ts";
import { send } from "../../api/client.ts";
import { useMe } from "../../api/session.tsx";
import type { ManagedUser, Role } from "../../api/types.ts";
import { Failed, Field, SelectField, TextField, useSending } from "../../components/form.tsx";
import { Modal } from "../../components/modal.tsx";
import { Panel } from "../../components/panel.tsx";
import { newPassword } from "../../lib/fields.ts";

export const USERS = "/manage/users";
const LEAST = 8;

const ROLES: [Role, string][] = [
  ["viewer", "viewer: sees everything"],
  ["editor", "editor: also changes medias and projects"],
  ["admin", "admin: also settings, tokens and users"],
];

const PasswordField = ({
  value,
  set,
  error,
}: {
  value: string;
  set: (password: string) => void;
  error: string | undefined;
}) => (
  <Field
    name="Password"
    error={error}
    help="Made at random. It is shown once more after this, to be handed over."
  >
    {(marks) => (
      <div class="password">
        <input
          {...marks}
          value={value}
          required
          minLength={LEAST}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => set(event.currentTarget.value)}
        />
        <button type="button" class="button" onClick={() => set(newPassword())}>
          Another
        </button>
      </div>
    )}
  </Field>
);

export const AddUser = ({ added }: { added: (user: ManagedUser, password: string) => void }) => {
  const changed = useChanged();
  const { busy, errors, sending } = useSending(["email", "name", "role", "password"]);
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [password, setPassword] = useState(() => newPassword());
  const submit = async (): Promise<void> => {
    const body = { email: email.trim(), name: name.trim(), role, password };
    added(await send<ManagedUser>("POST", USERS, body), password);
    setEmail("");
    setName("");
    setRole("viewer");
    setPassword(newPassword());
    changed(USERS);
  };
  return (
    <Panel title="Add a user">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void sending(submit);
        }}
      >
        <TextField
          name="Email"
          type="email"
          value={email}
          set={setEmail}
          error={errors["email"]}
          help="To sign in with. Nothing is sent there."
          required
        />
        <TextField name="Name" value={name} set={setName} error={errors["name"]} most={200} />
        <SelectField
          name="Role"
          value={role}
          set={(chosen) => setRole(chosen as Role)}
          options={ROLES}
          error={errors["role"]}
        />
        <PasswordField value={password} set={setPassword} error={errors["password"]} />
        <Failed errors={errors} />
        <div class="form-foot">
          <button type="submit" class="button button-main" disabled={busy}>
            {busy ? "Adding" : "Add the user"}
          </button>
        </div>
      </form>
    </Panel>
  );
};

export const EditUser = ({ user, close }: { user: ManagedUser; close: () => void }) => {
  const me = useMe();
  const cache = useQueryClient();
  const changed = useChanged();
  const { busy, errors, sending } = useSending(["name", "role"]);
  const [name, setName] = useState(user.name);
  const [role, setRole] = useState<Role>(user.role);
  const own = me.user.id === user.id;
  const submit = async (): Promise<void> => {
    await send("PATCH", `${USERS}/${user.id}`, { name: name.trim(), role });
    changed(USERS);
    // One's own name stands above every page, and one's role says what they offer.
    if (own) void cache.invalidateQueries({ queryKey: ["session"] });
    close();
  };
  return (
    <Modal title={`Edit ${user.email.slice(0, 80)}`} close={close}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void sending(submit);
        }}
      >
        <TextField name="Name" value={name} set={setName} error={errors["name"]} most={200} focus />
        <SelectField
          name="Role"
          value={role}
          set={(chosen) => setRole(chosen as Role)}
          options={ROLES}
          error={errors["role"]}
          help={
            own && role !== user.role
              ? "This is you: only another admin can give the role admin back to you."
              : "Holds from the next thing that they do."
          }
        />
        <Failed errors={errors} />
        <div class="modal-foot">
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button button-main" disabled={busy}>
            {busy ? "Saving" : "Save the user"}
          </button>
        </div>
      </form>
    </Modal>
  );
};

export const NewPassword = ({
  user,
  close,
  done,
}: {
  user: ManagedUser;
  close: () => void;
  done: (password: string) => void;
}) => {
  const changed = useChanged();
  const { busy, errors, sending } = useSending(["password"]);
  const [password, setPassword] = useState(() => newPassword());
  const submit = async (): Promise<void> => {
    await send("PATCH", `${USERS}/${user.id}`, { password });
    changed(USERS);
    done(password);
    close();
  };
  return (
    <Modal title={`New password for ${user.email.slice(0, 80)}`} close={close}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void sending(submit);
        }}
      >
        <p>The one until now stops working, and every browser of theirs is signed out.</p>
        <PasswordField value={password} set={setPassword} error={errors["password"]} />
        <Failed errors={errors} />
        <div class="modal-foot">
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button button-main" disabled={busy}>
            {busy ? "Setting" : "Set the password"}
          </button>
        </div>
      </form>
    </Modal>
  );
};
