"""The store gone or slow under load: beacons get their 204 as ever, and every one counts once."""

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from clickhouse import ClickHouse, clickhouse_front
from outages import late, store_away
from support import Server, beacon, wait_until
from viewers import Audience

OPTIONS = "--api-limit", "0", "--collect-limit", "0", "--settle-after", "0", "--settle-every", "1"
AWAY_S = 3.0
LATE_S = 0.8
ASKING = 12
# Beside what waits: what a batch takes that moves into the store, and what its client does.
MOST_MORE_MIB = 250


@pytest.fixture(scope="module")
def front() -> Iterator[ClickHouse]:
    """A store that these tests may take away."""
    with clickhouse_front() as running:
        yield running


@pytest.fixture
def server(front: ClickHouse, tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "data", OPTIONS, store=front.url(f"sessions_{tmp_path.name}"))
    yield made.start()
    made.kill()


def test_while_the_store_is_gone_every_beacon_gets_its_204_and_counts_once_after(
    server: Server, front: ClickHouse
) -> None:
    account = server.account()
    with Audience(account, server.url, hours_ago=3) as audience:
        wait_until(lambda: audience.sessions > 20)
        seen = store_away(server, front, audience, AWAY_S)
        wait_until(lambda: audience.acknowledged > seen.acknowledged + 100)
    server.settle()
    assert seen.acknowledged > 100
    assert seen.most_waiting >= seen.acknowledged
    assert set(audience.answers) == {204}
    assert seen.most_memory_mib < seen.memory_before_mib + MOST_MORE_MIB
    assert any(each["event"] == "drain.waiting" for each in server.events)
    audience.assert_counted(server.url)


def test_a_slow_store_does_not_slow_beacons(server: Server, front: ClickHouse) -> None:
    """Not those of known accounts, and not the first ones of others, while many ask for numbers."""
    account = server.account()
    others = [server.account() for _ in range(6)]

    def medians() -> tuple[float, float]:
        """Of beacons under load, and of the first beacons of accounts (s)."""
        first = []
        with Audience(account, server.url, viewers=2, pause_s=0.005) as audience:
            for _ in range(len(others) // 2):
                began = time.perf_counter()
                answer = httpx.post(f"{server.url}/collect", json=beacon(others.pop()), timeout=60)
                assert answer.status_code == 204
                first.append(time.perf_counter() - began)
            wait_until(lambda: len(audience.took_s) > 150)
        assert set(audience.answers) == {204}
        return statistics.median(audience.took_s), statistics.median(first)

    quick = medians()
    with late(front, LATE_S), asking(server, account.headers):
        slow = medians()
    server.settle()
    # Far above what a busy machine makes of the same work, and far below what the store takes.
    for before, during in zip(quick, slow, strict=True):
        assert during < before + LATE_S / 3


@contextmanager
def asking(server: Server, headers: dict[str, str]) -> Iterator[None]:
    """More questions at once than there are threads to ask them, again and again."""
    ended = threading.Event()

    def ask(number: int) -> None:
        paths = "/readyz", "/v1/stats/account.json", "/v1/stats/visitors.json"
        with httpx.Client(base_url=server.url, headers=headers, timeout=120) as http:
            while not ended.is_set():
                http.get(f"{paths[number % len(paths)]}?asked={time.monotonic()}")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(ASKING)]
    for thread in threads:
        thread.start()
    try:
        # Until all of them wait for the store.
        time.sleep(LATE_S / 2)
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()
