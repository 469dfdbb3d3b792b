import { write } from "./dom.ts";
import { count, gain, hours, percent, span } from "../common/format.ts";

type Writer = (value: number) => string;

/** How a field of the API is written, and how what has come on top of it. */
const FIELDS: Record<string, { value: Writer; more?: Writer; times?: number }> = {
  loads: { value: count },
  plays: { value: count, more: count },
  visitors: { value: count },
  number_of_videos: { value: count },
  // Hours would have to move by more than half a minute before one could see it.
  hours_watched: { value: hours, more: span, times: 3600 },
  play_rate: { value: percent },
  engagement: { value: percent },
};

/** Fills every [data-field] of a list with its number, and with what came since the first time. */
export const numbers = (list: HTMLElement): ((stats: object) => void) => {
  let first: Record<string, number> | undefined;
  return (stats) => {
    const now = stats as Record<string, number>;
    first ??= now;
    for (const row of list.querySelectorAll<HTMLElement>("[data-field]")) {
      const name = row.dataset.field ?? "";
      const field = FIELDS[name];
      const value = now[name];
      const [text, more] = ["value", "more"].map((part) => row.querySelector(`.${part}`));
      row.hidden = value === undefined;
      if (!field || value === undefined || !text) continue;
      const before = text.textContent;
      let moved = write(text, field.value(value));
      if (more && field.more) {
        const difference = (value - (first[name] ?? value)) * (field.times ?? 1);
        moved = write(more, gain(difference, field.more)) || moved;
      }
      // Taking the class off and measuring in between starts the animation anew.
      if (moved && before !== "–") {
        row.classList.remove("moved");
        void row.offsetWidth;
        row.classList.add("moved");
      }
    }
  };
};
