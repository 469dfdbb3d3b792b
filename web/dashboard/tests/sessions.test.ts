import { describe, expect, it } from "vitest";
import type { ViewingSession } from "../api/types.ts";
import { shortAddress } from "../components/outside.tsx";
import { visitorKeyOf, visitorPath } from "../components/visitor-name.ts";
import { arrivals, asOfNow } from "../lib/arrivals.ts";
import { csvOf } from "../lib/csv.ts";
import { sessionTable } from "../lib/session-table.ts";

const at = (second: number, event_key = `key-${second}`) => ({
  event_key,
  started_at: `2026-11-23T12:00:${String(second).padStart(2, "0")}.000Z`,
});

describe("sessions that have come since", () => {
  it("are those that the list has not", () => {
    expect(arrivals([at(5), at(4)], true, [at(7), at(6), at(5), at(4)])).toBe(2);
    expect(arrivals([at(5), at(4)], true, [at(5), at(4)])).toBe(0);
    expect(arrivals([], true, [at(1)])).toBe(1);
  });

  it("may have begun before the newest of the list", () => {
    expect(arrivals([at(5), at(3)], false, [at(5), at(4), at(3)])).toBe(1);
  });

  it("are not those that nobody has asked for yet, or that moved up as others went", () => {
    expect(arrivals([at(5), at(4)], false, [at(5), at(3), at(2)])).toBe(0);
  });
});

describe("a list that stays where it is", () => {
  const session = (event_key: string, watched_seconds: number, watching: boolean) =>
    ({ event_key, watched_seconds, watching }) as ViewingSession;
  const listed = [session("b", 10, true), session("a", 5, true)];

  it("says how its sessions went on, and has no others", () => {
    const newer = [session("c", 1, true), session("b", 20, true)];
    expect(asOfNow(listed, newer, false)).toEqual([newer[1], listed[1]]);
  });

  it("says of nobody to be watching when it is old", () => {
    const newer = [session("b", 20, true)];
    expect(asOfNow(listed, newer, true)).toEqual([newer[0], session("a", 5, false)]);
  });
});

describe("a visitor's page", () => {
  it("is there for every key that there can be", () => {
    for (const key of ["a", ".json", "a..b", "v-1_2.", ".", "..", "..."]) {
      const { pathname } = new URL(visitorPath(key), "https://example.com");
      // What the pages' router does with an address: it takes it apart and decodes it once.
      const named = decodeURIComponent(pathname.replace("/visitors/", ""));
      expect([pathname.startsWith("/visitors/"), visitorKeyOf(named)]).toEqual([true, key]);
    }
  });
});

describe("an address", () => {
  it("is shortened to what tells it from others", () => {
    expect(shortAddress("https://www.example.com/a/b?c=d#e")).toBe("example.com/a/b");
    expect(shortAddress("http://example.com:8080/")).toBe("example.com:8080");
  });

  it("stays as it is when it is none", () => {
    for (const text of ["", "javascript:alert(1)", "<img src=x>", "https://", "مقدمة"])
      expect(shortAddress(text)).toBe(text);
  });
});

describe("sessions as a table", () => {
  it("say all that the API says, and run as nothing", () => {
    const session = {
      event_key: "k",
      media_name: "=HYPERLINK(1)",
      visitor_name: null,
      played: true,
      watched: [[0, 4, 1]],
      errors: ["a,b"],
      stalls: 2,
    } as unknown as ViewingSession;
    const { head, rows } = sessionTable([session]);
    const row = Object.fromEntries(head.map((name, i) => [name, rows[0]?.[i]]));
    expect(row).toMatchObject({ played: "true", watched: "[[0,4,1]]", stalls: 2 });
    expect(csvOf({ head, rows })).toContain("'=HYPERLINK(1)");
  });
});
