"""The tables of a cluster: what is made on its servers, and which rows go where."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from clickhouse import ClickHouse, clickhouse_front
from cluster_front import CLUSTER
from playhead.store import Store, schema, tables
from playhead.store.cluster import SHARDED_BY, Cluster
from storing import as_of_version, session_id
from zookeeper import zookeeper

PLACE = Cluster(CLUSTER, "play")


def test_a_table_is_a_replicated_one_on_each_server_and_a_distributed_one_over_them() -> None:
    made = "CREATE TABLE IF NOT EXISTS rollups (\n    day Int32 COMMENT 'a (day)'\n)\n"
    rest = "\nORDER BY day\nSETTINGS index_granularity = 1024"
    rows, spread = PLACE.statements(f"{made}ENGINE = ReplacingMergeTree(edition, gone){rest}")
    assert rows == (
        "CREATE TABLE IF NOT EXISTS `play`.rollups_local ON CLUSTER 'two'"
        " (\n    day Int32 COMMENT 'a (day)'\n)\n"
        "ENGINE = ReplicatedReplacingMergeTree("
        f"'/clickhouse/tables/{{shard}}/play/rollups_local', '{{replica}}', edition, gone){rest}"
    )
    assert spread == (
        "CREATE TABLE IF NOT EXISTS `play`.rollups ON CLUSTER 'two' AS `play`.rollups_local\n"
        "ENGINE = Distributed('two', 'play', 'rollups_local', account_id)"
    )


def test_what_every_server_needs_is_replicated_to_all_of_them() -> None:
    one = PLACE.statements("CREATE TABLE erasing (name String) ENGINE = MergeTree ORDER BY name")
    whole = "ReplicatedMergeTree('/clickhouse/tables/play/erasing', '{shard}-{replica}')"
    head = "CREATE TABLE `play`.erasing ON CLUSTER 'two' (name String)"
    assert one == [f"{head}\nENGINE = {whole} ORDER BY name"]


ON = "ON CLUSTER 'two'"


@pytest.mark.parametrize(
    ("single", "everywhere"),
    [
        pytest.param(
            "ALTER TABLE sessions ADD COLUMN x String",
            [
                f"ALTER TABLE `play`.sessions_local {ON} ADD COLUMN x String",
                f"ALTER TABLE `play`.sessions {ON} ADD COLUMN x String",
            ],
            id="columns",
        ),
        pytest.param(
            "ALTER TABLE sessions MATERIALIZE INDEX i",
            [f"ALTER TABLE `play`.sessions_local {ON} MATERIALIZE INDEX i"],
            id="indexes",
        ),
        pytest.param(
            "ALTER TABLE identified DELETE WHERE x NOT IN (SELECT x FROM sessions)",
            [
                (
                    f"ALTER TABLE `play`.identified_local {ON}"
                    " DELETE WHERE x NOT IN (SELECT x FROM `play`.sessions_local)"
                )
            ],
            id="deleting",
        ),
        pytest.param(
            "DELETE FROM rollups WHERE day = 1",
            [f"DELETE FROM `play`.rollups_local {ON} WHERE day = 1"],
            id="forgetting",
        ),
        pytest.param(
            "CREATE MATERIALIZED VIEW v TO identified AS\nSELECT x FROM sessions WHERE y",
            [
                (
                    f"CREATE MATERIALIZED VIEW `play`.v {ON} TO `play`.identified_local AS\n"
                    "SELECT x FROM `play`.sessions_local WHERE y"
                )
            ],
            id="a view of rows",
        ),
        pytest.param(
            "CREATE TABLE incoming (x String) ENGINE = Null",
            [f"CREATE TABLE `play`.incoming {ON} (x String)\nENGINE = Null"],
            id="a way in",
        ),
        pytest.param(
            "CREATE MATERIALIZED VIEW v TO sessions AS SELECT x FROM incoming",
            [
                (
                    f"CREATE MATERIALIZED VIEW `play`.v {ON} TO `play`.sessions AS"
                    " SELECT x FROM `play`.incoming"
                )
            ],
            id="a view of what comes in",
        ),
        pytest.param(
            "DROP TABLE IF EXISTS rollups",
            [
                f"DROP TABLE IF EXISTS `play`.rollups {ON} SYNC",
                f"DROP TABLE IF EXISTS `play`.rollups_local {ON} SYNC",
            ],
            id="dropping",
        ),
        pytest.param("INSERT INTO sessions SELECT 1", ["INSERT INTO sessions SELECT 1"], id="rows"),
    ],
)
def test_what_changes_a_table_is_done_on_every_server(single: str, everywhere: list[str]) -> None:
    assert PLACE.statements(single) == everywhere


def test_a_step_that_would_be_taken_on_one_server_only_is_noticed() -> None:
    later: Sequence[Sequence[str]] = schema.STEPS[tables.VERSION :]
    for sql in (*tables.TABLES, *(sql for step in later for sql in step)):
        if not sql.startswith("INSERT INTO"):
            assert all(ON in each for each in PLACE.statements(sql)), sql


def test_the_engine_understands_every_statement_for_all_servers(tmp_path: Path) -> None:
    """It reads them as they are sent to a cluster, though it takes no part in ``ON CLUSTER``."""
    steps = (schema.BEFORE_STEPS, *tables.TABLES, *(sql for step in schema.STEPS for sql in step))
    sent = [each for sql in steps for each in PLACE.statements(sql) if ON in each]
    for sql in (
        (
            "ALTER TABLE sessions DELETE WHERE media IN (SELECT name FROM erasing)"
            " SETTINGS mutations_sync = 2"
        ),
        "ALTER TABLE sessions MODIFY SETTING old_parts_lifetime = 1",
        "ALTER TABLE sessions RESET SETTING old_parts_lifetime",
        "DELETE FROM rollups WHERE account_id = {account:UInt32}",
        "CREATE TABLE erasing (name String) ENGINE = MergeTree ORDER BY name",
        "DROP TABLE IF EXISTS erasing SYNC",
    ):
        sent += PLACE.statements(sql)
    sent += [PLACE.wait_for("erasing"), PLACE.make_database()]
    store = Store.open(f"chdb://{tmp_path}/store")
    for sql in sent:
        ((read,),) = store.ask("SELECT formatQuerySingleLine({sql:String})", {"sql": sql})
        assert "ON CLUSTER two" in read, read
    store.close()


# Settings of a table, in whatever order they were made.
SET = "extractAll(engine_full, ' SETTINGS .*')"
SORTED = "arraySort(extractAll(set[1], '[a-z_]+ = [0-9]+'))"


def test_the_tables_are_those_that_the_steps_lead_to(tmp_path: Path) -> None:
    with as_of_version(len(schema.STEPS)):
        store = Store.open(f"chdb://{tmp_path}/store")
    store.run("CREATE DATABASE at_once", {})
    for sql in tables.TABLES:
        store.run(re.sub(r"\b(EXISTS|TO|FROM) (\w+)", r"\1 at_once.\2", sql), {})
    for what in (
        "table, name, type, default_kind, comment, compression_codec FROM system.columns",
        "table, name, type_full, expr, granularity FROM system.data_skipping_indices",
        f"name, replaceOne(engine_full, ({SET} AS set)[1], ''), {SORTED} FROM system.tables",
    ):
        ours, theirs = (
            store.work(
                f"SELECT {what} WHERE database = {{name:String}} ORDER BY 1, 2", {"name": name}
            )
            for name in ("at_once", "default")
        )
        assert ours == [row for row in theirs if row[0] != "schema_versions"]
    store.close()


@contextmanager
def asked(front: ClickHouse, **settings: str) -> Iterator[Client]:
    """A client of the database that ``Store`` would use, which is there."""
    dsn = front.url("default")
    with clickhouse_connect.get_client(dsn=dsn, settings=settings) as nowhere:
        nowhere.command(PLACE.make_database())
    at = urlsplit(dsn)._replace(path=f"/{PLACE.database}").geturl()
    with clickhouse_connect.get_client(dsn=at, settings=settings) as client:
        yield client


def test_a_real_zookeeper_takes_the_definitions_of_all_tables() -> None:
    """As far as the embedded engine goes: it never makes a Replicated table writable."""
    with (
        zookeeper() as port,
        clickhouse_front("cluster_front.py", f"zookeeper={port}") as front,
        asked(front) as client,
    ):
        for table in (schema.BEFORE_STEPS, *tables.TABLES):
            for sql in PLACE.statements(table):
                client.command(sql)
        replicas = "SELECT table, zookeeper_path, replica_name FROM system.replicas ORDER BY 1"
        path = f"/clickhouse/tables/1/{PLACE.database}"
        assert client.query(replicas).result_rows == [
            (f"{table}_local", f"{path}/{table}_local", "only") for table in sorted(SHARDED_BY)
        ]
        # They are in ZooKeeper: a second replica is let in only with the same columns.
        (visitors,) = [sql for sql in tables.TABLES if "EXISTS visitors" in sql]
        second = PLACE.statements(visitors)[0].replace("{replica}", "second")
        second = second.replace(".visitors_local", ".second", 1)
        with pytest.raises(DatabaseError, match="INCOMPATIBLE_COLUMNS"):
            client.command(second.replace("sums String", "sums UInt64"))
        client.command(second)
        count = "SELECT total_replicas FROM system.replicas WHERE table = 'second'"
        assert client.command(count) == 2
        # What is whole on every server can be made, dropped and made again.
        for _ in range(2):
            (whole,) = PLACE.statements("CREATE TABLE x (y UInt8) ENGINE = MergeTree ORDER BY y")
            client.command(whole)
            client.command(PLACE.statements("DROP TABLE IF EXISTS x")[0])
        with pytest.raises(DatabaseError, match="TABLE_IS_READ_ONLY"):
            client.command(PLACE.statements("ALTER TABLE visitors ADD COLUMN x String")[0])


def test_all_beacons_of_a_session_go_to_one_shard_and_sessions_to_both() -> None:
    background = {"prefer_localhost_replica": "0", "distributed_foreground_insert": "0"}
    with clickhouse_front("cluster_front.py") as front, asked(front, **background) as client:
        for table in tables.TABLES:
            for sql in PLACE.statements(table):
                client.command(sql)
        # What is on the way to a shard lies in a folder of the shard's until it is sent.
        client.command("SYSTEM STOP DISTRIBUTED SENDS sessions")
        ids = [str(session_id(1_790_000_000_000 + number, number)) for number in range(200)]
        for version in (1, 2, 3):
            client.command(
                "INSERT INTO sessions_in (session_ms, session, version) SELECT"
                f" bitShiftRight(toUInt128(session), 80), arrayJoin({ids})::UUID AS session,"
                f" {version}"
            )
        at: list[list[str]] = [[], []]
        for number, rows in enumerate(at, start=1):
            for file in front.folder.glob(f"engine/store/*/*/shard{number}_*/*.bin"):
                found = client.query(f"SELECT * FROM file('{file}', 'Distributed')")
                rows += [_id_of(row) for row in found.named_results()]
        assert sorted(at[0] + at[1]) == sorted(ids * 3)
        assert not set(at[0]) & set(at[1])
        assert min(len(rows) for rows in at) > 3 * 50


def _id_of(row: Mapping[str, Any]) -> str:
    """The session's id, of which the table keeps three parts."""
    return str(UUID(int=row["session_ms"] << 80 | row["session_a"] << 64 | row["session_b"]))
