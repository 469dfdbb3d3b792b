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

/** A question to the server; while its parameters change, the answer before stays on the page. */
export const useAnswer = <T>(
  path: string,
  params: Params = {},
  { moves = false, enabled = true }: { moves?: boolean; enabled?: boolean } = {},
): UseQueryResult<T> =>
  useQuery<T>({
    queryKey: [path, params],
    queryFn: ({ signal }) => get<T>(path, params, signal),
    placeholderData: keepPreviousData,
    refetchInterval: moves ? AGAIN_MS : false,
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

const everyPage = async <T>(path: string, signal: AbortSignal): Promise<T[]> => {
  const found: T[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const rows = await get<T[]>(path, { page, per_page: PAGE, sort_by: "name" }, signal);
    found.push(...rows);
    if (rows.length < PAGE) break;
  }
  return found;
};

/** All medias of the account, by name. */
export const useMedias = (): UseQueryResult<Media[]> =>
  useQuery({
    queryKey: ["/modern/medias"],
    queryFn: ({ signal }) => everyPage<Media>("/modern/medias", signal),
    staleTime: 60_000,
  });

/** All projects of the account, by name. */
export const useProjects = (): UseQueryResult<Folder[]> =>
  useQuery({
    queryKey: ["/modern/folders"],
    queryFn: ({ signal }) => everyPage<Folder>("/modern/folders", signal),
    staleTime: 60_000,
  });

/** Sessions, newest first, page by page. */
export const useSessions = (params: Params, limit = 25) =>
  useInfiniteQuery({
    queryKey: ["/insights/sessions", params, limit],
    queryFn: ({ pageParam, signal }) =>
      get<Sessions>("/insights/sessions", { ...params, limit, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
