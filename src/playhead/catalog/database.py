"""Opening the catalog's database: SQLite beside the data, or whatever the URL names."""

import fcntl
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from playhead.errors import OperatorError


class CatalogUnavailableError(OperatorError):
    """The catalog's database cannot be reached or opened."""


class Database:
    """Transactions on one database, whose failures carry our name."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sessions = sessionmaker(engine, expire_on_commit=False)
        self._watch: sqlite3.Connection | None = None

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that changes nothing.

        Raises:
            CatalogUnavailableError: the database does not answer.
        """
        with _named_failures(), self._sessions() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that is committed unless an exception leaves it.

        Raises:
            CatalogUnavailableError: the database does not answer.
        """
        with _named_failures(), self._sessions.begin() as session:
            yield session

    def empty_log(self) -> None:
        """Empty SQLite's write-ahead log, in which deleted rows live on; not if it is in use.

        Raises:
            CatalogUnavailableError: the database does not answer.
        """
        if self._engine.dialect.name == "sqlite":
            with _named_failures(), self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def version(self) -> object:
        """Changes with every commit; of databases other than SQLite, each second.

        SQLite tells a connection whether others have committed, so this one never does. Not for
        several threads at once.
        """
        file = self._engine.url.database
        if self._engine.dialect.name != "sqlite" or not file:
            return time.monotonic() // 1
        if self._watch is None:
            self._watch = sqlite3.connect(file, check_same_thread=False)
        return self._watch.execute("PRAGMA data_version").fetchone()[0]

    def close(self) -> None:
        """Give back every connection."""
        if self._watch is not None:
            self._watch.close()
        self._engine.dispose()


@contextmanager
def _named_failures() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise CatalogUnavailableError("the catalog does not answer") from error


def open_engine(url: str) -> Engine:
    """Open the database and bring its schema up to date.

    Args:
        url: a SQLAlchemy URL; the folder of a SQLite file is made when it is missing.

    Raises:
        CatalogUnavailableError: it cannot be opened.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, pool_pre_ping=True)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
        with _one_migration_at_a_time(parsed.database if engine.dialect.name == "sqlite" else None):
            _migrate(engine)
    except (SQLAlchemyError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise CatalogUnavailableError(f"cannot open the catalog: {reason}") from error
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA busy_timeout = 10000")
    # Destroyed means destroyed: yesterday's visitor secret must not linger in free pages.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


@contextmanager
def _one_migration_at_a_time(database: str | None) -> Iterator[None]:
    """Keep a command and a starting server from creating the same tables at once."""
    if database is None:
        yield
        return
    with Path(f"{database}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _migrate(engine: Engine) -> None:
    # Takes a fifth of a second to read, which a command waits for that only shows its help.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "playhead:catalog/migrations")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
