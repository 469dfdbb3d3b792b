import { discover } from "./discover";
import { declined } from "./privacy";
import { listen } from "./safely";
import { createSender } from "./sender";
import { createSession, type Session } from "./session";
import type { Settings } from "./settings";
import { visitorKey } from "./visitor";

/** Follows every marked player of the page, unless the viewer does not want it. */
export const track = ({ account, collect, cookieless, ignoreDnt }: Settings): void => {
  if (declined() && !ignoreDnt) return;
  const { send, flush } = createSender(collect, !cookieless);
  const context = { account, visitor: cookieless ? undefined : visitorKey(), send };
  // A player that is taken out of the page and put back goes on with its session.
  const sessions = new WeakMap<HTMLMediaElement, Session>();
  const present = new Set<HTMLMediaElement>();

  const report = (player: HTMLMediaElement, urgent: boolean): void =>
    sessions.get(player)?.report(urgent);

  discover(
    (player, media) => {
      const known = sessions.get(player);
      if (known?.media !== media) {
        known?.end();
        if (media) sessions.set(player, createSession(player, media, context, !known));
        else sessions.delete(player);
      }
      if (media) present.add(player);
    },
    () =>
      present.forEach((player) => {
        if (!player.isConnected) {
          report(player, false);
          present.delete(player);
        }
      }),
  );

  const leave = (): void => {
    present.forEach((player) => {
      report(player, true);
    });
    flush(true);
  };
  listen(document, "visibilitychange", () => {
    if (document.hidden) leave();
  });
  listen(window, "pagehide", leave);
  listen(window, "online", () => flush());
  // What earlier page views could not deliver.
  flush();
};
