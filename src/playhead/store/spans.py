"""Stretches of time that belong to buckets."""

from bisect import bisect_right
from typing import Any

from msgspec import Struct


class Span(Struct, frozen=True):
    """Stretches of time, each of which belongs to a bucket; -1 belongs to none.

    ``starts_ms`` are ascending, in ms since 1970; the last stretch goes to ``end_ms``.
    """

    starts_ms: list[int]
    buckets: list[int]
    end_ms: int

    def parameters(self) -> dict[str, Any]:
        """What :func:`bucket_of` needs."""
        return {"starts": self.starts_ms, "buckets": self.buckets}

    def bucket_at(self, instant_ms: int) -> int:
        """The bucket of an instant, -1 when it has none."""
        if not self.starts_ms[0] <= instant_ms < self.end_ms:
            return -1
        return self.buckets[bisect_right(self.starts_ms, instant_ms) - 1]


def bucket_of(instant: str) -> str:
    """The bucket of an instant within a span, as SQL."""
    starts = "{starts:Array(Int64)}"
    return f"transform(roundDown({instant}, {starts}), {starts}, {{buckets:Array(Int32)}}, -1)"
