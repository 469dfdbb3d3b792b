import { describe, expect, it } from "vitest";
import {
  clock,
  count,
  dayOfMonth,
  daysBefore,
  gain,
  hours,
  percent,
  several,
  span,
  weekday,
  wholeDay,
} from "../format.ts";

describe("numbers", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [1234567, "1,234,567"],
  ])("writes the count %d as %s", (value, text) => expect(count(value)).toBe(text));

  it("knows one from several", () => {
    expect([0, 1, 2000].map((n) => several(n, "play"))).toEqual([
      "0 plays",
      "1 play",
      "2,000 plays",
    ]);
  });

  it.each([
    [0, "0.0 %"],
    [0.5, "50.0 %"],
    [0.6426, "64.3 %"],
    [1, "100 %"],
    [0.99999, "99.9 %"],
    [0.00001, "< 0.1 %"],
    [1.25, "125.0 %"],
  ])("writes the share %d as %s", (value, text) => expect(percent(value)).toBe(text));

  it.each([
    [0, "0.00"],
    [4.0861, "4.09"],
    [999.5, "999.50"],
    [12345.6, "12,346"],
  ])("writes %d hours as %s", (value, text) => expect(hours(value)).toBe(text));
});

describe("times", () => {
  it.each([
    [0, "0:00"],
    [7.99, "0:07"],
    [60, "1:00"],
    [3723, "1:02:03"],
    [-1, "0:00"],
  ])("writes the place %d as %s", (value, text) => expect(clock(value)).toBe(text));

  it.each([
    [7.4, "7 s"],
    [59.6, "1 min 0 s"],
    [61, "1 min 1 s"],
    [5400, "1.50 h"],
  ])("says %d seconds as %s", (value, text) => expect(span(value)).toBe(text));

  it("names days as the account does, whatever the zone of the browser", () => {
    expect(weekday("2012-10-08")).toBe("Mon");
    expect(dayOfMonth("2012-10-08")).toBe("8");
    expect(wholeDay("2012-10-08")).toBe("Monday 8 October");
  });

  it("counts days back over the borders of months and years", () => {
    expect(daysBefore(new Date(2024, 2, 1, 0, 30), 1)).toBe("2024-02-29");
    expect(daysBefore(new Date(2025, 0, 5, 23, 59), 14)).toBe("2024-12-22");
  });
});

describe("gains", () => {
  it("has a sign", () => {
    expect(gain(3, count)).toBe("+3");
    expect(gain(-3, count)).toBe("−3");
  });

  it("is silent while nothing has come, or too little to be written", () => {
    expect(gain(0, count)).toBe("");
    expect(gain(0.2, span)).toBe("");
    expect(gain(10, span)).toBe("+10 s");
  });
});
