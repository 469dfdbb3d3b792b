import { describe, expect, it } from "vitest";
import { addressOf } from "../api/client.ts";
import { inWords } from "../charts/heat-bar.tsx";
import { ago, moment } from "../lib/ago.ts";
import { csvOf } from "../lib/csv.ts";
import { fileName } from "../lib/download.ts";
import { changeInWords, changeOf } from "../lib/numbers.ts";
import { isTrait, traitValue } from "../lib/traits.ts";

describe("a table as CSV", () => {
  it("quotes what has commas, quotes and line ends", () => {
    expect(csvOf({ head: ["a", "b"], rows: [['say "hi", you', "two\nlines"]] })).toBe(
      'a,b\r\n"say ""hi"", you","two\nlines"\r\n',
    );
  });

  it("leaves numbers whole and what is unknown empty", () => {
    expect(csvOf({ head: ["n"], rows: [[0.123456789012], [null], [-3]] })).toBe(
      "n\r\n0.123456789012\r\n\r\n-3\r\n",
    );
  });

  it.each(["=1+1", "+1", "-1", "@x", "\tx"])("keeps spreadsheets from running %j", (text) => {
    expect(csvOf({ head: ["t"], rows: [[text]] })).toBe(`t\r\n'${text}\r\n`);
  });
});

describe("a file's name", () => {
  it("is what it shows, in letters that every system takes", () => {
    expect(fileName("Plays by day", 'A "video"/../x', "2026")).toBe("plays-by-day-a-video-x-2026");
    expect(fileName("//", "…")).toBe("playhead");
    expect(fileName("مقدمة")).toBe("مقدمة");
    expect(fileName("x".repeat(5000)).length).toBe(120);
  });
});

describe("changes", () => {
  it("are shares of what was before", () => {
    expect(changeOf(150, 100)).toBeCloseTo(0.5);
    expect(changeOf(3, 0)).toBeUndefined();
    expect(changeInWords(0.5)).toBe("+50 %");
    expect(changeInWords(-0.257)).toBe("−26 %");
    expect(changeInWords(0.001)).toBe("< 1 %");
    expect(changeInWords(0)).toBe("0 %");
    expect(changeInWords(12.5)).toBe("+1,250 %");
  });
});

describe("traits", () => {
  it("are said as people say them", () => {
    expect(traitValue("country", "DE")).toBe("Germany");
    expect(traitValue("language", "ja")).toBe("Japanese");
    expect(traitValue("device", "mobile")).toBe("Mobile");
    expect(traitValue("viewer_screen_size", "1920x1080")).toBe("1920 × 1080");
    expect(traitValue("page", "https://example.com/a")).toBe("example.com/a");
  });

  it("have a name for what is unknown, and none for what they do not know", () => {
    expect(traitValue("country", "")).toBe("Unknown");
    expect(traitValue("referrer_domain", "")).toBe("Direct or unknown");
    expect(traitValue("country", "not a code")).toBe("not a code");
    expect(traitValue("language", "<img onerror>")).toBe("<img onerror>");
    expect(isTrait("country")).toBe(true);
    expect(isTrait("toString")).toBe(false);
  });
});

describe("times", () => {
  it("are told from now, and in the account's zone", () => {
    const now = Date.parse("2026-11-23T12:00:00Z");
    expect(ago("2026-11-23T11:59:30Z", now)).toBe("just now");
    expect(ago("2026-11-23T11:55:00Z", now)).toBe("5 minutes ago");
    expect(ago("2026-11-20T12:00:00Z", now)).toBe("3 days ago");
    expect(moment("2026-11-23T23:30:00Z", "Europe/Berlin")).toBe("24 Nov 2026, 00:30");
  });
});

describe("a watch map in words", () => {
  it("says which pieces were seen how often", () => {
    expect(inWords([])).toBe("Nothing was watched");
    expect(
      inWords([
        [0, 4, 1],
        [4, 8, 2],
        [8, 10, 3],
      ]),
    ).toBe("0:00 to 0:04 once, 0:04 to 0:08 twice, 0:08 to 0:10 3 times");
  });

  it("stays short however many there are", () => {
    const many = Array.from({ length: 2000 }, (_, i): [number, number, number] => [i, i + 0.5, 1]);
    expect(inWords(many)).toMatch(/, and 1988 more$/);
  });
});

describe("an address", () => {
  it("leaves out what is not asked and keeps what is asked to be unknown", () => {
    expect(addressOf("/x", { a: undefined, country: "", n: 2, t: "ä&=" })).toBe(
      "/x?country=&n=2&t=%C3%A4%26%3D",
    );
    expect(addressOf("/x")).toBe("/x");
  });
});
