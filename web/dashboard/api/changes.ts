/** After a change: which answers are asked for again. */

import { useQueryClient } from "@tanstack/preact-query";
import { useCallback } from "preact/hooks";

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
