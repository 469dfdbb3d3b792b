import type { Piece } from "./watchmap";

/** One report of a player: everything about its session so far. `sent_at` joins it at each attempt. */
export interface Beacon {
  account: string | undefined;
  media: string;
  session: string;
  seq: number;
  visitor: string | undefined;
  duration: number | undefined;
  played: boolean;
  watched: Piece[];
  page: Page;
  identity?: Identity | undefined;
  actions?: Action[];
  title: string | undefined;
  player: {
    name: string;
    version: string;
    rate: number;
    language: string | undefined;
    screen: [width: number, height: number];
  };
  quality: Quality;
  webdriver: boolean | undefined;
}

export interface Page {
  url: string | undefined;
  title: string | undefined;
  referrer: string | undefined;
}

export interface Identity {
  email: string | undefined;
  name: string | undefined;
}

/** A call to action, form or annotation: how often it was shown and used in the session. */
export interface Action {
  type: string;
  id: string;
  shown: number;
  converted: number;
  data?: object;
}

export interface Quality {
  startup_ms?: number;
  stalls: number;
  stalled_ms: number;
  errors: number[];
}
