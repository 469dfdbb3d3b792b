"""A ClickHouse cluster as the store: two shards, over which every number is the same."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx
import pytest
from hypothesis import given

from clickhouse import ClickHouse, clickhouse_front, new_database
from cluster_front import CLUSTER
from inhabited import Inhabited, assert_equal, everything
from oracle import Oracle
from playhead.store import (
    Batch,
    Doomed,
    Erasing,
    Expiring,
    FileFormat,
    Sessions,
    Store,
    StoreNewerError,
    StoreUnavailableError,
    Transfer,
    schema,
    upgrading,
)
from storing import as_of_version, session_id, session_row
from support import Server, beacon, deliver, now_ms, wait_until
from worlds import World, in_any_world, worlds

HOUR_MS, DAY_MS = 3_600_000, 86_400_000


@pytest.fixture(scope="module")
def cluster() -> Iterator[ClickHouse]:
    with clickhouse_front("cluster_front.py") as running:
        yield running


@pytest.fixture
def dsn(cluster: ClickHouse) -> str:
    """The address of a database of the cluster that is not there yet."""
    return on_cluster(cluster)


def on_cluster(cluster: ClickHouse, name: str = CLUSTER) -> str:
    return f"{cluster.url(f'test_{secrets.token_hex(6)}')}?cluster={name}"


@pytest.fixture(scope="module")
def served(cluster: ClickHouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Playhead with its sessions on the cluster."""
    options = "--api-limit", "0", "--settle-after", "0", "--settle-every", "1"
    data = tmp_path_factory.mktemp("served") / "data"
    started = Server(data, options, store=on_cluster(cluster)).start()
    yield started
    started.stop()


@in_any_world(3)
@given(worlds().filter(lambda world: bool(world.log)))
def test_any_world_is_counted_exactly(served: Server, world: World) -> None:
    with httpx.Client(base_url=served.url, timeout=30) as http:
        place = Inhabited.settle_in(world, served, http)
        place.deliver()
        served.settle()
        truth = Oracle(world.log, world.timezone, world.catalog_at_first())
        assert_equal(everything(place, truth))


def test_what_is_summed_up_of_an_account_is_on_one_shard(served: Server) -> None:
    """So that who reads it sees all of a settling or nothing of it."""
    accounts, old_ms = [served.account() for _ in range(2)], now_ms() - 5 * HOUR_MS
    ids = [str(session_id(old_ms + number, number)) for number in range(20)]
    with httpx.Client(base_url=served.url, timeout=30) as http:
        for account in accounts:
            beacons = [
                beacon(account, session=each, visitor=f"visitor-{each[-2:]}") for each in ids
            ]
            deliver(http, account, [each | {"received_at": old_ms} for each in beacons])
    store, numbers = Store.open(served.store), [account.id for account in accounts]
    for table in ("rollups", "audience", "visitors"):
        wait_until(partial(summed_up, store, table, numbers))
        assert shards(store, table, numbers) == [[1], [2]]
    store.close()


def summed_up(store: Store, table: str, accounts: list[int]) -> bool:
    return len(shards(store, table, accounts)) == len(accounts)


def shards(store: Store, table: str, accounts: list[int]) -> list[list[int]]:
    """Those that have rows of each account."""
    sql = f"""
        SELECT groupUniqArray(shardNum()) AS at FROM {table}
        WHERE account_id IN {{accounts:Array(UInt32)}} GROUP BY account_id ORDER BY at"""
    return [row[0] for row in store.ask(sql, {"accounts": accounts})]


# -- sessions on two shards ----------------------------------------------------------------------

ACCOUNT, OTHER, AT_MS = 7, 8, 1_790_000_000_000
MANY = 40


@pytest.fixture
def store(dsn: str) -> Iterator[Store]:
    """With sessions of two visitors, day after day; of every third came a second beacon."""
    opened = Store.open(dsn)
    for version, every in ((1, 1), (2, 3)):
        Sessions(opened).add(Batch([row(number, version) for number in range(0, MANY, every)]))
    yield opened
    opened.close()


def row(number: int, version: int) -> bytes:
    at_ms = AT_MS + number * DAY_MS
    return session_row(
        account_id=ACCOUNT,
        media="even" if number % 2 == 0 else "odd",
        session_ms=at_ms,
        session=session_id(at_ms, number),
        version=version,
        started_ms=at_ms,
        received_ms=at_ms,
        visitor=f"visitor-{number % 4 // 2}",
        email=f"{number % 4 // 2}@example.com",
        user_agent=f"beacon {version}",
        played=True,
    )


def count(store: Store, table: str = "sessions", account: int = ACCOUNT) -> int:
    sql = f"SELECT count() FROM {table} FINAL WHERE account_id = {{account:UInt32}}"
    return int(store.ask(sql, {"account": account})[0][0])


def test_both_shards_have_sessions_and_the_newest_beacon_counts(store: Store) -> None:
    by_shard = "SELECT shardNum(), count() FROM sessions FINAL GROUP BY 1 ORDER BY 1"
    (first, one), (second, other) = store.ask(by_shard, {})
    assert (first, second) == (1, 2)
    assert one + other == MANY
    assert min(one, other) > MANY // 5
    newest = "SELECT countIf(user_agent = 'beacon 2') FROM sessions FINAL"
    assert store.ask(newest, {}) == [(len(range(0, MANY, 3)),)]
    assert count(store, "identified") == MANY


