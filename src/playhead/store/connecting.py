"""Clients of an engine: the one in this process, or a ClickHouse server over HTTP."""

import re
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error as DriverError

from playhead.log import get_logger
from playhead.store import cluster as clusters
from playhead.store.cluster import Cluster
from playhead.store.errors import StoreInUseError, StoreUnavailableError, code_of

_SETTINGS: Final = {
    # Every partition holds whole sessions, so each can be made final by itself.
    "do_not_merge_across_partitions_select_final": "1",
    # A viewer's clock can be in any month, and a batch with many of them must still land.
    "max_partitions_per_insert_block": "0",
    # The drain waits for the answer anyway; a half-filled block would only delay it.
    "async_insert": "0",
    # Rows that a later one of the same batch takes the place of go with the first merge; FINAL
    # leaves them out until then. To look for them in each batch took half the time of an insert.
    "optimize_on_insert": "0",
    # Lines from before an update may lack the newest columns, which then have their defaults.
    "input_format_json_compact_allow_variable_number_of_columns": "1",
}

_CONNECT_WITHIN_S: Final = 5
# Work tells of its progress, however long it takes; who is silent for so long is gone.
_WORK_SILENT_FOR_S: Final = 120
# The engine ends a question itself; whoever asked needs to hear of it.
_ANSWER_LATER_BY_S: Final = 5

_UNKNOWN_DATABASE: Final = 81
_NOT_LET_IN: Final = frozenset({192, 193, 194, 516})

_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
_CLUSTERS: Final = "SELECT DISTINCT cluster FROM system.clusters"
_MACROS: Final = "SELECT macro FROM system.macros"
_MACROS_NEEDED: Final = frozenset({"shard", "replica"})
_KIND_OF_TABLES: Final = (
    "SELECT engine FROM system.tables WHERE database = currentDatabase() AND name = 'sessions'"
)

_log = get_logger("store")


def is_embedded(dsn: str) -> bool:
    """Whether the engine is the one in this process."""
    return dsn.startswith("chdb:")


def cluster_of(dsn: str) -> tuple[str, Cluster | None]:
    """The address without the cluster that it names (``?cluster=name``), and that cluster."""
    at = urlsplit(dsn)
    words = parse_qsl(at.query, keep_blank_values=True)
    names = [value for word, value in words if word == "cluster"]
    if not names:
        return dsn, None
    others = urlencode([each for each in words if each[0] != "cluster"])
    cluster = Cluster(name=names[-1], database=unquote(at.path[1:]) or "default")
    return at._replace(query=others).geturl(), cluster


