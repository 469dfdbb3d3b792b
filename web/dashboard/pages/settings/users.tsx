/** Who may sign in to the account, and as what. */

import { useState } from "preact/hooks";
import { useChanged } from "../../api/changes.ts";
import { send } from "../../api/client.ts";
import { useAnswer } from "../../api/queries.ts";
import { useMay, useMe } from "../../api/session.tsx";
import type { ManagedUser } from "../../api/types.ts";
import { Confirm } from "../../components/confirm.tsx";
import { MayNot } from "../../components/may-not.tsx";
import { Panel } from "../../components/panel.tsx";
import { Secret } from "../../components/secret.tsx";
import { Answered } from "../../components/states.tsx";
import { ago, moment } from "../../lib/ago.ts";
import { AddUser, EditUser, NewPassword, USERS } from "./user-forms.tsx";

type Asked = { what: "edit" | "password" | "remove"; user: ManagedUser };

/** A password that was just set, and whose. */
interface Told {
  user: ManagedUser;
  password: string;
  added: boolean;
}

export const UsersPart = () => {
  const { user } = useMe();
  const may = useMay("admin");
  return may ? (
    <Users />
  ) : (
    <MayNot role={user.role} needs="admin">
      Only admins see who else may sign in, and add people.
    </MayNot>
  );
};

const Users = () => {
  const users = useAnswer<ManagedUser[]>(USERS);
  const [asked, setAsked] = useState<Asked | undefined>();
  const [told, setTold] = useState<Told | undefined>();
  const changed = useChanged();
  const close = (): void => setAsked(undefined);
  return (
    <>
      {told && (
        <Secret
          title={`${told.added ? "The password" : "The new password"} of ${told.user.email.slice(0, 80)}`}
          secret={told.password}
          what="the password"
          done={() => setTold(undefined)}
        >
          Hand it over in a way that only they can read. They sign in at{" "}
          <code>{window.location.origin}</code> and change it under Settings, Your password.
        </Secret>
      )}
      <div class="settings-two">
        <Panel title="Users">
          <Answered asked={users} height={200}>
            {(found) => <List users={found} ask={setAsked} />}
          </Answered>
        </Panel>
        <AddUser added={(user, password) => setTold({ user, password, added: true })} />
      </div>
      {asked?.what === "edit" && <EditUser user={asked.user} close={close} />}
      {asked?.what === "password" && (
        <NewPassword
          user={asked.user}
          close={close}
          done={(password) => setTold({ user: asked.user, password, added: false })}
        />
      )}
      {asked?.what === "remove" && (
        <Confirm
          title="Remove this user?"
          action="Remove the user"
          doing="Removing"
          close={close}
          work={async () => {
            await send("DELETE", `${USERS}/${asked.user.id}`);
            if (told?.user.id === asked.user.id) setTold(undefined);
            changed(USERS);
          }}
        >
          <p class="named" dir="auto">
            {asked.user.name ? `${asked.user.name}, ${asked.user.email}` : asked.user.email}
          </p>
          <p>
            They are signed out at once and cannot sign in any more. What they made stays. API
            tokens that they know go on working: revoke those under API tokens.
          </p>
        </Confirm>
      )}
    </>
  );
};

const List = ({ users, ask }: { users: ManagedUser[]; ask: (asked: Asked) => void }) => (
  <div class="scroll managed-scroll" tabIndex={0} role="region" aria-label="List of users">
    <table class="managed">
      <thead>
        <tr>
          <th scope="col" class="managed-name">
            Who
          </th>
          <th scope="col">Role</th>
          <th scope="col" class="wide-only">
            Last here
          </th>
          <th scope="col">
            <span class="unseen">What can be done</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {users.map((user) => (
          <Row key={user.id} user={user} ask={ask} />
        ))}
      </tbody>
    </table>
  </div>
);

const Row = ({ user, ask }: { user: ManagedUser; ask: (asked: Asked) => void }) => {
  const me = useMe();
  const own = me.user.id === user.id;
  return (
    <tr>
      <th scope="row">
        <span class="clamped" dir="auto">
          {user.name || user.email}
        </span>
        {user.name && (
          <span class="soft clamped" dir="auto">
            {user.email}
          </span>
        )}
      </th>
      <td>
        {user.role}
        {own && <span class="soft"> (you)</span>}
      </td>
      <td
        class="soft wide-only"
        title={user.last_seen ? moment(user.last_seen, me.account.timezone) : ""}
      >
        {user.last_seen ? ago(user.last_seen) : "never"}
      </td>
      <td class="number">
        <span class="doing">
          <button
            type="button"
            class="button button-small"
            aria-label={`Edit ${user.email}`}
            onClick={() => ask({ what: "edit", user })}
          >
            Edit
          </button>
          {!own && (
            <>
              <button
                type="button"
                class="button button-small"
                aria-label={`New password for ${user.email}`}
                onClick={() => ask({ what: "password", user })}
              >
                New password
              </button>
              <button
                type="button"
                class="button button-small"
                aria-label={`Remove ${user.email}`}
                onClick={() => ask({ what: "remove", user })}
              >
                Remove
              </button>
            </>
          )}
        </span>
      </td>
    </tr>
  );
};
