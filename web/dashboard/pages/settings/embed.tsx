/** What to put on a page, and whether it has arrived. */

import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { useAnswer, useMedias } from "../../api/queries.ts";
import type { AccountSettings, Media } from "../../api/types.ts";
import { CopyButton } from "../../components/copy.tsx";
import { Choice, TextField } from "../../components/form.tsx";
import { Panel } from "../../components/panel.tsx";
import { Answered } from "../../components/states.tsx";
import { useAddress } from "../../lib/address.ts";
import { isMediaId, playerOf, serverOf, tagOf } from "../../lib/snippets.ts";
import { FirstBeacon } from "./first-beacon.tsx";

export const EmbedPart = () => {
  const settings = useAnswer<AccountSettings>("/manage/account");
  const server = useAnswer<{ url: string }>("/modern/account");
  const [query, change] = useAddress();
  const [media, setMedia] = useState(query.get("media") ?? "");
  const medias = useMedias();
  const known = medias.data?.find((one) => one.hashed_id === media);
  const right = media === "" || isMediaId(media);
  return (
    <Answered asked={settings} height={900}>
      {(account) => (
        <div class="settings-two">
          <div class="stack">
            <TagPanel
              account={account.key}
              server={serverOf(server.data?.url, window.location)}
              tracker={account.tracker_path}
              signed={account.signed_beacons}
            />
            <PlayerPanel
              media={media}
              right={right}
              known={known}
              medias={medias.data}
              registers={account.registers_medias}
              choose={(id) => {
                setMedia(id);
                change({ media: isMediaId(id) ? id : undefined }, { replace: true });
              }}
            />
          </div>
          <Panel title="3. See it arrive">
            <FirstBeacon
              key={right ? media : ""}
              media={right ? media : ""}
              domains={account.allowed_domains}
            />
          </Panel>
        </div>
      )}
    </Answered>
  );
};

const Snippet = ({ text, what }: { text: string; what: string }) => (
  <div class="code-row">
    <pre class="code" dir="ltr">
      {text}
    </pre>
    <CopyButton text={text} what={what} />
  </div>
);

const TagPanel = ({
  account,
  server,
  tracker,
  signed,
}: {
  account: string;
  server: string;
  tracker: string;
  signed: boolean;
}) => {
  const [query, change] = useAddress();
  const on = (name: string): boolean => query.get(name) === "1";
  const identify = query.get("identify") ?? undefined;
  const set =
    (name: string) =>
    (checked: boolean): void =>
      change({ [name]: checked ? "1" : undefined }, { replace: true });
  const tag = tagOf({
    server,
    tracker,
    account,
    cookieless: on("cookieless"),
    actions: on("actions"),
    identify,
  });
  return (
    <Panel title="1. The tracker, once on every page">
      <div class="form form-wide">
        <p>
          Anywhere in the page's HTML. It weighs 3 kB and stays silent for visitors whose browser
          asks not to be tracked.
        </p>
        <Snippet text={tag} what="the tracker's tag" />
        {signed && (
          <p>
            This account takes only signed keys: have your server write{" "}
            <code>{account}~EXPIRES~SIGNATURE</code> into <code>data-account</code>.
          </p>
        )}
        <fieldset>
          <legend>Options</legend>
          <Choice
            name="Store nothing in the browser"
            checked={on("cookieless")}
            set={set("cookieless")}
          >
            <code>data-cookieless</code>: visitors are told apart by a secret that changes daily, so
            nobody is known again tomorrow. Without it the tracker keeps a random key in local
            storage; it never sets a cookie.
          </Choice>
          <Choice
            name="Viewers may be named"
            checked={identify !== undefined}
            set={(checked) =>
              change({ identify: checked ? "wemail" : undefined }, { replace: true })
            }
          >
            <code>data-identify</code>: links to the page may carry their reader's email, as in{" "}
            <code>?{identify || "wemail"}=ada@example.com</code>, and the page itself may say who is
            watching. Tell your visitors.
          </Choice>
          {identify !== undefined && (
            <TextField
              name="Parameter of links that carries the email"
              value={identify}
              set={(name) => change({ identify: name.replace(/[^\w.-]/g, "") }, { replace: true })}
              help="Any name. Left empty, links name nobody and only the page does."
              most={60}
            />
          )}
          <Choice
            name="Calls to action and forms are reported"
            checked={on("actions")}
            set={set("actions")}
          >
            <code>data-actions</code>: the page tells what it showed and what was used, by an event
            on the player.
          </Choice>
        </fieldset>
      </div>
    </Panel>
  );
};

const PlayerPanel = ({
  media,
  right,
  known,
  medias,
  registers,
  choose,
}: {
  media: string;
  right: boolean;
  known: Media | undefined;
  medias: Media[] | undefined;
  registers: boolean;
  choose: (id: string) => void;
}) => {
  const [title, setTitle] = useState("");
  const unknown = media !== "" && right && medias !== undefined && !known;
  return (
    <Panel title="2. A mark on every player">
      <div class="form form-wide">
        <p>
          Every <code>&lt;video&gt;</code> and <code>&lt;audio&gt;</code> with this mark is counted,
          also those that are added to the page later.
        </p>
        <div class="form-row">
          <TextField
            name="Media id"
            value={media}
            set={choose}
            list="media-ids"
            most={64}
            placeholder="intro"
            error={right ? undefined : "1 to 64 of A-Z a-z 0-9 _ -, at least one letter"}
            help="Choose one that is there, or type a new one."
          />
          <TextField
            name="Title"
            value={known ? known.name : title}
            set={setTitle}
            most={500}
            disabled={known !== undefined}
            help={
              known
                ? "It has its name already; change it under Medias."
                : "Its name when it is seen for the first time."
            }
          />
        </div>
        <datalist id="media-ids">
          {medias?.map((one) => (
            <option key={one.id} value={one.hashed_id}>
              {one.name.slice(0, 80)}
            </option>
          ))}
        </datalist>
        <Snippet
          text={playerOf(media && right ? media : "intro", known ? known.name : title)}
          what="the player's mark"
        />
        {unknown && (
          <p class="field-help" role="status">
            {registers ? (
              "There is no media of this id yet: its first beacon adds it."
            ) : (
              <>
                There is no media of this id, and this account adds none by beacon:{" "}
                <Link href="/medias">make it under Medias</Link> first, or its beacons are refused.
              </>
            )}
          </p>
        )}
      </div>
    </Panel>
  );
};
