"""The daily secrets from which the keys of cookieless visitors are derived.

The secret belongs to a UTC day and is destroyed 48 hours after that day began; after that nothing
can tell which address and browser a key came from (contract/beacon.md, ``visitor``).
"""

import secrets

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from playhead.catalog.database import Database
from playhead.catalog.tables import VisitorSecretRow

DAY_MS = 86_400_000
LIFETIME_DAYS = 2


class VisitorSecrets:
    """Makes secrets on first need, shares them between processes, destroys them in time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, day: int) -> bytes:
        """The secret of a day (days since 1970, UTC), made if it is not there yet."""
        with self._database.read() as session:
            found = session.get(VisitorSecretRow, day)
            if found is not None:
                return found.secret
        try:
            with self._database.write() as session:
                session.add(VisitorSecretRow(day=day, secret=secrets.token_bytes(32)))
        except IntegrityError:
            pass  # another process made it first; its secret is the one that counts
        with self._database.read() as session:
            return session.scalars(
                select(VisitorSecretRow.secret).where(VisitorSecretRow.day == day)
            ).one()

    def destroy_old(self, now_ms: int) -> int:
        """Destroy every secret whose time is over; how many there were."""
        oldest_kept = now_ms // DAY_MS - LIFETIME_DAYS + 1
        with self._database.write() as session:
            gone = session.scalars(
                delete(VisitorSecretRow)
                .where(VisitorSecretRow.day < oldest_kept)
                .returning(VisitorSecretRow.day)
            ).all()
        # Every time, because a log that was in use may still hold what went before.
        self._database.shred(VisitorSecretRow, any_gone=bool(gone))
        return len(gone)
