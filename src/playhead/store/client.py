"""Clients of the store: opening, sharing between threads, naming what goes wrong."""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, Final, Self, TypeVar

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error as DriverError

from playhead import tracing
from playhead.log import get_logger
from playhead.store.changes import Changes
from playhead.store.cluster import Cluster
from playhead.store.connecting import (
    cannot_open,
    cluster_of,
    connect,
    is_embedded,
    most_memory,
)
from playhead.store.errors import (
    StoreBusyError,
    StoreNewerError,
    StoreUnavailableError,
    named_failures,
    named_refusals,
    within_a_share,
)
from playhead.store.noticing import detach_damaged
from playhead.store.shares import SHARE, Shares
from playhead.store.upgrading import upgrade

# Waiting longer than this for a free client means that the store is swamped.
_WAIT_FOR_CLIENT_S: Final = 10

# More than so many have a cause that lasts.
_MOST_DAMAGED_AT_ONCE: Final = 20

_PURGE: Final = "SYSTEM JEMALLOC PURGE"
_HEAVY_S: Final = 0.1

_READ_AT_ONCE: Final = 4 * 2**20

_CLOCK: Final = "SELECT max(received_ms), toUnixTimestamp64Milli(now64(3)) FROM sessions"

One = TypeVar("One")
Other = TypeVar("Other")

_log = get_logger("store")


