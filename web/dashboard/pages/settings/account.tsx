/** The account: its name and days, what is kept of visitors, and who may report and read. */

import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { send } from "../../api/client.ts";
import { useAnswer } from "../../api/queries.ts";
import { useMay, useMe } from "../../api/session.tsx";
import type { AccountSettings } from "../../api/types.ts";
import { CopyButton } from "../../components/copy.tsx";
import { Choice, Failed, TextField, useSending } from "../../components/form.tsx";
import { MayNot } from "../../components/may-not.tsx";
import { Panel } from "../../components/panel.tsx";
import { Answered } from "../../components/states.tsx";
import { hostOf, linesOf, timeIn, timeZones } from "../../lib/fields.ts";

export const AccountPart = () => {
  const { user } = useMe();
  const may = useMay("admin");
  const settings = useAnswer<AccountSettings>("/manage/account");
  return (
    <>
      {!may && (
        <MayNot role={user.role} needs="admin">
          These settings are shown, but you cannot change them.
        </MayNot>
      )}
      <Answered asked={settings} height={900}>
        {(found) => (
          <div class="settings-two">
            <Panel title="Settings of the account">
              <SettingsForm settings={found} may={may} />
            </Panel>
            <Keys settings={found} />
          </div>
        )}
      </Answered>
    </>
  );
};

const Keys = ({ settings }: { settings: AccountSettings }) => (
  <Panel title="Keys that are no secrets">
    <div class="form">
      <div class="field">
        <h3>Account key</h3>
        <div class="code-row">
          <code class="code">{settings.key}</code>
          <CopyButton text={settings.key} what="the account key" />
        </div>
        <p class="field-help">Stands in the tracker's tag and says whose videos they are.</p>
      </div>
      <div class="field">
        <h3>Heatmap token</h3>
        <div class="code-row">
          <code class="code">{settings.public_token}</code>
          <CopyButton text={settings.public_token} what="the heatmap token" />
        </div>
        <p class="field-help">
          Opens the pictures of single sessions, and nothing else, where they stand in other pages.
        </p>
      </div>
    </div>
  </Panel>
);

const FIELDS = [
  "name",
  "timezone",
  "address_mode",
  "registers_medias",
  "allowed_domains",
  "cors_origins",
  "signed_beacons",
];

const ADDRESSES: [AccountSettings["address_mode"], string, string][] = [
  [
    "truncated",
    "The network only (recommended)",
    "The end is dropped before anything is stored: of 203.0.113.77 stays 203.0.113.0. Places are as exact as the network tells.",
  ],
  [
    "whole",
    "The whole address",
    "Places are as exact as they can be. Addresses are personal data in many countries: you may need your visitors' consent.",
  ],
  ["none", "Nothing", "No address is stored. Only the country is looked up and kept."],
];

interface Filled {
  name: string;
  timezone: string;
  address_mode: AccountSettings["address_mode"];
  registers_medias: boolean;
  signed_beacons: boolean;
  allowed_domains: string;
  cors_origins: string;
}

const filledFrom = (settings: AccountSettings): Filled => ({
  name: settings.name,
  timezone: settings.timezone,
  address_mode: settings.address_mode,
  registers_medias: settings.registers_medias,
  signed_beacons: settings.signed_beacons,
  allowed_domains: settings.allowed_domains.join("\n"),
  cors_origins: settings.cors_origins.join("\n"),
});

/** Only what differs is sent, so that two who save at once do not undo each other. */
const changesOf = (before: AccountSettings, now: Filled): Partial<AccountSettings> => {
  const wanted: Partial<AccountSettings> = {
    name: now.name.trim(),
    timezone: now.timezone.trim(),
    address_mode: now.address_mode,
    registers_medias: now.registers_medias,
    signed_beacons: now.signed_beacons,
    allowed_domains: [...new Set(linesOf(now.allowed_domains).map(hostOf))],
    cors_origins: [...new Set(linesOf(now.cors_origins))],
  };
  return Object.fromEntries(
    Object.entries(wanted).filter(
      ([name, value]) =>
        JSON.stringify(value) !== JSON.stringify(before[name as keyof AccountSettings]),
    ),
  );
};