def connect(
    dsn: str, cluster: Cluster | None, *, threads: int, memory_mib: int, seconds: int
) -> list[Client]:
    """Clients of the store: first the one that inserts, then those that ask.

    Args:
        dsn: ``chdb:///folder`` for the embedded engine, ``http(s)://user:password@host:port/name``
            for a server, whose database is made when it is missing.
        cluster: the one that the server belongs to, if its tables are to be on all of it.
        threads: how many ask.
        memory_mib: what one question may use; in this process, from where on summing up goes on
            on disk, too.
        seconds: what one question may take.

    Raises:
        StoreInUseError: the embedded store is in use or cannot be opened.
        StoreUnavailableError: the server does not answer, does not let us in, or is not what the
            address says.
    """
    settings = _SETTINGS | (clusters.SETTINGS if cluster else {})
    size = memory_mib * 2**20
    limits = {
        **most_memory(size),
        **_on_disk_beyond(size * 2 // 3),
        "max_execution_time": str(seconds),
    }
    working = settings
    if is_embedded(dsn):
        _prepare_embedded(dsn)
        # Whoever inserts also sums up, which has no limit but may not take what a million visitors
        # need of this process's memory; a server has its own.
        working = settings | _on_disk_beyond(size)
        # Wherever a question names a table, it is about the same rows (store/returning.py).
        limits["enable_shared_storage_snapshot_in_query"] = "1"
    clients: list[Client] = []
    try:
        if not is_embedded(dsn):
            _make_database(dsn, cluster)
        clients.append(_client(dsn, working, _WORK_SILENT_FOR_S))
        # Those that were made before one fails are in the list.
        clients.extend(
            _client(dsn, settings | limits, seconds + _ANSWER_LATER_BY_S) for _ in range(threads)
        )
        if not is_embedded(dsn):
            _check_tables(clients[0], dsn, cluster)
    except (DriverError, OSError, StoreUnavailableError) as error:
        for client in clients:
            client.close()
        if isinstance(error, StoreUnavailableError):
            raise
        raise cannot_open(dsn, error) from error
    return clients


def most_memory(size: int) -> dict[str, str]:
    """The engine's setting that lets a question use so many bytes."""
    return {"max_memory_usage": str(size)}


def _on_disk_beyond(size: int) -> dict[str, str]:
    """The settings that let groups and sorting go on on disk when they need so many bytes."""
    return {
        "max_bytes_before_external_group_by": str(size),
        "max_bytes_before_external_sort": str(size),
    }


def cannot_open(dsn: str, error: Exception) -> StoreInUseError | StoreUnavailableError:
    """What to say of a store that cannot be opened; without the password in its address."""
    _log.error("store.open_failed", error=str(error)[:1000])
    at = urlsplit(dsn)
    if is_embedded(dsn):
        # Both look the same from here; the engine itself writes what it is to standard error.
        return StoreInUseError(
            f"cannot open the store {at.path}: is another process using it? If none is, too much of"
            " it is damaged, as the engine says above: bring a backup back with 'playhead restore'"
        )
    code = code_of(error)
    if code in _NOT_LET_IN:
        what = "does not let us in: are user and password right?"
    elif code is not None:
        what = f"refuses to be used as the store (code {code}; the log says more)"
    else:
        what = "does not answer: is ClickHouse running there?"
    return StoreUnavailableError(f"the store at {_without_user(at)} {what}")


def _client(dsn: str, settings: dict[str, str], silent_for_s: int) -> Client:
    if is_embedded(dsn):
        return clickhouse_connect.get_client(dsn=dsn, settings=settings)
    return clickhouse_connect.get_client(
        dsn=dsn,
        settings=settings,
        connect_timeout=_CONNECT_WITHIN_S,
        send_receive_timeout=silent_for_s,
        # A session would be locked for as long as a question runs whose asker gave up.
        autogenerate_session_id=False,
    )


def _make_database(dsn: str, cluster: Cluster | None) -> None:
    """Make the database unless it is there; who may not make one can still use one."""
    at = urlsplit(dsn)
    name = unquote(at.path[1:])
    nowhere = at._replace(path="").geturl()
    if cluster is not None:
        with _client(nowhere, {}, _WORK_SILENT_FOR_S) as client:
            _check_cluster(client, dsn, cluster)
    try:
        _client(dsn, {}, _WORK_SILENT_FOR_S).close()
    except DriverError as error:
        if code_of(error) != _UNKNOWN_DATABASE:
            raise
        with _client(nowhere, {}, _WORK_SILENT_FOR_S) as client:
            if cluster is not None:
                client.command(cluster.make_database())
            else:
                client.command("CREATE DATABASE IF NOT EXISTS {name:Identifier}", {"name": name})
        _log.info("store.database_made", database=name)


def _check_cluster(client: Client, dsn: str, cluster: Cluster) -> None:
    """See whether the server knows the cluster, and its own place in it."""
    at = _without_user(urlsplit(dsn))
    if not _PLAIN_NAME.fullmatch(cluster.database):
        raise StoreUnavailableError(
            f"the store at {at} is on a cluster, where the name of a database has only letters,"
            " digits, _ and -"
        )
    known = {row[0] for row in client.query(_CLUSTERS).result_rows}
    if cluster.name not in known:
        raise StoreUnavailableError(
            f"the store at {at} knows no cluster {cluster.name!r}, but"
            f" {', '.join(sorted(known)) or 'none at all'}: name one of these with ?cluster=, or"
            " add it to remote_servers of ClickHouse's configuration"
        )
    missing = _MACROS_NEEDED - {row[0] for row in client.query(_MACROS).result_rows}
    if missing:
        raise StoreUnavailableError(
            f"the store at {at} has no value for {' and '.join(sorted(missing))}: every server of"
            " a cluster needs them in macros of ClickHouse's configuration"
        )


def _check_tables(client: Client, dsn: str, cluster: Cluster | None) -> None:
    """See whether tables that are there are those of a cluster, or of a single server."""
    found = client.query(_KIND_OF_TABLES).result_rows
    if not found or (found[0][0] == "Distributed") == (cluster is not None):
        return
    at = _without_user(urlsplit(dsn))
    if cluster is None:
        raise StoreUnavailableError(
            f"the store at {at} has its tables on a cluster: add ?cluster= and its name"
        )
    raise StoreUnavailableError(
        f"the store at {at} has the tables of a single server: leave out ?cluster=, or give it a"
        " database of its own and bring the sessions there (playhead export, playhead import)"
    )


def _without_user(at: SplitResult) -> str:
    return at._replace(netloc=at.netloc.rpartition("@")[2], query="").geturl()


def _prepare_embedded(dsn: str) -> None:
    """Make the engine a guest in this process: no signals of its own, no files elsewhere."""
    # Importing the engine takes most of a second and only this kind of store needs it.
    from chdb import _chdb  # noqa: PLC0415

    _chdb.set_signal_handlers_enabled(False)  # type: ignore[attr-defined]  # its stubs lag
    folder = Path(urlsplit(dsn).path)
    scratch = folder.parent / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    for left_over in scratch.iterdir():
        left_over.unlink()
    # The client hands inserts to the engine through temporary files.
    tempfile.tempdir = str(scratch)
