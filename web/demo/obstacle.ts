import { part } from "./dom.ts";
// The tracker's own question, so that both always give the same answer.
import { declined } from "../tracker/privacy.ts";

const TRACKER_LOADS_WITHIN = 3000;

/** Says why nothing will move, if nothing will. */
export const showObstacle = (video: HTMLVideoElement): void => {
  const unplayable = (): void => {
    part("unplayable").hidden = false;
  };
  if (video.error) unplayable();
  video.addEventListener("error", unplayable);

  const tag = document.querySelector<HTMLScriptElement>("script[data-account]");
  if (declined() && tag?.dataset.ignoreDnt === undefined) {
    part("declined").hidden = false;
    return;
  }
  const check = (): void => {
    part("blocked").hidden = "__playhead" in window;
  };
  setTimeout(check, TRACKER_LOADS_WITHIN);
};
