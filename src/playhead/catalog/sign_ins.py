"""Sign-ins: which browsers are signed in, and until when."""

import hashlib
import secrets
from typing import Final

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from playhead.catalog.accounts import account_of
from playhead.catalog.database import CatalogUnavailableError, Database
from playhead.catalog.names import now_ms
from playhead.catalog.records import SignIn
from playhead.catalog.tables import AccountRow, SignInRow, UserRow
from playhead.catalog.users import user_of

_DAY_MS: Final = 86_400_000
LONGEST_S: Final = 30 * 86_400
"""Seconds after which a sign-in ends, however much it is used."""
_LONGEST_MS: Final = LONGEST_S * 1000
_UNUSED_MS: Final = 14 * _DAY_MS
_NOTED_EVERY_MS: Final = 60_000
_MOST_OF_A_USER: Final = 100


class SignIns:
    """Begins, finds and ends sign-ins. Only hashes of their secrets are kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, user_id: int, *, verified: str | None = None) -> tuple[str, SignIn] | None:
        """Sign a user in; the first value is the cookie's secret, which nothing can show again.

        Args:
            user_id: who.
            verified: the hash that the password was found right by. None: without a password.

        Returns:
            None when there is no such user, or the password was changed meanwhile.
        """
        secret, now = secrets.token_urlsafe(32), now_ms()
        seen = update(UserRow).where(UserRow.id == user_id).values(last_seen_ms=now)
        if verified is not None:
            seen = seen.where(UserRow.password_hash == verified)
        with self._database.write() as session:
            # First of all, because it holds the user's row: a password changed from here on ends
            # this sign-in too.
            if session.scalar(seen.returning(UserRow.id)) is None:
                return None
            _clean(session, user_id, now)
            row = SignInRow(user_id=user_id, hash=_hash(secret), started_ms=now, used_ms=now)
            session.add(row)
            session.flush()
            user = session.get_one(UserRow, user_id, populate_existing=True)
            account = session.get_one(AccountRow, user.account_id)
            return secret, _sign_in(row, user, account)

    def find(self, secret: str) -> SignIn | None:
        """The sign-in with this secret, unless it is unknown or over; notes that it was used."""
        now = now_ms()
        with self._database.read() as session:
            found = session.execute(
                select(SignInRow, UserRow, AccountRow)
                .join(UserRow, UserRow.id == SignInRow.user_id)
                .join(AccountRow, AccountRow.id == UserRow.account_id)
                .where(SignInRow.hash == _hash(secret), ~_is_over(now))
            ).first()
        if found is None:
            return None
        sign_in = _sign_in(*found)
        if now - sign_in.used_ms >= _NOTED_EVERY_MS:
            self._note_use(sign_in, now)
        return sign_in

    def end(self, sign_in_id: int) -> None:
        """End a sign-in; nothing happens when it is over."""
        with self._database.write() as session:
            session.execute(delete(SignInRow).where(SignInRow.id == sign_in_id))

    def _note_use(self, sign_in: SignIn, now: int) -> None:
        try:
            with self._database.write() as session:
                # The user first, as where a sign-in begins: two must not wait for each other.
                session.execute(
                    update(UserRow).where(UserRow.id == sign_in.user.id).values(last_seen_ms=now)
                )
                session.execute(
                    update(SignInRow).where(SignInRow.id == sign_in.id).values(used_ms=now)
                )
        except CatalogUnavailableError:
            pass  # somebody holds the catalog for long; the next request notes it


def _clean(session: Session, user_id: int, now: int) -> None:
    """Remove what is over, and the longest unused beyond so many of one user."""
    session.execute(delete(SignInRow).where(_is_over(now)))
    newest = (
        select(SignInRow.id)
        .where(SignInRow.user_id == user_id)
        .order_by(SignInRow.used_ms.desc(), SignInRow.id.desc())
    )
    beyond = session.scalars(newest.offset(_MOST_OF_A_USER - 1)).all()
    if beyond:
        session.execute(delete(SignInRow).where(SignInRow.id.in_(beyond)))


def _is_over(now: int) -> ColumnElement[bool]:
    return or_(SignInRow.started_ms <= now - _LONGEST_MS, SignInRow.used_ms <= now - _UNUSED_MS)


def _hash(secret: str) -> bytes:
    # A plain hash will do: the secret is 256 random bits, not a password that can be guessed.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _sign_in(row: SignInRow, user: UserRow, account: AccountRow) -> SignIn:
    return SignIn(
        id=row.id,
        user=user_of(user),
        account=account_of(account),
        started_ms=row.started_ms,
        used_ms=row.used_ms,
    )
