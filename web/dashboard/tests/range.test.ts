import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addDays,
  bucketName,
  daysIn,
  intervalFor,
  isDate,
  rangeInWords,
  readRange,
  todayIn,
  writeRange,
  type Preset,
} from "../lib/range.ts";

const asked = (text: string, today = "2026-11-23", began = "2025-03-04") =>
  readRange(new URLSearchParams(text), today, began);

describe("the days that an address asks for", () => {
  it("are the last 28 when it says nothing, today included", () => {
    expect(asked("")).toEqual({ preset: "28d", first: "2026-10-27", last: "2026-11-23" });
    expect(daysIn(asked(""))).toBe(28);
  });

  it("are those of a name", () => {
    expect(asked("range=today")).toMatchObject({ first: "2026-11-23", last: "2026-11-23" });
    expect(asked("range=7d")).toMatchObject({ first: "2026-11-17" });
    expect(asked("range=90d")).toMatchObject({ first: "2026-08-26" });
    expect(asked("range=month")).toMatchObject({ first: "2026-11-01" });
    expect(asked("range=year")).toMatchObject({ first: "2026-01-01" });
    expect(asked("range=all")).toMatchObject({ first: "2025-03-04", last: "2026-11-23" });
  });

  it("are those of two dates, which go before a name", () => {
    expect(asked("range=7d&from=2026-02-01&to=2026-02-28")).toEqual({
      preset: undefined,
      first: "2026-02-01",
      last: "2026-02-28",
    });
  });

  it.each([
    "from=2026-02-30&to=2026-03-01",
    "from=2026-02-02&to=2026-02-01",
    "range=yesteryear",
    "range=toString",
  ])("are the usual ones when it makes no sense: %s", (text) =>
    expect(asked(text).preset).toBe("28d"),
  );

  it("are written so that they are read back", () => {
    const day = fc.integer({ min: 0, max: 3000 }).map((days) => addDays("2020-01-01", days));
    fc.assert(
      fc.property(day, day, (one, other) => {
        const [first, last] = [one, other].sort() as [string, string];
        const query = new URLSearchParams();
        for (const [name, value] of Object.entries(writeRange({ first, last })))
          if (value !== undefined) query.set(name, value);
        expect(readRange(query, "2026-11-23", "2020-01-01")).toMatchObject({ first, last });
      }),
    );
    for (const preset of ["today", "7d", "28d", "90d", "month", "year", "all"] as Preset[]) {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(writeRange({ preset })))
        if (value !== undefined) query.set(name, value);
      expect(readRange(query, "2026-11-23", "2025-01-01").preset).toBe(preset);
    }
  });
});

describe("days", () => {
  it("are those of the account's zone", () => {
    const instant = new Date("2026-11-23T23:30:00Z");
    expect(todayIn("UTC", instant)).toBe("2026-11-23");
    expect(todayIn("Europe/Berlin", instant)).toBe("2026-11-24");
    expect(todayIn("America/Los_Angeles", instant)).toBe("2026-11-23");
  });

  it("can be told from what is none", () => {
    expect(isDate("2024-02-29")).toBe(true);
    for (const text of ["2026-02-29", "2026-13-01", "26-01-01", "2026-1-1", ""])
      expect(isDate(text)).toBe(false);
  });

  it("count on over months, leap years and clock changes", () => {
    expect(addDays("2024-02-28", 1)).toBe("2024-02-29");
    expect(addDays("2026-03-28", 2)).toBe("2026-03-30");
    expect(addDays("2026-01-01", -1)).toBe("2025-12-31");
    expect(daysIn({ first: "2026-03-28", last: "2026-03-30" })).toBe(3);
  });

  it("make a chart with as many values as one can read", () => {
    const interval = (first: string, last: string) =>
      intervalFor({ preset: undefined, first, last });
    expect(interval("2026-11-23", "2026-11-23")).toBe("hour");
    expect(interval("2026-11-01", "2026-11-23")).toBe("day");
    expect(interval("2026-01-01", "2026-11-23")).toBe("week");
    expect(interval("2020-01-01", "2026-11-23")).toBe("month");
  });

  it("are said in as few words as make them clear", () => {
    expect(rangeInWords({ first: "2026-11-01", last: "2026-11-01" })).toBe("1 Nov 2026");
    expect(rangeInWords({ first: "2026-11-01", last: "2026-11-28" })).toBe("1 to 28 Nov 2026");
    expect(rangeInWords({ first: "2026-10-27", last: "2026-11-23" })).toBe("27 Oct to 23 Nov 2026");
    expect(rangeInWords({ first: "2025-12-01", last: "2026-01-03" })).toBe(
      "1 Dec 2025 to 3 Jan 2026",
    );
  });

  it("name the buckets of a chart", () => {
    const bucket = { start: "2026-11-23T05:00:00+01:00", date: "2026-11-23" };
    expect(bucketName(bucket, "hour")).toEqual({
      short: "05:00",
      whole: "Mon, 23 Nov 2026, 05:00",
    });
    expect(bucketName(bucket, "day").short).toBe("23 Nov");
    expect(bucketName(bucket, "week").whole).toBe("Week from Mon, 23 Nov 2026");
    expect(bucketName(bucket, "month").whole).toBe("Nov 2026");
  });
});
