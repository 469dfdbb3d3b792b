"""playhead doctor finds what is wrong and says what to do."""

import json
import resource
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from click.testing import CliRunner

from clickhouse import clickhouse_front
from playhead.cli import main
from playhead.store import Batch, Sessions, Store
from postgres import Postgres
from storing import session_id, session_row
from support import Server, beacon, now_ms, wait_until
from support import session_id as beacon_session


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture(autouse=True)
def own_folder_for_scratch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor opens the engine in this process, which takes its own folder for scratch."""
    monkeypatch.setattr(tempfile, "tempdir", tempfile.gettempdir())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Running, in a folder that others may not read."""
    made = Server(tmp_path / "data")
    made.data.mkdir(mode=0o700)
    yield made.start()
    made.kill()


def findings(data: Path, *words: str) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(main, ["doctor", "--data", str(data), "--json", *words])
    assert done.stdout, done.output
    return done.exit_code, {each["what"]: each for each in json.loads(done.stdout)}


def test_of_a_running_server_all_is_well(server: Server) -> None:
    code, found = findings(server.data, "--port", str(server.port))
    assert {what: each["level"] for what, each in found.items()} == dict.fromkeys(found, "ok")
    assert found.keys() >= {"server", "store", "drain", "disk", "disk's acknowledgement"}
    assert found.keys() >= {"clock", "open files"}
    assert code == 0


def test_it_reads_well(server: Server) -> None:
    words = ["doctor", "--data", str(server.data), "--port", str(server.port)]
    said = CliRunner().invoke(main, words).output
    assert "ok    drain: 0 lines wait for the store" in said.splitlines()


def test_of_a_stopped_one_it_says_how_to_start_it(server: Server) -> None:
    account = server.account()
    assert httpx.post(f"{server.url}/collect", json=beacon(account)).status_code == 204
    server.stop()
    code, found = findings(server.data, "--port", str(server.port))
    assert found["server"]["level"] == "warning"
    assert "playhead serve" in found["server"]["advice"]
    assert found["store and clock"]["level"] == "ok"
    assert code == 0


def test_a_clock_that_went_back_is_found(server: Server) -> None:
    server.stop()
    at = now_ms() + 3_600_000
    store = Store.open(server.settings().store_dsn)
    row = session_row(
        account_id=1, media="m", session_ms=at, session=session_id(at, 1), version=1,
        started_ms=at, received_ms=at, visitor="v", played=True,
    )  # fmt: skip
    Sessions(store).add(Batch([row]))
    store.close()
    code, found = findings(server.data, "--port", str(server.port))
    assert found["clock"]["level"] == "failure"
    assert "behind what was received" in found["clock"]["found"]
    assert "NTP" in found["clock"]["advice"]
    assert code == 1


