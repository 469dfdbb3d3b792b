"""Questions to the store: SQL here, plain numbers out. What the numbers mean is for stats.

All of them read sessions with FINAL, that is the newest beacon of each session.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from msgspec import Struct

from playhead.store.cells import GraphCells, GraphChange, WatchMap
from playhead.store.client import Store
from playhead.store.fragments import ACTIONS, BORDERS, KNOWN, PERCENT_VIEWED, PIECES, cell_of
from playhead.store.segments import Segment, in_segment_by_weeks
from playhead.store.spans import Span, bucket_of


class Totals(Struct, frozen=True):
    """Sums over sessions."""

    loads: int
    plays: int
    watched_seconds: float

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.loads + other.loads,
            self.plays + other.plays,
            self.watched_seconds + other.watched_seconds,
        )


class MediaTotals(Struct, frozen=True):
    """Sums and means over the sessions of one media."""

    totals: Totals
    visitors: int
    visitors_with_a_play: int
    percent_viewed: float
    """Mean over the sessions with a play and a duration; 0.0 when there are none."""
    sessions_with_actions: int


class ActionTotals(Struct, frozen=True):
    """How often one type of action was used and shown."""

    type: str
    used: int
    shown: int


class MediaViewing(Struct, frozen=True):
    """What a media's graph stands on."""

    percent_viewed: float
    """As in ``MediaTotals``."""
    longest_duration: float
    """Seconds; 0.0 when no session carried a duration."""


_TOTALS: Final = "count(), countIf(played), sum(watched_seconds)"

_ACCOUNT: Final = "account_id = {account:UInt32}"
_LATER: Final = " AND session_ms >= {from:UInt64}"
_MEDIAS: Final = _ACCOUNT + " AND media IN {medias:Array(String)}"

_DAYS: Final = f"""
SELECT {bucket_of("started_ms")} AS day, {_TOTALS}
FROM sessions FINAL
WHERE %s
GROUP BY day
"""

# Visitors are counted by making groups of them: one set of names does for both counts, and takes
# two thirds of the time of two uniqExact.
_MEDIA: Final = f"""
SELECT
    sum(loads), sum(plays), sum(watched),
    count(), countIf(plays > 0),
    if(sum(known) = 0, 0, sum(viewed) / sum(known)),
    sum(acting)
FROM (
    SELECT
        count() AS loads,
        countIf(played) AS plays,
        sum(watched_seconds) AS watched,
        countIf({KNOWN}) AS known,
        sumIf({PERCENT_VIEWED}, {KNOWN}) AS viewed,
        countIf(actions != '') AS acting
    FROM sessions FINAL
    WHERE {_MEDIAS}
    GROUP BY visitor
)
"""

_ACTIONS: Final = f"""
SELECT action.type AS type, sum(action.converted), sum(action.shown)
FROM sessions FINAL
ARRAY JOIN {ACTIONS} AS action
WHERE %s AND actions != ''
GROUP BY type
ORDER BY type
"""

_WATCH_MAPS: Final = f"""
SELECT duration, piece_starts, piece_ends, piece_times
FROM sessions FINAL
WHERE {_ACCOUNT} AND media = {{media:String}} {_LATER}
"""

_VIEWING: Final = f"""
SELECT if(countIf({KNOWN}) = 0, 0, avgIf({PERCENT_VIEWED}, {KNOWN})), max(duration)
FROM sessions FINAL
WHERE {_MEDIAS}
"""

_LONGEST: Final = f"""
SELECT media, max(duration) AS longest
FROM sessions FINAL
WHERE {_MEDIAS}
GROUP BY media
HAVING longest > 0
"""

# All that depends on the cells alone comes as parameters: the engine needs longer to plan this
# than to read a thousand sessions.
_CELL: Final = cell_of(
    count="{count:UInt64}",
    beyond="{beyond:Int64}",
    factor="{factor:UInt64}",
    summand="{summand:UInt64}",
    divisor="{divisor:UInt64}",
)
_GRAPH: Final = f"""
SELECT {_CELL} AS cell, sum(border.2) AS viewers, sum(border.2 * again) AS rewatches
FROM (
    SELECT {BORDERS}
    FROM sessions FINAL
    {PIECES}
    WHERE %s
)
GROUP BY cell
HAVING viewers != 0 OR rewatches != 0
"""


