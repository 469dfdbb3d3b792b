"""Parts of the embedded store that are cut off or changed cost their own rows, and it is said."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from playhead.cli import main
from playhead.store import Batch, Insights, Segment, Sessions, Store, Visitors
from refusing import loads
from storing import session_row
from support import Server, TestAccount, beacon, now_ms, session_id, wait_until

OPTIONS = "--api-limit", "0", "--settle-after", "0", "--settle-every", "1"
WEEKS = 3
DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS


@dataclass
class Prepared:
    """A data folder, and whose sessions are in it."""

    data: Path
    account: TestAccount


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A server was killed with sessions of some weeks, one part for each, all summed up."""
    server = Server(tmp_path_factory.mktemp("prepared") / "data", OPTIONS).start()
    try:
        account = server.account()
        with httpx.Client(base_url=server.url, timeout=30) as http:
            for week in range(WEEKS):
                for number in range(week + 1):
                    at = now_ms() - week * WEEK_MS - 3 * 3_600_000
                    sent = beacon(account, session=session_id(at), visitor=f"{week}-{number}")
                    assert http.post("/collect", json=sent).status_code == 204
            server.settle()
            wait_until(lambda: bool(said(server, "settler.visitors_summed_up")))
            assert loads(http, account) == 6
    finally:
        server.kill()
    return Prepared(server.data, account)


@pytest.fixture
def server(prepared: Prepared, tmp_path: Path) -> Iterator[Server]:
    """Not yet started, on a copy of that folder."""
    shutil.copytree(prepared.data, tmp_path / "data", symlinks=True)
    made = Server(tmp_path / "data", OPTIONS)
    yield made
    made.kill()


@pytest.fixture
def account(prepared: Prepared) -> TestAccount:
    return prepared.account


def parts(data: Path, table: str) -> list[Path]:
    """Folders of a table's parts, the oldest week first."""
    found = data.glob(f"store/data/default/{table}/*/columns.txt")
    return sorted(file.parent for file in found if "detached" not in file.parts)


def cut_off(part: Path) -> None:
    """As a power cut leaves a part whose files had not reached the disk."""
    file = part / "data.bin"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def without_a_file(part: Path) -> None:
    (part / "count.txt").unlink()


def changed_inside(part: Path) -> None:
    """As a disk does that forgets: files are as long as they were."""
    file = part / "data.bin"
    file.write_bytes(bytes(byte ^ 0x5A for byte in file.read_bytes()))


def said(server: Server, event: str) -> list[dict[str, Any]]:
    return [each for each in server.events if each.get("event") == event]


def examined(server: Server) -> dict[str, Any]:
    words = ["doctor", "--data", str(server.data), "--port", str(server.port), "--json"]
    shown = CliRunner().invoke(main, words).stdout
    return {each["what"]: each for each in json.loads(shown)}


def test_parts_that_are_not_whole_cost_their_sessions(server: Server, account: TestAccount) -> None:
    oldest, older, _ = parts(server.data, "sessions")
    cut_off(oldest)
    without_a_file(older)
    assert "2 part(s) are damaged" in examined(server)["store"]["found"]
    server.start()
    assert_are_left_and_more_are_taken(server, account, 1)
    told = said(server, "store.damaged")
    assert {(each["table"], each["part"]) for each in told} == {
        ("sessions", f"broken-on-start_{part.name}") for part in (oldest, older)
    }
    assert all(Path(each["damaged_files"]).is_dir() for each in told)
    damaged = examined(server)["damage"]
    assert damaged["level"] == "warning"
    assert "store.damaged-sessions" in damaged["found"]
    server.kill()
    words = ["erase", "--account", account.key, "--yes", "--data", str(server.data)]
    assert CliRunner().invoke(main, words).exit_code == 0
    assert not list(server.data.glob("store.damaged*"))


