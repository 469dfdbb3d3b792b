"""The cells of an engagement graph, and how it changes from one to the next."""

from typing import Final

from msgspec import Struct

MOST_CELLS: Final = 1000
"""A graph of seconds has no more cells (contract/metrics.md, The engagement graph)."""


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


class GraphChange(Struct, frozen=True):
    """By how much two counts at ``cell`` differ from those at the cell before."""

    cell: int
    viewers: int
    rewatches: int
