/** Why something cannot be changed here, and who can help. */

import type { ComponentChildren } from "preact";
import type { Role } from "../api/types.ts";

export const MayNot = ({
  role,
  needs,
  children,
}: {
  role: Role;
  needs: Role;
  children: ComponentChildren;
}) => (
  <p class="note" role="note">
    {children} Your role is <strong>{role}</strong>; this takes the role <strong>{needs}</strong>,
    which an admin of this account can give you.
  </p>
);
