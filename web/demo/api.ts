/** What the server answers; only the fields that the page shows. */

export interface Config {
  account_key: string;
  token: string;
  media: string;
  tracker: string;
  medias: string[];
}

export interface Sums {
  loads: number;
  plays: number;
  hours_watched: number;
}

export interface MediaStats extends Sums {
  play_rate: number;
  engagement: number;
  visitors: number;
}

export interface WholeStats extends Sums {
  number_of_videos?: number;
}

export interface DayStats extends Sums {
  data_date: string;
}

export interface EngagementStats {
  engagement: number;
  engagement_data: number[];
  rewatch_data: number[];
}

export interface Media {
  hashed_id: string;
  name: string;
  project: { hashed_id?: string; name: string } | null;
}

/** The server said no, or asks for patience: so many seconds. */
export class RefusedError extends Error {
  constructor(
    readonly status: number,
    readonly retryAfter: number,
  ) {
    super(`the server answered ${status}`);
  }
}

const PATIENCE = 5000;

const read = async <T>(url: string, headers: Record<string, string>): Promise<T> => {
  const given = new AbortController();
  const timer = setTimeout(() => given.abort(), PATIENCE);
  try {
    const answer = await fetch(url, { headers, cache: "no-cache", signal: given.signal });
    if (!answer.ok)
      throw new RefusedError(answer.status, Number(answer.headers.get("Retry-After")) || 0);
    return (await answer.json()) as T;
  } finally {
    clearTimeout(timer);
  }
};

export const readConfig = (): Promise<Config> => read<Config>("config.json", {});

export type Ask = <T>(path: string) => Promise<T>;

/** Asks the API, with the page's own token like any other client. */
export const client =
  (token: string): Ask =>
  (path) =>
    read(`/v1/${path}`, { Authorization: `Bearer ${token}` });