class PlainQuestions:
    """Every question has a scope: an account, and its medias by hashed id or None for all.

    All raise StoreUnavailableError without an answer within the limits.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def totals(self, account: int, medias: Sequence[str] | None) -> Totals:
        """Sums over all sessions of the scope."""
        where, parameters = _scope(account, medias)
        rows = self._store.ask(f"SELECT {_TOTALS} FROM sessions FINAL WHERE {where}", parameters)
        return Totals(*rows[0])

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
        del timezone  # the stretches say all
        times = ((days.starts_ms[0], days.end_ms),)
        names = None if medias is None else tuple(medias)
        condition, parameters = in_segment_by_weeks(self._store, account, Segment(names, times))
        rows = self._store.ask(_DAYS % condition, parameters | days.parameters())
        return {row[0]: Totals(*row[1:]) for row in rows if row[0] >= 0}

    def media(self, account: int, media: str) -> MediaTotals:
        """Sums and means over all sessions of a media."""
        rows = self._store.ask(_MEDIA, _scope(account, [media])[1])
        loads, plays, watched, *others = rows[0]
        return MediaTotals(Totals(loads, plays, watched), *others)

    def actions(self, account: int, segment: Segment, from_ms: int = 0) -> list[ActionTotals]:
        """How often each type of action was used and shown, over some sessions, by type.

        Args:
            account: numeric id.
            segment: which sessions.
            from_ms: leave out sessions with an id from before.
        """
        condition, parameters = in_segment_by_weeks(self._store, account, segment)
        rows = self._store.ask(_ACTIONS % (condition + _LATER), parameters | {"from": from_ms})
        return [ActionTotals(*row) for row in rows]

    def viewing(self, account: int, media: str) -> MediaViewing:
        """How much of a media its sessions saw, without looking at who they were."""
        return MediaViewing(*self._store.ask(_VIEWING, _scope(account, [media])[1])[0])

    def longest_durations(self, account: int, medias: Sequence[str]) -> dict[str, float]:
        """The longest duration (s) that any session of a media carried, where one did."""
        rows = self._store.ask(_LONGEST, _scope(account, medias)[1])
        return {row[0]: row[1] for row in rows}

    def graph(
        self, account: int, segment: Segment, cells: GraphCells, from_ms: int = 0
    ) -> list[GraphChange]:
        """Where the graph of a media's sessions rises and falls, in no order.

        The cell that lies behind the last one has the number ``cells.count``.

        Args:
            account: numeric id.
            segment: which sessions; they are of one media.
            cells: those of the graph.
            from_ms: leave out sessions with an id from before.
        """
        width, divisor = cells.width_us, cells.divisor
        condition, parameters = in_segment_by_weeks(self._store, account, segment)
        parameters |= {
            "from": from_ms,
            "count": cells.count,
            "beyond": cells.count * width // divisor + 1,
            "factor": 2 * divisor,
            "summand": width - 1,
            "divisor": 2 * width,
        }
        rows = self._store.ask(_GRAPH % (condition + _LATER), parameters)
        return [GraphChange(*row) for row in rows]

    def graph_of_few(
        self, account: int, media: str, cells: GraphCells, from_ms: int
    ) -> list[GraphChange]:
        """The same of all sessions of a media from a time on, which are few."""
        parameters = {"account": account, "media": media, "from": from_ms}
        rows = self._store.ask(_WATCH_MAPS, parameters)
        return [change for row in rows for change in cells.changes(WatchMap(*row))]


NO_TOTALS: Final = Totals(0, 0, 0.0)


def added_up(found: Iterable[ActionTotals]) -> list[ActionTotals]:
    """One for each type, in their order."""
    sums: dict[str, tuple[int, int]] = {}
    for each in found:
        used, shown = sums.get(each.type, (0, 0))
        sums[each.type] = used + each.used, shown + each.shown
    return [ActionTotals(name, *sums[name]) for name in sorted(sums)]


def _scope(account: int, medias: Sequence[str] | None) -> tuple[str, dict[str, Any]]:
    if medias is None:
        return _ACCOUNT, {"account": account}
    return _MEDIAS, {"account": account, "medias": list(medias)}
