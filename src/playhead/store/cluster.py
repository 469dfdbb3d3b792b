"""A store on a ClickHouse cluster: where its tables lie, and how what changes them reaches all.

Each table is two there. ``sessions_local`` holds rows; every server has one, a replica of those of
its shard. ``sessions`` is a Distributed table over them, by which all is read and inserted, so the
SQL of questions is that of a single server. What changes tables, or rows in place, is written for
a single server as well and becomes the statements that do it on every server here.
"""

import re
from typing import Final

from msgspec import Struct

SHARDED_BY: Final = {
    # The newest beacon of a session wins within a shard, so all of them have to be in it.
    "sessions": "sipHash64(session_b)",
    "recent_sessions": "sipHash64(session_b)",
    # Beside its session, whose `session_b` is the second half of the id.
    "identified": "sipHash64(toUInt64(bitAnd(toUInt128(session), 18446744073709551615)))",
    "bot_sessions": "sipHash64(session)",
    # What is summed up of an account is one insert that is seen as a whole, so it is in one shard.
    "rollups": "account_id",
    "audience": "account_id",
    "visitors": "account_id",
    "schema_versions": "version",
}
"""What tells the shard of a row, by table. A table that is not in here is whole on every server."""

SETTINGS: Final = {
    # An insert is done when most of the replicas of its shard have it on disk.
    "distributed_foreground_insert": "1",
    "insert_quorum": "auto",
    # Rows that were erased may come again; a block that was there before is no mistake.
    "insert_deduplicate": "0",
    # Whoever asks reads of the replica that was written to, or of one that has caught up.
    "load_balancing": "in_order",
    "prefer_localhost_replica": "0",
    "max_replica_delay_for_distributed_queries": "10",
    "fallback_to_stale_replicas_for_distributed_queries": "0",
    # A question within a question is about all shards.
    "distributed_product_mode": "global",
    # Sums are made of all shards' sessions before they are inserted.
    "parallel_distributed_insert_select": "0",
    "optimize_skip_unused_shards": "1",
    # Every server has the list of what is to be erased.
    "allow_nondeterministic_mutations": "1",
    "alter_sync": "2",
    "distributed_ddl_output_mode": "throw",
}
"""Of every client of a cluster."""

_CREATE_TABLE: Final = re.compile(
    r"\s*CREATE TABLE (?P<maybe>IF NOT EXISTS )?(?P<table>\w+) (?P<columns>\(.*\))\s*"
    r"ENGINE = (?P<engine>\w+)(?:\((?P<words>[^()]*)\))?(?P<rest>.*)",
    re.DOTALL,
)
_CREATE_VIEW: Final = re.compile(
    r"\s*CREATE MATERIALIZED VIEW (?P<maybe>IF NOT EXISTS )?(?P<view>\w+) (?P<rest>TO .*)",
    re.DOTALL,
)
_DROP: Final = re.compile(r"\s*DROP TABLE IF EXISTS (?P<table>\w+)(?: SYNC)?\s*")
_CHANGE: Final = re.compile(
    r"\s*(?P<what>ALTER TABLE|DELETE FROM) (?P<table>\w+)\s(?P<rest>.*)", re.DOTALL
)
_NAMED: Final = re.compile(r"\b(?P<word>FROM|TO) (?P<table>\w+)\b")
_OF_COLUMNS: Final = re.compile(r"\b(?:ADD|MODIFY|DROP|RENAME) COLUMN\b")
# A table that is whole on every server has all of them as its replicas.
_WHOLE: Final = "", "{shard}-{replica}"


class Cluster(Struct, frozen=True):
    """A cluster, by its name in ``system.clusters``, and the database on all of its servers."""

    name: str
    database: str

    def statements(self, sql: str) -> list[str]:
        """What does on every server what a statement does on a single one; in this order.

        Args:
            sql: makes, alters or drops a table, or deletes rows; all else is left as it is.
        """
        if made := _CREATE_TABLE.fullmatch(sql):
            return self._create(made)
        if made := _CREATE_VIEW.fullmatch(sql):
            view = f"{self._table(made['view'])} {self._everywhere} {self._of_view(made['rest'])}"
            return [f"CREATE MATERIALIZED VIEW {made['maybe'] or ''}{view}"]
        if dropped := _DROP.fullmatch(sql):
            tables = [self.local(dropped["table"]), dropped["table"]]
            return [
                f"DROP TABLE IF EXISTS {self._table(each)} {self._everywhere} SYNC"
                for each in dict.fromkeys(reversed(tables))
            ]
        if changed := _CHANGE.fullmatch(sql):
            rest = f"{self._everywhere} {self._localised(changed['rest'])}"
            # Rows have the column before anybody asks for it.
            tables = [self.local(changed["table"])]
            if _OF_COLUMNS.search(rest):
                tables.append(changed["table"])
            return [f"{changed['what']} {self._table(each)} {rest}" for each in tables]
        return [sql]

    def local(self, table: str) -> str:
        """The name of the table that holds the rows."""
        return f"{table}_local" if table in SHARDED_BY else table

    def wait_for(self, table: str) -> str:
        """The statement that is done when every server has all rows of a table."""
        return f"SYSTEM SYNC REPLICA {self._everywhere} {self._table(self.local(table))}"

    def make_database(self) -> str:
        """The statement that makes the database on every server."""
        return f"CREATE DATABASE IF NOT EXISTS `{self.database}` {self._everywhere}"

    @property
    def parts(self) -> str:
        """The parts of tables of all servers, as a table."""
        return f"clusterAllReplicas('{self.name}', system.parts)"

    def _create(self, made: re.Match[str]) -> list[str]:
        table, maybe = made["table"], made["maybe"] or ""
        local, engine = self.local(table), made["engine"]
        words = [made["words"]] if made["words"] else []
        if engine.endswith("MergeTree"):
            engine = f"Replicated{engine}"
            shard, replica = ("{shard}/", "{replica}") if local != table else _WHOLE
            words = [f"'/clickhouse/tables/{shard}{self.database}/{local}'", f"'{replica}'", *words]
        rows = f"ENGINE = {engine}" + (f"({', '.join(words)})" if words else "") + made["rest"]
        create = f"CREATE TABLE {maybe}%s {self._everywhere} %s\n%s"
        statements = [create % (self._table(local), made["columns"], rows)]
        if local != table:
            of = f"'{self.name}', '{self.database}', '{local}', {SHARDED_BY[table]}"
            like = f"AS {self._table(local)}"
            statements.append(create % (self._table(table), like, f"ENGINE = Distributed({of})"))
        return statements

    def _of_view(self, sql: str) -> str:
        """A view's definition: what comes to a server's rows stays there, all else is spread."""
        sources = {found["table"] for found in _NAMED.finditer(sql) if found["word"] == "FROM"}
        if sources & SHARDED_BY.keys():
            return self._localised(sql)
        return _NAMED.sub(lambda found: f"{found['word']} {self._table(found['table'])}", sql)

    def _localised(self, sql: str) -> str:
        """A statement about what lies on the server that runs it."""
        return _NAMED.sub(
            lambda found: f"{found['word']} {self._table(self.local(found['table']))}", sql
        )

    def _table(self, name: str) -> str:
        return f"`{self.database}`.{name}"

    @property
    def _everywhere(self) -> str:
        return f"ON CLUSTER '{self.name}'"
