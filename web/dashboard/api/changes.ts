/** After a change: which answers are put right, and which are asked for again. */

import { useQueryClient } from "@tanstack/preact-query";
import { useCallback, useMemo } from "preact/hooks";
import type { Media } from "./types.ts";

/** Ask again for all that begins with one of the paths, where it is shown; waits for nothing. */
export const useChanged = (): ((...paths: string[]) => void) => {
  const cache = useQueryClient();
  return useCallback(
    (...paths) =>
      void cache.invalidateQueries({
        predicate: ({ queryKey: [first] }) =>
          typeof first === "string" && paths.some((path) => first.startsWith(path)),
      }),
    [cache],
  );
};

/** What names of medias and projects stand in. */
export const CATALOG = ["/modern/", "/insights/"] as const;

const MEDIAS = ["/modern/medias"];
/** The same without the list of all medias, which takes a request for every hundred. */
const AROUND_MEDIAS = ["/modern/medias/", "/modern/folders", "/insights/"] as const;

/** What became of some medias: the list of all of them is put right, the rest asked for again. */
export const useMediasChanged = (): {
  /** They are like this now; a new one is added. */
  are: (medias: Media[]) => void;
  /** These are deleted, by hashed id. */
  gone: (ids: string[]) => void;
} => {
  const cache = useQueryClient();
  const changed = useChanged();
  return useMemo(() => {
    const put = (edit: (all: Media[]) => Media[]): void => {
      cache.setQueryData<Media[]>(MEDIAS, (all) => all && edit(all));
      changed(...AROUND_MEDIAS);
    };
    return {
      are: (medias) =>
        put((all) => {
          const now = new Map(medias.map((media) => [media.id, media]));
          const kept = all.map((media) => now.get(media.id) ?? media);
          const known = new Set(all.map((media) => media.id));
          return [...kept, ...medias.filter((media) => !known.has(media.id))];
        }),
      gone: (ids) => put((all) => all.filter((media) => !ids.includes(media.hashed_id))),
    };
  }, [cache, changed]);
};
