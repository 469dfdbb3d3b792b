"""Rate limits: so many a minute for each key, with room for a burst."""

import time
from collections.abc import Hashable
from typing import Final

_MOST_KEYS: Final = 50_000


class RateLimit:
    """A bucket for each key that holds a minute's worth and refills steadily.

    Not for several threads at once.
    """

    def __init__(self, per_minute: int) -> None:
        """Allow ``per_minute`` for each key; 0 allows everything."""
        self._capacity = float(per_minute)
        self._per_second = per_minute / 60
        self._buckets: dict[Hashable, tuple[float, float]] = {}

    def take(self, key: Hashable, amount: int = 1) -> int:
        """Take ``amount`` from the key's bucket.

        A large amount may leave the bucket in debt, so that it is never refused for ever but is
        paid for before anything else is let in.

        Returns:
            0 when it is allowed, else the whole seconds to wait.
        """
        if not self._capacity:
            return 0
        now = time.monotonic()
        left, then = self._buckets.get(key, (self._capacity, now))
        left = min(self._capacity, left + (now - then) * self._per_second)
        if left < 1:
            return max(1, round((1 - left) / self._per_second))
        if len(self._buckets) >= _MOST_KEYS:
            self._forget_the_idle(now)
        self._buckets[key] = (left - amount, now)
        return 0

    def _forget_the_idle(self, now: float) -> None:
        """Drop the buckets that are full again; a crowd of strangers must not eat the memory."""
        self._buckets = {
            key: (left, then)
            for key, (left, then) in self._buckets.items()
            if left + (now - then) * self._per_second < self._capacity
        }
        if len(self._buckets) >= _MOST_KEYS:
            self._buckets.clear()
