import { now } from "./clock";
import { playedRanges } from "./played";
import type { WatchMap } from "./watchmap";

// Clocks of player and page disagree by a little, and an event comes a little after its cause.
const TOLERANCE = 0.1;
const DRIFT = 1.1;
// The longest time between two samples of a playing media, a timer's lateness included.
const LONGEST_TAIL = 0.3;

/** Whether the playhead moves by playing right now. */
export const isRunning = ({ paused, ended, seeking, readyState }: HTMLMediaElement): boolean =>
  !paused && !ended && !seeking && readyState > 2;

/**
 * Looks at the playhead and writes what was really played into the watch map.
 *
 * Returns the function to call at every event and now and then while playing. An advance of the
 * playhead is watching when the time that has passed can explain it; everything else is a jump.
 * `jumped` says that the event itself tells of a jump, however small.
 */
export const createMeter = (
  media: HTMLMediaElement,
  map: WatchMap,
): ((jumped?: boolean) => void) => {
  let mark = media.currentTime;
  let at = now();
  let rate = media.playbackRate;
  let running = isRunning(media);

  return (jumped) => {
    const time = now();
    const elapsed = (time - at) / 1000;
    const { currentTime, playbackRate, duration, seeking, loop } = media;
    const advance = currentTime - mark;
    const possible =
      // A player that does not run may come to rest, or set off, a moment beside its event.
      (running ? elapsed * Math.max(rate, playbackRate) * DRIFT : 0) + TOLERANCE;

    if (!jumped && !seeking && advance > -TOLERANCE && advance <= possible) {
      map.add(mark, currentTime);
      // A player that corrects itself backwards by a few ms has not played these ms twice.
      mark = Math.max(mark, currentTime);
    } else {
      // What was played after the last sample and before the jump.
      if (running) {
        let end = mark + Math.min(elapsed, LONGEST_TAIL) * rate;
        if (loop && currentTime < possible && duration - end < TOLERANCE) end = duration;
        else
          for (const [start, until] of playedRanges(media))
            if (start < mark && mark <= until) end = Math.min(end, until);
        map.add(mark, end);
      }
      mark = currentTime;
    }
    at = time;
    rate = playbackRate;
    running = isRunning(media);
  };
};
