/** The video itself, where its address can be played. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { RefObject } from "preact";

const KEY = "playhead-video-hosts";

/** Hosts from which somebody chose to load videos, in this browser. */
const allowedHosts = (): string[] => {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((host) => typeof host === "string") : [];
  } catch {
    return [];
  }
};

const allow = (host: string): void => {
  try {
    localStorage.setItem(KEY, JSON.stringify([...new Set([...allowedHosts(), host])].slice(-50)));
  } catch {
    // Then it will be asked again the next time.
  }
};

const parsed = (url: string): URL | undefined => {
  try {
    const found = new URL(url);
    return found.protocol === "https:" || found.protocol === "http:" ? found : undefined;
  } catch {
    return undefined;
  }
};

export const MediaVideo = ({
  url,
  name,
  video,
  onTime,
}: {
  url: string;
  name: string;
  video: RefObject<HTMLVideoElement>;
  onTime: (seconds: number) => void;
}) => {
  const address = parsed(url);
  const own = address?.origin === window.location.origin;
  const [shown, setShown] = useState(
    () => address !== undefined && (own || allowedHosts().includes(address.host)),
  );
  const [failed, setFailed] = useState(false);
  if (!address) return null;
  if (failed)
    return (
      <p class="soft video-note">
        What is at the media's address is no video that this browser can play.
      </p>
    );
  if (!shown)
    return (
      <div class="video-offer" data-picture="without">
        <button
          type="button"
          class="button"
          onClick={() => {
            allow(address.host);
            setShown(true);
          }}
        >
          ▶ Show the video, from <span dir="ltr">{address.host}</span>
        </button>
        <span class="soft">Until then, this page asks nobody but this server.</span>
      </div>
    );
  return <Player {...{ url, name, video, onTime }} onError={() => setFailed(true)} />;
};

const Player = ({
  url,
  name,
  video,
  onTime,
  onError,
}: {
  url: string;
  name: string;
  video: RefObject<HTMLVideoElement>;
  onTime: (seconds: number) => void;
  onError: () => void;
}) => {
  const latest = useRef(onTime);
  latest.current = onTime;
  useEffect(() => {
    const player = video.current;
    if (!player) return undefined;
    let frame = 0;
    const follow = (): void => {
      latest.current(player.currentTime);
      if (!player.paused && !player.ended) frame = requestAnimationFrame(follow);
    };
    for (const event of ["playing", "seeked", "pause"]) player.addEventListener(event, follow);
    return () => {
      cancelAnimationFrame(frame);
      for (const event of ["playing", "seeked", "pause"]) player.removeEventListener(event, follow);
    };
  }, [video]);
  return (
    <video
      ref={video}
      class="video"
      controls
      playsInline
      preload="metadata"
      src={url}
      onError={onError}
      aria-label={name}
      data-picture="without"
    />
  );
};
