/** One's own password. */

import { useState } from "preact/hooks";
import { send } from "../../api/client.ts";
import { useMe } from "../../api/session.tsx";
import { Failed, TextField, useSending } from "../../components/form.tsx";
import { Panel } from "../../components/panel.tsx";

const LEAST = 8;

export const ProfilePart = () => {
  const { user } = useMe();
  const { busy, errors, refuse, sending } = useSending(["current", "new"]);
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const [changed, setChanged] = useState(false);
  const submit = async (): Promise<void> => {
    setChanged(false);
    await send("PUT", "/session/password", { current, new: next });
    [setCurrent, setNext, setAgain].forEach((set) => set(""));
    setChanged(true);
  };
  return (
    <Panel title="Change your password">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (next.length < LEAST) refuse({ new: `At least ${LEAST} characters` });
          else if (next !== again) refuse({ again: "It is not the same as above" });
          else void sending(submit);
        }}
      >
        <p>
          Signed in as <strong dir="auto">{user.email}</strong>, with the role{" "}
          <strong>{user.role}</strong>.
        </p>
        {/* For password managers, which keep the new one under this name. */}
        <input
          class="unseen"
          type="text"
          autocomplete="username"
          value={user.email}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <TextField
          name="Password until now"
          type="password"
          autocomplete="current-password"
          value={current}
          set={setCurrent}
          error={errors["current"]}
          required
        />
        <TextField
          name="New password"
          type="password"
          autocomplete="new-password"
          value={next}
          set={setNext}
          error={errors["new"]}
          help={`At least ${LEAST} characters. A long one that a password manager makes is best.`}
          required
        />
        <TextField
          name="New password again"
          type="password"
          autocomplete="new-password"
          value={again}
          set={setAgain}
          error={errors["again"]}
          required
        />
        <Failed errors={errors} />
        <div class="form-foot">
          <button type="submit" class="button button-main" disabled={busy}>
            {busy ? "Changing" : "Change the password"}
          </button>
          <span role="status">
            {changed && "Changed. You are signed out of every other browser."}
          </span>
        </div>
      </form>
    </Panel>
  );
};
