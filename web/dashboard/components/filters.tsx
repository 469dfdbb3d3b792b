/** Choosing which sessions a page is about: filters that combine. */

import { useState } from "preact/hooks";
import type { Params } from "../api/client.ts";
import { useAnswer, useMedias, useProjects } from "../api/queries.ts";
import type { Breakdown } from "../api/types.ts";
import { useAddress } from "../lib/address.ts";
import {
  FILTERS,
  filterName,
  filterValue,
  useFilters,
  valuesOf,
  type Chosen,
} from "../lib/filters.ts";
import { isTrait, traitValue } from "../lib/traits.ts";
import { SUMS } from "../lib/numbers.ts";
import { Modal } from "./modal.tsx";
import { Answered, Empty } from "./states.tsx";

const VALUES = 200;

export const FilterBar = ({
  params,
  except = [],
}: {
  /** The days, and whatever else holds besides the filters. */
  params: Params;
  except?: readonly string[];
}) => {
  const [, change] = useAddress();
  const [adding, setAdding] = useState(false);
  const { chosen, params: filters } = useFilters(except);
  return (
    <div class="filters" data-picture="without">
      {chosen.length > 0 && (
        <ul class="chips" aria-label="Filters">
          {chosen.map((one) => (
            <Chip key={one.name} {...one} remove={() => change({ [one.name]: undefined })} />
          ))}
        </ul>
      )}
      <button type="button" class="button button-small" onClick={() => setAdding(true)}>
        Add a filter
      </button>
      {chosen.length > 1 && (
        <button
          type="button"
          class="button button-small button-quiet"
          onClick={() => change(Object.fromEntries(chosen.map(({ name }) => [name, undefined])))}
        >
          Clear all
        </button>
      )}
      {adding && (
        <AddFilter
          params={{ ...params, ...filters }}
          names={FILTERS.filter((name) => !except.includes(name) && !name.endsWith("_id"))}
          add={(name, value) => {
            change({ [name]: value });
            setAdding(false);
          }}
          close={() => setAdding(false)}
        />
      )}
    </div>
  );
};

const Chip = ({ name, value, remove }: Chosen & { remove: () => void }) => {
  const medias = useMedias(name === "media_id");
  const projects = useProjects(name === "project_id");
  const named =
    medias.data?.find((one) => one.hashed_id === value) ??
    projects.data?.find((one) => one.hashed_id === value);
  const words = named?.name || filterValue(name, value);
  return (
    <li class="chip">
      <span class="chip-text">
        {filterName(name)}: <bdi>{words}</bdi>
      </span>
      <button
        type="button"
        class="chip-remove"
        aria-label={`Remove the filter ${filterName(name)}: ${words}`}
        onClick={remove}
      >
        ✕
      </button>
    </li>
  );
};

const AddFilter = ({
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
  const [name, setName] = useState("country");
  const [search, setSearch] = useState("");
  const known = valuesOf(name);
  return (
    <Modal title="Add a filter" close={close}>
      <label class="field">
        <span>What</span>
        <select value={name} onChange={(event) => setName(event.currentTarget.value)}>
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
            name={name}
            params={params}
            search={search}
            choose={(value) => add(name, value)}
          />
        </>
      )}
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
  // The other filters hold, so that no choice leads to nothing; an old one of this does not.
  const found = useAnswer<Breakdown>(
    "/insights/breakdown",
    { ...params, [name]: undefined, by: name, sort_by: "loads", limit: VALUES },
    { enabled: isTrait(name) },
  );
  const wanted = search.trim().toLowerCase();
  return (
    <Answered
      asked={{ ...found, data: found.data?.by === name ? found.data : undefined }}
      height={260}
    >
      {({ rows }) => {
        const shown = rows.filter((row) =>
          `${row.name} ${traitValue(name, row.name)}`.toLowerCase().includes(wanted),
        );
        return shown.length ? (
          <ul class="choices" aria-label="Values">
            {shown.map((row) => (
              <li key={row.name}>
                <button type="button" class="menu-item choice" onClick={() => choose(row.name)}>
                  <bdi class="choice-name">{traitValue(name, row.name)}</bdi>
                  <span class="soft">
                    {SUMS.loads.write(row.loads)} {row.loads === 1 ? "load" : "loads"}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        ) : (
          <Empty title="None like that in these days" />
        );
      }}
    </Answered>
  );
};
