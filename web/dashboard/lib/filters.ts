/** The filters of a page: kept in its address, told to the API by the same names. */

import { useMemo } from "preact/hooks";
import type { Params } from "../api/client.ts";
import type { BreakdownRow } from "../api/types.ts";
import { useAddress } from "./address.ts";
import { isTrait, TRAITS, traitValue } from "./traits.ts";

/** What can be filtered by besides traits, with its values in words. */
const CHOICES = {
  visitors: { name: "Visitors", values: { new: "New", returning: "Returning" } },
  played: { name: "Played", values: { true: "Yes", false: "No" } },
} as const satisfies Record<string, { name: string; values: Record<string, string> }>;

/** What is filtered by from outside, by links. */
const SCOPES = { media_id: "Media", project_id: "Project", visitor_key: "Visitor" } as const;

export const FILTERS: string[] = [
  ...Object.keys(SCOPES),
  ...Object.keys(CHOICES),
  ...Object.keys(TRAITS),
];

export interface Chosen {
  name: string;
  value: string;
}

const choiceOf = (name: string): (typeof CHOICES)[keyof typeof CHOICES] | undefined =>
  Object.hasOwn(CHOICES, name) ? CHOICES[name as keyof typeof CHOICES] : undefined;

/** The values that a filter can have, where these are known beforehand. */
export const valuesOf = (name: string): [value: string, words: string][] | undefined => {
  const choice = choiceOf(name);
  return choice && Object.entries(choice.values);
};

export const filterName = (name: string): string =>
  isTrait(name)
    ? TRAITS[name]
    : (choiceOf(name)?.name ?? (SCOPES as Record<string, string>)[name] ?? name);

export const filterValue = (name: string, value: string): string =>
  valuesOf(name)?.find(([one]) => one === value)?.[1] ?? traitValue(name, value);

export interface Choice {
  value: string;
  words: string;
  loads: number;
}

/** Which of the values that occur are meant by some letters of their name, or of what they stand for. */
export const choices = (
  name: string,
  rows: readonly Pick<BreakdownRow, "name" | "title" | "loads">[],
  wanted: string,
): Choice[] => {
  const letters = wanted.trim().toLowerCase();
  return rows
    .map((row) => ({
      value: row.name,
      words: row.title || filterValue(name, row.name),
      loads: row.loads,
    }))
    .filter(({ value, words }) => `${value}\n${words}`.toLowerCase().includes(letters));
};

/** The filters that an address has; an empty one asks for what is not known. */
export const readFilters = (query: URLSearchParams, except: readonly string[] = []): Chosen[] =>
  FILTERS.filter((name) => !except.includes(name) && query.has(name))
    .map((name) => ({ name, value: query.get(name) ?? "" }))
    .filter(({ name, value }) => {
      const values = valuesOf(name);
      return values ? values.some(([one]) => one === value) : isTrait(name) || value !== "";
    });

/** The filters of the page's address, and the same as parameters of a question. */
export const useFilters = (
  except: readonly string[] = [],
): { chosen: Chosen[]; params: Params } => {
  const [query] = useAddress();
  const key = except.join(" ");
  return useMemo(() => {
    const chosen = readFilters(query, key.split(" "));
    return { chosen, params: Object.fromEntries(chosen.map(({ name, value }) => [name, value])) };
  }, [query, key]);
};
