"""Checking a watch map and bringing it to whole milliseconds (contract/beacon.md, ``watched``)."""

import math
from collections.abc import Sequence

from playhead.beacon import Piece
from playhead.collect.refusals import Reason, Refusal

# A second, and what a float that is years of milliseconds may be wrong by.
_MOST_PAST_THE_DURATION_MS = 1000.001


def normalise(watched: Sequence[Piece], duration: float) -> list[tuple[int, int, int]]:
    """The pieces as ``(start_ms, end_ms, times)``.

    Args:
        watched: ``(start, end, times)`` in seconds; single values are within their bounds.
        duration: seconds, 0.0 when unknown.

    Returns:
        The pieces rounded to the millisecond. The end of a piece that was cut back to the
        duration is rounded up; pieces that became empty are left out.

    Raises:
        Refusal: pieces run backwards, overlap or go too far past the duration.
    """
    pieces: list[tuple[int, int, int]] = []
    previous_end = 0.0
    for index, (start, end, times) in enumerate(watched):
        if end <= start:
            how = "is not after" if end == start else "is before"
            raise _refusal(index, f"end {end} {how} start {start}")
        if start < previous_end:
            raise _refusal(
                index, f"start {start} is before {previous_end}, where the piece before it ends"
            )
        previous_end = end
        start_ms, end_ms = _milliseconds(start), _milliseconds(end)
        if duration and end_ms > duration * 1000:
            if end_ms - duration * 1000 > _MOST_PAST_THE_DURATION_MS:
                raise _refusal(index, f"end {end} is past the duration {duration} by over 1 s")
            if start_ms >= duration * 1000:
                continue
            end_ms = min(end_ms, math.ceil(duration * 1000))
        if start_ms < end_ms:
            pieces.append((start_ms, end_ms, times))
    return pieces


def watched_and_covered(
    pieces: Sequence[tuple[int, int, int]], duration: float
) -> tuple[float, float]:
    """Seconds of media time, with repeats and without (contract/metrics.md, One session).

    Args:
        pieces: from :func:`normalise`.
        duration: seconds, 0.0 when unknown.
    """
    watched_ms: float = 0
    covered_ms: float = 0
    for start, end, times in pieces:
        watched_ms += (end - start) * times
        covered_ms += end - start
    if pieces and duration and pieces[-1][1] > duration * 1000:
        # The last piece was cut back to the duration, which lies under 1 ms before its end.
        excess_ms = pieces[-1][1] - duration * 1000
        watched_ms -= excess_ms * pieces[-1][2]
        covered_ms -= excess_ms
    return watched_ms / 1000, covered_ms / 1000


def _milliseconds(seconds: float) -> int:
    scaled = seconds * 1000
    near = round(scaled)
    # Where the product is close to a half it may have been rounded across it.
    if abs(abs(scaled - near) - 0.5) < 1e-3:
        return round(round(seconds, 3) * 1000)
    return near


def _refusal(index: int, what: str) -> Refusal:
    return Refusal(Reason.WATCH_MAP, f"watched[{index}]: {what}")
