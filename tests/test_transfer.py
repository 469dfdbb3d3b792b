"""``playhead export`` and ``playhead import``: what is taken along, and that it is all there."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from clickhouse import ClickHouse, new_database
from inhabited import Inhabited
from playhead.catalog import Catalog, MediaChange
from playhead.cli import main
from playhead.settings import Settings
from signing import demand_signatures
from support import PASSWORD, Server, TestAccount, beacon, deliver, new_user, now_ms, session_id
from taking_along import (
    Copied,
    content,
    everything_said,
    exported,
    imported,
    lived_in,
    rows_of,
)
from worlds import World, in_any_world, worlds

HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Copied:
    """An installation that has stopped, and its export as Parquet."""
    return lived_in(tmp_path_factory.mktemp("home"))


@in_any_world(2)
@given(inhabitants=st.lists(worlds(), min_size=2, max_size=2))
def test_every_answer_of_a_copy_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, inhabitants: list[World]
) -> None:
    place = tmp_path_factory.mktemp("copies")
    days = (inhabitants[0].first.isoformat(), inhabitants[0].last.isoformat())
    server = Server(place / "data", ("--api-limit", "0")).start()
    try:
        with httpx.Client(base_url=server.url, timeout=60) as http:
            for world in inhabitants:
                inhabited = Inhabited.settle_in(world, server, http)
                inhabited.deliver()
                server.settle()
                inhabited.change_the_catalog()
        truth = everything_said(server, days)
        server.stop()
        exported(server.data, place / "export")
        imported(place / "export", place / "copy")
        # At the same address, because answers name it.
        server = Server(place / "copy", server.options, port=server.port).start()
        copied = everything_said(server, days)
    finally:
        server.kill()
    assert list(copied) == list(truth)
    for address, answer in truth.items():
        assert copied[address] == answer, address


@pytest.mark.parametrize("form", ["parquet", "csv", "csv --gzip", "ndjson", "ndjson --gzip"])
def test_nothing_is_lost_on_the_way_through_files_of_any_format(
    home: Copied, tmp_path: Path, form: str
) -> None:
    exported(home.data, tmp_path / "there", "--format", *form.split())
    imported(tmp_path / "there", tmp_path / "data")
    exported(tmp_path / "data", tmp_path / "back", "--format", "ndjson")
    exported(home.data, tmp_path / "truth", "--format", "ndjson")
    assert content(tmp_path / "back") == content(tmp_path / "truth")
    assert len(rows_of(tmp_path / "back")) == home.sessions


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_nothing_is_lost_on_the_way_through_a_clickhouse_server(
    home: Copied, clickhouse: ClickHouse, tmp_path: Path, form: str
) -> None:
    at_server = "--store", new_database(clickhouse)
    data = tmp_path / "data"
    exported(home.data, tmp_path / "truth", "--format", "ndjson")
    imported(home.export, data, *at_server)
    exported(data, tmp_path / "there", "--format", form, *at_server)
    imported(tmp_path / "there", tmp_path / "again")
    exported(tmp_path / "again", tmp_path / "back", "--format", "ndjson")
    assert content(tmp_path / "back") == content(tmp_path / "truth")


def test_the_same_import_again_changes_nothing(home: Copied, tmp_path: Path) -> None:
    imported(home.export, tmp_path / "data")
    again = imported(home.export, tmp_path / "data")
    assert again["sessions"] == home.sessions
    exported(tmp_path / "data", tmp_path / "back")
    assert content(tmp_path / "back") == content(home.export)


def test_the_newest_beacon_counts_whether_it_is_here_or_in_the_files(
    own_server: Server, tmp_path: Path
) -> None:
    at = now_ms() - 24 * HOUR_MS
    session = session_id(at)
    account = own_server.start().account()
    for number, seconds in enumerate((10, 40), start=1):
        one = beacon(account, session=session, seq=number, watched=[[0, seconds, 1]])
        hand_in(own_server, account, [one | {"sent_at": at, "received_at": at + number}])
        own_server.stop()
        exported(own_server.data, tmp_path / f"after-{number}")
        own_server.start()
    own_server.stop()
    imported(tmp_path / "after-1", own_server.data)
    imported(tmp_path / "after-1", tmp_path / "other")
    imported(tmp_path / "after-2", tmp_path / "other")
    for data in (own_server.data, tmp_path / "other"):
        exported(data, tmp_path / f"of-{data.name}", "--format", "ndjson")
        (row,) = rows_of(tmp_path / f"of-{data.name}")
        assert row["watched_seconds"] == 40


def test_only_the_accounts_and_days_that_are_asked_for_go_out(
    own_server: Server, tmp_path: Path
) -> None:
    account = own_server.start().account("Pacific/Kiritimati")
    other = own_server.account()
    # Midnight in the account's zone, which is 14 hours ahead, and the last moment before it.
    midnight = int(datetime(2026, 3, 1, 10, tzinfo=UTC).timestamp() * 1000)
    for owner, at in ((account, midnight - 1), (account, midnight), (other, midnight)):
        line = beacon(owner, session=session_id(at), sent_at=at, received_at=at)
        hand_in(own_server, owner, [line])
    own_server.stop()
    found = {}
    for days in ("--since 2026-03-02", "--until 2026-03-01", "--since 2026-03-01", ""):
        folder = tmp_path / f"days{days}"
        options = ("--format", "ndjson", "--account", account.key, *days.split())
        exported(own_server.data, folder, *options)
        found[days] = [(row["account"], row["started_ms"]) for row in rows_of(folder)]
    before, after = (account.key, midnight - 1), (account.key, midnight)
    assert found == {
        "--since 2026-03-02": [after],
        "--until 2026-03-01": [before],
        "--since 2026-03-01": [before, after],
        "": [before, after],
    }


def test_users_tokens_and_secrets_stay(own_server: Server, tmp_path: Path) -> None:
    account = own_server.start().account()
    user = new_user(own_server, account)
    signing = demand_signatures(own_server, account)
    hand_in(own_server, account, [beacon(account)])
    own_server.stop()
    exported(own_server.data, tmp_path / "export", "--format", "ndjson")
    text = b"".join(content(tmp_path / "export").values())
    assert account.key.encode() in text
    for secret in (account.token, account.token[:12], user.email, PASSWORD, signing):
        assert secret.encode() not in text
    imported(tmp_path / "export", tmp_path / "other")
    with closing(Catalog.open(Settings(data=tmp_path / "other").catalog_url)) as catalog:
        copy = catalog.accounts.find(account.key)
        assert copy is not None
        assert copy.signed_beacons
        assert catalog.beacon_secrets.list(copy.id) == ()


def test_beacons_that_the_store_did_not_have_yet_go_out_too(
    own_server: Server, tmp_path: Path
) -> None:
    account = own_server.start().account()
    lines = [beacon(account) for _ in range(300)]
    with httpx.Client(base_url=own_server.url, timeout=30) as http:
        deliver(http, account, lines)
    own_server.kill()
    assert exported(own_server.data, tmp_path / "export")["sessions"] == len(lines)


def test_what_people_changed_here_stays_and_what_they_changed_there_comes(
    own_server: Server, tmp_path: Path
) -> None:
    account = own_server.start().account()
    hand_in(own_server, account, [beacon(account, media=name) for name in ("here", "there")])
    own_server.stop()
    exported(own_server.data, tmp_path / "before")
    imported(tmp_path / "before", tmp_path / "other")
    rename(own_server.data, account.key, "there", "Changed there")
    rename(tmp_path / "other", account.key, "here", "Changed here")
    exported(own_server.data, tmp_path / "after")
    for _ in range(2):
        imported(tmp_path / "after", tmp_path / "other")
        assert names(tmp_path / "other", account.key) == {
            "here": "Changed here",
            "there": "Changed there",
        }


def test_a_server_that_runs_is_named(own_server: Server, home: Copied, tmp_path: Path) -> None:
    own_server.start()
    for command in ("export", "import"):
        folder = home.export if command == "import" else tmp_path / "export"
        done = CliRunner().invoke(main, [command, str(folder), "--data", str(own_server.data)])
        assert done.exit_code == 1
        assert "in use by another Playhead" in done.output


def hand_in(server: Server, account: TestAccount, lines: list[dict[str, object]]) -> None:
    with httpx.Client(base_url=server.url, timeout=30) as http:
        deliver(http, account, lines)
    server.settle()


def rename(data: Path, key: str, media: str, name: str) -> None:
    with_catalog = Catalog.open(Server(data).settings().catalog_url)
    try:
        account = with_catalog.accounts.find(key)
        assert account is not None
        assert with_catalog.medias.change(account.id, media, MediaChange(name=name))
    finally:
        with_catalog.close()


def names(data: Path, key: str) -> dict[str, str]:
    catalog = Catalog.open(Server(data).settings().catalog_url)
    try:
        account = catalog.accounts.find(key)
        assert account is not None
        found = catalog.medias.labels(account.id, ["here", "there"])
        return {media: label.name for media, label in found.items()}
    finally:
        catalog.close()
