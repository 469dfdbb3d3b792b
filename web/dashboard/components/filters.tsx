/** Choosing which sessions a page is about: filters that combine. */

import { useRef, useState } from "preact/hooks";
import type { Params } from "../api/client.ts";
import { useMedias, useProjects } from "../api/queries.ts";
import { useAddress } from "../lib/address.ts";
import { FILTERS, filterName, filterValue, useFilters, type Chosen } from "../lib/filters.ts";
import { AddFilter } from "./add-filter.tsx";

/** What only links filter by: nobody knows such keys by heart. */
const NOT_CHOSEN_HERE = ["project_id", "visitor_key"];

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
  const add = useRef<HTMLButtonElement>(null);
  // What was pressed is gone then, and the keyboard has to be somewhere.
  const remove = (names: string[]): void => {
    change(Object.fromEntries(names.map((name) => [name, undefined])));
    add.current?.focus();
  };
  return (
    <div class="filters" data-picture="without">
      {chosen.length > 0 && (
        <ul class="chips" aria-label="Filters">
          {chosen.map((one) => (
            <Chip key={one.name} {...one} remove={() => remove([one.name])} />
          ))}
        </ul>
      )}
      <button
        ref={add}
        type="button"
        class="button button-small"
        aria-haspopup="dialog"
        onClick={() => setAdding(true)}
      >
        Add a filter
      </button>
      {chosen.length > 1 && (
        <button
          type="button"
          class="button button-small button-quiet"
          onClick={() => remove(chosen.map(({ name }) => name))}
        >
          Clear all
        </button>
      )}
      {adding && (
        <AddFilter
          params={{ ...params, ...filters }}
          names={FILTERS.filter(
            (name) => !NOT_CHOSEN_HERE.includes(name) && !except.includes(name),
          )}
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
      <span class="chip-text" title={words}>
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
