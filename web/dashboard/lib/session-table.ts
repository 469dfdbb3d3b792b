/** Sessions as a table, with the names that the API has for its columns. */

import type { ViewingSession } from "../api/types.ts";
import type { Cell, Table } from "./csv.ts";

const COLUMNS = [
  "event_key",
  "started_at",
  "media_id",
  "media_name",
  "visitor_key",
  "visitor_name",
  "visitor_email",
  "played",
  "duration",
  "watched_seconds",
  "percent_viewed",
  "watched",
  "page_url",
  "page_title",
  "referrer",
  "country",
  "region",
  "city",
  "network",
  "browser",
  "browser_version",
  "platform",
  "device",
  "language",
  "screen",
  "startup_ms",
  "stalls",
  "stalled_seconds",
  "errors",
  "actions",
] as const satisfies (keyof ViewingSession)[];

const cell = (value: ViewingSession[(typeof COLUMNS)[number]]): Cell => {
  if (typeof value === "boolean") return String(value);
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
};

export const sessionTable = (sessions: readonly ViewingSession[]): Table => ({
  head: [...COLUMNS],
  rows: sessions.map((one) => COLUMNS.map((name) => cell(one[name]))),
});
