/** How well playback went. */

import { count, percent, several, span } from "../../../common/format.ts";
import { addressOf, type Params } from "../../api/client.ts";
import { useAnswer } from "../../api/queries.ts";
import type { Quality } from "../../api/types.ts";
import { Explain } from "../../components/definition.tsx";
import { Panel } from "../../components/panel.tsx";
import { Answered, Empty } from "../../components/states.tsx";

const CALL = "/insights/quality";

const seconds = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;

export const QualityPanel = ({ params, about }: { params: Params; about: string }) => {
  const asked = useAnswer<Quality>(CALL, params);
  const call = addressOf(CALL, params);
  return (
    <Panel
      title="Playback quality"
      about={about}
      table={
        asked.data &&
        (() => {
          const { startup, errors, ...rest } = asked.data as Quality;
          return {
            head: ["number", "value"],
            rows: [
              ...Object.entries(rest),
              ...Object.entries(startup ?? {}).map(([name, value]): [string, number] => [
                `startup ${name}`,
                value,
              ]),
              ...errors.map(({ code, sessions }): [string, number] => [`error ${code}`, sessions]),
            ],
          };
        })
      }
    >
      <Answered asked={asked} height={190}>
        {(quality) =>
          quality.plays || quality.sessions_with_errors ? (
            <dl class="facts">
              <dt>
                Start-up <Explain metric="startup" title="Start-up" call={call} />
              </dt>
              <dd>
                {quality.startup ? (
                  <>
                    <strong>{seconds(quality.startup.median_ms)}</strong>{" "}
                    <span class="soft">
                      half of the plays; three quarters within {seconds(quality.startup.p75_ms)}, 95
                      % within {seconds(quality.startup.p95_ms)}
                    </span>
                  </>
                ) : (
                  <span class="soft">not reported by the players</span>
                )}
              </dd>
              <dt>
                Stalls <Explain metric="stalls" title="Stalls" call={call} />
              </dt>
              <dd>
                <strong>{count(quality.stalls)}</strong>{" "}
                <span class="soft">
                  in {several(quality.sessions_stalled, "session")}, {span(quality.stalled_seconds)}{" "}
                  of waiting, {percent(quality.stalled_share)} of the time
                </span>
              </dd>
              <dt>
                Errors <Explain metric="errors" title="Errors" call={call} />
              </dt>
              <dd>
                <strong>{count(quality.sessions_with_errors)}</strong>{" "}
                <span class="soft">
                  {quality.sessions_with_errors === 1 ? "session" : "sessions"} with an error
                </span>
                {quality.errors.length > 0 && (
                  <ul>
                    {quality.errors.map(({ code, sessions }) => (
                      <li key={code} dir="auto">
                        {code}: {several(sessions, "session")}
                      </li>
                    ))}
                  </ul>
                )}
              </dd>
            </dl>
          ) : (
            <Empty title="Nothing was played in these days" />
          )
        }
      </Answered>
    </Panel>
  );
};
