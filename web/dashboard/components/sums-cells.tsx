import type { SumName, Sums } from "../api/types.ts";
import { SUMS } from "../lib/numbers.ts";

/** The cells of a table's row that hold sums. */
export const SumsCells = ({ sums, names }: { sums: Sums; names: SumName[] }) => (
  <>
    {names.map((name) => (
      <td key={name} class="number">
        {SUMS[name].write(sums[name])}
      </td>
    ))}
  </>
);
