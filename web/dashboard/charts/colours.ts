/** The colours of charts are those of the page's style sheet, in light and in dark. */

import { useEffect, useState } from "preact/hooks";

const NAMES = [
  "ink",
  "soft",
  "line",
  "panel",
  "seen",
  "seen-fill",
  "again",
  "again-fill",
  "pale",
  "bad",
  "other",
] as const;

export type Colours = Record<(typeof NAMES)[number], string>;

const read = (): Colours => {
  const style = getComputedStyle(document.documentElement);
  const pairs = NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]);
  return Object.fromEntries(pairs) as Colours;
};

/** The colours as they are now; a canvas has to be drawn anew when they change. */
export const useColours = (): Colours => {
  const [colours, setColours] = useState(read);
  useEffect(() => {
    const again = (): void => setColours(read());
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", again);
    window.addEventListener("playhead:theme", again);
    return () => {
      system.removeEventListener("change", again);
      window.removeEventListener("playhead:theme", again);
    };
  }, []);
  return colours;
};
