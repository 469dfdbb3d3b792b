/** What to call a visitor and a place. */

import type { ViewingSession } from "../api/types.ts";
import { traitValue } from "../lib/traits.ts";

export const visitorName = (
  session: Pick<ViewingSession, "visitor_key" | "visitor_name" | "visitor_email">,
): string =>
  session.visitor_name || session.visitor_email || `Visitor ${session.visitor_key.slice(0, 8)}`;

/** The page of a visitor. Dots alone would be a step up in an address, and no key has a percent sign. */
export const visitorPath = (key: string): string =>
  `/visitors/${/^\.{1,2}$/.test(key) ? key.replaceAll(".", "%252E") : encodeURIComponent(key)}`;

/** The key that such an address names. */
export const visitorKeyOf = (named: string): string => named.replaceAll("%2E", ".");

/** "Berlin, Germany" as far as it is known. */
export const placeName = ({ city, country }: { city: string; country: string }): string =>
  [city, country && traitValue("country", country)].filter(Boolean).join(", ");
