"""Sums over segments: whole, through time, and told apart."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from msgspec import Struct

from playhead.store.client import Store
from playhead.store.fragments import KNOWN, PERCENT_VIEWED
from playhead.store.segments import (
    TRAITS,
    Segment,
    Trait,
    in_segment,
    in_segment_by_weeks,
    of_returning,
)
from playhead.store.spans import Span, bucket_of

Dividing = Trait | Literal["media"]
"""What sessions can be told apart by."""
RowOrder = Literal["plays", "loads", "visitors", "hours_watched", "engagement"]


class Numbers(Struct, frozen=True):
    """Sums and means over some sessions."""

    loads: int
    plays: int
    watched_seconds: float
    visitors: int
    visitors_with_a_play: int
    percent_viewed: float
    """Mean over the sessions with a play and a duration; 0.0 when there are none."""


# First by visitor, so that visitors are counted without a set for each group.
_NUMBERS: Final = f"""
SELECT
    told,
    sum(loads) AS all_loads,
    sum(plays) AS all_plays,
    sum(watched) AS all_watched,
    count() AS visitors,
    countIf(plays > 0),
    if(sum(known) = 0, 0, sum(viewed) / sum(known)) AS mean_viewed
    %s
FROM (
    SELECT
        %s AS told,
        visitor,
        count() AS loads,
        countIf(played) AS plays,
        sum(watched_seconds) AS watched,
        countIf({KNOWN}) AS known,
        sumIf({PERCENT_VIEWED}, {KNOWN}) AS viewed
    FROM sessions FINAL
    WHERE %s
    GROUP BY told, visitor
)
GROUP BY told
"""
_ROWS: Final = """
ORDER BY %s DESC, all_plays DESC, all_loads DESC, told
LIMIT {limit:UInt64}
"""
_ORDER: Final[Mapping[RowOrder, str]] = {
    "plays": "all_plays",
    "loads": "all_loads",
    "visitors": "visitors",
    # Sums of floats end in digits that depend on the order of adding; equals must be equal.
    "hours_watched": "round(all_watched, 6)",
    "engagement": "round(mean_viewed, 12)",
}
_FOUND: Final = ", count() OVER () AS found"

_GROUP: Final = "transform(media, {members:Array(String)}, {groups:Array(Int32)}, -1)"
_PLAYS: Final = f"""
SELECT {_GROUP} AS told, {bucket_of("started_ms")} AS bucket, countIf(played)
FROM sessions FINAL
WHERE %s AND media IN {{members:Array(String)}}
GROUP BY told, bucket
HAVING bucket >= 0
"""


class Insights:
    """Every question is about a segment of an account. All raise StoreUnavailableError."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def numbers(self, account: int, segment: Segment) -> Numbers:
        """All of its sessions together."""
        found = self._ask("0", account, segment)
        return found.get(0, NOTHING)

    def buckets(self, account: int, segment: Segment, span: Span) -> dict[int, Numbers]:
        """By bucket of their start; buckets without sessions are missing."""
        found = self._ask(bucket_of("started_ms"), account, segment, span.parameters())
        found.pop(-1, None)
        return found

    def by_returning(self, account: int, segment: Segment) -> dict[bool, Numbers]:
        """Of returning visitors (True) and of new ones; those without sessions are missing."""
        found = self._ask(of_returning(self._store, segment), account, segment)
        return {bool(returning): numbers for returning, numbers in found.items()}

    def groups(
        self, account: int, segment: Segment, groups: Mapping[str, int]
    ) -> dict[int, Numbers]:
        """By group of their media; medias of no group are left out.

        Args:
            account: numeric id.
            segment: which sessions.
            groups: a number from 0 for each media (hashed id) that belongs to one.
        """
        found = self._ask(_GROUP, account, segment, _members(groups))
        found.pop(-1, None)
        return found

    def plays(
        self, account: int, segment: Segment, groups: Mapping[str, int], span: Span
    ) -> dict[tuple[int, int], int]:
        """Plays by group of media and bucket; what has none is missing."""
        condition, parameters = in_segment_by_weeks(self._store, account, segment)
        parameters |= _members(groups) | span.parameters()
        rows = self._store.ask(_PLAYS % condition, parameters)
        return {(row[0], row[1]): row[2] for row in rows}

    def rows(
        self, account: int, segment: Segment, by: Dividing, *, order: RowOrder, limit: int
    ) -> tuple[int, list[tuple[str, Numbers]]]:
        """Told apart, the most first, equals by plays, loads and name; ``""`` is not known.

        Returns:
            How many there are in all, and the first ``limit`` of them.
        """
        condition, parameters = in_segment_by_weeks(self._store, account, segment)
        told = "media" if by == "media" else TRAITS[by]
        sql = _NUMBERS % (_FOUND, told, condition) + _ROWS % _ORDER[order]
        rows = self._store.ask(sql, parameters | {"limit": limit})
        found = [(row[0], Numbers(*row[1:-1])) for row in rows]
        return (rows[0][-1] if rows else 0), found

    def first_start_ms(self, account: int) -> int | None:
        """When the account's first session started, None when there is none."""
        condition, parameters = in_segment(self._store, account, Segment())
        sql = f"SELECT count(), min(started_ms) FROM sessions FINAL WHERE {condition}"
        count, first = self._store.ask(sql, parameters)[0]
        return first if count else None

    def _ask(
        self,
        told: str,
        account: int,
        segment: Segment,
        more: Mapping[str, Any] | None = None,
    ) -> dict[int, Numbers]:
        condition, parameters = in_segment_by_weeks(self._store, account, segment)
        parameters |= more or {}
        rows: Sequence[Sequence[Any]] = self._store.ask(
            _NUMBERS % ("", told, condition), parameters
        )
        return {row[0]: Numbers(*row[1:]) for row in rows}


NOTHING: Final = Numbers(0, 0, 0.0, 0, 0, 0.0)


def _members(groups: Mapping[str, int]) -> dict[str, Any]:
    return {"members": list(groups), "groups": list(groups.values())}
