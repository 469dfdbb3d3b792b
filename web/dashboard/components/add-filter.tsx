/** Choosing a filter: what by, then one of the values that occur. */

import { useState } from "preact/hooks";
import { count, several } from "../../common/format.ts";
import type { Params } from "../api/client.ts";
import { useAnswer } from "../api/queries.ts";
import type { Breakdown } from "../api/types.ts";
import { choices, filterName, valuesOf } from "../lib/filters.ts";
import { Modal } from "./modal.tsx";
import { Answered, Empty } from "./states.tsx";

/** So many values are asked for before anybody searches, and at most shown. */
const FEW = 100;
/** The most that the API gives. */
const MOST = 1000;
const VALUES_HEIGHT = 346;

export const AddFilter = ({
  params,
  names,
  add,
  close,
}: {
  params: Params;
  names: string[];
  add: (name: string, value: string) => void;
  close: () => void;
}) => {
  const [name, setName] = useState(names.includes("country") ? "country" : (names[0] ?? ""));
  const [search, setSearch] = useState("");
  const known = valuesOf(name);
  return (
    <Modal title="Add a filter" close={close}>
      <div class="add-filter">
        <label class="field">
          <span>What</span>
          <select
            value={name}
            onChange={(event) => {
              setName(event.currentTarget.value);
              setSearch("");
            }}
          >
            {names.map((one) => (
              <option key={one} value={one}>
                {filterName(one)}
              </option>
            ))}
          </select>
        </label>
        {known ? (
          <ul class="choices" aria-label="Values">
            {known.map(([value, words]) => (
              <li key={value}>
                <button type="button" class="menu-item" onClick={() => add(name, value)}>
                  {words}
                </button>
              </li>
            ))}
          </ul>
        ) : (
          <>
            <label class="field">
              <span>Search among its values</span>
              <input
                type="search"
                value={search}
                onInput={(event) => setSearch(event.currentTarget.value)}
              />
            </label>
            <Values
              key={name}
              name={name}
              params={params}
              search={search}
              choose={(value) => add(name, value)}
            />
          </>
        )}
      </div>
    </Modal>
  );
};

const Values = ({
  name,
  params,
  search,
  choose,
}: {
  name: string;
  params: Params;
  search: string;
  choose: (value: string) => void;
}) => {
  const wanted = search.trim();
  const by = name === "media_id" ? "media" : name;
  // The other filters hold, so that no choice leads to nothing; an old one of this does not.
  const asked = { ...params, [name]: undefined, by, sort_by: "loads" };
  const few = useAnswer<Breakdown>("/insights/breakdown", { ...asked, limit: FEW });
  const rare = few.data?.by === by && few.data.total > few.data.rows.length;
  const all = useAnswer<Breakdown>(
    "/insights/breakdown",
    { ...asked, limit: MOST },
    { enabled: rare && wanted !== "" },
  );
  const answer = rare && wanted && all.data?.by === by ? all : few;
  return (
    <Answered
      asked={{ ...answer, data: answer.data?.by === by ? answer.data : undefined }}
      height={VALUES_HEIGHT}
    >
      {({ rows, total }) => {
        const fitting = choices(name, rows, wanted);
        const shown = fitting.slice(0, FEW);
        return (
          <div class="values">
            <p class="soft" role="status">
              {wanted ? `${count(fitting.length)} of ` : ""}
              {several(total, "value")}
              {fitting.length > shown.length || (!wanted && rare)
                ? `, the ${FEW} most frequent here; search for others`
                : ""}
            </p>
            {shown.length > 0 ? (
              <ul class="choices" aria-label="Values">
                {shown.map(({ value, words, loads }) => (
                  <li key={value}>
                    <button type="button" class="menu-item choice" onClick={() => choose(value)}>
                      <bdi class="choice-name">{words}</bdi>
                      <span class="soft nowrap">{several(loads, "load")}</span>
                    </button>
                  </li>
                ))}
              </ul>
            ) : wanted && total > rows.length ? (
              <Empty title={`None like that among the ${count(rows.length)} most frequent`}>
                <button type="button" class="button" onClick={() => choose(wanted)}>
                  Take exactly what was typed
                </button>
              </Empty>
            ) : (
              <Empty title={wanted ? "None like that in these days" : "No session in these days"} />
            )}
          </div>
        );
      }}
    </Answered>
  );
};
