"""The catalog of a whole installation, row by row, out of one database and into another.

Unlike an exchange it takes everything along: numbers, hashes and secrets, so that whoever is
signed in stays so and every token works.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Connection, Row, Table, func, insert, select, text
from sqlalchemy.exc import DataError, IntegrityError

from playhead.catalog.database import Database
from playhead.catalog.tables import AccountRow
from playhead.catalog.tables import Table as Tables
from playhead.errors import OperatorError

_ROWS_AT_ONCE: Final = 1_000

# Accounts come before what belongs to them.
_TABLES: Final = tuple(Tables.metadata.sorted_tables)


class CopyRefusedError(OperatorError):
    """The other database does not take a row."""


class Copied(Struct, frozen=True):
    """Rows of ``table`` that were copied or compared, and how many there are."""

    table: str
    done: int
    total: int


class CatalogCopy:
    """Reads and writes whole catalogs. All raise CatalogUnavailableError when one is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that changes nothing."""
        with self._database.read() as session:
            yield session.connection()

    def is_empty(self) -> bool:
        """Whether there are no accounts, to which all else belongs but secrets that renew."""
        with self._database.read() as session:
            return session.scalar(select(AccountRow.id).limit(1)) is None

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        with self._database.read() as session:
            return {
                table.name: session.scalar(select(func.count()).select_from(table)) or 0
                for table in _TABLES
            }

    def replace_with(self, other: "CatalogCopy") -> Iterator[Copied]:
        """Put all that another catalog has into this one, in place of what is here.

        It is one transaction: cut off at any instant, this catalog is as it was.

        Raises:
            CopyRefusedError: a row cannot be kept here.
        """
        counts = other.rows()
        with self._database.write() as session, other.reading() as there:
            here = session.connection()
            for table in reversed(_TABLES):
                here.execute(table.delete())
            for table in _TABLES:
                done = 0
                for rows in _chunks(there, table):
                    _insert(here, table, rows)
                    done += len(rows)
                    yield Copied(table.name, done, counts[table.name])
                _go_on_after(here, table, _last_number(there, table))

    def differences(self, other: "CatalogCopy") -> Iterator[str]:
        """The tables in which two catalogs are not the same, row by row."""
        with self.reading() as ours, other.reading() as theirs:
            for table in _TABLES:
                pairs = zip_longest(_chunks(ours, table), _chunks(theirs, table))
                if any(mine != others for mine, others in pairs):
                    yield table.name


def _chunks(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """The rows of a table by their numbers, some at a time."""
    (key,) = table.primary_key.columns
    last: int | None = None
    while True:
        wanted = select(table).order_by(key).limit(_ROWS_AT_ONCE)
        if last is not None:
            wanted = wanted.where(key > last)
        rows = [_plain(row) for row in connection.execute(wanted)]
        if not rows:
            return
        yield rows
        last = rows[-1][key.name]


def _plain(row: Row[Any]) -> dict[str, Any]:
    return {
        name: bytes(value) if isinstance(value, memoryview) else value
        for name, value in row._mapping.items()  # noqa: SLF001
    }


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    try:
        connection.execute(insert(table), rows)
    except (DataError, IntegrityError) as error:
        said = " ".join(str(error.orig).split("\n", 1)[0].split())
        raise CopyRefusedError(
            f"catalog: a row of {table.name} is not taken: {said} (change it where it comes from)"
        ) from None


def _is_numbered(table: Table) -> bool:
    """Whether the database gives its rows their numbers."""
    return table.autoincrement_column is not None


def _last_number(connection: Connection, table: Table) -> int:
    """The highest number that was ever given as far as the database knows; 0: none."""
    if not _is_numbered(table):
        return 0
    highest = connection.execute(select(func.max(table.c.id))).scalar() or 0
    if connection.dialect.name == "sqlite":
        if not table.dialect_options["sqlite"]["autoincrement"]:
            return highest
        asked = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        return max(highest, connection.execute(asked, {"name": table.name}).scalar() or 0)
    asked = text(
        "SELECT last_value FROM pg_sequences"
        " WHERE schemaname = ANY (current_schemas(false)) AND sequencename = :name"
    )
    given = connection.execute(asked, {"name": f"{table.name}_id_seq"}).scalar() or 0
    return max(highest, given)


def _go_on_after(connection: Connection, table: Table, number: int) -> None:
    """Let the next row that is numbered here have a higher number than this."""
    if not number:
        return
    if connection.dialect.name == "postgresql":
        asked = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :number)")
        connection.execute(asked, {"name": table.name, "number": number})
    elif table.dialect_options["sqlite"]["autoincrement"]:
        values = {"name": table.name, "number": number}
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), values)
        connection.execute(text("INSERT INTO sqlite_sequence VALUES (:name, :number)"), values)
