/** All medias: found by name, id and project, a page of them at a time. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { count } from "../../../common/format.ts";
import { useAnswer, type useMedias } from "../../api/queries.ts";
import { useMe } from "../../api/session.tsx";
import type { Breakdown, Folder } from "../../api/types.ts";
import { Panel } from "../../components/panel.tsx";
import { Answered, Empty } from "../../components/states.tsx";
import { useAddress } from "../../lib/address.ts";
import { addDays, todayIn } from "../../lib/range.ts";
import { Chosen, DeleteMedias } from "./chosen.tsx";
import { listed, NO_PROJECT, readSort, SORTS } from "./listing.ts";
import { MediaForm } from "./media-form.tsx";
import { Rows } from "./rows.tsx";

const PAGE = 50;
/** As many as the pages ask for (api/queries.ts). */
const MOST = 5_000;
const MOST_PLAYED = 1_000;
const TYPED_MS = 250;
const NO_PLAYS: ReadonlyMap<string, number> = new Map();

/** Plays of the last 28 days by media; one that is not among them has `most` at the most. */
const usePlays = (): { plays: Map<string, number>; most: number } | undefined => {
  const { account } = useMe();
  const today = todayIn(account.timezone);
  const { data } = useAnswer<Breakdown>("/insights/breakdown", {
    by: "media",
    sort_by: "plays",
    limit: MOST_PLAYED,
    start_date: addDays(today, -27),
    end_date: today,
  });
  return useMemo(
    () =>
      data && {
        plays: new Map(data.rows.map((row) => [row.name, row.plays])),
        most: data.total > data.rows.length ? (data.rows.at(-1)?.plays ?? 0) : 0,
      },
    [data],
  );
};

/** What is typed goes into the address once the typing rests. */
const useTyped = (name: string): [string, (text: string) => void] => {
  const [query, change] = useAddress();
  const there = query.get(name) ?? "";
  const [text, setText] = useState(there);
  useEffect(() => setText(there), [there]);
  useEffect(() => {
    if (text === there) return undefined;
    const timer = setTimeout(
      () => change({ [name]: text || undefined, page: undefined }, { replace: true }),
      TYPED_MS,
    );
    return () => clearTimeout(timer);
  }, [text, there, name, change]);
  return [text, setText];
};

export const Library = ({
  medias,
  projects,
  may,
}: {
  medias: ReturnType<typeof useMedias>;
  projects: Folder[];
  may: boolean;
}) => {
  const [query, change] = useAddress();
  const [text, setText] = useTyped("q");
  const [making, setMaking] = useState(false);
  const played = usePlays();
  const project = query.get("project");
  const sort = readSort(query.get("sort"));
  const found = useMemo(
    () => listed(medias.data ?? [], { text, project, sort }, played?.plays ?? NO_PLAYS),
    [medias.data, text, project, sort, played?.plays],
  );
  const pages = Math.max(1, Math.ceil(found.length / PAGE));
  const page = Math.min(pages, Math.max(1, Math.floor(Number(query.get("page"))) || 1));
  const shown = found.slice((page - 1) * PAGE, page * PAGE);
  const known = new Set(shown.map((media) => media.hashed_id));
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const chosen = shown.filter((media) => marked.has(media.hashed_id));
  const [deleting, setDeleting] = useState<string[]>([]);
  const doomed = shown.filter((media) => deleting.includes(media.hashed_id));
  const edited = may && medias.data?.find((media) => media.hashed_id === query.get("edit"));
  const total = medias.data?.length ?? 0;
  return (
    <Panel
      title="Library"
      beside={
        may && (
          <button type="button" class="button button-main" onClick={() => setMaking(true)}>
            New media
          </button>
        )
      }
    >
      <div class="tools" role="search" aria-label="Medias">
        <input
          aria-label="Search by name or id"
          type="search"
          placeholder="Search by name or id"
          value={text}
          dir="auto"
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <select
          aria-label="Filter by project"
          value={project ?? ""}
          onChange={({ currentTarget: { value } }) =>
            change({ project: value || undefined, page: undefined })
          }
        >
          <option value="">All projects</option>
          <option value={NO_PROJECT}>In no project</option>
          {projects.map((one) => (
            <option key={one.id} value={one.hashed_id}>
              {one.name.slice(0, 80)}
            </option>
          ))}
        </select>
        <select
          aria-label="Sort by"
          value={sort}
          onChange={({ currentTarget: { value } }) =>
            change({ sort: value === "name" ? undefined : value, page: undefined })
          }
        >
          {SORTS.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
        <span class="soft" role="status">
          {medias.data && (found.length === total ? "" : `${count(found.length)} of `)}
          {medias.data && `${count(total)} ${total === 1 ? "media" : "medias"}`}
        </span>
      </div>
      <Answered asked={medias} height={420}>
        {() =>
          shown.length ? (
            <>
              <Rows
                medias={shown}
                plays={played}
                may={may}
                marked={marked}
                mark={(ids, on) =>
                  setMarked((now) => {
                    const next = new Set([...now].filter((id) => known.has(id)));
                    for (const id of ids)
                      if (on) next.add(id);
                      else next.delete(id);
                    return next;
                  })
                }
                edit={(id) => change({ edit: id }, { replace: true })}
                remove={(id) => setDeleting([id])}
              />
              <Pager page={page} pages={pages} go={(to) => change({ page: String(to) })} />
              {total >= MOST && (
                <p class="soft">
                  These are the first {count(MOST)} by name. <a href="/docs">The API</a> lists all.
                </p>
              )}
            </>
          ) : total ? (
            <Empty title="No media is like that">
              <button
                type="button"
                class="button"
                onClick={() => {
                  setText("");
                  change({ q: undefined, project: undefined, page: undefined });
                }}
              >
                Show all medias
              </button>
            </Empty>
          ) : (
            <Empty title="No medias yet">
              <p>
                <Link href="/settings/embed">Put the tracker on a page</Link>: its first beacon adds
                the media here.{may && " Or make one now, and embed it by its id."}
              </p>
            </Empty>
          )
        }
      </Answered>
      {may && chosen.length > 0 && (
        <Chosen
          chosen={chosen}
          projects={projects}
          remove={() => setDeleting(chosen.map((media) => media.hashed_id))}
          clear={() => setMarked(new Set())}
        />
      )}
      {making && (
        <MediaForm
          projects={projects}
          project={project && project !== NO_PROJECT ? project : ""}
          close={() => setMaking(false)}
        />
      )}
      {edited && (
        <MediaForm
          key={edited.hashed_id}
          media={edited}
          projects={projects}
          close={() => change({ edit: undefined }, { replace: true })}
        />
      )}
      {doomed.length > 0 && <DeleteMedias medias={doomed} close={() => setDeleting([])} />}
    </Panel>
  );
};

const Pager = ({ page, pages, go }: { page: number; pages: number; go: (page: number) => void }) =>
  pages > 1 ? (
    <nav class="pager" aria-label="Pages of the library">
      <button type="button" class="button" disabled={page === 1} onClick={() => go(page - 1)}>
        Previous
      </button>
      <span>
        Page {page} of {pages}
      </span>
      <button type="button" class="button" disabled={page === pages} onClick={() => go(page + 1)}>
        Next
      </button>
    </nav>
  ) : null;
