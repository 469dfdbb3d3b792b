import type { Identity } from "./beacon";
import { cut } from "./cut";
import { safely } from "./safely";
import type { Settings } from "./settings";

// As it was at the load: pages may put another address in its place.
let linked: string | null = null;

/** Remembers the email that the link to this page says. */
export const readLink = ({ identify, cookieless }: Settings): void => {
  // A link that somebody was sent must not make them known where the page keeps them unknown.
  if (identify && cookieless === undefined)
    // No email has a blank; one that was put into a link as it is may have lost its plus.
    linked = new URL(location.href).searchParams.get(identify)?.replace(/ /g, "+") ?? null;
};

/** Calls when the page names its viewer, or another one, on its tag. */
export const watchNames = (tag: HTMLScriptElement, changed: () => void): void =>
  new MutationObserver(safely(changed)).observe(tag, {
    attributeFilter: ["data-email", "data-name"],
  });

/** An address without the email that a link may have put there; undefined when it is none. */
export const clean = safely(({ identify }: Settings, address: string): string => {
  const url = new URL(address);
  // Else the address stays as it is, to the letter.
  if (!identify || !url.searchParams.has(identify)) return address;
  url.searchParams.delete(identify);
  return url.href;
});

/** Who the viewer is: what the page says now goes before what the link said. */
export const identityOf = (settings: Settings): Identity | undefined => {
  if (settings.identify === undefined) return undefined;
  const email = cut(settings.email || linked);
  const name = cut(settings.name);
  return email || name ? { email, name } : undefined;
};
