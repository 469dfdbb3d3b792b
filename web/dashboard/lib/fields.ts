/** What forms read and write: lengths, hosts, passwords, and which field an error is about. */

/** A length in seconds from "95.5", "12:30" or "1:02:03"; undefined when it is none. */
export const readLength = (given: string): number | undefined => {
  const parts = given.trim().split(":");
  if (parts.length > 3) return undefined;
  let seconds = 0;
  for (const [i, part] of parts.entries()) {
    const whole = i < parts.length - 1;
    if (!(whole ? /^\d{1,9}$/ : /^\d{1,10}(\.\d+)?$/).test(part)) return undefined;
    if (i > 0 && Number(part) >= 60) return undefined;
    seconds = seconds * 60 + Number(part);
  }
  return seconds > 0 ? seconds : undefined;
};

/** Seconds as they may be typed in again: "1:35.5", "1:02:03". */
export const writeLength = (seconds: number): string => {
  const thousandths = Math.round(seconds * 1000);
  const whole = Math.floor(thousandths / 1000);
  const two = (part: number): string => String(part).padStart(2, "0");
  const [s, m, h] = [whole % 60, Math.floor(whole / 60) % 60, Math.floor(whole / 3600)];
  const rest = thousandths % 1000;
  const fraction = rest ? `.${String(rest).padStart(3, "0").replace(/0+$/, "")}` : "";
  return `${h ? `${h}:${two(m)}` : m}:${two(s)}${fraction}`;
};

/** The lines of a text that say something. */
export const linesOf = (text: string): string[] =>
  text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter(Boolean);

/** The host of what may have been pasted as a whole address. */
export const hostOf = (given: string): string => {
  const [, host] = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^/?#]*)/i.exec(given) ?? [];
  return (host ?? given).replace(/^.*@/, "").replace(/:\d+$/, "").toLowerCase();
};

/** The server says which field an error is about: "name: is empty", "hosts[2]: is not a host". */
export const errorOf = (message: string): { field: string; line?: number; what: string } => {
  const [, field, line, what] = /^([a-z_]+)(?:\[(\d+)\])?: (.+)$/s.exec(message) ?? [];
  if (!field || !what) return { field: "", what: message };
  return line === undefined ? { field, what } : { field, line: Number(line), what };
};

// Without letters that look like others, and without vowels, which make words.
const LETTERS = "bcdfghjkmnpqrstvwxz23456789";
const LENGTH = 20;
const GROUP = 5;

/** A password of about 95 bits, in groups that can be read out. */
export const newPassword = (
  random: () => number = () => crypto.getRandomValues(new Uint8Array(1))[0] ?? 0,
): string => {
  let made = "";
  // A byte beyond the last whole round of the letters would make the first ones likelier.
  const most = 256 - (256 % LETTERS.length);
  while (made.length < LENGTH) {
    const byte = random();
    if (byte < most) made += LETTERS[byte % LETTERS.length] ?? "";
  }
  return made.match(new RegExp(`.{${GROUP}}`, "g"))?.join("-") ?? made;
};

/** A text as it may stand between the quotes of an HTML attribute. */
export const attribute = (text: string): string =>
  text
    .replace(/&/g, "&amp;")
    .replace(/"/g, "&quot;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/\s+/g, " ");

/** Letters alone, so that a search finds "Über" by "uber". */
export const plain = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase();

/** All time zones that the browser knows, and the one of no place. */
export const timeZones = (): string[] => [
  ...new Set([...Intl.supportedValuesOf("timeZone"), "UTC"]),
];

/** What time it is there: "Mon 23 Nov, 17:05"; undefined: there is no such zone. */
export const timeIn = (zone: string, now: Date = new Date()): string | undefined => {
  try {
    return new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      weekday: "short",
      day: "numeric",
      month: "short",
      hour: "2-digit",
      minute: "2-digit",
    }).format(now);
  } catch {
    return undefined;
  }
};

/** "3 seconds ago"; soon after, "just now". */
export const sinceInWords = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 1) return "just now";
  if (whole < 60) return `${whole} second${whole === 1 ? "" : "s"} ago`;
  const minutes = Math.floor(whole / 60);
  return `${minutes} minute${minutes === 1 ? "" : "s"} ago`;
};
