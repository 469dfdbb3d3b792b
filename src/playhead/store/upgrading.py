"""Bringing the tables up to date, by one process at a time.

Several may start at once. Who has made the table ``upgrading`` takes the steps, the others wait;
one that is killed meanwhile leaves it behind, and whoever has waited in vain takes over.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from playhead.log import get_logger
from playhead.store import schema, tables
from playhead.store.cluster import Cluster
from playhead.store.errors import StoreNewerError, code_of

_TURN: Final = "CREATE TABLE upgrading (since DateTime) ENGINE = MergeTree ORDER BY since"
_TURN_ENDS: Final = "DROP TABLE IF EXISTS upgrading SYNC"
# The table is there, or its replica.
_TAKEN: Final = frozenset({57, 253})

_LOOK_EVERY_S: Final = 0.2
GONE_AFTER_S: Final = 60.0
"""Who has taken no step for so long is held to be gone."""

_log = get_logger("store")


def upgrade(client: Client, cluster: Cluster | None, *, alone: bool) -> None:
    """Take the steps that the tables have not taken yet.

    Args:
        client: of the store.
        cluster: where the tables are, if not on a single server.
        alone: no other process has this store.

    Raises:
        StoreNewerError: the tables are those of a later Playhead.
        DriverError: a step was not done; it may be taken again.
    """
    upgrading = _Upgrading(client, cluster)
    upgrading.run(schema.BEFORE_STEPS)
    if upgrading.version() == len(schema.STEPS):
        return
    if alone:
        upgrading.take_steps()
    elif upgrading.has_the_turn():
        try:
            upgrading.take_steps()
        finally:
            upgrading.run(_TURN_ENDS)


class _Upgrading:
    def __init__(self, client: Client, cluster: Cluster | None) -> None:
        self._client = client
        self._cluster = cluster

    def run(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        for statement in self._cluster.statements(sql) if self._cluster else [sql]:
            self._client.command(statement, dict(parameters or {}))

    def version(self) -> int:
        found = int(str(self._client.command(schema.READ_VERSION)))
        if found > len(schema.STEPS):
            raise StoreNewerError(
                f"the store has version {found} of its tables, this Playhead knows them up to"
                f" {len(schema.STEPS)}: update Playhead, or give it a store of its own"
            )
        return found

    def take_steps(self) -> None:
        if not self.version():
            self._take(tables.VERSION, tables.TABLES)
        for number, statements in enumerate(schema.STEPS[(at := self.version()) :], start=at + 1):
            self._take(number, statements)

    def _take(self, version: int, statements: Sequence[str]) -> None:
        for statement in statements:
            self.run(statement)
        self.run(schema.WRITE_VERSION, {"version": version})
        _log.info("store.migrated", version=version)

    def has_the_turn(self) -> bool:
        """Wait for it; False when another one has taken all steps meanwhile."""
        seen, since = self.version(), time.monotonic()
        while seen < len(schema.STEPS):
            if self._takes_the_turn():
                return True
            if time.monotonic() - since > GONE_AFTER_S:
                _log.warning("store.takes_over_upgrading", version=seen)
                self.run(_TURN_ENDS)
            time.sleep(_LOOK_EVERY_S)
            if (now := self.version()) != seen:
                seen, since = now, time.monotonic()
        return False

    def _takes_the_turn(self) -> bool:
        try:
            self.run(_TURN)
        except DatabaseError as error:
            if code_of(error) not in _TAKEN:
                raise
            return False
        return True
