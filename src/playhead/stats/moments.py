"""The moments of a media that stand out in its engagement graph (docs/numbers.md, Moments)."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

_MOST: Final = 3
_STRETCHES: Final = 100
_APART: Final = 20


class DropOff(Struct, frozen=True):
    """By ``cell`` there are ``lost`` viewers fewer than the ``viewers`` a moment before."""

    cell: int
    viewers: int
    lost: int


class Rewatched(Struct, frozen=True):
    """From ``first`` to ``last``, both cells included, with the most viewings at ``cell``."""

    cell: int
    first: int
    last: int
    viewings: int


def drop_offs(viewers: Sequence[int]) -> list[DropOff]:
    """The steepest drop-offs of a graph, steepest first, at most three.

    The drop-off at a moment is how many viewers fewer saw it than the moment one hundredth of the
    media (at least one cell) before. Of moments that are less than a twentieth of the media apart
    only the steepest counts; of equals, the earlier.
    """
    stretch = max(1, len(viewers) // _STRETCHES)
    apart = max(1, len(viewers) // _APART)
    found = [
        DropOff(cell, viewers[cell - stretch], viewers[cell - stretch] - viewers[cell])
        for cell in range(stretch, len(viewers))
        if viewers[cell] < viewers[cell - stretch]
    ]
    chosen: list[DropOff] = []
    for drop in sorted(found, key=lambda drop: (-drop.lost, drop.cell)):
        if all(abs(drop.cell - other.cell) >= apart for other in chosen):
            chosen.append(drop)
        if len(chosen) == _MOST:
            break
    return chosen


def most_rewatched(rewatches: Sequence[int]) -> list[Rewatched]:
    """The moments of a graph that were watched again most, most first, at most three.

    A moment goes from its peak to both sides for as long as at least half as many viewings came on
    top there. A further moment lies outside of those before; of equals, the earlier counts.
    """
    chosen: list[Rewatched] = []
    for peak in sorted(_peaks(rewatches), key=lambda cell: (-rewatches[cell], cell)):
        moment = _around(peak, rewatches)
        # What runs into a higher moment is its slope, and no moment of its own.
        if all(moment.last < other.first or other.last < moment.first for other in chosen):
            chosen.append(moment)
        if len(chosen) == _MOST:
            break
    return chosen


def _peaks(rewatches: Sequence[int]) -> list[int]:
    """The cells that are no lower than those beside them, and not empty."""
    beside = [0, *rewatches, 0]
    return [
        cell
        for cell, height in enumerate(rewatches)
        if height and beside[cell] <= height >= beside[cell + 2]
    ]


def _around(peak: int, rewatches: Sequence[int]) -> Rewatched:
    height = rewatches[peak]
    first = last = peak
    while first > 0 and 2 * rewatches[first - 1] >= height:
        first -= 1
    while last + 1 < len(rewatches) and 2 * rewatches[last + 1] >= height:
        last += 1
    return Rewatched(peak, first, last, height)
