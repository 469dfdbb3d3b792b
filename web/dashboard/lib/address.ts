/** The page's query, which holds everything that a colleague needs to see the same. */

import { useCallback, useMemo } from "preact/hooks";
import { useLocation, useSearch } from "wouter-preact";

/** Parameters of the address, and a function that changes some of them; undefined takes one out. */
export const useAddress = (): [
  URLSearchParams,
  (changes: Record<string, string | undefined>, how?: { replace: boolean }) => void,
] => {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const query = useMemo(() => new URLSearchParams(search), [search]);
  const change = useCallback(
    (changes: Record<string, string | undefined>, how = { replace: false }) => {
      const next = new URLSearchParams(window.location.search);
      for (const [name, value] of Object.entries(changes))
        if (value === undefined) next.delete(name);
        else next.set(name, value);
      const text = next.toString();
      navigate(text ? `${path}?${text}` : path, how);
    },
    [path, navigate],
  );
  return [query, change];
};

const KEPT = ["range", "from", "to"];

/** A link to another page that shows the same days. */
export const useLinkTo = (): ((path: string, more?: Record<string, string>) => string) => {
  const search = useSearch();
  return useCallback(
    (path, more = {}) => {
      const now = new URLSearchParams(search);
      const next = new URLSearchParams();
      for (const name of KEPT) {
        const value = now.get(name);
        if (value !== null) next.set(name, value);
      }
      for (const [name, value] of Object.entries(more)) next.set(name, value);
      const text = next.toString();
      return text ? `${path}?${text}` : path;
    },
    [search],
  );
};
