/** What the pages ask, each question with the answer's type and how long it stays good. */

import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/preact-query";
import type { UseQueryResult } from "@tanstack/preact-query";
import { get, type Params } from "./client.ts";
import type { Folder, Live, Media, Metric, Sessions } from "./types.ts";

/** A beacon is in the numbers within 2 s; pages that show today look again this often. */
const AGAIN_MS = 15_000;
const LIVE_MS = 2_000;
const PAGE = 100;
const MOST_PAGES = 50;

interface Moving {
  /** Whether to ask again and again, because the answer changes by itself. */
  moves?: boolean;
  every?: number;
  enabled?: boolean;
}

/** A question to the server; while its parameters change, the answer before stays on the page. */
export const useAnswer = <T>(
  path: string,
  params: Params = {},
  { moves = false, enabled = true, every = AGAIN_MS }: Moving = {},
): UseQueryResult<T> =>
  useQuery<T>({
    queryKey: [path, params],
    queryFn: ({ signal }) => get<T>(path, params, signal),
    placeholderData: keepPreviousData,
    refetchInterval: moves ? every : false,
    enabled,
  });

/** Who is watching now. */
export const useLive = (params: Params = {}, enabled = true): UseQueryResult<Live> =>
  useQuery<Live>({
    queryKey: ["/insights/live", params],
    queryFn: ({ signal }) => get<Live>("/insights/live", params, signal),
    refetchInterval: LIVE_MS,
    staleTime: 0,
    placeholderData: keepPreviousData,
    enabled,
  });

/** The definitions of all numbers, by name. */
export const useMetrics = (): Map<string, Metric> => {
  const { data } = useQuery({
    queryKey: ["/insights/metrics"],
    queryFn: ({ signal }) => get<Metric[]>("/insights/metrics", {}, signal),
    staleTime: Infinity,
    select: (metrics) => new Map(metrics.map((metric) => [metric.name, metric])),
  });
  return data ?? new Map();
};

/** All pages of a list of the catalog: the first alone, as it fixes the others, then the rest. */
const everyPage = async <T>(path: string, count: number, signal: AbortSignal): Promise<T[]> => {
  const page = (number: number): Promise<T[]> =>
    get<T[]>(path, { page: number, per_page: PAGE, sort_by: "name" }, signal);
  const first = await page(1);
  const pages = Math.min(MOST_PAGES, Math.ceil(count / PAGE));
  const others = Array.from({ length: Math.max(0, pages - 1) }, (_, i) => page(i + 2));
  return [first, ...(await Promise.all(others))].flat();
};

interface Sizes {
  media_count: number;
  folder_count: number;
}

const useEvery = <T>(path: string, size: keyof Sizes, enabled: boolean): UseQueryResult<T[]> =>
  useQuery({
    queryKey: [path],
    queryFn: async ({ signal }) => {
      const sizes = await get<Sizes>("/modern/account", {}, signal);
      return everyPage<T>(path, sizes[size], signal);
    },
    staleTime: 60_000,
    enabled,
  });

/** All medias of the account, by name. */
export const useMedias = (enabled = true): UseQueryResult<Media[]> =>
  useEvery<Media>("/modern/medias", "media_count", enabled);

/** All projects of the account, by name. */
export const useProjects = (enabled = true): UseQueryResult<Folder[]> =>
  useEvery<Folder>("/modern/folders", "folder_count", enabled);

/** Sessions, newest first, page by page; never by themselves asked for again, which would move them. */
export const useSessions = (params: Params, limit = 25) =>
  useInfiniteQuery({
    queryKey: ["/insights/sessions", params, limit],
    queryFn: ({ pageParam, signal }) =>
      get<Sessions>("/insights/sessions", { ...params, limit, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
