import type { Quality } from "./beacon";
import { now } from "./clock";

const MAX_ERRORS = 20;

/** Takes note of an event of the player; "pagehide" ends a stall like those do. */
export type NoteQuality = (type: string) => void;

/** How well playback goes: time to the first picture, interruptions, errors, written into `quality`. */
export const createQuality = (player: HTMLMediaElement, quality: Quality): NoteQuality => {
  let asked = 0;
  let stalledSince = 0;

  return (type) => {
    const time = now();
    if (type === "play") asked ||= time;
    if (type === "playing" && asked) quality.startup_ms ??= Math.round(time - asked);
    if (type === "error" && player.error && quality.errors.length < MAX_ERRORS)
      quality.errors.push(player.error.code);
    if (!stalledSince) {
      // Waiting for the first picture is start-up, waiting after a jump is the viewer's wish.
      if (type === "waiting" && quality.startup_ms! >= 0 && !player.seeking && !player.paused) {
        quality.stalls++;
        stalledSince = time;
      }
      // A stall under way counts when it is over: a waiting player has nothing new to tell.
    } else if (/^(p|end|seeking|empt)/.test(type)) {
      quality.stalled_ms += Math.round(time - stalledSince);
      stalledSince = 0;
    }
  };
};
