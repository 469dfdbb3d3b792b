import { discover } from "./discover";
import { readLink, watchNames } from "./identity";
import { listen } from "./safely";
import { createSender } from "./sender";
import { createSession, type Session } from "./session";
import { collectUrl, type Settings } from "./settings";
import { visitorKey } from "./visitor";

/** Follows every marked player of the page. */
export const track = (settings: Settings, tag: HTMLScriptElement): void => {
  const cookieless = settings.cookieless !== undefined;
  const { send, flush } = createSender(collectUrl(settings, tag.src), !cookieless);
  const context = { settings, visitor: cookieless ? undefined : visitorKey(), send };
  // A player that is taken out of the page and put back goes on with its session.
  const sessions = new WeakMap<HTMLMediaElement, Session>();
  const present = new Set<HTMLMediaElement>();

  const report = (player: HTMLMediaElement, urgent: boolean): void =>
    sessions.get(player)?.report(urgent);

  if (__PLAYHEAD_MORE__) {
    readLink(settings);
    watchNames(tag, () => {
      present.forEach((player) => {
        report(player, false);
      });
    });
  }
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
