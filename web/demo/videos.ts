import type { Ask, EngagementStats, Media, MediaStats } from "./api.ts";
import { RefusedError } from "./api.ts";
import { areaPath, linePath } from "./curve.ts";
import { make, makeSvg, part } from "./dom.ts";
import { count, hours, percent } from "../common/format.ts";

const BOX = { width: 120, height: 30 };

const sparkline = ({ engagement_data: seen }: EngagementStats): SVGElement => {
  const box = { ...BOX, height: BOX.height - 2, top: Math.max(1, ...seen) };
  const svg = makeSvg("svg", {
    viewBox: `0 -1 ${BOX.width} ${BOX.height}`,
    preserveAspectRatio: "none",
    class: "spark",
    "aria-hidden": "true",
  });
  svg.append(
    makeSvg("path", { class: "area", d: areaPath(seen, box) }),
    makeSvg("path", { class: "line", d: linePath(seen, box) }),
  );
  return svg;
};

const row = (media: Media, own: boolean, stats: MediaStats, graph: EngagementStats): Element => {
  const made = make("tr", own ? "own" : "");
  const name = make("th", "", media.name);
  name.scope = "row";
  if (own) name.append(" ", make("span", "badge", "this page"));
  const picture = make("td", "picture");
  picture.append(sparkline(graph));
  made.append(
    name,
    picture,
    ...[
      count(stats.loads),
      count(stats.plays),
      percent(stats.play_rate),
      percent(stats.engagement),
      hours(stats.hours_watched),
      count(stats.visitors),
    ].map((text) => make("td", "", text)),
  );
  return made;
};

const found = async (ask: Ask, id: string, own: boolean): Promise<Element | undefined> => {
  const path = encodeURIComponent(id);
  try {
    const [media, stats, graph] = await Promise.all([
      ask<Media>(`medias/${path}.json`),
      ask<MediaStats>(`stats/medias/${path}.json`),
      ask<EngagementStats>(`stats/medias/${path}/engagement.json`),
    ]);
    return row(media, own, stats, graph);
  } catch (error) {
    // Somebody has deleted it, which is no trouble.
    if (error instanceof RefusedError && error.status === 404) return undefined;
    throw error;
  }
};

/** The table of all videos, each with its graph in small. */
export const showVideos = async (ask: Ask, own: string, ids: readonly string[]): Promise<void> => {
  const rows = await Promise.all(ids.map((id) => found(ask, id, id === own)));
  const there = rows.filter((made): made is Element => made !== undefined);
  part("videos-body").replaceChildren(...there);
  part("videos").hidden = there.length < 2;
};

/** Brings the page's own row up to date, with what was asked for anyway. */
export const showOwnVideo = (media: Media, stats: MediaStats, graph: EngagementStats): void => {
  part("videos-body")
    .querySelector(".own")
    ?.replaceWith(row(media, true, stats, graph));
};
