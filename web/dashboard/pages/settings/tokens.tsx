/** API tokens: made, shown once, revoked. */

import { useState } from "preact/hooks";
import { useChanged } from "../../api/changes.ts";
import { send } from "../../api/client.ts";
import { useAnswer } from "../../api/queries.ts";
import { useMay, useMe } from "../../api/session.tsx";
import type { ApiToken, TokenScope } from "../../api/types.ts";
import { Confirm } from "../../components/confirm.tsx";
import { Choice, Failed, TextField, useSending } from "../../components/form.tsx";
import { MayNot } from "../../components/may-not.tsx";
import { Panel } from "../../components/panel.tsx";
import { Secret } from "../../components/secret.tsx";
import { Answered, Empty } from "../../components/states.tsx";
import { ago, moment } from "../../lib/ago.ts";

const TOKENS = "/manage/tokens";

export const TokensPart = () => {
  const { user } = useMe();
  const may = useMay("admin");
  return may ? (
    <Tokens />
  ) : (
    <MayNot role={user.role} needs="admin">
      API tokens open this account to programs, so only admins see and make them.
    </MayNot>
  );
};

const Tokens = () => {
  const tokens = useAnswer<ApiToken[]>(TOKENS);
  const [made, setMade] = useState<(ApiToken & { secret: string }) | undefined>();
  const [revoking, setRevoking] = useState<ApiToken | undefined>();
  const changed = useChanged();
  return (
    <>
      {made && (
        <Secret
          title={`The token “${made.name.slice(0, 80)}” is made`}
          secret={made.secret}
          what="the token"
          done={() => setMade(undefined)}
        >
          Copy it to where it is needed. Only a hash of it is kept here, so nobody can show it
          again.
        </Secret>
      )}
      <div class="settings-two">
        <Panel title="Tokens">
          <Answered asked={tokens} height={200}>
            {(found) =>
              found.length ? (
                <List tokens={found} revoke={setRevoking} />
              ) : (
                <Empty title="No tokens yet">
                  <p>A program that asks the API needs one. Make it here.</p>
                </Empty>
              )
            }
          </Answered>
        </Panel>
        <MakeToken made={setMade} />
      </div>
      {revoking && (
        <Confirm
          title="Revoke this token?"
          action="Revoke the token"
          doing="Revoking"
          close={() => setRevoking(undefined)}
          work={async () => {
            await send("DELETE", `${TOKENS}/${revoking.id}`);
            if (made?.id === revoking.id) setMade(undefined);
            changed(TOKENS);
          }}
        >
          <p class="named" dir="auto">
            {revoking.name} ({revoking.hint}…)
          </p>
          <p>
            Whatever uses it is refused from this moment. A revoked token never works again; make a
            new one instead.
          </p>
        </Confirm>
      )}
    </>
  );
};

const List = ({ tokens, revoke }: { tokens: ApiToken[]; revoke: (token: ApiToken) => void }) => {
  const { account } = useMe();
  // Those that work first, and of these the newest.
  const sorted = [...tokens].sort(
    (one, other) => Number(!!one.revoked) - Number(!!other.revoked) || other.id - one.id,
  );
  return (
    <div class="scroll managed-scroll" tabIndex={0} role="region" aria-label="List of tokens">
      <table class="managed">
        <thead>
          <tr>
            <th scope="col" class="managed-name">
              Name
            </th>
            <th scope="col" class="wide-only">
              Begins with
            </th>
            <th scope="col">May</th>
            <th scope="col" class="wide-only">
              Made
            </th>
            <th scope="col">
              <span class="unseen">What can be done</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((token) => (
            <tr key={token.id} class={token.revoked ? "revoked" : undefined}>
              <th scope="row">
                <span class="clamped" dir="auto">
                  {token.name}
                </span>
              </th>
              <td class="wide-only">
                <code>{token.hint}…</code>
              </td>
              <td>
                <span class="scopes">
                  {token.scopes.map((scope) => (
                    <span key={scope} class="scope">
                      {scope}
                    </span>
                  ))}
                </span>
              </td>
              <td class="wide-only" title={moment(token.created, account.timezone)}>
                {ago(token.created)}
              </td>
              <td class="number">
                {token.revoked ? (
                  <span title={moment(token.revoked, account.timezone)}>
                    revoked {ago(token.revoked)}
                  </span>
                ) : (
                  <button
                    type="button"
                    class="button button-small"
                    onClick={() => revoke(token)}
                    aria-label={`Revoke ${token.name.slice(0, 80)}`}
                  >
                    Revoke
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

const SCOPES: [TokenScope, string][] = [
  ["read", "Ask for all numbers, sessions, visitors and lists."],
  ["write", "Make, change and delete projects and medias."],
  ["admin", "Change this account's settings, tokens and users."],
];

const MakeToken = ({ made }: { made: (token: ApiToken & { secret: string }) => void }) => {
  const changed = useChanged();
  const { busy, errors, refuse, sending } = useSending(["name", "scopes"]);
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<TokenScope[]>(["read"]);
  const submit = async (): Promise<void> => {
    made(await send("POST", TOKENS, { name: name.trim(), scopes }));
    setName("");
    setScopes(["read"]);
    changed(TOKENS);
  };
  return (
    <Panel title="Make a token">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (scopes.length) void sending(submit);
          else refuse({ scopes: "Choose at least one" });
        }}
      >
        <TextField
          name="Name"
          value={name}
          set={setName}
          error={errors["name"]}
          most={200}
          placeholder="Nightly report"
          help="What it is for, so that you know later which one to revoke."
          required
        />
        <fieldset>
          <legend>It may</legend>
          {SCOPES.map(([scope, meaning]) => (
            <Choice
              key={scope}
              name={scope}
              checked={scopes.includes(scope)}
              set={(on) =>
                setScopes((now) => (on ? [...now, scope] : now.filter((one) => one !== scope)))
              }
            >
              {meaning}
            </Choice>
          ))}
          {errors["scopes"] && <Failed errors={{ "": errors["scopes"] }} />}
        </fieldset>
        <Failed errors={errors} />
        <div class="form-foot">
          <button type="submit" class="button button-main" disabled={busy}>
            {busy ? "Making" : "Make the token"}
          </button>
        </div>
      </form>
    </Panel>
  );
};
