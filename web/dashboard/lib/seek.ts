/** Moving a video to where somebody points, no faster than it can follow. */

export const seeker = (video: () => HTMLVideoElement | null): ((seconds: number) => void) => {
  let wanted: number | undefined;
  const go = (player: HTMLVideoElement): void => {
    if (wanted === undefined) return;
    player.currentTime = wanted;
    wanted = undefined;
  };
  return (seconds) => {
    const player = video();
    if (!player) return;
    wanted = seconds;
    if (player.seeking) player.addEventListener("seeked", () => go(player), { once: true });
    else go(player);
  };
};
