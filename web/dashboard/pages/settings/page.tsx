/** The settings, part by part; each has an address of its own. */

import { Link } from "wouter-preact";
import { Page } from "../../components/page.tsx";
import { NotFoundPage } from "../not-found.tsx";
import { AccountPart } from "./account.tsx";
import { EmbedPart } from "./embed.tsx";
import { ProfilePart } from "./profile.tsx";
import { TokensPart } from "./tokens.tsx";
import { UsersPart } from "./users.tsx";

const PARTS = {
  account: { name: "Account", Part: AccountPart },
  embed: { name: "Embed", Part: EmbedPart },
  tokens: { name: "API tokens", Part: TokensPart },
  users: { name: "Users", Part: UsersPart },
  profile: { name: "Your password", Part: ProfilePart },
} as const;

const isPart = (given: string): given is keyof typeof PARTS => Object.hasOwn(PARTS, given);

const SettingsPage = ({ part = "account" }: { part: string | undefined }) => {
  if (!isPart(part)) return <NotFoundPage />;
  const { name, Part } = PARTS[part];
  return (
    <Page title={name} above={<p class="above">Settings</p>}>
      <nav class="parts" aria-label="Settings">
        {Object.entries(PARTS).map(([key, one]) => (
          <Link
            key={key}
            href={key === "account" ? "/settings" : `/settings/${key}`}
            class="part"
            aria-current={key === part ? "page" : undefined}
          >
            {one.name}
          </Link>
        ))}
      </nav>
      <Part />
    </Page>
  );
};

export default SettingsPage;
