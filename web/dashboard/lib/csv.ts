/** Tables as CSV (RFC 4180), the way spreadsheets open them. */

export type Cell = string | number | null;
export interface Table {
  head: string[];
  rows: Cell[][];
}

// A text that begins like a formula would be run as one by spreadsheets; a quote makes it a text.
const FORMULA = /^[=+\-@\t\r]/;

const cell = (value: Cell): string => {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

export const csvOf = ({ head, rows }: Table): string =>
  [head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
