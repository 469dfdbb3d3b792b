/** What the server answers; its /openapi.json says the same at length. */

export type Role = "viewer" | "editor" | "admin";
export type TokenScope = "read" | "write" | "admin";

export interface User {
  id: number;
  email: string;
  name: string;
  role: Role;
}

export interface SignedIn {
  signed_in: true;
  csrf: string;
  user: User;
  account: { key: string; name: string; timezone: string };
  scopes: TokenScope[];
}

export type Session = SignedIn | { signed_in: false; has_users: boolean };

/** The sums of some sessions; shares are between 0 and 1. */
export interface Sums {
  loads: number;
  plays: number;
  play_rate: number;
  hours_watched: number;
  visitors: number;
  engagement: number;
}

export type SumName = keyof Sums;

export interface Summary {
  start_date: string | null;
  end_date: string | null;
  sums: Sums;
  before: { start_date: string; end_date: string; sums: Sums } | null;
}

export type Interval = "hour" | "day" | "week" | "month";

export interface Bucket extends Sums {
  start: string;
  date: string;
}

export interface Timeseries {
  interval: Interval;
  buckets: Bucket[];
}

export interface BreakdownRow extends Sums {
  name: string;
  title: string | null;
}

export interface Breakdown {
  by: string;
  total: number;
  rows: BreakdownRow[];
}

export interface TopRow extends Sums {
  id: string;
  name: string;
  spark: number[];
}

export interface DropOff {
  cell: number;
  at: number;
  viewers: number;
  lost: number;
}

export interface Rewatched {
  cell: number;
  at: number;
  end: number;
  viewings: number;
}

export interface Engagement {
  media_id: string;
  duration: number | null;
  cell_seconds: number;
  plays: number;
  engagement: number;
  engagement_data: number[];
  rewatch_data: number[];
  drop_offs: DropOff[];
  rewatched: Rewatched[];
}

export interface ActionSums {
  type: string;
  action_count: number;
  impression_count: number;
  rate: number;
}

export interface Quality {
  plays: number;
  startup: { count: number; median_ms: number; p75_ms: number; p95_ms: number } | null;
  sessions_stalled: number;
  stalls: number;
  stalled_seconds: number;
  stalled_share: number;
  sessions_with_errors: number;
  errors: { code: string; sessions: number }[];
}

export interface ViewingSession {
  event_key: string;
  started_at: string;
  media_id: string;
  media_name: string;
  visitor_key: string;
  visitor_name: string | null;
  visitor_email: string | null;
  played: boolean;
  duration: number | null;
  watched_seconds: number;
  percent_viewed: number | null;
  watched: [number, number, number][];
  page_url: string;
  page_title: string;
  referrer: string;
  country: string;
  region: string;
  city: string;
  network: string;
  browser: string;
  browser_version: string;
  platform: string;
  device: string;
  language: string;
  screen: string;
  startup_ms: number;
  stalls: number;
  stalled_seconds: number;
  errors: string[];
  actions: { type: string; shown: number; converted: number }[];
  watching: boolean;
}

export interface Sessions {
  sessions: ViewingSession[];
  cursor: string | null;
}

export interface Live {
  at: string;
  watching: number;
  sessions: ViewingSession[];
  last_beacon_at: string | null;
}

/** A number of the pages: what it means and where else it can be had. */
export interface Metric {
  name: string;
  title: string;
  unit: string;
  definition: string;
  api: string;
}

export interface Media {
  id: number;
  hashed_id: string;
  name: string;
  type: string;
  description: string;
  duration?: number;
  url: string;
  created: string;
  updated: string;
  folder?: { id: number; name: string; hashed_id: string } | null;
}

export interface Folder {
  id: number;
  hashed_id: string;
  name: string;
  description: string;
  media_count: number;
  created: string;
  updated: string;
}

export interface AccountSettings {
  key: string;
  name: string;
  timezone: string;
  address_mode: "whole" | "truncated" | "none";
  registers_medias: boolean;
  signed_beacons: boolean;
  allowed_domains: string[];
  cors_origins: string[];
  public_token: string;
  tracker_path: string;
}

export interface ApiToken {
  id: number;
  name: string;
  hint: string;
  scopes: TokenScope[];
  created: string;
  revoked: string | null;
}

export interface ManagedUser extends User {
  created: string;
  last_seen: string | null;
}

export interface Visitor {
  visitor_key: string;
  created_at: string;
  last_active_at?: string;
  load_count: number;
  play_count: number;
  identifying_event_key: string | null;
  visitor_identity: {
    name: string;
    email: string | null;
    org: { name: string | null; title: string | null };
  };
  user_agent_details: {
    browser: string;
    browser_version: string;
    platform: string;
    /** Left out when the browser is not known. */
    mobile?: boolean;
  };
}