const SettingsForm = ({ settings, may }: { settings: AccountSettings; may: boolean }) => {
  const cache = useQueryClient();
  const { busy, errors, sending } = useSending(FIELDS);
  // What was there when this form was opened: what a colleague saves meanwhile is left alone.
  const [before, setBefore] = useState(settings);
  const [filled, setFilled] = useState(() => filledFrom(settings));
  const [saved, setSaved] = useState(false);
  const change = (changes: Partial<Filled>): void => {
    setSaved(false);
    setFilled((now) => ({ ...now, ...changes }));
  };
  const changes = changesOf(before, filled);
  const differs = Object.keys(changes).length > 0;
  const submit = async (): Promise<void> => {
    const now = await send<AccountSettings>("PATCH", "/manage/account", changes);
    cache.setQueryData(["/manage/account", {}], now);
    setBefore(now);
    setFilled(filledFrom(now));
    setSaved(true);
    // Days begin elsewhere now, and the name stands above every page.
    void cache.invalidateQueries();
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void sending(submit);
      }}
    >
      <fieldset disabled={!may}>
        <TextField
          name="Name"
          value={filled.name}
          set={(name) => change({ name })}
          error={errors["name"]}
          most={200}
          required
        />
        <ZoneField
          value={filled.timezone}
          set={(timezone) => change({ timezone })}
          error={errors["timezone"]}
        />
      </fieldset>
      <fieldset disabled={!may}>
        <legend>What is kept of visitors' network addresses, from now on</legend>
        {ADDRESSES.map(([mode, name, meaning]) => (
          <Choice
            key={mode}
            kind="radio"
            group="address_mode"
            name={name}
            checked={filled.address_mode === mode}
            set={() => change({ address_mode: mode })}
          >
            {meaning}
          </Choice>
        ))}
        {errors["address_mode"] && <Failed errors={{ "": errors["address_mode"] }} />}
      </fieldset>
      <fieldset disabled={!may}>
        <legend>New medias</legend>
        <Choice
          name="The first beacon of an unknown media adds it"
          checked={filled.registers_medias}
          set={(registers_medias) => change({ registers_medias })}
        >
          Without this, beacons of medias that were not made under Medias or through the API are
          refused.
        </Choice>
      </fieldset>
      <fieldset disabled={!may}>
        <legend>Signed keys</legend>
        <Choice
          name="Take only keys that your own server has signed"
          checked={filled.signed_beacons}
          set={(signed_beacons) => change({ signed_beacons })}
        >
          Keeps out whoever copies the key from your pages. Make a secret with{" "}
          <code>playhead account secret</code> and sign with it first.
        </Choice>
        {errors["signed_beacons"] && <Failed errors={{ "": errors["signed_beacons"] }} />}
      </fieldset>
      <fieldset disabled={!may}>
        <TextField
          name="Allowed domains"
          value={filled.allowed_domains}
          set={(allowed_domains) => change({ allowed_domains })}
          error={errors["allowed_domains"]}
          lines={4}
          placeholder={"www.example.com\n*.example.com"}
          help="Hosts whose pages may report, one on a line. *.example.com means every host below example.com, not itself. Empty: all pages may."
        />
        <TextField
          name="Origins that may read the API"
          value={filled.cors_origins}
          set={(cors_origins) => change({ cors_origins })}
          error={errors["cors_origins"]}
          lines={3}
          placeholder="https://app.example.com"
          help="Sites whose scripts may read this account's API with a token (CORS), one on a line; * means all. Empty: none."
        />
      </fieldset>
      <Failed errors={errors} />
      {may && (
        <div class="form-foot">
          <button type="submit" class="button button-main" disabled={busy || !differs}>
            {busy ? "Saving" : "Save the settings"}
          </button>
          <span role="status">
            {saved && !differs
              ? "Saved. The collector follows within a second."
              : differs
                ? "Not saved yet."
                : ""}
          </span>
        </div>
      )}
    </form>
  );
};

const ZoneField = ({
  value,
  set,
  error,
}: {
  value: string;
  set: (zone: string) => void;
  error: string | undefined;
}) => {
  const [zones] = useState(timeZones);
  const time = timeIn(value.trim());
  return (
    <>
      <TextField
        name="Time zone"
        value={value}
        set={set}
        error={error}
        list="time-zones"
        most={64}
        required
        help={
          <>
            {time ? `There it is ${time}.` : "Type a city to find its zone."} Days are counted in
            this zone, also those of the past.
          </>
        }
      />
      <datalist id="time-zones">
        {zones.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  );
};
