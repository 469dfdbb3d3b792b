"""The cells of an engagement graph, and how it changes from one to the next."""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

MOST_CELLS: Final = 1000
"""A graph of seconds has no more cells (contract/metrics.md, The engagement graph)."""
_NO_END_US: Final = 2**62


class WatchMap(Struct, frozen=True):
    """The pieces of a session (ms), how often each was watched, and its duration (s, 0.0: none)."""

    duration: float
    starts: Sequence[int]
    ends: Sequence[int]
    times: Sequence[int]


class GraphChange(Struct, frozen=True):
    """By how much two counts at ``cell`` differ from those at the cell before."""

    cell: int
    viewers: int
    rewatches: int


class GraphCells(Struct, frozen=True):
    """The cells of an engagement graph: ``count`` of them, ``width_us / divisor`` wide each.

    A fraction of whole microseconds, so that a cell's border is never a rounded number. The
    divisor is below 2000.
    """

    count: int
    width_us: int
    divisor: int

    def is_seconds(self) -> bool:
        """Whether each is a second."""
        return (self.width_us, self.divisor) == (1_000_000, 1)

    def as_rolled(self) -> "GraphCells":
        """The cells of a roll-up: where each is a second, as many as there ever are.

        So a roll-up of seconds is right for every duration that is told in seconds.
        """
        if self.count == 0 or self.is_seconds():
            return GraphCells(MOST_CELLS, 1_000_000, 1)
        return self

    def changes(self, watched: WatchMap) -> Iterator[GraphChange]:
        """What a session changes. The same in SQL, and why, is in ``fragments.BORDERS``."""
        near_us = round(watched.duration * 1_000_000)
        duration_us = near_us + (near_us / 1_000_000 < watched.duration)
        most_us = duration_us if watched.duration > 0 else _NO_END_US
        for start, end, times in zip(watched.starts, watched.ends, watched.times, strict=True):
            yield GraphChange(self._cell_from(start * 1000), 1, times - 1)
            yield GraphChange(self._cell_from(min(end * 1000, most_us)), -1, 1 - times)

    def _cell_from(self, border_us: int) -> int:
        """The first cell whose midpoint is at a border or after."""
        doubled = 2 * border_us * self.divisor
        return min(self.count, (doubled + self.width_us - 1) // (2 * self.width_us))
