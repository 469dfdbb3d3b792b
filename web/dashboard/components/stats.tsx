/** The sums of a period as tiles, each with its change; a click puts one into the chart. */

import type { SumName, Sums } from "../api/types.ts";
import { changeInWords, changeOf, SUMS } from "../lib/numbers.ts";
import { Explain } from "./definition.tsx";

const Change = ({ now, before }: { now: number; before: number | undefined }) => {
  if (before === undefined) return <span class="change"> </span>;
  const change = changeOf(now, before);
  if (change === undefined) return <span class="change soft">{now ? "new" : "as before"}</span>;
  const way = Math.abs(change) < 0.005 ? "same" : change > 0 ? "up" : "down";
  return (
    <span class={`change change-${way}`}>
      <span aria-hidden="true">{way === "up" ? "▲" : way === "down" ? "▼" : "="} </span>
      {changeInWords(change)}
    </span>
  );
};

export const StatTiles = ({
  sums,
  before,
  beforeWords,
  names,
  chosen,
  choose,
  call,
  busy,
}: {
  sums: Sums | undefined;
  before: Sums | undefined;
  beforeWords: string;
  names: SumName[];
  chosen: SumName;
  choose: (name: SumName) => void;
  call: string;
  /** The sums are still those of the question before. */
  busy: boolean;
}) => (
  <ul class="tiles" aria-busy={busy} aria-label="Numbers; choose one for the chart">
    {names.map((name) => {
      const { title, write } = SUMS[name];
      const value = sums && write(sums[name]);
      return (
        <li key={name} class={`tile ${name === chosen ? "tile-chosen" : ""}`}>
          <button
            type="button"
            class="tile-button"
            aria-pressed={name === chosen}
            onClick={() => choose(name)}
            title={before && beforeWords}
          >
            <span class="tile-name">{title}</span>
            <span class="tile-value" data-number={name}>
              {value ?? " "}
            </span>
            {sums ? (
              <Change now={sums[name]} before={before?.[name]} />
            ) : (
              <span class="change"> </span>
            )}
          </button>
          <Explain metric={name} title={title} call={call} />
        </li>
      );
    })}
  </ul>
);
