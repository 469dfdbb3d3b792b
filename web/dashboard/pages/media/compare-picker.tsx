/** Choosing what a media's curve is compared with. */

import { useMedias } from "../../api/queries.ts";
import { useAddress } from "../../lib/address.ts";
import { isDate } from "../../lib/range.ts";
import { isTrait, traitValue, TRAITS } from "../../lib/traits.ts";
import { KINDS, type Comparing } from "./comparing.ts";

const NOT_CHOSEN = {
  compare: undefined,
  a: undefined,
  b: undefined,
  cmedia: undefined,
  cfrom: undefined,
  cto: undefined,
};

export const ComparePicker = ({ comparing, media }: { comparing: Comparing; media: string }) => {
  const [, change] = useAddress();
  const { kind, chosen } = comparing;
  return (
    <div class="compare" data-picture="without">
      <label>
        <span>Compare with </span>
        <select
          value={kind}
          onChange={(event) =>
            change({ ...NOT_CHOSEN, compare: event.currentTarget.value || undefined })
          }
        >
          {KINDS.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {kind === "period" && (
        <>
          <DateField
            name="First day of the other period"
            value={chosen.first}
            set={(day) => change({ cfrom: day, cto: day > chosen.last ? day : chosen.last })}
          />
          <DateField
            name="Last day of the other period"
            value={chosen.last}
            set={(day) => change({ cto: day, cfrom: day < chosen.first ? day : chosen.first })}
          />
        </>
      )}
      {kind === "media" && <MediaField media={media} chosen={chosen.media} />}
      {isTrait(kind) &&
        (comparing.values.length < 2 ? (
          <span class="soft">There are no two of them in these days.</span>
        ) : (
          (["a", "b"] as const).map((side) => (
            <label key={side}>
              <span class="unseen">
                {TRAITS[kind]} {side === "a" ? "one" : "two"}
              </span>
              <select
                value={chosen[side]}
                onChange={(event) => change({ [side]: event.currentTarget.value })}
              >
                {comparing.values.map((row) => (
                  <option key={row.name} value={row.name}>
                    {traitValue(kind, row.name).slice(0, 80)}
                  </option>
                ))}
              </select>
            </label>
          ))
        ))}
    </div>
  );
};

const DateField = ({
  name,
  value,
  set,
}: {
  name: string;
  value: string;
  set: (day: string) => void;
}) => (
  <label>
    <span class="unseen">{name}</span>
    <input
      type="date"
      value={value}
      onChange={(event) => {
        if (isDate(event.currentTarget.value)) set(event.currentTarget.value);
      }}
    />
  </label>
);

const MediaField = ({ media, chosen }: { media: string; chosen: string }) => {
  const [, change] = useAddress();
  const medias = useMedias();
  const others = (medias.data ?? []).filter((one) => one.hashed_id !== media);
  return (
    <label>
      <span class="unseen">The other media</span>
      <select
        value={chosen}
        onChange={(event) => change({ cmedia: event.currentTarget.value || undefined })}
      >
        <option value="">{medias.data ? "Choose a media" : "Loading"}</option>
        {others.map((one) => (
          <option key={one.hashed_id} value={one.hashed_id}>
            {(one.name || one.hashed_id).slice(0, 80)}
          </option>
        ))}
      </select>
    </label>
  );
};
