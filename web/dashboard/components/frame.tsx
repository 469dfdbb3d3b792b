/** What surrounds every page: where one can go, who one is. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import icon from "../icon.svg";
import { useMe, useSignOut } from "../api/session.tsx";
import { useLinkTo } from "../lib/address.ts";
import { chooseTheme, chosenTheme, type Theme } from "../lib/theme.ts";

const PLACES: [string, string][] = [
  ["/", "Overview"],
  ["/medias", "Medias"],
  ["/sessions", "Sessions"],
  ["/visitors", "Visitors"],
  ["/settings", "Settings"],
];

const isIn = (path: string, place: string): boolean =>
  place === "/"
    ? path === "/"
    : path === place ||
      path.startsWith(`${place}/`) ||
      (place === "/medias" && path.startsWith("/projects/"));

export const Frame = ({ children }: { children: ComponentChildren }) => {
  const me = useMe();
  const [path] = useLocation();
  const linkTo = useLinkTo();
  const main = useRef<HTMLElement>(null);
  const places = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    // A new page begins at its top, for eyes and for screen readers; the first one does anyway.
    if (!first.current) {
      window.scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
    first.current = false;
    // Where the names of the pages do not fit, the one that is shown does.
    places.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }, [path]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <header class="top">
        <Link href={linkTo("/")} class="brand">
          <img src={icon} alt="" width="28" height="28" />
          <span>Playhead</span>
        </Link>
        <nav ref={places} class="places" aria-label="Pages">
          {PLACES.map(([place, name]) => (
            <Link
              key={place}
              href={place === "/settings" ? place : linkTo(place)}
              class="place"
              aria-current={isIn(path, place) ? "page" : undefined}
            >
              {name}
            </Link>
          ))}
        </nav>
        <Me account={me.account.name} user={me.user.name || me.user.email} />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {children}
      </main>
    </>
  );
};

const Me = ({ account, user }: { account: string; user: string }) => {
  const [theme, setTheme] = useState(chosenTheme);
  const [failed, setFailed] = useState("");
  const signOut = useSignOut();
  return (
    <details
      class="menu me"
      onBlurCapture={(event) => {
        const next = event.relatedTarget;
        if (next && !event.currentTarget.contains(next as Node)) event.currentTarget.open = false;
      }}
    >
      <summary class="button button-quiet" dir="auto">
        <span class="me-name">{account}</span>
      </summary>
      <div class="menu-list">
        <p class="soft">
          Signed in as <strong dir="auto">{user}</strong>
        </p>
        <label class="field">
          <span>Colours</span>
          <select
            value={theme}
            onChange={(event) => {
              const chosen = event.currentTarget.value as Theme;
              setTheme(chosen);
              chooseTheme(chosen);
            }}
          >
            <option value="system">As the system</option>
            <option value="light">Light</option>
            <option value="dark">Dark</option>
          </select>
        </label>
        <Link href="/settings/profile" class="menu-item">
          Your password
        </Link>
        <a href="/docs" class="menu-item">
          API reference
        </a>
        <button
          type="button"
          class="menu-item"
          onClick={() => void signOut().catch((error: Error) => setFailed(error.message))}
        >
          Sign out
        </button>
        {failed && <p role="alert">{failed}</p>}
      </div>
    </details>
  );
};
