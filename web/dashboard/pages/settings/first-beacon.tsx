/** Waits for a beacon of a media, and says what may be wrong when none comes. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { useChanged } from "../../api/changes.ts";
import { useLive } from "../../api/queries.ts";
import { Failure } from "../../components/states.tsx";
import { ago } from "../../lib/ago.ts";
import { sinceInWords } from "../../lib/fields.ts";

const PATIENCE_S = 30;

const seconds = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;

export const FirstBeacon = ({ media, domains }: { media: string; domains: string[] }) => {
  const live = useLive(media ? { media_id: media } : {});
  // By the server's clock, which also wrote when the beacon came: the browser's may be off. What
  // came while the server was asked for the first time counts.
  const opened = useRef(performance.now());
  const [began, setBegan] = useState<string | undefined>();
  const { at: now, last_beacon_at: last } = (live.isFetchedAfterMount && live.data) || {};
  useEffect(() => {
    if (began !== undefined || now === undefined) return;
    const open = performance.now() - opened.current;
    setBegan(new Date(Date.parse(now) - open).toISOString());
  }, [began, now]);
  const about = media ? (
    <>
      a beacon of <code>{media}</code>
    </>
  ) : (
    "a beacon of any media"
  );
  const received = !!last && began !== undefined && seconds(began, last) > 0;
  const changed = useChanged();
  useEffect(() => {
    // Its media may be new.
    if (received) changed("/modern/");
  }, [received, changed]);
  const waited = now && began ? seconds(began, now) : 0;
  if (live.error && !live.data)
    return <Failure error={live.error} retry={() => void live.refetch()} />;
  return (
    <div class="form">
      <ol class="points steps">
        <li>Put both on a page of yours and open it in another tab.</li>
        <li>Loading the page is enough. Press play, and it counts as a play.</li>
      </ol>
      <div class="check-state" data-received={received}>
        <span class="check-mark" aria-hidden="true">
          {received && "✓"}
        </span>
        <p class="check-words" role="status">
          {received ? "Received: it works" : "Waiting for the first beacon …"}
        </p>
        <p class="soft">
          {received && last && now ? (
            <>The newest came {sinceInWords(seconds(last, now))}.</>
          ) : (
            <>
              For {about}
              {last && now
                ? `. An older one came ${ago(last, Date.parse(now))}.`
                : ", none has come yet."}
            </>
          )}
        </p>
      </div>
      {received ? (
        <div class="form-foot">
          {media && (
            <Link href={`/medias/${media}`} class="button button-main">
              See its numbers
            </Link>
          )}
          <button type="button" class="button" onClick={() => setBegan(now)}>
            Wait for another
          </button>
        </div>
      ) : (
        waited >= PATIENCE_S && <Advice domains={domains} />
      )}
    </div>
  );
};

const Advice = ({ domains }: { domains: string[] }) => (
  <section class="advice" aria-label="When nothing comes">
    <h3>Nothing yet? It is mostly one of these:</h3>
    <ul class="points">
      <li>
        <strong>A content blocker</strong> in your browser stops scripts that count. Try without it,
        or serve the tracker from a name of your own (<code>--tracker-path</code>).
      </li>
      <li>
        <strong>Do Not Track or Global Privacy Control</strong> is on in your browser. The tracker
        then stays silent, as it should.
      </li>
      <li>
        <strong>Allowed domains.</strong>{" "}
        {domains.length ? (
          <>
            Only pages of{" "}
            <span dir="ltr" class="hosts">
              {domains.join(", ")}
            </span>{" "}
            may report. Is yours among them? <Link href="/settings">Change them</Link>
          </>
        ) : (
          "All pages may report, so these are not it."
        )}
      </li>
      <li>
        <strong>https and http mixed.</strong> A page with https cannot load the tracker from an
        address with http.
        {window.location.protocol === "http:" && " This server is reached by http at the moment."}
      </li>
      <li>
        <strong>The page's Content Security Policy</strong> has to name this server in{" "}
        <code>script-src</code> and <code>connect-src</code>.
      </li>
      <li>
        <strong>Automated browsers</strong> and crawlers are not counted.
      </li>
    </ul>
    <p class="soft">It goes on waiting. The page's console shows what was refused and why.</p>
  </section>
);
