"""Questions to the store: SQL here, plain numbers out. What the numbers mean is for stats.

All of them read sessions with FINAL, that is the newest beacon of each session.
"""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from playhead.store.client import Store


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
    longest_duration: float
    """Seconds; 0.0 when no session carried a duration."""


class GraphCells(Struct, frozen=True):
    """The cells of an engagement graph: ``count`` of them, ``width_us / divisor`` wide each.

    A fraction of whole microseconds, so that a cell's border is never a rounded number.
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

_MEDIA: Final = f"""
SELECT
    {_TOTALS},
    uniqExact(visitor),
    uniqExactIf(visitor, played),
    avgIf(least(1, covered_seconds / duration), played AND duration > 0),
    max(duration)
FROM sessions FINAL
WHERE {_SCOPE_OF_MEDIAS}
"""

# A piece covers the cells whose midpoint lies in it. With cells of width W/K microseconds, cell
# i's midpoint is (2i + 1) * W / 2K, so the first cell at or after a border b is
# ceil((2bK - W) / 2W), here in whole numbers. Each piece adds at its first cell and takes away
# after its last. A border past the graph is moved to its end, which also keeps 2bK in 64 bits.
_GRAPH: Final = f"""
WITH
    {{count:Int64}} AS n, {{width:Int64}} AS w, {{divisor:Int64}} AS k,
    intDiv(n * w, k) + 1 AS beyond,
    if(duration > 0, toInt64(round(duration * 1000000)), beyond) AS duration_us,
    (us -> toInt64(least(n, intDiv(2 * least(us, beyond) * k + w - 1, 2 * w)))) AS cell_at
SELECT change.1 AS cell, sum(change.2) AS viewers, sum(change.3) AS rewatches
FROM (
    SELECT arrayJoin(arrayConcat(
        arrayMap(
            (start, times) -> (cell_at(toInt64(start) * 1000), toInt64(1), toInt64(times) - 1),
            piece_starts, piece_times
        ),
        arrayMap(
            (end, times) -> (
                cell_at(least(toInt64(end) * 1000, duration_us)), toInt64(-1), 1 - toInt64(times)
            ),
            piece_ends, piece_times
        )
    )) AS change
    FROM sessions FINAL
    WHERE {_SCOPE_OF_MEDIAS} AND notEmpty(piece_starts)
)
GROUP BY cell
HAVING viewers != 0 OR rewatches != 0
"""


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
        loads, plays, watched, visitors, with_a_play, percent_viewed, longest = rows[0]
        return MediaTotals(
            totals=Totals(loads, plays, watched),
            visitors=visitors,
            visitors_with_a_play=with_a_play,
            # The mean of nothing is not a number.
            percent_viewed=percent_viewed if percent_viewed == percent_viewed else 0.0,  # noqa: PLR0124
            longest_duration=longest,
        )

    def graph(self, account: int, media: str, cells: GraphCells) -> list[GraphChange]:
        """Where the graph of a media rises and falls, in no order; cells may be ``cells.count``.

        Raises:
            StoreUnavailableError: there is no answer within the limits.
        """
        parameters = _scope(account, [media])[1] | {
            "count": cells.count,
            "width": cells.width_us,
            "divisor": cells.divisor,
        }
        return [GraphChange(*row) for row in self._store.ask(_GRAPH, parameters)]


def _scope(account: int, medias: Sequence[str] | None) -> tuple[str, dict[str, Any]]:
    if medias is None:
        return _SCOPE, {"account": account}
    return _SCOPE_OF_MEDIAS, {"account": account, "medias": list(medias)}
