/** Which days: by name or from one date to another, in the account's time zone. */

import { useEffect, useState } from "preact/hooks";
import { useAnswer } from "../api/queries.ts";
import { useMe } from "../api/session.tsx";
import type { Summary } from "../api/types.ts";
import { useAddress } from "../lib/address.ts";
import {
  PRESETS,
  isDate,
  rangeInWords,
  readRange,
  todayIn,
  writeRange,
  type Preset,
  type Range,
} from "../lib/range.ts";

/** The days that the page's address asks for; undefined until it is known when all began. */
export const useRange = (): Range | undefined => {
  const [query] = useAddress();
  const { account } = useMe();
  const today = todayIn(account.timezone);
  const all = query.get("range") === "all" && !query.has("from");
  const { data } = useAnswer<Summary>("/insights/summary", {}, { enabled: all });
  if (all && !data) return undefined;
  return readRange(query, today, data?.start_date ?? today);
};

export const RangePicker = ({ range }: { range: Range | undefined }) => {
  const [, change] = useAddress();
  const { account } = useMe();
  const [first, setFirst] = useState(range?.first ?? "");
  const [last, setLast] = useState(range?.last ?? "");
  const [custom, setCustom] = useState(false);
  const byDate = custom || (range !== undefined && range.preset === undefined);
  useEffect(() => {
    if (range) [setFirst, setLast].forEach((set, i) => set(i ? range.last : range.first));
  }, [range?.first, range?.last]);
  const wrong = isDate(first) && isDate(last) && last < first;
  const apply = (from: string, to: string): void => {
    if (isDate(from) && isDate(to) && from <= to) change(writeRange({ first: from, last: to }));
  };
  return (
    <div class="range" data-picture="without">
      <select
        aria-label="Days"
        value={byDate ? "custom" : (range?.preset ?? "")}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          setCustom(chosen === "custom");
          if (chosen !== "custom") change(writeRange({ preset: chosen as Preset }));
        }}
      >
        {Object.entries(PRESETS).map(([preset, name]) => (
          <option key={preset} value={preset}>
            {name}
          </option>
        ))}
        <option value="custom">Choose days</option>
      </select>
      {byDate && (
        <>
          <label>
            <span class="unseen">First day</span>
            <input
              type="date"
              value={first}
              max={last || undefined}
              onChange={(event) => {
                setFirst(event.currentTarget.value);
                apply(event.currentTarget.value, last);
              }}
            />
          </label>
          <label>
            <span class="unseen">Last day</span>
            <input
              type="date"
              value={last}
              min={first || undefined}
              onChange={(event) => {
                setLast(event.currentTarget.value);
                apply(first, event.currentTarget.value);
              }}
            />
          </label>
        </>
      )}
      <span class="soft range-words" role={wrong ? "alert" : undefined}>
        {wrong
          ? "The last day is before the first"
          : range && `${rangeInWords(range)}, ${account.timezone}`}
      </span>
    </div>
  );
};
