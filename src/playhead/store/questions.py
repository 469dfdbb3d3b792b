"""The questions of the seven endpoints: roll-ups for what has settled, sessions for the rest.

Where an account has no roll-ups, or none for what is asked, all is read from its sessions
(:class:`playhead.store.queries.PlainQuestions`), which takes longer and gives the same.
"""

import itertools
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from playhead.store.cells import GraphCells, GraphChange
from playhead.store.changes import ACCOUNTS_KEPT, MEDIAS_KEPT, Remembered
from playhead.store.client import Store
from playhead.store.fragments import KNOWN, PERCENT_VIEWED, UNSETTLED
from playhead.store.newcomers import NewPeople
from playhead.store.queries import (
    NO_TOTALS,
    ActionTotals,
    MediaTotals,
    MediaViewing,
    PlainQuestions,
    Totals,
    added_up,
)
from playhead.store.rollups import ROLLED_DAYS, RolledAccount, RolledMedia, Rollups
from playhead.store.segments import Segment
from playhead.store.spans import Span

_QUARTER_MS: Final = 900_000
# More of them at once are not kept in memory: their account is read from its sessions instead.
_MOST_QUARTERS: Final = 100_000
# The engine takes longer to plan a graph than to read the pieces of so many sessions.
_FEW: Final = 500

_LIVE: Final = f"""
SELECT
    media, intDiv(started_ms, {_QUARTER_MS}) AS quarter,
    count(), countIf(played), sum(watched_seconds),
    countIf({KNOWN}), sumIf({PERCENT_VIEWED}, {KNOWN}), countIf(actions != ''), max(duration)
FROM sessions FINAL
WHERE {UNSETTLED}
GROUP BY media, quarter
LIMIT {_MOST_QUARTERS + 1}
"""


class _Quarter(Struct, frozen=True):
    """Sums of the sessions of a media that started in a quarter of an hour."""

    quarter: int
    loads: int
    plays: int
    watched_seconds: float
    known: int
    viewed: float
    acting: int
    longest: float


class _Now(Struct, frozen=True):
    """An account at this moment: what has settled, and what has not, by media."""

    rolled: RolledAccount
    live: Mapping[str, Sequence[_Quarter]]

    def parts(self, media: str) -> list[RolledMedia | _Quarter]:
        """All that adds up to a media."""
        found: list[RolledMedia | _Quarter] = list(self.live.get(media, ()))
        if media in self.rolled.medias:
            found.append(self.rolled.medias[media])
        return found


