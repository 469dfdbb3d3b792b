import type { DayStats } from "./api.ts";
import { roundCeiling } from "./curve.ts";
import { make, part, write } from "./dom.ts";
import { count, dayOfMonth, hours, several, weekday, wholeDay } from "../common/format.ts";

export const DAYS = 14;

const sum = (days: readonly DayStats[], field: "loads" | "plays" | "hours_watched"): number =>
  days.reduce((total, day) => total + day[field], 0);

const said = ({ loads, plays, hours_watched }: Omit<DayStats, "data_date">): string =>
  `${several(loads, "load")}, ${several(plays, "play")}, ${hours(hours_watched)} hours watched`;

/** The bars of the last days, oldest first; `found` is newest first, as the API lists them. */
export const showDays = (found: readonly DayStats[]): void => {
  const days = found.slice(0, DAYS).reverse();
  const top = roundCeiling(Math.max(0, ...days.map((day) => day.loads)));
  const list = part("days");
  while (list.children.length > days.length) list.lastElementChild?.remove();
  days.forEach((day, i) => {
    let item = list.children[i] as HTMLElement | undefined;
    if (!item) {
      item = make("li");
      const column = make("span", "column");
      column.append(make("i", "loads"), make("i", "plays"));
      const label = make("span", "label");
      label.append(make("span", "weekday"), make("span", "day"));
      item.append(make("span", "unseen"), column, label);
      for (const child of [column, label]) child.setAttribute("aria-hidden", "true");
      list.append(item);
    }
    const inside = (name: string): HTMLElement => item.querySelector<HTMLElement>(`.${name}`)!;
    const whole = `${wholeDay(day.data_date)}: ${said(day)}`;
    item.title = whole;
    item.classList.toggle("today", i === days.length - 1);
    write(inside("unseen"), whole);
    write(inside("weekday"), weekday(day.data_date));
    write(inside("day"), dayOfMonth(day.data_date));
    inside("loads").style.height = `${(day.loads / top) * 100}%`;
    inside("plays").style.height = `${(day.plays / top) * 100}%`;
  });
  write(part("days-top"), count(top));
  write(part("days-half"), count(top / 2));
  write(
    part("days-sum"),
    `In these ${days.length} days: ${said({
      loads: sum(days, "loads"),
      plays: sum(days, "plays"),
      hours_watched: sum(days, "hours_watched"),
    })}.`,
  );
};
