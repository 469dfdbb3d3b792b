/** What can be told of a session in a word, and how that is shown. */

export const TRAITS = {
  page: "Page",
  referrer_domain: "Referrer",
  utm_source: "Campaign source",
  utm_medium: "Campaign medium",
  utm_campaign: "Campaign",
  country: "Country",
  region: "Region",
  city: "City",
  network: "Network",
  browser: "Browser",
  platform: "Platform",
  device: "Device",
  viewer_screen_size: "Screen",
  language: "Language",
} as const;

export type Trait = keyof typeof TRAITS;

export const isTrait = (name: string): name is Trait => Object.hasOwn(TRAITS, name);

const countries = new Intl.DisplayNames(["en"], { type: "region", fallback: "code" });
const languages = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });

const named = (names: Intl.DisplayNames, code: string): string => {
  try {
    return names.of(code) ?? code;
  } catch {
    return code; // no code at all, yet it is what a player or a database said
  }
};

const UNKNOWN: Partial<Record<string, string>> = {
  referrer_domain: "Direct or unknown",
  utm_source: "No campaign source",
  utm_medium: "No campaign medium",
  utm_campaign: "No campaign",
};

/** A trait's value as people say it; what is not known has a name, too. */
export const traitValue = (trait: string, value: string): string => {
  if (value === "") return UNKNOWN[trait] ?? "Unknown";
  if (trait === "country") return named(countries, value);
  if (trait === "language") return named(languages, value);
  if (trait === "device" || trait === "visitors")
    return value.charAt(0).toUpperCase() + value.slice(1);
  if (trait === "viewer_screen_size") return value.replace("x", " × ");
  if (trait === "page") return value.replace(/^https?:\/\//, "");
  return value;
};
