"""``playhead rollups rebuild``, and what a running server sums up by itself."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from click.testing import CliRunner

from playhead.cli import main
from playhead.store import Rollups, Settled, Store
from support import Server, TestAccount, beacon, deliver, now_ms, session_id, wait_until

HOUR_MS = 3_600_000
SESSIONS = 20


@contextmanager
def rollups_of(server: Server) -> Iterator[Rollups]:
    """Those of a server that has stopped."""
    store = Store.open(server.settings().store_dsn)
    try:
        yield Rollups(store)
    finally:
        store.close()


def watched_yesterday(server: Server) -> TestAccount:
    account = server.account()
    at = now_ms() - 24 * HOUR_MS
    lines = [
        beacon(account, session=session_id(at + number), sent_at=at, received_at=at)
        for number in range(SESSIONS)
    ]
    with httpx.Client(base_url=server.url, timeout=30) as http:
        deliver(http, account, lines)
    server.settle()
    return account


def wait_until_summed_up(server: Server) -> None:
    wait_until(lambda: server.said("settler.rolled_up"))


def rebuilt(server: Server, *options: str) -> list[dict[str, object]]:
    command = ["rollups", "rebuild", "--json", "--data", str(server.data), *options]
    ran = CliRunner().invoke(main, command)
    assert ran.exit_code == 0, ran.output
    found: list[dict[str, object]] = json.loads(ran.stdout)
    return found


def test_sums_up_what_is_older_than_some_hours(own_server: Server) -> None:
    own_server.start()
    account = watched_yesterday(own_server)
    own_server.stop()
    assert {"account": account.key, "sessions": SESSIONS} in rebuilt(own_server)
    with rollups_of(own_server) as rollups:
        assert rollups.whole(account.id).medias[""].loads == SESSIONS


def test_one_account_alone_may_be_summed_up(own_server: Server) -> None:
    own_server.start()
    one, other = watched_yesterday(own_server), watched_yesterday(own_server)
    own_server.stop()
    assert [each["account"] for each in rebuilt(own_server, "--account", one.key)] == [one.key]
    with rollups_of(own_server) as rollups:
        assert rollups.settled(one.id).edition
        assert rollups.settled(other.id) == Settled()


def test_an_unknown_account_and_a_running_server_are_named(
    own_server: Server, tmp_path: Path
) -> None:
    own_server.start()
    command = ["rollups", "rebuild", "--data", str(own_server.data)]
    ran = CliRunner().invoke(main, command)
    assert ran.exit_code == 1
    assert "in use by another Playhead" in ran.output
    command = ["rollups", "rebuild", "--account", "nobody", "--data", str(tmp_path / "empty")]
    ran = CliRunner().invoke(main, command)
    assert ran.exit_code == 1
    assert "no account has the key 'nobody'" in ran.output


def test_a_server_sums_up_by_itself_and_goes_on_after_a_kill(own_server: Server) -> None:
    own_server.options = ("--settle-every", "0", "--settle-after", "0")
    own_server.start()
    account = watched_yesterday(own_server)
    wait_until_summed_up(own_server)
    own_server.kill()
    with rollups_of(own_server) as rollups:
        assert rollups.whole(account.id).medias[""].loads == SESSIONS