def one_hour_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the doctor's clock, and nobody else's."""
    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() + 3600)


def test_a_clock_that_is_not_the_stores_is_found(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.stop()
    one_hour_ahead(monkeypatch)
    code, found = findings(server.data, "--port", str(server.port))
    assert (found["clock"]["found"], code) == ("3,600 s ahead of the store's", 1)


def test_a_clock_that_is_not_the_catalogs_is_found(
    tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.database()
    _, found = findings(tmp_path, "--port", "9", "--catalog", url)
    assert found["catalog and clock"]["level"] == "ok"
    one_hour_ahead(monkeypatch)
    code, found = findings(tmp_path, "--port", "9", "--catalog", url)
    assert (found["clock"]["found"], code) == ("3,600 s ahead of the catalog's", 1)


def test_a_clock_that_most_viewers_do_not_have_is_found(tmp_path: Path) -> None:
    made = Server(tmp_path / "data", ("--trusted-proxies", "127.0.0.1")).start()
    account = made.account()

    def report(http: httpx.Client, senders: range, ours_is_ahead_s: int) -> None:
        for number in senders:
            theirs = now_ms() - ours_is_ahead_s * 1000
            sent = beacon(account, sent_at=theirs, session=beacon_session(theirs))
            headers = {"x-forwarded-for": f"203.0.113.{number}"}
            assert http.post("/collect", json=sent, headers=headers).status_code == 204

    def clock() -> tuple[int, dict[str, Any]]:
        words = ("--trusted-proxies", "127.0.0.1", "--public-url", "https://stats.example.com")
        code, found = findings(made.data, "--port", str(made.port), *words)
        return code, found["clock"]

    try:
        with httpx.Client(base_url=made.url) as http:
            # Some viewers' clocks are always wrong, and one may send whatever it likes.
            report(http, range(25), 0)
            report(http, range(10), 3600)
            for _ in range(40):
                report(http, range(1), 3600)
            assert clock()[1]["level"] == "ok"
            for ours_is_ahead_s, which in ((3600, "ahead of"), (-7200, "behind")):
                report(http, range(25), ours_is_ahead_s)
                code, found = clock()
                assert (code, found["level"]) == (1, "failure")
                assert f"s {which} the clocks of most viewers" in found["found"]
                # To some seconds: each beacon took a moment to come.
                told_s = int(found["found"].split()[0].replace(",", ""))
                assert abs(told_s - abs(ours_is_ahead_s)) <= 5
    finally:
        made.kill()


def test_too_few_files_for_the_connections_are_found(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    words = ("--port", str(server.port))
    code, found = findings(server.data, *words)
    assert (found["open files"]["found"], code) == ("at most 4,096 for a process", 0)
    assert "LimitNOFILE=11024" in found["open files"]["advice"]
    _, found = findings(server.data, *words, "--connections", "3000")
    assert found["open files"]["level"] == "ok"


def test_a_drain_that_has_stood_still_is_found_however_little_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playhead.doctor._BEHIND_S", 0.2)
    with clickhouse_front() as front:
        made = Server(tmp_path / "data", store=front.url("sessions")).start()
        front.stop()
        assert httpx.post(f"{made.url}/collect", json=beacon(made.account())).status_code == 204

        def drain() -> dict[str, Any]:
            found: dict[str, Any] = findings(made.data, "--port", str(made.port))[1]["drain"]
            return found

        wait_until(lambda: drain()["level"] == "failure")
        assert "lines wait for the store, some for" in drain()["found"]
        made.stop()


def test_a_full_disk_is_found(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, level in ((100, "failure"), (5_000, "warning"), (60_000, "ok")):
        usage = Usage(100_000 * 2**20, 0, free * 2**20)
        monkeypatch.setattr(shutil, "disk_usage", lambda _, usage=usage: usage)
        code, found = findings(server.data, "--port", str(server.port))
        assert found["disk"]["level"] == level
        assert code == (level == "failure")


def test_a_drain_that_lags_is_found(server: Server) -> None:
    server.stop()
    spool = sqlite3.connect(server.data / "spool.sqlite")
    spool.execute("INSERT INTO frames (topic, lines, body) VALUES ('sessions', 90000, 'x')")
    spool.commit()
    spool.close()
    _, found = findings(server.data, "--port", str(server.port))
    assert found["drain"]["level"] == "warning"
    assert found["drain"]["found"] == "90,000 lines wait for the store"


@pytest.mark.parametrize(
    ("words", "what", "level", "said"),
    [
        (["--host", "0.0.0.0"], "settings", "warning", "open to others without a proxy"),
        (["--trusted-proxies", "10.0.0.1"], "settings", "warning", "without --public-url"),
        (["--geo", "/nowhere.mmdb"], "places in nowhere.mmdb", "failure", "No such file"),
        (["--store", "http://127.0.0.1:9/x"], "store", "failure", "does not answer"),
    ],
)
def test_a_wrong_setting_is_found(
    server: Server, words: list[str], what: str, level: str, said: str
) -> None:
    server.stop()
    code, found = findings(server.data, "--port", str(server.port), *words)
    assert found[what]["level"] == level
    assert said in found[what]["found"]
    assert code == (level == "failure")


def test_a_folder_that_others_read_and_what_was_damaged_are_found(server: Server) -> None:
    server.data.chmod(0o755)
    (server.data / "spool.damaged-frame-7").touch()
    _, found = findings(server.data, "--port", str(server.port))
    assert found["data folder"]["advice"].endswith(f"chmod 700 {server.data}")
    assert found["damage"]["found"] == "1 damaged file(s) or part(s) aside: spool.damaged-frame-7"


def test_a_server_whose_store_is_away_fails(tmp_path: Path) -> None:
    with clickhouse_front() as front:
        made = Server(tmp_path / "data", store=front.url("sessions")).start()
        front.stop()
        wait_until(lambda: httpx.get(f"{made.url}/readyz").status_code == 503)
        code, found = findings(made.data, "--port", str(made.port))
        made.stop()
    assert found["store"]["level"] == "failure"
    assert found["store"]["found"] == "the store cannot answer"
    assert code == 1
