"""Opening the catalog's database, SQLite beside the data or a PostgreSQL server."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from playhead.catalog.database import CatalogUnavailableError

_POSTGRES: Final = "postgresql+psycopg"
_WAIT_FOR_CONNECTION_S: Final = 10
# What a URL does not say itself; all of libpq's parameters can stand there. A server that is gone
# without a word is noticed within seconds, and nobody waits for a lock longer than with SQLite.
_POSTGRES_DEFAULTS: Final[dict[str, object]] = {
    "application_name": "playhead",
    "client_encoding": "utf8",
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "options": "-c lock_timeout=10s -c statement_timeout=30s",
    # Prepared statements do not outlive a change of their tables, nor a pooler in between.
    "prepare_threshold": None,
}
# Whose only meaning is that all processes of this catalog take the same one.
_MIGRATION_LOCK: Final = 7_311_029_114_853


def open_engine(url: str) -> Engine:
    """Open the database and bring its schema up to date.

    Args:
        url: a SQLAlchemy URL of SQLite or PostgreSQL; the folder of a SQLite file is made when it
            is missing.

    Raises:
        CatalogUnavailableError: it cannot be opened.
    """
    with _named_failures():
        parsed = _read(url)
        match parsed.get_backend_name():
            case "sqlite":
                return _open_sqlite(parsed)
            case "postgresql" | "postgres":
                return _open_postgres(parsed)
            case other:
                raise CatalogUnavailableError(
                    f"cannot open the catalog: {other} is not known (use postgresql://… or sqlite://…)"
                )


def clock_of(url: str) -> float:
    """What time it is by the database, in s since 1970; nothing in it is changed.

    Raises:
        CatalogUnavailableError: it does not answer.
    """
    with _named_failures():
        parsed = _read(url)
        if parsed.get_backend_name() == "sqlite":
            return time.time()  # a file has no clock of its own
        engine = _postgres_engine(parsed)
        try:
            with engine.connect() as connection:
                found = connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())")
                return float(found.scalar_one())
        finally:
            engine.dispose()


@contextmanager
def _named_failures() -> Iterator[None]:
    """Let what a database or its driver raises leave as one of ours, without its password."""
    try:
        yield
    except ImportError as error:
        raise CatalogUnavailableError(
            "cannot open the catalog: the driver for PostgreSQL is missing "
            "(run: pip install 'playhead[postgres]')"
        ) from error
    except (SQLAlchemyError, OSError) as error:
        raise CatalogUnavailableError(f"cannot open the catalog: {_reason(error)}") from error


def _read(url: str) -> URL:
    """The URL's parts; what is wrong is not repeated, because there may be a password in it."""
    try:
        parsed = make_url(url)
    except ValueError:  # a port that is no number
        parsed = None
    # Half a password that was not quoted would be taken for a host, and be told as one.
    if parsed is None or (parsed.host and "@" in (parsed.database or "")):
        raise CatalogUnavailableError(
            "cannot open the catalog: it is not an address of a database (use"
            " postgresql://user:password@host:5432/database, with %2F for / and %40 for @ in the"
            " password)"
        )
    return parsed


def _reason(error: Exception) -> str:
    """What a driver says, on one line."""
    said = error.orig if isinstance(error, DBAPIError) else error
    return " ".join(str(said).split("\n", 1)[0].split()).removesuffix(":")


def _open_sqlite(url: URL) -> Engine:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_pre_ping=True, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    with (
        _given_back(engine),
        _one_migration_at_a_time(url.database),
        engine.connect() as connection,
    ):
        _migrate(connection)
    return engine


def _postgres_engine(url: URL) -> Engine:
    return create_engine(
        url.set(drivername=_POSTGRES),
        # A connection that did not outlive a restart of the server is replaced unnoticed.
        pool_pre_ping=True,
        pool_timeout=_WAIT_FOR_CONNECTION_S,
        hide_parameters=True,
        connect_args={
            name: value for name, value in _POSTGRES_DEFAULTS.items() if name not in url.query
        },
    )


def _open_postgres(url: URL) -> Engine:
    engine = _postgres_engine(url)
    with _given_back(engine), engine.connect() as connection:
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise CatalogUnavailableError(
                f"cannot open the catalog: the database has the encoding {encoding} "
                "(make one with: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0)"
            )
        connection.exec_driver_sql("SET LOCAL lock_timeout = '60s'")
        connection.exec_driver_sql("SET LOCAL statement_timeout = '60s'")
        # Held until the commit: of processes that start together, one makes the tables.
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
        _migrate(connection)
    return engine


@contextmanager
def _given_back(engine: Engine) -> Iterator[None]:
    """Close the engine's connections when it cannot be used after all."""
    try:
        yield
    except BaseException:
        engine.dispose()
        raise


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


def _migrate(connection: Connection) -> None:
    # Takes a fifth of a second to read, which a command waits for that only shows its help.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "playhead:catalog/migrations")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise CatalogUnavailableError(
            f"cannot open the catalog: {error} (was it made by a newer Playhead?)"
        ) from error
    connection.commit()