def test_a_question_within_a_question_is_about_all_shards(store: Store) -> None:
    of_the_first = "SELECT visitor FROM sessions WHERE session_ms = {first:UInt64}"
    sql = f"SELECT count() FROM sessions FINAL WHERE visitor IN ({of_the_first})"
    assert store.ask(sql, {"first": AT_MS}) == [(MANY // 2,)]


def test_what_is_erased_is_gone_from_all_shards_and_may_come_again(store: Store) -> None:
    erasing = Erasing(store)
    assert erasing.visitors_named(ACCOUNT, "1@example.com") == ["visitor-1"]
    erasing.erase(Doomed(ACCOUNT, visitors=("visitor-1",)))
    assert count(store) == count(store, "identified") == MANY // 2
    erasing.erase(Doomed(ACCOUNT, media="odd"))
    assert count(store) == count(store, "identified") == MANY // 4
    assert erasing.sweep()
    assert store.ask("EXISTS TABLE erasing", {}) == [(0,)]
    Sessions(store).add(Batch([row(number, 1) for number in range(MANY)]))
    assert count(store) == count(store, "identified") == MANY


def test_what_is_too_old_is_deleted_from_all_shards(store: Store) -> None:
    expiring, before_ms = Expiring(store), AT_MS + 30 * DAY_MS
    assert expiring.any_before(ACCOUNT, before_ms)
    expiring.delete_before(ACCOUNT, before_ms)
    assert not expiring.any_before(ACCOUNT, before_ms)
    assert count(store) == count(store, "identified") == MANY - 30


def test_files_come_in_to_the_shards_of_their_sessions(store: Store) -> None:
    transfer, all_times = Transfer(store), [(-(2**62), 2**62)]
    (piece,) = transfer.slices(ACCOUNT, all_times, MANY)
    body = b"".join(transfer.read(piece, "KEY", all_times, FileFormat.NDJSON))
    with transfer.incoming({"KEY": OTHER}, FileFormat.NDJSON) as incoming:
        for _ in range(2):
            incoming.load(body)
    assert count(store, account=OTHER) == count(store, "identified", OTHER) == MANY
    places = "SELECT session, uniqExact(shardNum()) AS shards FROM sessions GROUP BY 1"
    assert store.ask(f"SELECT max(shards) FROM ({places})", {}) == [(1,)]


# -- starting ------------------------------------------------------------------------------------


def test_several_may_start_at_once_and_one_of_them_makes_the_tables(dsn: str) -> None:
    with ThreadPoolExecutor(4) as starting:
        stores = list(starting.map(lambda _: Store.open(dsn), range(4)))
    assert stores[0].ask("SELECT version FROM schema_versions", {}) == [(len(schema.STEPS),)]
    assert stores[0].ask("EXISTS TABLE upgrading", {}) == [(0,)]
    for store in stores:
        store.close()


def test_who_was_killed_while_it_made_the_tables_is_replaced(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upgrading, "GONE_AFTER_S", 0.3)
    with as_of_version(0):
        left = Store.open(dsn)
    left.change("CREATE TABLE upgrading (since DateTime) ENGINE = MergeTree ORDER BY since", {})
    left.close()
    store = Store.open(dsn)
    assert store.ask("SELECT max(version) FROM schema_versions", {}) == [(len(schema.STEPS),)]
    store.close()


@pytest.mark.parametrize("kind", ["a server", "a cluster"])
def test_who_runs_goes_on_while_a_later_playhead_adds_columns(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "a cluster":
        dsn: str = request.getfixturevalue("dsn")
    else:
        dsn = new_database(request.getfixturevalue("clickhouse"))
    earlier = Store.open(dsn)
    with monkeypatch.context() as patch:
        step = "ALTER TABLE sessions ADD COLUMN mood LowCardinality(String) DEFAULT 'fine'"
        patch.setattr(schema, "STEPS", (*schema.STEPS, (step,)))
        later = Store.open(dsn)
    Sessions(earlier).add(Batch([row(number, 1) for number in range(MANY)]))
    assert count(earlier) == count(later) == MANY
    moods = "SELECT mood, count() FROM sessions FINAL GROUP BY 1"
    assert later.ask(moods, {}) == [("fine", MANY)]
    with pytest.raises(StoreNewerError, match="update Playhead"):
        Store.open(dsn)
    for store in (earlier, later):
        store.close()


def test_a_cluster_that_the_server_does_not_know_is_named_with_those_it_does(
    cluster: ClickHouse,
) -> None:
    with pytest.raises(StoreUnavailableError) as raised:
        Store.open(on_cluster(cluster, "three"))
    assert "knows no cluster 'three', but two: name one of these" in str(raised.value)


def test_a_database_that_every_server_can_name_is_asked_for(cluster: ClickHouse) -> None:
    with pytest.raises(StoreUnavailableError, match="only letters, digits"):
        Store.open(f"{cluster.url('it%27s')}?cluster={CLUSTER}")


def test_tables_of_a_cluster_and_of_a_single_server_are_told_apart(cluster: ClickHouse) -> None:
    for made, asked, wrong in (
        ("", f"?cluster={CLUSTER}", "has the tables of a single server: leave out"),
        (f"?cluster={CLUSTER}", "", "has its tables on a cluster: add"),
    ):
        at = cluster.url(f"test_{secrets.token_hex(6)}")
        Store.open(at + made).close()
        with pytest.raises(StoreUnavailableError, match=wrong) as raised:
            Store.open(at + asked)
        assert "@" not in str(raised.value)


def test_a_server_of_a_cluster_that_does_not_know_its_place_is_told_so() -> None:
    with (
        clickhouse_front("cluster_front.py", "macros=") as front,
        pytest.raises(StoreUnavailableError, match=r"no value for replica and shard.*macros"),
    ):
        Store.open(on_cluster(front))
