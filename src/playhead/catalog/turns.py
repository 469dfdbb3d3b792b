"""What the processes of one installation that share a store tell each other: whose turn it is.

One of them settles sessions for all; the others leave notes for it, which wait in a table.
"""

import contextlib
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, delete, select
from sqlalchemy.exc import SQLAlchemyError

from playhead.catalog.database import Database, named_failures
from playhead.catalog.tables import SettlingNoteRow

# Whose only meaning is that all processes of this catalog take the same one.
_TURN_LOCK: Final = 7_311_029_114_854


class Turn:
    """Which of the processes settles. For one thread.

    On PostgreSQL it is who holds a lock, and who is gone holds none. SQLite lies in the data folder
    of one process, so there it is always this one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: Connection | None = None

    def mine(self) -> bool:
        """Whether this process settles; it takes the turn when nobody has it.

        Raises:
            CatalogUnavailableError: the database does not answer.
        """
        if self._database.is_sqlite:
            return True
        if self._held is not None:
            try:
                self._held.exec_driver_sql("SELECT 1")
            except SQLAlchemyError:
                self.give_up()
        if self._held is None:
            with named_failures():
                self._held = self._take()
        return self._held is not None

    def give_up(self) -> None:
        """Let another process have the turn."""
        held, self._held = self._held, None
        if held is not None:
            with contextlib.suppress(SQLAlchemyError):
                # Closed for good: back in the pool it would go on holding the lock.
                held.invalidate()
                held.close()

    def _take(self) -> Connection | None:
        connection = self._database.connect_alone()
        taken = connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_TURN_LOCK})")
        if taken.scalar_one():
            return connection
        connection.close()
        return None


class SettlingNotes:
    """Notes for who settles, each as the bytes that another process made of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def leave(self, bodies: Sequence[bytes]) -> None:
        """Leave some; they are on disk when this returns.

        Raises:
            CatalogUnavailableError: it is not known whether they are; leave them again.
        """
        with self._database.write() as session:
            session.add_all(SettlingNoteRow(body=body) for body in bodies)

    def waiting(self, most: int) -> list[tuple[int, bytes]]:
        """The oldest that nobody has taken, with their numbers.

        Raises:
            CatalogUnavailableError: the database does not answer.
        """
        wanted = select(SettlingNoteRow.id, SettlingNoteRow.body)
        with self._database.read() as session:
            rows = session.execute(wanted.order_by(SettlingNoteRow.id).limit(most))
            return [(row.id, row.body) for row in rows]

    def forget(self, numbers: Sequence[int]) -> None:
        """Forget those that were seen to.

        Raises:
            CatalogUnavailableError: some may come again.
        """
        with self._database.write() as session:
            session.execute(delete(SettlingNoteRow).where(SettlingNoteRow.id.in_(numbers)))
