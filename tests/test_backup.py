"""A backup taken while beacons arrive has all that was acknowledged before, and is whole."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from inhabited import Inhabited, assert_equal, everything
from oracle import Oracle
from playhead.cli import main
from support import Server, TestAccount, beacon, wait_until
from worlds import World, in_any_world, worlds

several = st.lists(worlds().filter(lambda world: bool(world.log)), min_size=3, max_size=3)
OPTIONS = "--api-limit", "0", "--settle-after", "0", "--settle-every", "1"


class Arriving(threading.Thread):
    """Sends sessions one after the other, and counts those that were acknowledged."""

    def __init__(self, server: Server, account: TestAccount) -> None:
        super().__init__()
        self._server, self._account = server, account
        self._ended = threading.Event()
        self.acknowledged = 0

    def run(self) -> None:
        with httpx.Client(base_url=self._server.url) as http:
            while not self._ended.is_set():
                answer = http.post("/collect", json=beacon(self._account))
                assert answer.status_code == 204
                self.acknowledged += 1

    def end(self) -> None:
        self._ended.set()
        self.join()


@contextmanager
def arriving(server: Server, account: TestAccount) -> Iterator[Arriving]:
    thread = Arriving(server, account)
    thread.start()
    yield thread
    thread.end()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "data", OPTIONS).start()
    yield made
    made.kill()


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def done(*words: str) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = msgspec.json.decode(result.stdout)
    return found


def loads(server: Server, account: TestAccount, path: str = "account") -> int:
    url = f"{server.url}/v1/stats/{path}.json"
    answer = httpx.get(url, headers=account.headers).raise_for_status().json()
    rows = answer if isinstance(answer, list) else [answer]
    return sum(row["load_count"] for row in rows)


def test_what_was_acknowledged_before_is_in_it_and_nothing_twice(
    server: Server, tmp_path: Path
) -> None:
    account = server.account()
    with arriving(server, account) as sent:
        wait_until(lambda: sent.acknowledged > 200)
        before = sent.acknowledged
        done("backup", str(tmp_path / "backup"), "--data", str(server.data))
        after = sent.acknowledged
        wait_until(lambda: sent.acknowledged > after + 100)
    server.settle()
    assert loads(server, account) == sent.acknowledged
    assert not list((server.data / "store" / "shadow").glob("*/*"))

    done("restore", str(tmp_path / "backup"), "--data", str(tmp_path / "again"))
    again = Server(tmp_path / "again", OPTIONS).start()
    again.settle()
    found = {loads(again, account, path) for path in ("account", "account/by_date", "visitors")}
    again.stop()
    assert len(found) == 1
    assert before <= found.pop() <= after


@in_any_world(1)
@given(several)
def test_every_number_of_what_was_restored_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, given_worlds: list[World]
) -> None:
    folder = tmp_path_factory.mktemp("backup")
    server = Server(folder / "data", OPTIONS).start()
    try:
        with httpx.Client(base_url=server.url, timeout=30) as http:
            places = [Inhabited.settle_in(world, server, http) for world in given_worlds]
            for place in places:
                place.deliver()
            server.settle()
        server.stop()
        # With no server the command opens the folder itself.
        made = done("backup", str(folder / "backup"), "--data", str(server.data))
        brought = done("restore", str(folder / "backup"), "--data", str(folder / "again"))
        assert brought == made | {"folder": str(folder / "again")}
        server = Server(folder / "again", OPTIONS).start()
        with httpx.Client(base_url=server.url, timeout=30) as http:
            for place in places:
                place.http, world = http, place.world
                truth = Oracle(world.log, world.timezone, world.catalog_at_first())
                assert_equal(everything(place, truth))
    finally:
        server.kill()


def test_a_backup_is_a_folder_that_a_server_can_open(server: Server, tmp_path: Path) -> None:
    account = server.account()
    assert httpx.post(f"{server.url}/collect", json=beacon(account)).status_code == 204
    run("backup", str(tmp_path / "backup"), "--data", str(server.data))
    opened = Server(tmp_path / "backup", OPTIONS).start()
    opened.settle()
    assert loads(opened, account) == 1
    opened.stop()


def test_what_stands_in_the_way_is_named(server: Server, tmp_path: Path) -> None:
    backup, data = tmp_path / "backup", str(server.data)
    assert "is no backup" in run("restore", data, "--data", str(tmp_path / "a")).output
    assert f"{data} is not empty" in run("backup", data, "--data", data).output
    missing = str(tmp_path / "missing")
    assert f"there is no folder {missing}" in run("backup", str(backup), "--data", missing).output
    done("backup", str(backup), "--data", data)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    refused = run("restore", str(backup), "--data", str(tmp_path / "full"))
    assert "is not empty; choose another with --data" in refused.output
    store = "http://127.0.0.1:9/x"
    refused = run("backup", str(tmp_path / "b"), "--data", data, "--store", store)
    assert "have backups of their own" in refused.output


def test_a_damaged_backup_is_not_restored_unnoticed(server: Server, tmp_path: Path) -> None:
    account = server.account()
    for _ in range(50):
        assert httpx.post(f"{server.url}/collect", json=beacon(account)).status_code == 204
    server.settle()
    server.stop()
    backup = tmp_path / "backup"
    done("backup", str(backup), "--data", str(server.data))
    (part,) = sorted(
        (file for file in backup.rglob("data.bin")), key=lambda file: file.stat().st_size
    )[-1:]
    whole = part.read_bytes()
    part.write_bytes(whole[:-1])
    refused = run("restore", str(backup), "--data", str(tmp_path / "a"))
    assert f"missing or cut off: {part.relative_to(backup)}" in refused.output
    part.write_bytes(whole[:40] + bytes(20) + whole[60:])
    refused = run("restore", str(backup), "--data", str(tmp_path / "b"))
    assert "is damaged, in the tables" in refused.output
    part.write_bytes(whole)
    done("restore", str(backup), "--data", str(tmp_path / "c"))
