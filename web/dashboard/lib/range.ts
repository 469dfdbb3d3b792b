/** The days that a page is about: chosen by name or by date, and kept in the page's address. */

export const PRESETS = {
  today: "Today",
  "7d": "Last 7 days",
  "28d": "Last 28 days",
  "90d": "Last 90 days",
  month: "This month",
  year: "This year",
  all: "All time",
} as const;

export type Preset = keyof typeof PRESETS;
export const DEFAULT_PRESET: Preset = "28d";

/** Days, both included, as YYYY-MM-DD in the account's time zone; `preset` undefined: by date. */
export interface Range {
  preset: Preset | undefined;
  first: string;
  last: string;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;

const utc = (date: string): Date => new Date(`${date}T00:00:00Z`);
const text = (date: Date): string => date.toISOString().slice(0, 10);

/** Whether it is a day of the calendar, written YYYY-MM-DD. */
export const isDate = (given: string): boolean =>
  DATE.test(given) && !Number.isNaN(utc(given).getTime()) && text(utc(given)) === given;

/** The day that it is in a time zone. */
export const todayIn = (timezone: string, now: Date = new Date()): string =>
  new Intl.DateTimeFormat("en-CA", {
    timeZone: timezone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).format(now);

export const addDays = (date: string, days: number): string => {
  const moved = utc(date);
  moved.setUTCDate(moved.getUTCDate() + days);
  return text(moved);
};

/** How many days there are from the first to the last, both included. */
export const daysIn = ({ first, last }: Pick<Range, "first" | "last">): number =>
  Math.round((utc(last).getTime() - utc(first).getTime()) / 86_400_000) + 1;

const firstOf = (preset: Preset, today: string, began: string): string => {
  switch (preset) {
    case "today":
      return today;
    case "7d":
      return addDays(today, -6);
    case "28d":
      return addDays(today, -27);
    case "90d":
      return addDays(today, -89);
    case "month":
      return `${today.slice(0, 8)}01`;
    case "year":
      return `${today.slice(0, 5)}01-01`;
    case "all":
      return began < today ? began : today;
  }
};

/**
 * The days that an address asks for; what makes no sense counts as not given.
 *
 * @param began the day of the account's first session, for "all time".
 */
export const readRange = (query: URLSearchParams, today: string, began: string): Range => {
  const [from, to] = [query.get("from") ?? "", query.get("to") ?? ""];
  if (isDate(from) && isDate(to) && from <= to) return { preset: undefined, first: from, last: to };
  const named = query.get("range") ?? "";
  const preset = Object.hasOwn(PRESETS, named) ? (named as Preset) : DEFAULT_PRESET;
  return { preset, first: firstOf(preset, today, began), last: today };
};

/** What an address says for a range; undefined takes a parameter out. */
export const writeRange = (
  range: { preset: Preset } | { first: string; last: string },
): Record<"range" | "from" | "to", string | undefined> =>
  "preset" in range
    ? {
        range: range.preset === DEFAULT_PRESET ? undefined : range.preset,
        from: undefined,
        to: undefined,
      }
    : { range: undefined, from: range.first, to: range.last };

export const intervalFor = (range: Range): "hour" | "day" | "week" | "month" => {
  const days = daysIn(range);
  if (days <= 2) return "hour";
  if (days <= 92) return "day";
  return days <= 731 ? "week" : "month";
};

const parts = (options: Intl.DateTimeFormatOptions): ((date: string) => string) => {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
  return (date) => format.format(utc(date));
};
const dayMonth = parts({ day: "numeric", month: "short" });
const dayMonthYear = parts({ day: "numeric", month: "short", year: "numeric" });
const monthYear = parts({ month: "short", year: "numeric" });
const full = parts({ weekday: "short", day: "numeric", month: "short", year: "numeric" });

/** "1 Nov 2026", "1 to 28 Nov 2026", "3 Nov 2025 to 1 Feb 2026". */
export const rangeInWords = ({ first, last }: Pick<Range, "first" | "last">): string => {
  if (first === last) return dayMonthYear(first);
  if (first.slice(0, 7) === last.slice(0, 7))
    return `${Number(first.slice(8))} to ${dayMonthYear(last)}`;
  if (first.slice(0, 4) === last.slice(0, 4)) return `${dayMonth(first)} to ${dayMonthYear(last)}`;
  return `${dayMonthYear(first)} to ${dayMonthYear(last)}`;
};

/** A bucket's name: short under an axis, whole where there is room. */
export const bucketName = (
  bucket: { start: string; date: string },
  interval: "hour" | "day" | "week" | "month",
): { short: string; whole: string } => {
  if (interval === "hour") {
    const hour = bucket.start.slice(11, 16);
    return { short: hour, whole: `${full(bucket.date)}, ${hour}` };
  }
  if (interval === "month") return { short: monthYear(bucket.date), whole: monthYear(bucket.date) };
  const whole = full(bucket.date);
  return {
    short: dayMonth(bucket.date),
    whole: interval === "week" ? `Week from ${whole}` : whole,
  };
};
