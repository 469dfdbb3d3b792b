"""A ClickHouse cluster of two shards over HTTP for tests, from the engine in this process.

The embedded engine opens no port, so both shards are its own tables, which its Distributed engine
reads and writes as shards of this server: every question is planned, asked and merged as on two
servers, and rows go to the shard that the sharding key says. What one engine cannot have is put
in its place here, and is all that differs from a cluster:

* rows of both shards lie in one table, of which a shard sees those that its key gives it;
* ``ON CLUSTER`` is left out, and with it the queue by which servers hear of it;
* Replicated tables are plain ones, because the engine never makes them writable (test_cluster.py
  has ZooKeeper take their definitions).
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from clickhouse_front import Engine, serve

CLUSTER: Final = "two"
SHARDS: Final = 2

_SHARD: Final = """
<shard>
    <internal_replication>true</internal_replication>
    <replica><host>127.0.0.1</host><port>9000</port></replica>
</shard>
"""
_MACROS: Final = "<shard>1</shard><replica>only</replica>"
_ON_CLUSTER: Final = re.compile(f"ON CLUSTER '{CLUSTER}'".encode())
_REPLICATED: Final = re.compile(rb"Replicated(\w*MergeTree)\('[^']*', '[^']*'(?:, )?")
_SYNC_REPLICA: Final = re.compile(rb"\s*SYSTEM SYNC REPLICA .*")
_CHANGES: Final = re.compile(rb"\s*(?:CREATE|ALTER|DROP|DELETE)\s", re.IGNORECASE)
_DISTRIBUTED: Final = re.compile(r"Distributed\('\w+', '(\w+)', '(\w+)', (.+)\)$")


def configuration(*, zookeeper: str = "", macros: str = _MACROS) -> str:
    """The engine's, in which both shards are this server; nothing listens at its port."""
    node = f"<zookeeper><node><host>127.0.0.1</host><port>{zookeeper}</port></node></zookeeper>"
    return f"""<clickhouse>
        <tcp_port>9000</tcp_port>
        <macros>{macros}</macros>
        <remote_servers><{CLUSTER}>{_SHARD * SHARDS}</{CLUSTER}></remote_servers>
        {node if zookeeper else ""}
    </clickhouse>"""


class ClusterEngine(Engine):
    """The engine as all of a cluster."""

    def __init__(self, folder: Path, options: Mapping[str, str]) -> None:
        """The ``options`` are of :func:`configuration`; with a ZooKeeper tables are Replicated."""
        config = folder / "cluster.xml"
        config.write_text(configuration(**options), encoding="utf-8")
        super().__init__(folder, f"?config-file={config}")
        self._replicated = "zookeeper" in options
        self._filters = ""
        self._see_shards()

    def run(self, query: bytes, parameters: dict[str, str]) -> bytes:
        if _SYNC_REPLICA.fullmatch(query):
            return b""
        changes = _CHANGES.match(query) is not None
        if changes:
            query = _ON_CLUSTER.sub(b"", query)
            if not self._replicated:
                query = _REPLICATED.sub(rb"\1(", query)
        settings = parameters | {"additional_table_filters": self._filters}
        if settings.get("distributed_foreground_insert") == "1":
            settings.pop("prefer_localhost_replica", None)
        answer = super().run(query, settings)
        if changes:
            self._see_shards()
        return answer

    def _see_shards(self) -> None:
        """Let each shard see its own rows, by the key of the table that is spread over them."""
        answer = super().run(
            b"SELECT engine_full FROM system.tables WHERE engine = 'Distributed'", {}
        )
        spread = [
            _DISTRIBUTED.match(line.replace("\\'", "'")) for line in answer.decode().split("\n")
        ]
        filters = [
            f"'{found[1]}.{found[2]}': 'shardNum() IN (0, ({found[3]}) % {SHARDS} + 1)'"
            for found in spread
            if found
        ]
        self._filters = f"{{{', '.join(filters)}}}".replace("'", "\\'")


if __name__ == "__main__":
    place, _, *words = sys.argv[1:]
    named = dict(word.split("=", 1) for word in words)
    serve(ClusterEngine(Path(place), named))
