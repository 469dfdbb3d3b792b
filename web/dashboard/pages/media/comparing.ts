/** Which two curves a media's page compares: kept in its address, told to the API as parameters. */

import type { Params } from "../../api/client.ts";
import { useAnswer } from "../../api/queries.ts";
import type { Breakdown, BreakdownRow } from "../../api/types.ts";
import { useAddress } from "../../lib/address.ts";
import { addDays, daysIn, isDate, rangeInWords, type Range } from "../../lib/range.ts";
import { isTrait, traitValue, TRAITS } from "../../lib/traits.ts";

/** Traits that are worth telling curves apart by, the usual ones first. */
const SEGMENTS = [
  "device",
  "country",
  "page",
  "referrer_domain",
  "utm_campaign",
  "language",
  "browser",
  "platform",
] as const;

export const KINDS: [kind: string, name: string][] = [
  ["", "Nothing"],
  ["period", "Another period"],
  ["media", "Another media"],
  ["visitors", "New and returning visitors"],
  ...SEGMENTS.map((trait): [string, string] => [trait, `${TRAITS[trait]}: two of them`]),
];

export interface Side {
  name: string;
  params: Params;
}

export interface Comparing {
  kind: string;
  /** Both sides, undefined while one of them is not chosen yet. */
  sides: [Side, Side] | undefined;
  /** Values of the trait that is told apart by, most plays first. */
  values: BreakdownRow[];
  chosen: { a: string; b: string; media: string; first: string; last: string };
}

const VALUES = 100;

export const useComparing = (
  media: { id: string; name: string },
  range: Range,
  filters: Params,
  nameOf: (media: string) => string | undefined,
): Comparing => {
  const [query] = useAddress();
  const asked = query.get("compare") ?? "";
  const kind = KINDS.some(([known]) => known === asked) ? asked : "";
  const days = { start_date: range.first, end_date: range.last };
  const here: Params = { ...filters, ...days, media_id: media.id };
  const found = useAnswer<Breakdown>(
    "/insights/breakdown",
    { ...here, by: kind, limit: VALUES },
    { enabled: isTrait(kind) },
  );
  const values = isTrait(kind) && found.data?.by === kind ? found.data.rows : [];
  const [from, to] = [query.get("cfrom") ?? "", query.get("cto") ?? ""];
  const chosen = {
    a: query.get("a") ?? values[0]?.name ?? "",
    b:
      query.get("b") ??
      values.find((row) => row.name !== (query.get("a") ?? values[0]?.name))?.name ??
      "",
    media: query.get("cmedia") ?? "",
    first: isDate(from) ? from : addDays(range.first, -daysIn(range)),
    last: isDate(to) ? to : addDays(range.first, -1),
  };
  return { kind, values, chosen, sides: sidesOf() };

  function sidesOf(): [Side, Side] | undefined {
    if (kind === "period")
      return [
        { name: rangeInWords(range), params: here },
        {
          name: rangeInWords(chosen),
          params: { ...here, start_date: chosen.first, end_date: chosen.last },
        },
      ];
    if (kind === "media") {
      if (!chosen.media) return undefined;
      return [
        { name: media.name, params: here },
        { name: nameOf(chosen.media) ?? chosen.media, params: { ...here, media_id: chosen.media } },
      ];
    }
    if (kind === "visitors")
      return [
        { name: "New visitors", params: { ...here, visitors: "new" } },
        { name: "Returning visitors", params: { ...here, visitors: "returning" } },
      ];
    if (!kind || values.length < 2) return undefined;
    return [
      { name: traitValue(kind, chosen.a), params: { ...here, [kind]: chosen.a } },
      { name: traitValue(kind, chosen.b), params: { ...here, [kind]: chosen.b } },
    ];
  }
};
