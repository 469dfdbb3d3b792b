"""Checking a watch map and bringing it to whole milliseconds (contract/beacon.md, ``watched``)."""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from msgspec import Struct

from playhead.beacon import Piece
from playhead.collect.refusals import Reason, Refusal

# A second, and what a float that is years of milliseconds may be wrong by.
_MOST_PAST_THE_DURATION_MS: Final = 1000.001


class WatchMap(Struct, gc=False):
    """A watch map as three lists of the same length, with its sums.

    ``starts`` and ``ends`` are in ms. The end of a piece that was cut back to the duration is
    rounded up. The sums are in seconds (contract/metrics.md, One session).
    """

    starts: list[int]
    ends: list[int]
    times: list[int]
    watched_seconds: float = 0.0
    covered_seconds: float = 0.0


def normalise(watched: Sequence[Piece], duration: float) -> WatchMap:
    """Check a watch map, round it to the millisecond, drop pieces that became empty.

    Args:
        watched: ``(start, end, times)`` in seconds; single values are within their bounds.
        duration: seconds, 0.0 when unknown.

    Raises:
        Refusal: pieces run backwards, overlap or go too far past the duration.
    """
    starts: list[int] = []
    ends: list[int] = []
    all_times: list[int] = []
    watched_ms: float = 0
    covered_ms: float = 0
    previous_end = 0.0
    last_ms = duration * 1000 if duration else math.inf
    for index, (start, end, times) in enumerate(watched):
        if not previous_end <= start < end:
            raise _disorder(index, start, end, previous_end)
        previous_end = end
        start_ms, end_ms = _milliseconds(start), _milliseconds(end)
        length: float = end_ms - start_ms
        if end_ms > last_ms:
            if end_ms - last_ms > _MOST_PAST_THE_DURATION_MS:
                raise _refusal(index, f"end {end} is past the duration {duration} by over 1 s")
            end_ms = min(end_ms, math.ceil(last_ms))
            # Digit by digit, because of a piece that is all but nothing a difference has few.
            length = float(Fraction(repr(duration)) * 1000 - start_ms)
        if length > 0:
            starts.append(start_ms)
            ends.append(end_ms)
            all_times.append(times)
            watched_ms += length * times
            covered_ms += length
    return WatchMap(starts, ends, all_times, watched_ms / 1000, covered_ms / 1000)


def _milliseconds(seconds: float) -> int:
    scaled = seconds * 1000
    near = round(scaled)
    # Where the product is close to a half it may have been rounded across it.
    if not -0.499 <= scaled - near <= 0.499:
        return round(round(seconds, 3) * 1000)
    return near


def _disorder(index: int, start: float, end: float, previous_end: float) -> Refusal:
    if end < start:
        return _refusal(index, f"end {end} is before start {start}")
    if end == start:
        return _refusal(index, f"end {end} is not after start {start}")
    return _refusal(
        index, f"start {start} is before {previous_end}, where the piece before it ends"
    )


def _refusal(index: int, what: str) -> Refusal:
    return Refusal(Reason.WATCH_MAP, f"watched[{index}]: {what}")
