"""Outages for as long as one likes: a test's some seconds, and the stress run's ten minutes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from clickhouse import ClickHouse
from support import Server
from viewers import Audience

_SAMPLE_EVERY_S = 0.1
_DRAINED_WITHIN_S = 300


@dataclass
class Outage:
    """What was seen of one."""

    acknowledged: int
    """Beacons that were acknowledged meanwhile."""
    most_waiting: int
    """Lines in the spool at its end."""
    memory_before_mib: float
    most_memory_mib: float
    drained_after_s: float


def store_away(
    server: Server,
    front: ClickHouse,
    audience: Audience,
    seconds: float,
    passed: Callable[[float], None] = lambda _: None,
) -> Outage:
    """Kill the store under load and start it again after some seconds; wait for the drain.

    ``passed`` is told how many seconds have passed.
    """
    before, memory = audience.acknowledged, server.memory_mib()
    most = memory
    front.stop()
    began = time.monotonic()
    while (gone := time.monotonic() - began) < seconds:
        most = max(most, server.memory_mib())
        passed(gone)
        time.sleep(_SAMPLE_EVERY_S)
    acknowledged, waits = audience.acknowledged - before, waiting(server)
    front.start()
    back = time.monotonic()
    # Beacons go on, so it is never empty for long: what waited has gone when little is left.
    while waiting(server) > waits / 10:
        assert time.monotonic() < back + _DRAINED_WITHIN_S, server.events[-20:]
        most = max(most, server.memory_mib())
        time.sleep(_SAMPLE_EVERY_S)
    return Outage(acknowledged, waits, memory, most, time.monotonic() - back)


def waiting(server: Server) -> int:
    """Lines in its spool."""
    lines: int = httpx.get(f"{server.url}/readyz", timeout=60).json()["waiting"]
    return lines


@contextmanager
def late(front: ClickHouse, seconds: float) -> Iterator[None]:
    """The store answers, but every answer takes so long."""
    front.delay(seconds)
    try:
        yield
    finally:
        front.delay(0)
