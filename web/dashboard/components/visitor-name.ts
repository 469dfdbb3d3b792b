/** What to call a visitor and a place. */

import type { ViewingSession } from "../api/types.ts";
import { traitValue } from "../lib/traits.ts";

export const visitorName = (
  session: Pick<ViewingSession, "visitor_key" | "visitor_name" | "visitor_email">,
): string =>
  session.visitor_name || session.visitor_email || `Visitor ${session.visitor_key.slice(0, 8)}`;

/** "Berlin, Germany" as far as it is known. */
export const placeName = ({ city, country }: { city: string; country: string }): string =>
  [city, country && traitValue("country", country)].filter(Boolean).join(", ");
