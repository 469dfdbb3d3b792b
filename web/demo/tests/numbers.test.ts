import { beforeEach, expect, it } from "vitest";
import { numbers } from "../numbers.ts";

const field = (name: string, more = '<b class="more"></b>'): string =>
  `<div data-field="${name}"><span class="value">–</span>${more}</div>`;
const list = document.createElement("dl");
const text = (name: string): string =>
  list.querySelector(`[data-field=${name}]`)?.textContent ?? "";

beforeEach(() => {
  list.innerHTML = field("plays") + field("hours_watched") + field("engagement", "");
});

it("shows what there is, and then what came on top of it", () => {
  const show = numbers(list);
  show({ plays: 1000, hours_watched: 1, engagement: 0.5 });
  expect([text("plays"), text("hours_watched"), text("engagement")]).toEqual([
    "1,000",
    "1.00",
    "50.0 %",
  ]);
  show({ plays: 1002, hours_watched: 1 + 12 / 3600, engagement: 0.51 });
  expect([text("plays"), text("hours_watched"), text("engagement")]).toEqual([
    "1,002+2",
    "1.00+12 s",
    "51.0 %",
  ]);
});

it("marks only what has moved", () => {
  const show = numbers(list);
  show({ plays: 1, hours_watched: 1, engagement: 0.5 });
  expect(list.querySelector(".moved")).toBeNull();
  show({ plays: 2, hours_watched: 1, engagement: 0.5 });
  const moved = [...list.querySelectorAll<HTMLElement>(".moved")];
  expect(moved.map((row) => row.dataset.field)).toEqual(["plays"]);
});

it("hides a field that the answer does not have", () => {
  numbers(list)({ plays: 1 });
  expect(list.querySelector<HTMLElement>("[data-field=plays]")?.hidden).toBe(false);
  expect(list.querySelector<HTMLElement>("[data-field=engagement]")?.hidden).toBe(true);
});
