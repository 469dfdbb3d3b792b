import type { EngagementStats } from "./api.ts";
import { areaPath, bandPath, barsPath, ceiling, linePath, timeTicks } from "./curve.ts";
import { make, part, write } from "./dom.ts";
import { clock, count, percent, several } from "../common/format.ts";

const WIDTH = 1000;
const HEIGHT = 300;
const STRIP = 30;
/** Room above 100 %, so that its line and its label are inside. */
const HEADROOM = 1.14;
/** In the strip a bar of full height is at least so many viewings. */
const FULL_BAR = 3;

const add = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((value, i) => value + (b[i] ?? 0));

/** The engagement graph, which walks along with the video. */
export const engagement = (
  video: HTMLVideoElement,
): ((stats: EngagementStats, plays: number) => void) => {
  const plot = part("plot");
  const now = part("now");
  const readout = part("readout");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  let seen: number[] = [];
  let again: number[] = [];
  let plays = 0;
  let first: number[] | undefined;
  let pointed: number | undefined;
  let axes = "";

  /** Where the playhead is on the time axis, which has one cell for each second. */
  const here = (): number => (seen.length ? Math.min(1, video.currentTime / seen.length) : 0);

  const tell = (): void => {
    if (!seen.length) {
      write(readout, plays ? "" : "Nobody has watched it yet: press play and be the first.");
      return;
    }
    const cell = pointed ?? Math.min(seen.length - 1, Math.floor(video.currentTime));
    const share = plays ? (seen[cell] ?? 0) / plays : 0;
    write(
      readout,
      `${clock(cell)}: seen in ${count(seen[cell] ?? 0)} of ${several(plays, "play")}` +
        ` (${percent(share)}), watched again ${several(again[cell] ?? 0, "time")}`,
    );
  };

  const move = (): void => {
    now.style.transform = `translateX(${here() * 100}%)`;
    tell();
  };
  let walking = false;
  const walk = (): void => {
    move();
    walking = !video.paused && !video.ended && !calm.matches;
    if (walking) requestAnimationFrame(walk);
  };
  for (const event of ["timeupdate", "seeking", "seeked", "playing", "pause", "loadedmetadata"])
    video.addEventListener(event, () => {
      if (!walking) walk();
    });

  const cellAt = ({ clientX }: PointerEvent | MouseEvent): number => {
    const { left, width } = plot.getBoundingClientRect();
    const cell = Math.floor(((clientX - left) / width) * seen.length);
    return Math.max(0, Math.min(seen.length - 1, cell));
  };
  plot.addEventListener("pointermove", (event) => {
    pointed = seen.length ? cellAt(event) : undefined;
    tell();
  });
  plot.addEventListener("pointerleave", () => {
    pointed = undefined;
    tell();
  });
  // Only for pointers: the video's own controls do the same for keys.
  plot.addEventListener("click", (event) => {
    if (seen.length) video.currentTime = cellAt(event);
  });

  const drawAxes = (top: number): void => {
    const key = `${top} ${seen.length}`;
    if (key === axes) return;
    axes = key;
    const step = top > 2 ? 1 : 0.5;
    const levels = Array.from({ length: Math.floor(top / step) }, (_, i) => (i + 1) * step);
    part("levels").replaceChildren(
      ...levels.map((level) => {
        const tick = make("span", "level", `${level * 100} %`);
        tick.style.bottom = `${(level / top / HEADROOM) * 100}%`;
        return tick;
      }),
    );
    part("times").replaceChildren(
      ...timeTicks(seen.length).map((seconds) => {
        const tick = make("span", "", clock(seconds));
        tick.style.left = `${(seconds / seen.length) * 100}%`;
        return tick;
      }),
    );
  };

  return (stats, total) => {
    seen = stats.engagement_data;
    again = stats.rewatch_data;
    plays = total;
    const all = add(seen, again);
    // The longest video so far makes the axis; when it grows, what was before is not comparable.
    if (first?.length !== all.length) first = all;
    const top = ceiling(plays ? Math.max(0, ...all) / plays : 0);
    const box = { width: WIDTH, height: HEIGHT, top: top * HEADROOM * Math.max(1, plays) };
    const draw = (id: string, path: string): void => part(id).setAttribute("d", path);
    draw("seen-area", areaPath(seen, box));
    draw("again-area", bandPath(all, seen, box));
    draw("seen-line", linePath(seen, box));
    draw("again-line", linePath(all, box));
    const fresh = all.map((value, i) => value - (first?.[i] ?? 0));
    const full = Math.max(FULL_BAR, ...fresh);
    draw("fresh-bars", barsPath(fresh, { width: WIDTH, height: STRIP, top: full }));
    plot.classList.toggle("empty", !seen.length);
    drawAxes(top);
    const low = seen.indexOf(Math.min(...seen));
    write(
      part("graph-title"),
      seen.length
        ? `Engagement graph: ${percent(plays ? (seen[0] ?? 0) / plays : 0)} of the plays saw the` +
            ` first second, ${percent(plays ? (seen[seen.length - 1] ?? 0) / plays : 0)} the last` +
            ` one; the fewest, ${count(seen[low] ?? 0)}, saw ${clock(low)}.`
        : "Engagement graph, empty so far",
    );
    move();
  };
};
