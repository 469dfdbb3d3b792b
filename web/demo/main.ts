import { client, readConfig, RefusedError } from "./api.ts";
import type { Config, DayStats, EngagementStats, Media, MediaStats, WholeStats } from "./api.ts";
import { DAYS, showDays } from "./days.ts";
import { part, write } from "./dom.ts";
import { engagement } from "./engagement.ts";
import { daysBefore } from "../common/format.ts";
import { numbers } from "./numbers.ts";
import { poll } from "./poll.ts";
import { showRecipe } from "./recipe.ts";
import { showOwnVideo, showVideos } from "./videos.ts";
import { showObstacle } from "./obstacle.ts";

// When this video's numbers stand still, the rest is asked for every so many seconds only.
const REST_EVERY = 5;
const VIDEOS_EVERY = 15;

const tell = (error?: unknown): void => {
  part("status").dataset.state = error ? "silent" : "live";
  const trouble =
    error instanceof RefusedError ? `The server answers ${error.status}` : "No answer";
  write(part("status-text"), error ? `${trouble}; trying again` : "Live");
};

const video = part<HTMLVideoElement>("video");

const start = async (config: Config): Promise<void> => {
  const ask = client(config.token);
  const media = encodeURIComponent(config.media);
  const known = await ask<Media>(`medias/${media}.json`);
  const project = known.project?.hashed_id;
  const whole = project ? `projects/${encodeURIComponent(project)}` : "account";
  write(part("video-name"), known.name);
  write(part("whole-name"), known.project?.name ?? "The whole account");
  showRecipe(config, project);

  const showMedia = numbers(part("media-numbers"));
  const showWhole = numbers(part("whole-numbers"));
  const showGraph = engagement(video);
  const scope = (): string =>
    part<HTMLInputElement>("scope-media").checked ? `medias/${media}` : whole;
  const askDays = (): Promise<DayStats[]> => {
    // One day more than is shown: the account may be where it is already tomorrow.
    const from = daysBefore(new Date(), DAYS);
    return ask<DayStats[]>(`stats/${scope()}/by_date.json?start_date=${from}`);
  };
  for (const id of ["scope-media", "scope-whole"])
    part(id).addEventListener("change", () => void askDays().then(showDays, () => undefined));

  let shown = "";
  const round = async (number: number): Promise<void> => {
    const stats = await ask<MediaStats>(`stats/medias/${media}.json`);
    showMedia(stats);
    const text = JSON.stringify(stats);
    if (text !== shown || number % REST_EVERY === 0) {
      const asked = scope();
      const [graph, sums, days] = await Promise.all([
        ask<EngagementStats>(`stats/medias/${media}/engagement.json`),
        ask<WholeStats>(`stats/${whole}.json`),
        askDays(),
      ]);
      showGraph(graph, stats.plays);
      showWhole(sums);
      showOwnVideo(known, stats, graph);
      // Somebody may have chosen the other scope meanwhile.
      if (asked === scope()) showDays(days);
      shown = text;
    }
    if (number % VIDEOS_EVERY === 0) await showVideos(ask, config.media, config.medias);
  };
  poll(round, tell);
};

part("back").addEventListener("click", () => {
  video.currentTime = Math.max(0, video.currentTime - 10);
  void video.play();
});
showObstacle(video);

const begin = async (): Promise<void> => {
  try {
    await start(await readConfig());
  } catch (error) {
    tell(error);
    setTimeout(() => void begin(), 3000);
  }
};
void begin();
