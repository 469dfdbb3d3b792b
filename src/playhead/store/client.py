"""Clients of the store: opening, sharing between threads, naming what goes wrong."""

import queue
import re
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error as DriverError

from playhead.errors import OperatorError
from playhead.log import get_logger
from playhead.store import schema
from playhead.store.changes import Changes

# Waiting longer than this for a free client means that the store is swamped.
_WAIT_FOR_CLIENT_S: Final = 10

_SETTINGS: Final = {
    # Every partition holds whole sessions, so each can be made final by itself.
    "do_not_merge_across_partitions_select_final": "1",
    # A viewer's clock can be in any month, and a batch with many of them must still land.
    "max_partitions_per_insert_block": "0",
    # The drain waits for the answer anyway; a half-filled block would only delay it.
    "async_insert": "0",
    # Lines from before an update may lack the newest columns, which then have their defaults.
    "input_format_json_compact_allow_variable_number_of_columns": "1",
}

One = TypeVar("One")
Other = TypeVar("Other")

_CODE: Final = re.compile(r"Code: (\d+)")
_LIMITS: Final = {
    159: "time than one question may take",
    160: "time than one question may take",
    241: "memory than one question may use",
}
"""What the engine's codes say of a question that it has cut off."""

_log = get_logger("store")


class StoreUnavailableError(OperatorError):
    """The store cannot answer now: away, too busy, or the question was too heavy."""


class QuestionTooHeavyError(StoreUnavailableError):
    """The question would need more memory or time than one question may have."""


class StoreInUseError(OperatorError):
    """The embedded store's folder cannot be opened, mostly because another process has it."""


class StoreNewerError(OperatorError):
    """A later Playhead has changed the store's tables."""


