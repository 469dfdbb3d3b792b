/** Calls to action, forms and annotations: shown and used. */

import { count, percent } from "../../../common/format.ts";
import { addressOf, type Params } from "../../api/client.ts";
import { useAnswer } from "../../api/queries.ts";
import type { ActionSums } from "../../api/types.ts";
import { Explain } from "../../components/definition.tsx";
import { Panel } from "../../components/panel.tsx";
import { Answered, Empty } from "../../components/states.tsx";

const CALL = "/insights/actions";

export const ActionsPanel = ({ params, about }: { params: Params; about: string }) => {
  const asked = useAnswer<ActionSums[]>(CALL, params);
  const call = addressOf(CALL, params);
  return (
    <Panel
      title="Actions"
      about={about}
      table={
        asked.data &&
        (() => ({
          head: ["type", "impression_count", "action_count", "rate"],
          rows: (asked.data ?? []).map((row) => [
            row.type,
            row.impression_count,
            row.action_count,
            row.rate,
          ]),
        }))
      }
    >
      <Answered asked={asked} height={120}>
        {(rows) =>
          rows.length ? (
            <div class="scroll" tabIndex={0} role="region" aria-label="Actions">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Type</th>
                    <th scope="col" class="number">
                      Shown <Explain metric="impression_count" title="Shown" call={call} />
                    </th>
                    <th scope="col" class="number">
                      Used <Explain metric="action_count" title="Used" call={call} />
                    </th>
                    <th scope="col" class="number">
                      Rate <Explain metric="rate" title="Rate" call={call} />
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row) => (
                    <tr key={row.type}>
                      <th scope="row" dir="auto">
                        {row.type}
                      </th>
                      <td class="number">{count(row.impression_count)}</td>
                      <td class="number">{count(row.action_count)}</td>
                      <td class="number">{percent(row.rate)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          ) : (
            <Empty title="No actions in these days">
              <p>
                Pages can tell of calls to action, forms and annotations: see data-actions under{" "}
                <a href="/settings/embed">Settings, Embed</a>.
              </p>
            </Empty>
          )
        }
      </Answered>
    </Panel>
  );
};
