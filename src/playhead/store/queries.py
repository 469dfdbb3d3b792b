"""Questions to the store: SQL here, plain numbers out. What the numbers mean is for stats.

All of them read sessions with FINAL, that is the newest beacon of each session.
"""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from playhead.store.client import Store
from playhead.store.fragments import ACTIONS, KNOWN, PERCENT_VIEWED
from playhead.store.segments import Segment, in_segment


class Totals(Struct, frozen=True):
    """Sums over sessions."""

    loads: int
    plays: int
    watched_seconds: float


class DayTotals(Struct, frozen=True):
    """Sums over the sessions that started at or after ``start_ms`` and before the next start."""

    start_ms: int
    totals: Totals


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


class GraphCells(Struct, frozen=True):
    """The cells of an engagement graph: ``count`` of them, ``width_us / divisor`` wide each.

    A fraction of whole microseconds, so that a cell's border is never a rounded number. The
    divisor is below 2000.
    """

    count: int
    width_us: int
    divisor: int


class GraphChange(Struct, frozen=True):
    """By how much two counts at ``cell`` differ from those at the cell before."""

    cell: int
    viewers: int
    rewatches: int


_TOTALS: Final = "count(), countIf(played), sum(watched_seconds)"

_SCOPE: Final = "account_id = {account:UInt32}"
_SCOPE_OF_MEDIAS: Final = _SCOPE + " AND media IN {medias:Array(String)}"

_DAYS: Final = """
SELECT roundDown(started_ms, {starts:Array(Int64)}) AS start, %s
FROM sessions FINAL
WHERE %s
  AND started_ms >= {first:Int64}
  AND started_ms < {end:Int64}
GROUP BY start
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
    WHERE {_SCOPE_OF_MEDIAS}
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

_VIEWING: Final = f"""
SELECT if(countIf({KNOWN}) = 0, 0, avgIf({PERCENT_VIEWED}, {KNOWN})), max(duration)
FROM sessions FINAL
WHERE {_SCOPE_OF_MEDIAS}
"""

_LONGEST: Final = f"""
SELECT media, max(duration) AS longest
FROM sessions FINAL
WHERE {_SCOPE_OF_MEDIAS}
GROUP BY media
HAVING longest > 0
"""

# A piece covers the cells whose midpoint lies in it. With cells of width W/K microseconds, cell
# i's midpoint is (2i + 1) * W / 2K, so the first cell at or after a border b is
# ceil((2bK - W) / 2W), here in whole numbers. Each piece adds at its first cell and takes away
# after its last. A border past the graph is moved to its end, which also keeps 2bK in 64 bits
# without a sign. A duration is rounded up, so that it stays after every midpoint that it is after.
# All that depends on the cells alone comes as parameters: the engine needs longer to plan this
# than to read a thousand sessions.
_GRAPH: Final = """
SELECT
    least(
        {count:UInt64},
        intDiv(
            least(border.1, {beyond:Int64})::UInt64 * {factor:UInt64} + {summand:UInt64},
            {divisor:UInt64}
        )
    ) AS cell,
    sum(border.2) AS viewers,
    sum(border.2 * again) AS rewatches
FROM (
    SELECT
        round(duration * 1000000)::Int64 AS near_us,
        if(
            duration > 0,
            near_us + (near_us / 1000000 < duration),
            {no_end:Int64}
        ) AS duration_us,
        arrayJoin([
            (start_ms::Int64 * 1000, 1),
            (least(end_ms::Int64 * 1000, duration_us), -1)
        ]) AS border,
        times::Int64 - 1 AS again
    FROM sessions FINAL
    ARRAY JOIN piece_starts AS start_ms, piece_ends AS end_ms, piece_times AS times
    WHERE %s
)
GROUP BY cell
HAVING viewers != 0 OR rewatches != 0
"""
_NO_END: Final = 2**62


class Questions:
    """Every question has a scope: an account, and its medias by hashed id or None for all."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def totals(self, account: int, medias: Sequence[str] | None) -> Totals:
        """Sums over all sessions of the scope.

        Raises:
            StoreUnavailableError: there is no answer within the limits.
        """
        where, parameters = _scope(account, medias)
        rows = self._store.ask(f"SELECT {_TOTALS} FROM sessions FINAL WHERE {where}", parameters)
        return Totals(*rows[0])

    def days(
        self, account: int, medias: Sequence[str] | None, starts_ms: Sequence[int], end_ms: int
    ) -> list[DayTotals]:
        """Sums by day, for the days that have sessions.

        Args:
            account: numeric id.
            medias: hashed ids, None for all of the account's.
            starts_ms: the first instant of each day, ascending, in ms since 1970.
            end_ms: the first instant after the last day.

        Raises:
            StoreUnavailableError: there is no answer within the limits.
        """
        where, parameters = _scope(account, medias)
        parameters |= {
            "starts": list(starts_ms),
            "first": starts_ms[0],
            "end": end_ms,
        }
        rows = self._store.ask(_DAYS % (_TOTALS, where), parameters)
        return [DayTotals(start, Totals(*sums)) for start, *sums in rows]

    def media(self, account: int, media: str) -> MediaTotals:
        """Sums and means over all sessions of a media.

        Raises:
            StoreUnavailableError: there is no answer within the limits.
        """
        rows = self._store.ask(_MEDIA, _scope(account, [media])[1])
        loads, plays, watched, *others = rows[0]
        return MediaTotals(Totals(loads, plays, watched), *others)

    def actions(self, account: int, segment: Segment) -> list[ActionTotals]:
        """How often each type of action was used and shown, over some sessions.

        Raises:
            StoreUnavailableError: there is no answer within the limits.
        """
        condition, parameters = in_segment(account, segment)
        rows = self._store.ask(_ACTIONS % condition, parameters)
        return [ActionTotals(*row) for row in rows]

    def viewing(self, account: int, media: str) -> MediaViewing:
        """How much of a media its sessions saw, without looking at who they were.

        Raises:
            StoreUnavailableError: there is no answer within the limits.
        """
        return MediaViewing(*self._store.ask(_VIEWING, _scope(account, [media])[1])[0])

    def longest_durations(self, account: int, medias: Sequence[str]) -> dict[str, float]:
        """The longest duration (s) that any session of a media carried, where one did.

        Raises:
            StoreUnavailableError: there is no answer within the limits.
        """
        rows = self._store.ask(_LONGEST, _scope(account, medias)[1])
        return {row[0]: row[1] for row in rows}

    def graph(self, account: int, segment: Segment, cells: GraphCells) -> list[GraphChange]:
        """Where the graph of a media's sessions rises and falls, in no order.

        The cell that lies behind the last one has the number ``cells.count``.

        Raises:
            StoreUnavailableError: there is no answer within the limits.
        """
        width, divisor = cells.width_us, cells.divisor
        condition, parameters = in_segment(account, segment)
        parameters |= {
            "count": cells.count,
            "beyond": cells.count * width // divisor + 1,
            "factor": 2 * divisor,
            "summand": width - 1,
            "divisor": 2 * width,
            "no_end": _NO_END,
        }
        return [GraphChange(*row) for row in self._store.ask(_GRAPH % condition, parameters)]


def _scope(account: int, medias: Sequence[str] | None) -> tuple[str, dict[str, Any]]:
    if medias is None:
        return _SCOPE, {"account": account}
    return _SCOPE_OF_MEDIAS, {"account": account, "medias": list(medias)}