def test_a_part_that_was_changed_inside_costs_its_sessions(
    server: Server, account: TestAccount
) -> None:
    oldest = parts(server.data, "sessions")[0]
    changed_inside(oldest)
    server.start()
    with httpx.Client(base_url=server.url, timeout=30) as http:
        # Whoever reads sessions one by one comes across it.
        listed = http.get("/insights/sessions", headers=account.headers)
        assert listed.status_code == 200, [listed.text, *server.events[-9:]]
        assert [each["part"] for each in said(server, "store.damaged")] == [oldest.name]
    server.kill()
    server.start()
    (told,) = said(server, "store.damaged")
    assert oldest.name in told["damaged_files"]
    assert_are_left_and_more_are_taken(server, account, 3)


def test_a_damaged_part_of_roll_ups_changes_no_number(server: Server, account: TestAccount) -> None:
    for table in ("rollups", "visitors"):
        for part in parts(server.data, table):
            without_a_file(part)
    server.start()
    with httpx.Client(base_url=server.url, timeout=30) as http:
        assert loads(http, account) == 6
        listed = http.get("/v1/stats/visitors.json", headers=account.headers).json()
        assert sum(each["load_count"] for each in listed) == 6
    assert {each["table"] for each in said(server, "store.damaged")} == {"rollups", "visitors"}


def test_who_lost_a_row_of_the_sums_by_visitor_is_read_from_the_sessions(tmp_path: Path) -> None:
    at_ms = now_ms() // DAY_MS * DAY_MS
    store = Store.open(f"chdb://{tmp_path}/store")
    store.run("SYSTEM STOP MERGES visitors", {})
    row = session_row(
        account_id=1,
        media="one",
        session_ms=at_ms,
        session=session_id(at_ms),
        version=1,
        started_ms=at_ms,
        received_ms=at_ms,
        visitor="a",
        played=True,
    )
    Sessions(store).add(Batch([row]))
    Visitors(store).make_share(1, 1, at_ms + DAY_MS, 0, 1)
    of_a, *_ = parts(tmp_path, "visitors")
    Visitors(store).set_edge(1, 2, at_ms + DAY_MS)
    store.close()
    changed_inside(of_a)

    store = Store.open(f"chdb://{tmp_path}/store")
    assert Visitors(store).read(1, ["a"]) is None
    assert not store.is_whole("visitors")
    day = Segment(times=((at_ms, at_ms + DAY_MS),))
    assert Insights(store).by_returning(1, day).keys() == {False}
    store.close()


def test_a_damaged_part_of_the_recent_sessions_takes_none_out_of_a_list(
    server: Server, account: TestAccount
) -> None:
    for part in parts(server.data, "recent_sessions"):
        changed_inside(part)
    for _ in range(2):
        server.start()
        with httpx.Client(base_url=server.url, timeout=30, headers=account.headers) as http:
            for _ in range(2):
                assert len(http.get("/v1/stats/events.json").json()) == 6
                assert len(http.get("/v1/stats/visitors.json").json()) == 6
        assert {each["table"] for each in said(server, "store.damaged")} == {"recent_sessions"}
        server.kill()
        server.events.clear()


def test_too_many_damaged_parts_are_a_reason_not_to_start(server: Server) -> None:
    store = Store.open(server.settings().store_dsn)
    store.run("ALTER TABLE sessions MODIFY SETTING max_suspicious_broken_parts = 0", {})
    store.close()
    cut_off(parts(server.data, "sessions")[0])
    done = CliRunner().invoke(main, ["serve", "--data", str(server.data), "--port", "0"])
    assert done.exit_code == 1
    assert "too much of it is damaged" in done.stderr.splitlines()[-1]


def assert_are_left_and_more_are_taken(server: Server, account: TestAccount, left: int) -> None:
    """The oldest week had three of six, the next one two."""
    with httpx.Client(base_url=server.url, timeout=30) as http:
        assert loads(http, account) == left
        assert http.post("/collect", json=beacon(account)).status_code == 204
        server.settle()
        assert loads(http, account) == left + 1
        listed = http.get("/v1/stats/visitors.json", headers=account.headers).json()
        assert sum(each["load_count"] for each in listed) == left + 1
