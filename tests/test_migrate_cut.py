"""``playhead migrate`` cut off anywhere, told wrong things, or in somebody's way."""

import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from clickhouse import ClickHouse
from cutting import CutError, CutStore
from moving_house import House, NewServers, Servers, house_with_beacons_on_their_way, servers_of
from playhead.catalog import Catalog
from playhead.cli import main
from playhead.migrating import Migration, Rooms
from playhead.migrating.proof import Proof
from playhead.rooms import settler_of
from playhead.settings import Settings
from playhead.store import Doomed, Erasing, Moving, Store
from playhead.transfer import Step
from postgres import Postgres
from support import Server, TestAccount, wait_until
from taking_along import ran


@pytest.fixture(scope="module")
def new_servers(clickhouse: ClickHouse, postgres: Postgres) -> NewServers:
    return servers_of(clickhouse, postgres)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, new_servers: NewServers) -> House:
    del new_servers  # they are started before an engine is in this process
    return house_with_beacons_on_their_way(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def whole(house: House, new_servers: NewServers) -> tuple[Servers, dict[str, Any]]:
    """Where a migration went that nothing happened to, and what it said."""
    there = new_servers()
    return there, numbers(ran("migrate", "--from", house.data, *there.words))


def numbers(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name != "settings"}


def migrate(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["migrate", *map(str, words)])


def by_hand(house: House, there: Servers, statements: int = 10**9) -> Generator[object]:
    """The steps of a migration, killed before so many statements of the new store were done."""
    settings = Settings(data=house.data)
    rooms: list[Catalog | Store] = []
    try:
        here = Rooms(Catalog.open(settings.catalog_url), Store.open(settings.store_dsn))
        rooms += [here.catalog, here.store]
        store = CutStore.open(there.store)
        store.left = statements
        target = Rooms(Catalog.open(there.catalog), store)
        rooms += [target.catalog, store]
        yield from Migration(here, target, settler_of(settings, store, here.catalog)).run()
    finally:
        for room in rooms:
            room.close()


@contextmanager
def running(server: Server) -> Iterator[Server]:
    try:
        yield server.start()
    finally:
        server.kill()


def accounts_at(there: Servers) -> int:
    catalog = Catalog.open(there.catalog)
    try:
        return len(catalog.accounts.list())
    finally:
        catalog.close()


def asked(there: Servers, sql: str) -> Any:
    store = Store.open(there.store)
    try:
        return store.ask(sql, {})[0][0]
    finally:
        store.close()


def rows_at(there: Servers, table: str, where: str) -> int:
    found: int = asked(there, f"SELECT count() FROM {table} FINAL WHERE {where}")
    return found


def changed(there: Servers, sql: str) -> None:
    store = Store.open(there.store)
    try:
        store.run(f"{sql} SETTINGS mutations_sync = 2" if sql.startswith("ALTER") else sql, {})
    finally:
        store.close()


def erased(data: Path, account: TestAccount, *visitors: str) -> int:
    """Erase as the command does, but for waiting until files are gone. Returns the sessions."""
    settings, doomed = Settings(data=data), Doomed(account.id, visitors)
    catalog, store = Catalog.open(settings.catalog_url), Store.open(settings.store_dsn)
    try:
        sessions = Erasing(store).sessions(doomed)
        Erasing(store).erase(doomed)
        if not visitors:
            catalog.erasing.account(account.id)
        return sessions
    finally:
        store.close()
        catalog.close()


def test_killed_again_and_again_it_goes_on_and_shows_nobody_a_part(
    house: House, new_servers: NewServers, whole: tuple[Servers, dict[str, Any]]
) -> None:
    there = new_servers()
    for statements in (0, 2, 5, 12):
        with pytest.raises(CutError):
            for _ in by_hand(house, there, statements):
                pass
        assert accounts_at(there) == 0
    for table in ("tokens", "medias"):
        steps = by_hand(house, there)
        wanted = (step for step in steps if isinstance(step, Step) and step.what == table)
        assert next(wanted).done > 0
        steps.close()
        assert accounts_at(there) == 0
    assert numbers(ran("migrate", "--from", house.data, *there.words)) == whole[1]


def test_killed_with_no_time_for_a_word_it_goes_on_where_it_was(
    house: House, new_servers: NewServers, whole: tuple[Servers, dict[str, Any]]
) -> None:
    there = new_servers()
    assert asked(there, "SELECT count() FROM sessions") == 0
    words = [sys.executable, "-m", "playhead", "migrate", "--from", str(house.data), *there.words]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not asked(there, "SELECT count() FROM sessions"):
            assert process.poll() is None
        process.kill()
    assert numbers(ran("migrate", "--from", house.data, *there.words)) == whole[1]


def test_what_was_erased_or_came_after_it_was_cut_off_is_so_at_the_new_place_too(
    house: House, new_servers: NewServers, tmp_path: Path
) -> None:
    data, there = house.copied_to(tmp_path / "data"), new_servers()
    for step in by_hand(house, there):
        if isinstance(step, Step) and step.what == "compared":
            break
    visitor = f"account_id = {house.account.id} AND visitor = 'visitor-3'"
    whole_account = f"account_id = {house.other.id}"
    sessions = "sessions", "recent_sessions"
    doomed = [(table, visitor) for table in (*sessions, "identified", "visitors")]
    doomed += [(table, whole_account) for table in (*sessions, "rollups", "audience", "visitors")]
    assert all(rows_at(there, *each) for each in doomed)
    gone = erased(data, house.account, "visitor-3") + erased(data, house.other)
    said = ran("migrate", "--from", data, *there.words)
    assert (said["sessions"], said["differing"]) == (house.sessions - gone, 0)
    assert not any(rows_at(there, *each) for each in doomed)


def test_numbers_that_differ_are_named_and_the_same_again_mends_them(
    house: House,
    new_servers: NewServers,
    whole: tuple[Servers, dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = new_servers()
    prove = Proof.run

    def damaged(proof: Proof) -> Iterator[Step]:
        changed(there, "ALTER TABLE sessions UPDATE visitor = 'x' WHERE media = 'media-1'")
        changed(there, "TRUNCATE TABLE rollups")
        yield from prove(proof)

    account = f"account {house.account.key}"
    with monkeypatch.context() as patched:
        patched.setattr(Proof, "run", damaged)
        done = migrate("--from", house.data, *there.words)
    assert (done.exit_code, "PLAYHEAD_STORE" in done.stdout) == (1, False)
    assert f"{account}, media media-1, visitors: 7 before, 1 now" in done.stderr
    assert numbers(ran("migrate", "--from", house.data, *there.words)) == whole[1]
    # And sums alone, of a store that had been found equal.
    for damage in (
        "plays = plays + 1 WHERE kind = 'day' AND media = 'media-1'",
        "viewers = arrayMap(x -> 2 * x, viewers) WHERE kind = 'total' AND media = 'media-0'",
        "visitors = visitors + 1 WHERE kind = 'total' AND media = 'media-2'",
        "watched_seconds = watched_seconds * 1.000001 WHERE kind = 'total' AND media = ''",
    ):
        changed(there, f"ALTER TABLE rollups UPDATE {damage}")
    done = migrate("--from", house.data, *there.words)
    assert done.exit_code == 1
    for named in (
        "media media-1, days, ",
        "media media-0, graph, engagement_data[",
        "media media-2, visitors: ",
        "hours_watched: ",
    ):
        assert f"{account}, {named}" in done.stderr
    assert numbers(ran("migrate", "--from", house.data, *there.words)) == whole[1]


def test_a_place_that_has_something_else_is_refused(house: House, new_servers: NewServers) -> None:
    theirs, unfinished = new_servers(), new_servers()
    changed(theirs, "INSERT INTO sessions (account_id, media) VALUES (1, 'theirs')")
    for there in (theirs, unfinished):
        catalog = Catalog.open(there.catalog)
        catalog.accounts.create("Theirs", "UTC")
        catalog.close()
    store = Store.open(unfinished.store)
    Moving(store).begin("theirs")
    store.close()
    for to, said in (
        ((theirs.store,), "the store has sessions already, and others than are to be moved"),
        ((theirs.catalog,), "the catalog has accounts already, and its table accounts is another"),
        ((unfinished.store,), "another installation is being moved into this ClickHouse database"),
        ((new_servers().store, theirs.catalog), "the catalog has accounts already"),
    ):
        words = [word for name in to for word in ("--to", name)]
        done = migrate("--from", house.data, *words)
        assert (done.exit_code, said in done.output) == (1, True), done.output
    assert [accounts_at(there) for there in (theirs, unfinished)] == [1, 1]
    assert asked(theirs, "SELECT count() FROM sessions") == 1


def test_a_place_that_is_in_use_since_is_left_alone(
    house: House, whole: tuple[Servers, dict[str, Any]]
) -> None:
    there = whole[0]
    changed(there, "ALTER TABLE sessions DELETE WHERE media = 'media-2'")
    done = migrate("--from", house.data, *there.words)
    assert (done.exit_code, "the store has sessions already" in done.output) == (1, True)
    assert asked(there, "SELECT count() FROM sessions WHERE media = 'media-2'") == 0


def test_a_server_that_runs_on_either_side_is_named(
    house: House, new_servers: NewServers, tmp_path: Path
) -> None:
    there = new_servers()
    with running(Server(house.copied_to(tmp_path / "data"))) as server:
        done = migrate("--from", server.data, *there.words)
        assert (done.exit_code, "in use by another Playhead" in done.output) == (1, True)
    with running(Server(tmp_path / "new", (), there.catalog, there.store)) as server:
        wait_until(lambda: any(each["event"] == "settler.has_the_turn" for each in server.events))
        done = migrate("--from", house.data, *there.words)
        assert (done.exit_code, "stop every server that uses it" in done.output) == (1, True)


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ("--from {data}", "--to"),
        ("--from http://a:secret@h/d --to {data}", "name the data folder as well"),
        ("--from {data}/missing --to http://a:secret@h/d", "there is no folder"),
        ("--from {empty} --to http://a:secret@h/d", "has no catalog.sqlite"),
        ("--from {data} --to {data}", "everything is there already"),
        ("--from {data} --to {empty}", "'playhead backup' and 'playhead restore'"),
        ("--from {data} --to mysql://a:secret@h/d", "a place is a data folder, a ClickHouse"),
        ("--from {data} --to http://a:secret@h:8123", "needs the name of a database"),
        ("--from {data} --to http://a:secret@h:port/d", "is not an address of ClickHouse"),
        ("--from {data} --to http://a:secret@h/d --to http://h/e", "names 2 ClickHouse servers"),
        ("--from {data} --from {empty} --to http://a:secret@h/d", "name both"),
    ],
)
def test_places_that_make_no_sense_are_named_without_passwords(
    house: House, tmp_path: Path, places: str, said: str
) -> None:
    done = migrate(*places.format(data=house.data, empty=tmp_path).split())
    assert (done.exit_code > 0, said in done.output) == (True, True), done.output
    assert "secret" not in done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