class Questions:
    """Every question has a scope: an account, and its medias by hashed id or None for all.

    All raise StoreUnavailableError without an answer within the limits.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._plain = PlainQuestions(store)
        self._rollups = Rollups(store)
        self._live = Remembered[Mapping[str, Sequence[_Quarter]] | None](ACCOUNTS_KEPT)
        self._newcomers = NewPeople(store, self._rollups)
        self._graphs = Remembered["array[int]"](MEDIAS_KEPT)
        self._actions = Remembered[list[ActionTotals]](MEDIAS_KEPT)

    def totals(self, account: int, medias: Sequence[str] | None) -> Totals:
        """Sums over all sessions of the scope."""
        now = self._now(account)
        if now is None:
            return self._plain.totals(account, medias)
        if medias is None:
            live = (part for parts in now.live.values() for part in parts)
            return _total([now.rolled.medias[""], *live])
        return _total(part for media in medias for part in now.parts(media))

    def days(
        self, account: int, medias: Sequence[str] | None, days: Span, timezone: str
    ) -> dict[int, Totals]:
        """Sums by day, for the days that have sessions.

        Args:
            account: numeric id.
            medias: hashed ids, None for all of the account's.
            days: the stretches of time, and the proleptic ordinal of the day that each belongs to.
            timezone: whose days they are.
        """
        asked = [day for day in days.buckets if day >= 0]
        now = self._now(account) if _are_rolled(asked, days) else None
        if now is None or now.rolled.settled.timezone != timezone:
            return self._plain.days(account, medias, days, timezone)
        rolled = self._rollups.days(
            account,
            now.rolled.settled.edition,
            [""] if medias is None else medias,
            min(asked),
            max(asked),
        )
        found = {day: Totals(*sums) for day, sums in rolled.items()}
        for media in now.live if medias is None else medias:
            for part in now.live.get(media, ()):
                day = days.bucket_at(part.quarter * _QUARTER_MS)
                if day >= 0:
                    found[day] = found.get(day, NO_TOTALS) + _total([part])
        return found

    def media(self, account: int, media: str) -> MediaTotals:
        """Sums and means over all sessions of a media."""
        now = self._now(account)
        if now is None:
            return self._plain.media(account, media)
        parts = now.parts(media)
        rolled = now.rolled.medias.get(media, RolledMedia())
        visitors, players = (0, 0)
        if media in now.live:
            visitors, players = self._newcomers.of(account, media, now.rolled)
        return MediaTotals(
            totals=_total(parts),
            visitors=rolled.visitors + visitors,
            visitors_with_a_play=rolled.players + players,
            percent_viewed=_mean(parts),
            sessions_with_actions=sum(part.acting for part in parts),
        )

    def actions(self, account: int, segment: Segment) -> list[ActionTotals]:
        """How often each type of action was used and shown, over some sessions, by type."""
        media = _whole_media(segment)
        now = None if media is None else self._now(account)
        if media is None or now is None:
            return self._plain.actions(account, segment)
        rolled = now.rolled.medias.get(media, RolledMedia())
        found = [
            ActionTotals(*each)
            for each in zip(
                rolled.action_types, rolled.actions_used, rolled.actions_shown, strict=True
            )
        ]
        return added_up([*found, *self._live_actions(account, media, now)])

    def viewing(self, account: int, media: str) -> MediaViewing:
        """How much of a media its sessions saw, without looking at who they were."""
        now = self._now(account)
        if now is None:
            return self._plain.viewing(account, media)
        parts = now.parts(media)
        return MediaViewing(_mean(parts), max((part.longest for part in parts), default=0.0))

    def longest_durations(self, account: int, medias: Sequence[str]) -> dict[str, float]:
        """The longest duration (s) that any session of a media carried, where one did."""
        now = self._now(account)
        if now is None:
            return self._plain.longest_durations(account, medias)
        found = {
            media: max((part.longest for part in now.parts(media)), default=0.0) for media in medias
        }
        return {media: longest for media, longest in found.items() if longest > 0}

    def graph(self, account: int, segment: Segment, cells: GraphCells) -> list[GraphChange]:
        """Where the graph of a media's sessions rises and falls, in no order.

        The cell that lies behind the last one has the number ``cells.count``.
        """
        media = _whole_media(segment)
        now = None if media is None else self._now(account)
        if media is None or now is None:
            return self._plain.graph(account, segment, cells)
        rolled, live = self._store.at_once(
            lambda: self._rollups.graph(account, now.rolled.settled.edition, media),
            lambda: self._live_graph(account, media, now, cells),
        )
        wanted = cells.as_rolled()
        if rolled is None:
            return live
        if (rolled.width_us, rolled.divisor) != (wanted.width_us, wanted.divisor):
            return self._plain.graph(account, segment, cells)  # it is for another duration
        changes = zip(rolled.cells, rolled.viewers, rolled.rewatches, strict=True)
        found = [GraphChange(min(cell, cells.count), up, again) for cell, up, again in changes]
        return found + live

    def _now(self, account: int) -> _Now | None:
        """The account at this moment, None when it is to be read from its sessions."""
        mark = self._store.changes.of(account)
        rolled = self._rollups.whole(account)
        if not rolled.settled.edition:
            return None
        until_ms = rolled.settled.until_ms
        live = self._live.get((account, until_ms), mark, lambda: self._read_live(account, until_ms))
        return None if live is None else _Now(rolled, live)

    def _read_live(self, account: int, until_ms: int) -> Mapping[str, Sequence[_Quarter]] | None:
        rows = self._store.ask(_LIVE, {"account": account, "until": until_ms})
        if len(rows) > _MOST_QUARTERS:
            return None
        found: dict[str, list[_Quarter]] = {}
        for media, *sums in rows:
            found.setdefault(media, []).append(_Quarter(*sums))
        return found

    def _live_graph(
        self, account: int, media: str, now: _Now, cells: GraphCells
    ) -> list[GraphChange]:
        if media not in now.live:
            return []
        from_ms = now.rolled.settled.until_ms

        def read() -> "array[int]":
            if sum(part.loads for part in now.live[media]) <= _FEW:
                return _packed(self._plain.graph_of_few(account, media, cells, from_ms))
            return _packed(self._plain.graph(account, Segment(medias=(media,)), cells, from_ms))

        key = account, media, from_ms, cells
        found = self._graphs.get(key, self._store.changes.of(account, media), read)
        return [GraphChange(*found[at : at + 3]) for at in range(0, len(found), 3)]

    def _live_actions(self, account: int, media: str, now: _Now) -> list[ActionTotals]:
        if not any(part.acting for part in now.live.get(media, ())):
            return []
        from_ms = now.rolled.settled.until_ms

        def read() -> list[ActionTotals]:
            return self._plain.actions(account, Segment(medias=(media,)), from_ms)

        key = account, media, from_ms
        return self._actions.get(key, self._store.changes.of(account, media), read)


def _packed(changes: Iterable[GraphChange]) -> "array[int]":
    """The same one number after the other: of a thousand medias they are some millions."""
    return array("q", itertools.chain.from_iterable(map(msgspec.structs.astuple, changes)))


def _whole_media(segment: Segment) -> str | None:
    """The media whose sessions, all of them, the segment has."""
    medias = segment.medias
    whole = medias is not None and len(medias) == 1 and segment == Segment(medias=medias)
    return medias[0] if medias and whole else None


def _are_rolled(asked: Sequence[int], days: Span) -> bool:
    """Whether roll-ups and quarters of hours can tell these days apart."""
    return (
        bool(asked)
        and ROLLED_DAYS[0] <= min(asked)
        and max(asked) <= ROLLED_DAYS[1]
        and all(start % _QUARTER_MS == 0 for start in (*days.starts_ms, days.end_ms))
    )


def _total(parts: Iterable[RolledMedia | _Quarter]) -> Totals:
    loads, plays, watched = 0, 0, 0.0
    for part in parts:
        loads += part.loads
        plays += part.plays
        watched += part.watched_seconds
    return Totals(loads, plays, watched)


def _mean(parts: Sequence[RolledMedia | _Quarter]) -> float:
    known = sum(part.known for part in parts)
    return sum(part.viewed for part in parts) / known if known else 0.0
