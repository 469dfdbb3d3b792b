"""Disks without a byte left: nothing acknowledged is lost, nothing torn, and all goes on by itself.

The disks are small file systems that are really full, where the system lets a test have one.
"""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from clickhouse import clickhouse_front
from disks import SmallDisk, small_disk
from refusing import knows_media, loads
from support import Server, beacon, wait_until
from viewers import Audience

OPTIONS = "--api-limit", "0"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", 256) as made:
        yield made


def said(server: Server, event: str) -> bool:
    return any(each.get("event") == event for each in server.events)


def test_on_a_full_disk_beacons_get_a_503_and_once_there_is_room_all_goes_on(
    disk: SmallDisk,
) -> None:
    server = Server(disk.path / "data", OPTIONS, within=disk.within).start()
    try:
        account = server.account()
        with Audience(account, server.url, viewers=4, pause_s=0.01) as audience:
            wait_until(lambda: audience.acknowledged > 50)
            disk.fill(server.pid)
            wait_until(lambda: audience.answers[503] > 50)
            disk.free()
            acknowledged = audience.acknowledged
            wait_until(lambda: audience.acknowledged > acknowledged + 50)
        server.settle()
        audience.assert_counted(server.url)
        assert set(audience.answers) == {204, 503}
        assert not audience.without_retry_after
        # Half a transaction, or half a row, would be one of these.
        assert not said(server, "spool.damaged")
        assert not said(server, "drain.failed")
    finally:
        server.kill()


def test_what_waits_leaves_room_on_the_disk_for_the_way_out(tmp_path: Path) -> None:
    # A session of as many pieces fills the little that is left in a second.
    watched = [[second, second + 1, 1] for second in range(2000)]
    with small_disk(tmp_path / "disk", 70) as disk, clickhouse_front() as front:
        server = Server(disk.path / "data", OPTIONS, store=front.url("sessions"))
        server.within = disk.within
        server.start()
        try:
            account = server.account()
            with httpx.Client(base_url=server.url, timeout=30) as http:
                assert http.post("/collect", json=beacon(account)).status_code == 204
                server.settle()
                front.stop()
                taken, wide = 1, {"duration": 2000, "watched": watched}
                answer = http.post("/collect", json=beacon(account, **wide))
                while answer.status_code == 204:
                    taken += 1
                    answer = http.post("/collect", json=beacon(account, **wide))
                assert (answer.status_code, answer.json()) == (
                    503,
                    {"error": "the disk is almost full"},
                )
                assert answer.headers["retry-after"] == "5"
                assert answer.headers["playhead-refusal"] == "spool_full"
                assert taken > 50
                front.start()
                server.settle()
                assert loads(http, account) == taken
                wait_until(lambda: http.post("/collect", json=beacon(account)).status_code == 204)
            assert said(server, "spool.disk_is_almost_full")
        finally:
            server.kill()


def test_while_the_disk_of_the_store_is_full_beacons_wait_and_the_log_says_why(
    disk: SmallDisk, tmp_path: Path
) -> None:
    with clickhouse_front(at=disk.path, within=disk.within) as front:
        server = Server(tmp_path / "data", OPTIONS, store=front.url("sessions")).start()
        try:
            account = server.account()
            with httpx.Client(base_url=server.url, timeout=30) as http:
                assert http.post("/collect", json=beacon(account)).status_code == 204
                server.settle()
                disk.fill(front.pid)
                for _ in range(30):
                    assert http.post("/collect", json=beacon(account)).status_code == 204
                wait_until(lambda: said(server, "drain.waiting"))
                (why,) = {each["why"] for each in server.events if "why" in each}
                assert why == "the store's disk is full (make room on it)"
                assert http.get("/readyz").json()["waiting"] == 30
                disk.free()
                server.settle()
                assert loads(http, account) == 31
        finally:
            server.kill()


def test_while_the_disk_of_the_catalog_is_full_known_accounts_are_taken(
    disk: SmallDisk, tmp_path: Path
) -> None:
    catalog = f"sqlite:///{disk.path / 'catalog.sqlite'}"
    server = Server(tmp_path / "data", OPTIONS, catalog=catalog, within=disk.within).start()
    try:
        account = server.account()
        with httpx.Client(base_url=server.url, timeout=30) as http:
            assert http.post("/collect", json=beacon(account)).status_code == 204
            server.settle()
            disk.fill(server.pid, disk.path / "catalog.sqlite-wal")
            assert http.post("/collect", json=beacon(account)).status_code == 204
            server.settle()
            assert loads(http, account) == 2
            # A media that is new wants to be written down first.
            sent = beacon(account, media="lesson-2")
            assert http.post("/collect", json=sent).status_code == 204
            wait_until(lambda: said(server, "drain.waiting"))
            project = http.post("/v1/projects", json={"name": "New"}, headers=account.headers)
            assert project.status_code == 503
            assert int(project.headers["retry-after"]) > 0
            disk.free()
            server.settle()
            assert loads(http, account) == 3
            assert knows_media(http, account, "lesson-2")
    finally:
        server.kill()
