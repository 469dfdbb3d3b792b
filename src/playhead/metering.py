"""What a server tells Prometheus of itself, beside what the collector counts."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from prometheus_client import Gauge, Histogram

from playhead.drain import Drain
from playhead.spool import Spool

AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]

_WAITING: Final = Gauge("playhead_spool_lines", "Beacons and notes that wait for the store.")
_BYTES: Final = Gauge("playhead_spool_bytes", "Bytes of what waits for the store.")
_BEHIND: Final = Gauge(
    "playhead_drain_behind_seconds",
    "For how long the spool has not been empty: an upper bound of how old the oldest beacon is.",
)
_TAKEN: Final = Histogram(
    "playhead_answer_seconds",
    "Time from a request to the end of its answer, by the first part of its path.",
    ["api"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_APIS: Final = frozenset({"v1", "modern", "insights", "manage", "session"})


def watch(spool: Spool, drain: Drain) -> None:
    """Tell of these from now on."""
    _WAITING.set_function(lambda: spool.waiting)
    _BYTES.set_function(lambda: spool.waiting_bytes)
    _BEHIND.set_function(drain.behind_s)


def timed(app: AsgiApp) -> AsgiApp:
    """The same application, whose answers are timed."""

    async def answer(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        first: str = scope["path"][1:].partition("/")[0]
        began = time.perf_counter()
        try:
            await app(scope, receive, send)
        finally:
            if first in _APIS:
                _TAKEN.labels(first).observe(time.perf_counter() - began)

    return answer