class Store:
    """A handful of clients on one store. Every method may be called from any thread."""

    def __init__(
        self,
        clients: Sequence[Client],
        *,
        alone: bool,
        memory_mib: int,
        cluster: Cluster | None = None,
    ) -> None:
        self.cluster = cluster
        """Where the tables are, if not on a single server."""
        self.changes = Changes(alone=alone)
        self._damaged: set[str] = set()
        self._shares = Shares(_WAIT_FOR_CLIENT_S)
        self._share = most_memory(memory_mib * 2**20 // SHARE)
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
            dsn: ``chdb:///folder`` for the embedded engine, ``http(s)://…/database`` for a server,
                ``http(s)://…/database?cluster=name`` for one of a cluster.
            threads: how many questions may run side by side.
            memory_mib: what one question may use; of the embedded engine only one at a time uses
                more than a share of it (:mod:`playhead.store.shares`).
            seconds: what one question may take.

        Raises:
            StoreInUseError: the embedded store is in use or cannot be opened.
            StoreNewerError: its tables are those of a later Playhead.
            StoreUnavailableError: the server does not answer, does not let us in, or is not what
                the address says.
        """
        dsn, cluster = cluster_of(dsn)
        clients = connect(dsn, cluster, threads=threads, memory_mib=memory_mib, seconds=seconds)
        store = cls(clients, alone=is_embedded(dsn), memory_mib=memory_mib, cluster=cluster)
        try:
            upgrade(store._inserter, cluster, alone=store.changes.alone)
        except StoreNewerError:
            store.close()
            raise
        except (DriverError, OSError) as error:
            store.close()
            raise cannot_open(dsn, error) from error
        return store

    def ask(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """The rows that answer a question.

        Raises:
            QuestionTooHeavyError: the question was cut off at a limit.
            StoreUnavailableError: there is no answer.
        """
        ask = partial(self._ask, sql, parameters)
        with tracing.question():
            # What a server of its own has for questions is for its operator to bound.
            if not self.changes.alone:
                return ask()
            return self._shares.ask(sql, parameters, partial(ask, share=self._share), ask)

    def _ask(
        self, sql: str, parameters: Mapping[str, Any], share: dict[str, str] | None = None
    ) -> Sequence[Sequence[Any]]:
        with self._a_client() as client:
            began = time.monotonic()
            try:
                return self._rows(client, sql, parameters, share)
            finally:
                if self.changes.alone and time.monotonic() - began > _HEAVY_S:
                    # Else what heavy questions leave adds up until :meth:`give_back_memory`.
                    with contextlib.suppress(DriverError, OSError):
                        client.command(_PURGE)

    def at_once(self, one: Callable[[], One], other: Callable[[], Other]) -> tuple[One, Other]:
        """Ask two things that do not wait for each other, and return both answers.

        A question for a page of scattered rows keeps one processor busy, whatever the engine is
        allowed to use.

        Raises:
            StoreUnavailableError: as by either of them.
        """
        begun = self._beside.submit(tracing.carried(other))
        try:
            first = one()
        except BaseException:
            begun.cancel()
            raise
        return first, begun.result()

    def beside(self, work: Callable[[], None]) -> None:
        """Have something done soon that nobody waits for, by another thread."""
        self._beside.submit(work)

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
        with tracing.question(), self._inserting, named_failures():
            self._inserter.raw_insert(table, columns, insert_block=body, fmt=form)

    def work(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """The rows that answer a question of whoever inserts; it may take what it takes.

        Raises:
            StoreUnavailableError: the store cannot answer.
        """
        with tracing.question(), self._inserting:
            return self._rows(self._inserter, sql, parameters)

    def run(self, sql: str, parameters: Mapping[str, Any]) -> None:
        """Run a statement that changes something; it is done when this returns.

        Raises:
            StoreUnavailableError: it is not known whether it was done.
        """
        with tracing.question(), self._inserting:
            try:
                with named_failures():
                    # Unlike a command, what is asked raw has room for any number of parameters.
                    self._inserter.raw_query(sql, parameters=dict(parameters))
            except StoreUnavailableError as error:
                # Whoever runs it does so again, then without the part.
                self._goes_on_without_a_part(self._inserter, error)
                raise

    def change(self, sql: str, parameters: Mapping[str, Any]) -> None:
        """Make, alter or drop a table, or change rows in place, on every server there is.

        Args:
            sql: the statement for a single server.
            parameters: its parameters.

        Raises:
            StoreUnavailableError: it is not known whether it was done, and where.
        """
        for statement in self.cluster.statements(sql) if self.cluster else [sql]:
            self.run(statement, parameters)

    def turn_if_free(self) -> AbstractContextManager[bool]:
        """Keep questions from needing all of the memory meanwhile, if none does right now.

        For whoever inserts, needs much for it and is in no hurry. It is True for who may go on,
        which with a server of its own is always.
        """
        return (
            self._shares.turn_if_free()
            if self.changes.alone
            else contextlib.nullcontext(enter_result=True)
        )

    def is_whole(self, table: str) -> bool:
        """Whether no part of a table turned out to be damaged since it was opened."""
        return table not in self._damaged

    def clock(self) -> tuple[int, int]:
        """When the newest session was received (0: there is none), and what time it is, in ms.

        Raises:
            StoreUnavailableError: the store cannot answer.
        """
        ((newest_ms, now_ms),) = self.work(_CLOCK, {})
        return newest_ms, now_ms

    def give_back_memory(self) -> None:
        """Let the system have the memory that an embedded engine keeps for its next question.

        Raises:
            StoreUnavailableError: the store cannot answer.
        """
        if self.changes.alone:
            self.run(_PURGE, {})

    def load(self, table: str, body: bytes, form: str, settings: Mapping[str, str]) -> None:
        """Insert rows beside what else is asked and inserted; they are on disk when this returns.

        Args:
            table: its name.
            body: the rows.
            form: the ClickHouse input format that they are in.
            settings: of the engine, for this.

        Raises:
            RowsRefusedError: the engine cannot make rows of ``body``.
            StoreUnavailableError: it is not known which rows were kept; try again.
        """
        with self._a_client() as client, named_failures(), named_refusals():
            client.raw_insert(table, None, insert_block=body, fmt=form, settings=dict(settings))

    def stream(
        self, sql: str, parameters: Mapping[str, Any], form: str, settings: Mapping[str, str]
    ) -> Iterator[bytes]:
        """An answer in a ClickHouse output format, in pieces of some MiB.

        Raises:
            StoreUnavailableError: what came so far is not all.
        """
        with self._a_client() as client, named_failures():
            # Closing it gives the client back; what it is else depends on the engine.
            answer: Any = client.raw_stream(
                sql, parameters=dict(parameters), fmt=form, settings=dict(settings)
            )
            with contextlib.closing(answer):
                while piece := answer.read(_READ_AT_ONCE):
                    yield piece

    def close(self) -> None:
        """Close every client, waiting for those at work."""
        self._beside.shutdown()
        for _ in range(len(self._clients) - 1):
            self._free.get()
        with self._inserting:
            for client in self._clients:
                client.close()

    def _rows(
        self,
        client: Client,
        sql: str,
        parameters: Mapping[str, Any],
        share: dict[str, str] | None = None,
    ) -> Sequence[Sequence[Any]]:
        """What answers a question, once more without each part that turns out to be damaged.

        With a share of the memory it raises NeedsMoreMemoryError too.
        """
        within = within_a_share if share else contextlib.nullcontext
        for _ in range(_MOST_DAMAGED_AT_ONCE):
            try:
                with named_failures(), within():
                    found = client.query(sql, parameters=dict(parameters), settings=share)
                    return found.result_rows
            except StoreUnavailableError as error:
                if not self._goes_on_without_a_part(client, error):
                    raise
        raise StoreUnavailableError("the store cannot answer")

    def _goes_on_without_a_part(self, client: Client, error: StoreUnavailableError) -> bool:
        table = detach_damaged(client, error.__cause__) if self.changes.alone else None
        if table:
            self._damaged.add(table)
        return table is not None

    @contextmanager
    def _a_client(self) -> Iterator[Client]:
        try:
            client = self._free.get(timeout=_WAIT_FOR_CLIENT_S)
        except queue.Empty:
            raise StoreBusyError from None
        try:
            yield client
        finally:
            self._free.put(client)
