/** The medias or projects with the most plays, each with its way through the days. */

import { Link } from "wouter-preact";
import { addressOf, type Params } from "../api/client.ts";
import { useAnswer } from "../api/queries.ts";
import type { SumName, TopRow } from "../api/types.ts";
import { Spark } from "../charts/spark.tsx";
import { useLinkTo } from "../lib/address.ts";
import { SUMS } from "../lib/numbers.ts";
import { Explain } from "./definition.tsx";
import { Panel } from "./panel.tsx";
import { SumsCells } from "./sums-cells.tsx";
import { Answered, Empty } from "./states.tsx";

const COLUMNS: SumName[] = ["plays", "play_rate", "hours_watched", "engagement"];
const HEIGHT = 380;

export const TopPanel = ({
  of,
  params,
  about,
  empty,
}: {
  of: "medias" | "projects";
  params: Params;
  about: string;
  empty: preact.ComponentChildren;
}) => {
  const asked = { ...params, of, limit: 10 };
  const found = useAnswer<TopRow[]>("/insights/top", asked, { moves: true });
  const linkTo = useLinkTo();
  const call = addressOf("/insights/top", asked);
  return (
    <Panel
      title={`Top ${of}`}
      about={about}
      table={
        found.data &&
        (() => ({
          head: ["id", "name", "loads", ...COLUMNS, "visitors"],
          rows: (found.data ?? []).map((row) => [
            row.id,
            row.name,
            row.loads,
            ...COLUMNS.map((name) => row[name]),
            row.visitors,
          ]),
        }))
      }
    >
      <Answered asked={found} height={HEIGHT}>
        {(rows) =>
          rows.length ? (
            <div class="scroll" tabIndex={0} role="region" aria-label={`Top ${of}`}>
              <table>
                <thead>
                  <tr>
                    <th scope="col">{of === "medias" ? "Media" : "Project"}</th>
                    <th scope="col">
                      <span class="unseen">Plays through the days</span>
                    </th>
                    {COLUMNS.map((name) => (
                      <th key={name} scope="col" class="number">
                        <span class="sort">{SUMS[name].title}</span>
                        <Explain metric={name} title={SUMS[name].title} call={call} />
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row) => (
                    <tr key={row.id}>
                      <th scope="row">
                        <Link href={linkTo(`/${of}/${encodeURIComponent(row.id)}`)} dir="auto">
                          {row.name || row.id}
                        </Link>
                      </th>
                      <td>
                        <Spark values={row.spark} label={`Plays: ${row.spark.join(", ")}`} />
                      </td>
                      <SumsCells sums={row} names={COLUMNS} />
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          ) : (
            <Empty title={`No ${of} were played in these days`}>{empty}</Empty>
          )
        }
      </Answered>
    </Panel>
  );
};
