/** Which medias the library shows, and in which order. */

import type { Media } from "../../api/types.ts";
import { plain } from "../../lib/fields.ts";

export const SORTS = [
  ["name", "By name"],
  ["updated", "Changed last"],
  ["plays", "Most plays"],
] as const;
export type Sort = (typeof SORTS)[number][0];

export const readSort = (given: string | null): Sort =>
  SORTS.find(([sort]) => sort === given)?.[0] ?? "name";

/** A project that no media can have: its hashed id would be empty. */
export const NO_PROJECT = "none";

const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const byName = (one: Media, other: Media): number =>
  names.compare(one.name, other.name) || one.id - other.id;

const ORDERS: Record<
  Sort,
  (plays: ReadonlyMap<string, number>) => (one: Media, other: Media) => number
> = {
  name: () => byName,
  updated: () => (one, other) => other.updated.localeCompare(one.updated) || byName(one, other),
  plays: (plays) => (one, other) =>
    (plays.get(other.hashed_id) ?? 0) - (plays.get(one.hashed_id) ?? 0) || byName(one, other),
};

/** Those whose name or id has every word of the text, of one project, in order. */
export const listed = (
  medias: readonly Media[],
  { text, project, sort }: { text: string; project: string | null; sort: Sort },
  plays: ReadonlyMap<string, number>,
): Media[] => {
  const words = plain(text).split(/\s+/).filter(Boolean);
  return medias
    .filter(({ folder }) => project === null || (folder?.hashed_id ?? NO_PROJECT) === project)
    .filter((media) => {
      const inside = plain(`${media.name} ${media.hashed_id}`);
      return words.every((word) => inside.includes(word));
    })
    .sort(ORDERS[sort](plays));
};
