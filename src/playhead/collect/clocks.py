"""Whether our clock is wrong, as told by everybody else's.

One viewer's clock may be off by anything. When most of those who report are off by the same, in
the same direction, it is ours. Each sender counts once, however much it sends.
"""

import time
from collections import OrderedDict
from statistics import median
from typing import Final

from prometheus_client import Gauge

_MOST_SENDERS: Final = 500
_FEWEST_SENDERS: Final = 20
_TOLD_FOR_S: Final = 3600.0

_ERROR: Final = Gauge(
    "playhead_clock_ahead_seconds",
    "How far this clock is ahead of most senders' clocks; 0 while few have reported.",
)


class SendersClocks:
    """What the newest beacon of each of the newest senders said. For one thread."""

    def __init__(self) -> None:
        # Of an address only its hash, which differs from process to process.
        self._ahead_ms: OrderedDict[int, tuple[int, float]] = OrderedDict()
        _ERROR.set_function(self.ahead_s)

    def heard(self, address: str, ahead_ms: int) -> None:
        """A sender's clock, in ms behind ours."""
        key = hash(address)
        self._ahead_ms[key] = ahead_ms, time.monotonic()
        self._ahead_ms.move_to_end(key)
        if len(self._ahead_ms) > _MOST_SENDERS:
            self._ahead_ms.popitem(last=False)

    def ahead_s(self) -> float:
        """How far ours is ahead of most, in s; 0.0 while too few have reported."""
        since = time.monotonic() - _TOLD_FOR_S
        told = [ahead for ahead, at in list(self._ahead_ms.values()) if at > since]
        return median(told) / 1000 if len(told) >= _FEWEST_SENDERS else 0.0
