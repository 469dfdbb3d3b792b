"""Sessions that started within some stretches of time."""

from collections.abc import Sequence
from typing import Any

Interval = tuple[int, int]
"""From an instant to before another, in ms since 1970."""


def within(intervals: Sequence[Interval]) -> tuple[str, dict[str, Any]]:
    """The condition, and its parameters, for sessions that started in one of the intervals.

    Days are one interval, but for the few over whose midnight a clock was set back.
    """
    condition = "started_ms >= {from_ms:Int64} AND started_ms < {before_ms:Int64}"
    parameters: dict[str, Any] = {
        "from_ms": intervals[0][0],
        "before_ms": intervals[-1][1],
    }
    if len(intervals) > 1:
        condition += (
            " AND arrayExists((a, b) -> started_ms >= a AND started_ms < b,"
            " {begins:Array(Int64)}, {ends:Array(Int64)})"
        )
        parameters["begins"] = [start for start, _ in intervals]
        parameters["ends"] = [end for _, end in intervals]
    return condition, parameters
