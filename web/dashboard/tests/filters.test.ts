import { describe, expect, it } from "vitest";
import { choices, filterName, filterValue, readFilters, valuesOf } from "../lib/filters.ts";

const read = (text: string, except?: string[]) => readFilters(new URLSearchParams(text), except);

describe("the filters of an address", () => {
  it("are the traits and choices that it names", () => {
    expect(read("range=7d&country=DE&visitors=new&played=true&media_id=intro")).toEqual([
      { name: "media_id", value: "intro" },
      { name: "visitors", value: "new" },
      { name: "played", value: "true" },
      { name: "country", value: "DE" },
    ]);
  });

  it("may ask for what is not known", () => {
    expect(read("country=")).toEqual([{ name: "country", value: "" }]);
    expect(filterValue("country", "")).toBe("Unknown");
  });

  it("leave out what makes no sense, and what the page is about anyway", () => {
    expect(read("visitors=old&media_id=&toString=1")).toEqual([]);
    expect(read("media_id=intro&device=mobile", ["media_id"])).toEqual([
      { name: "device", value: "mobile" },
    ]);
  });

  it("are said in words", () => {
    expect(filterName("utm_source")).toBe("Campaign source");
    expect(filterName("played")).toBe("Played");
    expect(filterValue("played", "false")).toBe("No");
    expect(filterValue("page", "https://example.com/<b>")).toBe("example.com/<b>");
    expect(valuesOf("visitors")).toEqual([
      ["new", "New"],
      ["returning", "Returning"],
    ]);
    expect(valuesOf("country")).toBeUndefined();
  });
});

describe("the values to choose from", () => {
  const rows = [
    { name: "DE", title: null, loads: 3 },
    { name: "", title: null, loads: 2 },
    { name: "FR", title: null, loads: 1 },
  ];

  it("are found by what they are called, and by what the API calls them", () => {
    const found = (wanted: string) => choices("country", rows, wanted).map(({ value }) => value);
    expect(found("")).toEqual(["DE", "", "FR"]);
    expect(found(" GERM ")).toEqual(["DE"]);
    expect(found("fr")).toEqual(["FR"]);
    expect(found("unkn")).toEqual([""]);
    expect(found("[")).toEqual([]);
  });

  it("are titles where there are some", () => {
    const medias = [{ name: "intro", title: "<b>Introduction</b>", loads: 1 }];
    expect(choices("media_id", medias, "introd")).toEqual([
      { value: "intro", words: "<b>Introduction</b>", loads: 1 },
    ]);
  });
});
