"""The secrets with which an account's own server signs what its pages say.

Kept as they are, because a signature can only be checked with the secret that made it.
"""

import secrets as random
from typing import Final

from sqlalchemy import Select, select

from playhead.catalog.database import Database
from playhead.catalog.names import now_ms
from playhead.catalog.tables import BeaconSecretRow

_MOST: Final = 2
_FEWEST_LETTERS, _MOST_LETTERS = 32, 200


class BadBeaconSecretError(ValueError):
    """A secret that is easily guessed, or that a page's server could not hold."""


class BeaconSecrets:
    """Makes and ends secrets. An account has two at the most, so that one can follow the other."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def renew(self, account_id: int, secret: str = "") -> str:
        """Make a further secret, or take a given one; the one before stays, those before it end.

        Raises:
            BadBeaconSecretError: the given one is too short, too long or not plain letters.
        """
        secret = secret or f"phb_{random.token_hex(24)}"
        if not _FEWEST_LETTERS <= len(secret) <= _MOST_LETTERS or not (
            secret.isascii() and secret.isprintable() and " " not in secret
        ):
            raise BadBeaconSecretError(
                f"secret: has to have {_FEWEST_LETTERS} to {_MOST_LETTERS} ASCII letters, digits"
                " and signs, without spaces"
            )
        with self._database.write() as session:
            rows = session.scalars(_of(account_id)).all()
            others = [row for row in rows if row.secret != secret]
            for row in rows:
                if row.secret == secret or row in others[_MOST - 1 :]:
                    session.delete(row)
            session.add(BeaconSecretRow(account_id=account_id, secret=secret, created_ms=now_ms()))
        self._database.shred(BeaconSecretRow, any_gone=len(rows) >= _MOST)
        return secret

    def end_previous(self, account_id: int) -> bool:
        """End every secret but the newest, at once and for good; whether there was one to end."""
        with self._database.write() as session:
            previous = session.scalars(_of(account_id)).all()[1:]
            for row in previous:
                session.delete(row)
        self._database.shred(BeaconSecretRow, any_gone=bool(previous))
        return bool(previous)

    def list(self, account_id: int) -> tuple[str, ...]:
        """The account's secrets, newest first."""
        with self._database.read() as session:
            return tuple(row.secret for row in session.scalars(_of(account_id)))


def _of(account_id: int) -> Select[BeaconSecretRow]:
    mine = BeaconSecretRow.account_id == account_id
    return select(BeaconSecretRow).where(mine).order_by(BeaconSecretRow.id.desc())
