/** How numbers are written: as many digits as say something. */

const counts = new Intl.NumberFormat("en");
const hundredths = new Intl.NumberFormat("en", {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});

export const count = (value: number): string => counts.format(value);

/** A count and what is counted: 1 play, 2 plays. */
export const several = (value: number, thing: string): string =>
  `${count(value)} ${thing}${value === 1 ? "" : "s"}`;

/** A share between 0 and 1; only nothing is 0 % and only everything is 100 %. */
export const percent = (share: number): string => {
  const tenths = Math.round(share * 1000) / 10;
  if (share > 0 && tenths === 0) return "< 0.1 %";
  return `${share < 1 && tenths === 100 ? "99.9" : tenths.toFixed(tenths === 100 ? 0 : 1)} %`;
};

export const hours = (value: number): string =>
  value < 1000 ? hundredths.format(value) : counts.format(Math.round(value));

/** A place in a video: 0:07, 12:30, 1:02:03. */
export const clock = (seconds: number): string => {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (part: number): string => String(part).padStart(2, "0");
  const [s, m, h] = [whole % 60, Math.floor(whole / 60) % 60, Math.floor(whole / 3600)];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
};

/** How long something took, said in words. */
export const span = (seconds: number): string => {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${hundredths.format(whole / 3600)} h`;
};

/** What has come on top, with its sign; nothing when nothing has. */
export const gain = (difference: number, write: (value: number) => string): string => {
  if (!difference) return "";
  const text = write(Math.abs(difference));
  // What rounds to nothing has not come yet.
  return /[1-9]/.test(text) ? `${difference > 0 ? "+" : "−"}${text}` : "";
};

const noon = (date: string): Date => new Date(`${date}T12:00:00Z`);
const named = (options: Intl.DateTimeFormatOptions): ((date: string) => string) => {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
  return (date) => format.format(noon(date));
};

/** The parts of a YYYY-MM-DD: "Mon", "8", "Monday 8 October". */
export const weekday = named({ weekday: "short" });
export const dayOfMonth = named({ day: "numeric" });
export const wholeDay = named({ weekday: "long", day: "numeric", month: "long" });

/** The YYYY-MM-DD that is so many days before an instant, in the browser's own zone. */
export const daysBefore = (instant: Date, days: number): string => {
  const day = new Date(instant.getFullYear(), instant.getMonth(), instant.getDate() - days, 12);
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
};
