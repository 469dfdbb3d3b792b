/** The library's table. */

import { Link } from "wouter-preact";
import { clock, count } from "../../../common/format.ts";
import { useMe } from "../../api/session.tsx";
import type { Media } from "../../api/types.ts";
import { Explain } from "../../components/definition.tsx";
import { ago, moment } from "../../lib/ago.ts";
import { useLinkTo } from "../../lib/address.ts";

export const Rows = ({
  medias,
  plays,
  may,
  marked,
  mark,
  edit,
  remove,
}: {
  medias: Media[];
  plays: { plays: Map<string, number>; most: number } | undefined;
  may: boolean;
  marked: ReadonlySet<string>;
  mark: (ids: string[], on: boolean) => void;
  edit: (id: string) => void;
  remove: (id: string) => void;
}) => {
  const ids = medias.map((media) => media.hashed_id);
  const some = ids.some((id) => marked.has(id));
  const every = ids.every((id) => marked.has(id));
  const played = (id: string): string => {
    if (!plays) return "";
    const found = plays.plays.get(id);
    if (found !== undefined) return count(found);
    return plays.most ? `≤ ${count(plays.most)}` : "0";
  };
  return (
    <table class="managed medias">
      <thead>
        <tr>
          {may && (
            <th scope="col" class="medias-mark">
              <input
                type="checkbox"
                aria-label="Choose all on this page"
                checked={every}
                ref={(box) => {
                  if (box) box.indeterminate = some && !every;
                }}
                onChange={(event) => mark(ids, event.currentTarget.checked)}
              />
            </th>
          )}
          <th scope="col" class="managed-name">
            Media
          </th>
          <th scope="col" class="number wide-only">
            Length
          </th>
          <th scope="col" class="number">
            Plays<span class="wide-only">, 28 days</span>
            <Explain metric="plays" title="Plays" />
          </th>
          <th scope="col" class="wide-only">
            Changed
          </th>
          {may && (
            <th scope="col">
              <span class="unseen">What can be done</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {medias.map((media) => (
          <Row
            key={media.id}
            media={media}
            plays={played(media.hashed_id)}
            may={may}
            marked={marked.has(media.hashed_id)}
            mark={(on) => mark([media.hashed_id], on)}
            edit={() => edit(media.hashed_id)}
            remove={() => remove(media.hashed_id)}
          />
        ))}
      </tbody>
    </table>
  );
};

const Row = ({
  media,
  plays,
  may,
  marked,
  mark,
  edit,
  remove,
}: {
  media: Media;
  plays: string;
  may: boolean;
  marked: boolean;
  mark: (on: boolean) => void;
  edit: () => void;
  remove: () => void;
}) => {
  const linkTo = useLinkTo();
  const { account } = useMe();
  const { folder } = media;
  const short = (media.name || media.hashed_id).slice(0, 80);
  return (
    <tr data-media={media.hashed_id}>
      {may && (
        <td class="medias-mark">
          <input
            type="checkbox"
            aria-label={`Choose ${short}`}
            checked={marked}
            onChange={(event) => mark(event.currentTarget.checked)}
          />
        </td>
      )}
      <th scope="row">
        <Link href={linkTo(`/medias/${media.hashed_id}`)} class="clamped" dir="auto">
          {media.name || media.hashed_id}
        </Link>
        <span class="soft medias-line">
          <code>{media.hashed_id}</code>
          {folder && (
            <Link href={linkTo(`/projects/${folder.hashed_id}`)} class="medias-project" dir="auto">
              {folder.name}
            </Link>
          )}
        </span>
      </th>
      <td class="number wide-only">
        {media.duration === undefined ? <span class="soft">not known</span> : clock(media.duration)}
      </td>
      <td class="number">{plays}</td>
      <td class="wide-only soft" title={moment(media.updated, account.timezone)}>
        {ago(media.updated)}
      </td>
      {may && (
        <td class="medias-doing">
          <span class="doing">
            <button
              type="button"
              class="button button-small"
              onClick={edit}
              aria-label={`Edit ${short}`}
            >
              Edit
            </button>
            <button
              type="button"
              class="button button-small"
              onClick={remove}
              aria-label={`Delete ${short}`}
            >
              Delete
            </button>
          </span>
        </td>
      )}
    </tr>
  );
};
