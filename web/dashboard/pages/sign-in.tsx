/** The door. */

import { useEffect, useState } from "preact/hooks";
import icon from "../icon.svg";
import { ApiError } from "../api/client.ts";
import { useSignIn } from "../api/session.tsx";

export const SignInPage = ({ hasUsers }: { hasUsers: boolean }) => {
  const signIn = useSignIn();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [failed, setFailed] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    document.title = "Sign in · Playhead";
  }, []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFailed("");
    try {
      await signIn(email, password);
    } catch (error) {
      setBusy(false);
      setPassword("");
      const wait = error instanceof ApiError ? error.retryAfter : undefined;
      setFailed(
        `${error instanceof Error ? error.message : "It did not work."}` +
          (wait ? ` Try again in ${Math.ceil(wait / 60)} min.` : ""),
      );
    }
  };
  return (
    <main class="alone">
      <form class="panel sign-in" onSubmit={(event) => void submit(event)}>
        <h1>
          <img src={icon} alt="" width="32" height="32" /> Sign in to Playhead
        </h1>
        <label class="field">
          <span>Email</span>
          <input
            type="email"
            name="email"
            autocomplete="username"
            required
            value={email}
            onInput={(event) => setEmail(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>Password</span>
          <input
            type="password"
            name="password"
            autocomplete="current-password"
            required
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </label>
        <p role="alert" class="failed">
          {failed}
        </p>
        <button type="submit" class="button button-main" disabled={busy}>
          {busy ? "Signing in" : "Sign in"}
        </button>
        {hasUsers ? (
          <p class="soft">Forgotten? An admin of your account can set a new password.</p>
        ) : (
          <div class="soft">
            <p>Nobody can sign in yet. On the server, make the first user:</p>
            <pre class="code">playhead user create you@example.com --account KEY</pre>
          </div>
        )}
      </form>
    </main>
  );
};
