"""Transactions on the catalog's database, and what is told of those of others."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
    TimeoutError,  # noqa: A004
)
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from playhead.errors import OperatorError
from playhead.log import get_logger

# The database is away, busy, not writable or not what it was. What it does not take, because a
# row is not unique or a value is none, is for whoever asked.
_FAILURES: Final = (
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
    TimeoutError,
)

_log = get_logger("catalog")


class CatalogUnavailableError(OperatorError):
    """The catalog's database cannot be reached or opened."""


class Database:
    """Transactions on one database, whose failures carry our name."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sessions = sessionmaker(engine, expire_on_commit=False)
        self._watch: sqlite3.Connection | None = None
        # Another one after each commit of this process; assigning needs no lock.
        self._last_write = object()

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file beside the data, which no other machine uses."""
        return self._engine.dialect.name == "sqlite"

    def connect_alone(self) -> Connection:
        """A connection without transactions, for whoever keeps it and closes it."""
        return self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that changes nothing.

        Raises:
            CatalogUnavailableError: the database does not answer.
        """
        with named_failures(), self._sessions() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that is committed unless an exception leaves it.

        Raises:
            CatalogUnavailableError: the database does not answer.
        """
        with named_failures(), self._sessions.begin() as session:
            yield session
        self._last_write = object()

    def insert_new(self, table: type[DeclarativeBase], rows: Sequence[dict[str, Any]]) -> None:
        """Insert the rows that do not break a unique constraint; leave out the others.

        Raises:
            CatalogUnavailableError: the database does not answer.
            IntegrityError: another constraint does not hold; none of the rows is kept.
        """
        make = sqlite.insert if self.is_sqlite else postgresql.insert
        with self.write() as session:
            session.execute(make(table).on_conflict_do_nothing(), rows)

    def shred(self, table: type[DeclarativeBase], *, any_gone: bool) -> None:
        """Destroy what deleted rows of a table left behind in the database's files.

        SQLite has a write-ahead log, which is emptied unless it is in use. PostgreSQL keeps deleted
        rows until their place is needed; its own write-ahead log is for its operator.

        Args:
            table: a small one, because it is written anew.
            any_gone: whether rows of it were deleted since the last time.

        Raises:
            CatalogUnavailableError: the database does not answer.
        """
        with named_failures(), self._engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            elif any_gone:
                alone = connection.execution_options(isolation_level="AUTOCOMMIT")
                alone.exec_driver_sql(f"VACUUM FULL {table.__tablename__}")

    def version(self) -> object:
        """Changes with every commit; on PostgreSQL of this process, and each second.

        SQLite tells a connection whether others have committed, so this one never does. Not for
        several threads at once.
        """
        file = self._engine.url.database
        if not self.is_sqlite or not file:
            return self._last_write, time.monotonic() // 1
        if self._watch is None:
            self._watch = sqlite3.connect(file, check_same_thread=False)
        return self._watch.execute("PRAGMA data_version").fetchone()[0]

    def close(self) -> None:
        """Give back every connection."""
        if self._watch is not None:
            self._watch.close()
        self._engine.dispose()


@contextmanager
def named_failures() -> Iterator[None]:
    """Let what a driver raises leave as ours.

    Raises:
        CatalogUnavailableError: the database does not answer.
    """
    try:
        yield
    except _FAILURES as error:
        # The statement and its values are left out: there are hashes of passwords among them.
        said = error.orig if isinstance(error, DBAPIError) else error
        _log.warning("catalog.failed", error=str(said)[:1000])
        raise CatalogUnavailableError("the catalog does not answer") from error