class Store:
    """A handful of clients on one store. Every method may be called from any thread."""

    def __init__(self, clients: Sequence[Client], *, alone: bool) -> None:
        self.changes = Changes(alone=alone)
        self._clients = list(clients)
        self._free: queue.LifoQueue[Client] = queue.LifoQueue()
        # The drain has a client of its own, so that questions never hold up beacons.
        self._inserter = self._clients[0]
        self._inserting = threading.Lock()
        for client in self._clients[1:]:
            self._free.put(client)
        self._beside = ThreadPoolExecutor(len(self._clients), "store")

    @classmethod
    def open(cls, dsn: str, *, threads: int = 4, memory_mib: int = 400, seconds: int = 10) -> Self:
        """Open the store and bring its schema up to date.

        Args:
            dsn: ``chdb:///folder`` for the embedded engine, ``http://…`` for a server.
            threads: how many questions may run side by side.
            memory_mib: what one question may use.
            seconds: what one question may take.

        Raises:
            StoreInUseError: the embedded store is in use or cannot be opened.
            StoreNewerError: its tables are those of a later Playhead.
            StoreUnavailableError: the server does not answer.
        """
        if dsn.startswith("chdb:"):
            _prepare_embedded(dsn)
        limits = {
            "max_memory_usage": str(memory_mib * 2**20),
            # What grows beyond goes on on disk.
            "max_bytes_before_external_group_by": str(memory_mib * 2**20 // 3),
            "max_bytes_before_external_sort": str(memory_mib * 2**20 // 3),
            "max_execution_time": str(seconds),
        }
        clients: list[Client] = []
        try:
            for _ in range(threads + 1):
                settings = _SETTINGS | limits if clients else _SETTINGS
                clients.append(clickhouse_connect.get_client(dsn=dsn, settings=settings))
            store = cls(clients, alone=dsn.startswith("chdb:"))
            store._migrate()
        except (DriverError, OSError) as error:
            for client in clients:
                client.close()
            _log.error("store.open_failed", error=str(error))
            if dsn.startswith("chdb:"):
                raise StoreInUseError(
                    f"cannot open the store {urlsplit(dsn).path}: is another process using it?"
                ) from error
            raise StoreUnavailableError("the store does not answer") from error
        return store

    def ask(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """The rows that answer a question.

        Raises:
            QuestionTooHeavyError: the question was cut off at a limit.
            StoreUnavailableError: there is no answer.
        """
        with self._a_client() as client, _named_failures():
            return client.query(sql, parameters=dict(parameters)).result_rows

    def at_once(self, one: Callable[[], One], other: Callable[[], Other]) -> tuple[One, Other]:
        """Ask two things that do not wait for each other, and return both answers.

        A question for a page of scattered rows keeps one processor busy, whatever the engine is
        allowed to use.

        Raises:
            StoreUnavailableError: as by either of them.
        """
        begun = self._beside.submit(other)
        try:
            first = one()
        except BaseException:
            begun.cancel()
            raise
        return first, begun.result()

    def insert(self, table: str, columns: Sequence[str], body: bytes, form: str) -> None:
        """Insert rows; they are on disk when this returns.

        Args:
            table: its name.
            columns: the names of the columns that the rows have.
            body: the rows.
            form: the ClickHouse input format that they are in.

        Raises:
            StoreUnavailableError: it is not known whether the rows were kept; try again.
        """
        with self._inserting, _named_failures():
            self._inserter.raw_insert(table, columns, insert_block=body, fmt=form)

    def work(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """The rows that answer a question of whoever inserts; it may take what it takes.

        Raises:
            StoreUnavailableError: the store cannot answer.
        """
        with self._inserting, _named_failures():
            return self._inserter.query(sql, parameters=dict(parameters)).result_rows

    def run(self, sql: str, parameters: Mapping[str, Any]) -> None:
        """Run a statement that changes something; it is done when this returns.

        Raises:
            StoreUnavailableError: it is not known whether it was done.
        """
        with self._inserting, _named_failures():
            self._inserter.command(sql, parameters=dict(parameters))

    def give_back_memory(self) -> None:
        """Let the system have the memory that an embedded engine keeps for its next question.

        Raises:
            StoreUnavailableError: the store cannot answer.
        """
        if self.changes.alone:
            self.run("SYSTEM JEMALLOC PURGE", {})

    def close(self) -> None:
        """Close every client, waiting for those at work."""
        self._beside.shutdown()
        for _ in range(len(self._clients) - 1):
            self._free.get()
        with self._inserting:
            for client in self._clients:
                client.close()

    @contextmanager
    def _a_client(self) -> Iterator[Client]:
        try:
            client = self._free.get(timeout=_WAIT_FOR_CLIENT_S)
        except queue.Empty:
            raise StoreUnavailableError("the store is busy") from None
        try:
            yield client
        finally:
            self._free.put(client)

    def _migrate(self) -> None:
        run = self._inserter.command
        run(schema.BEFORE_STEPS)
        version = int(str(run(schema.READ_VERSION)))
        if version > len(schema.STEPS):
            self.close()
            raise StoreNewerError(
                f"the store has version {version} of its tables, this Playhead knows them up to"
                f" {len(schema.STEPS)}: update Playhead, or give it a store of its own"
            )
        for number, statements in enumerate(schema.STEPS[version:], start=version + 1):
            for statement in statements:
                run(statement)
            run(schema.WRITE_VERSION, parameters={"version": number})
            _log.info("store.migrated", version=number)


@contextmanager
def _named_failures() -> Iterator[None]:
    try:
        yield
    except (DriverError, OSError) as error:
        _log.error("store.failed", error=str(error)[:1000])
        found = _CODE.search(str(error))
        limit = _LIMITS.get(int(found[1])) if found else None
        if limit:
            raise QuestionTooHeavyError(
                f"this question needs more {limit}; ask for fewer days or a single media,"
                " or allow more with --store-memory and --store-seconds"
            ) from error
        raise StoreUnavailableError("the store cannot answer") from error


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
