import type { Quality } from "./beacon";
import { now } from "./clock";

const MAX_ERRORS = 20;

export interface QualityMeter {
  /** Takes note of an event of the player; "pagehide" ends a stall like those do. */
  note(type: string): void;
  read(): Quality;
}

/** How well playback went: time to the first picture, interruptions, errors. */
export const createQuality = (player: HTMLMediaElement): QualityMeter => {
  let asked = 0;
  let startup: number | undefined;
  let stalls = 0;
  let stalledFor = 0;
  let stalledSince = 0;
  let errors: number[] = [];

  return {
    note(type) {
      const time = now();
      if (type === "play") asked ||= time;
      if (type === "playing" && asked) startup ??= Math.round(time - asked);
      if (type === "error" && player.error && errors.length < MAX_ERRORS)
        errors = [...errors, player.error.code];
      // Waiting for the first picture is start-up, waiting after a jump is the viewer's wish.
      if (type === "waiting" && startup !== undefined && !player.seeking && !player.paused) {
        if (!stalledSince) stalls++;
        stalledSince ||= time;
      } else if (stalledSince && /^(p|end|seeking|empt)/.test(type)) {
        stalledFor += time - stalledSince;
        stalledSince = 0;
      }
    },
    read: () => ({
      startup_ms: startup,
      stalls,
      // A stall under way counts when it is over: a waiting player has nothing new to tell.
      stalled_ms: Math.round(stalledFor),
      errors,
    }),
  };
};
