"""Users: the people who sign in to an account."""

import re
import unicodedata
from typing import Final

import msgspec
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from playhead.catalog.database import Database
from playhead.catalog.names import clean_text, now_ms
from playhead.catalog.ordering import same_text
from playhead.catalog.records import Role, User
from playhead.catalog.tables import AccountRow, SignInRow, UserRow

_LONGEST_EMAIL: Final = 254
# What makes a text an address is that mail arrives; this only keeps out what cannot be one.
_EMAIL: Final = re.compile(r"[^\s@\x00-\x1f\x7f]{1,64}@[^\s@\x00-\x1f\x7f]+")


class BadEmailError(ValueError):
    """The text is not an email address."""


class EmailTakenError(ValueError):
    """Somebody on this server has the address."""


class LastAdminError(ValueError):
    """It would leave the account without anybody who may manage it."""


class UserChange(msgspec.Struct):
    """What to set on a user; UNSET leaves a field as it is."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    role: Role | msgspec.UnsetType = msgspec.UNSET
    password_hash: str | msgspec.UnsetType = msgspec.UNSET


class Users:
    """Makes, changes and finds users. A password comes here as its hash (passwords.py)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        account_id: int,
        email: str,
        password_hash: str,
        name: str = "",
        role: Role = Role.VIEWER,
    ) -> User:
        """Make a user, who can sign in at once.

        Raises:
            BadEmailError: it is not an address.
            EmailTakenError: somebody on this server has it, of whatever account.
        """
        row = UserRow(
            account_id=account_id,
            email=clean_email(email),
            name=clean_text(name, 200),
            role=role.value,
            password_hash=password_hash,
            created_ms=now_ms(),
        )
        try:
            with self._database.write() as session:
                session.add(row)
                session.flush()
                return user_of(row)
        except IntegrityError:
            raise EmailTakenError("is taken") from None

    def exist(self) -> bool:
        """Whether anybody can sign in to this server."""
        with self._database.read() as session:
            return session.scalar(select(UserRow.id).limit(1)) is not None

    def list(self, account_id: int) -> list[User]:
        """All users of an account, oldest first."""
        with self._database.read() as session:
            rows = session.scalars(
                select(UserRow).where(UserRow.account_id == account_id).order_by(UserRow.id)
            )
            return [user_of(row) for row in rows]

    def find(self, email: str) -> tuple[User, str] | None:
        """Who has this address, and the hash of the password."""
        with self._database.read() as session:
            wanted = same_text(UserRow.email.expression, same_email(email))
            row = session.scalar(select(UserRow).where(wanted))
            return (user_of(row), row.password_hash) if row else None

    def get(self, account_id: int, user_id: int) -> User | None:
        """The account's user with this id."""
        with self._database.read() as session:
            row = session.get(UserRow, user_id)
            return user_of(row) if row and row.account_id == account_id else None

    def change(
        self,
        account_id: int,
        user_id: int,
        change: UserChange,
        *,
        keep: int | None = None,
        needs_admin: bool = True,
    ) -> User | None:
        """Change what is given and leave the rest. None: the account has no such user.

        A new password ends all sign-ins of the user but ``keep``.

        Raises:
            LastAdminError: nobody would be left who may manage the account; not where
                ``needs_admin`` is false.
        """
        with self._database.write() as session:
            _one_at_a_time(session, account_id)
            row = session.get(UserRow, user_id)
            if row is None or row.account_id != account_id:
                return None
            if change.role is not msgspec.UNSET:
                if needs_admin and change.role is not Role.ADMIN:
                    _refuse_last_admin(session, row)
                row.role = change.role.value
            if change.name is not msgspec.UNSET:
                row.name = clean_text(change.name, 200)
            if change.password_hash is not msgspec.UNSET:
                row.password_hash = change.password_hash
                session.flush()
                ended = delete(SignInRow).where(SignInRow.user_id == user_id)
                session.execute(ended if keep is None else ended.where(SignInRow.id != keep))
            return user_of(row)

    def renew_hash(self, user_id: int, old: str, new: str) -> bool:
        """Keep another hash of the same password. False: the password was changed meanwhile."""
        with self._database.write() as session:
            renewed = session.scalar(
                update(UserRow)
                .where(UserRow.id == user_id, UserRow.password_hash == old)
                .values(password_hash=new)
                .returning(UserRow.id)
            )
            return renewed is not None

    def remove(self, account_id: int, user_id: int, *, needs_admin: bool = True) -> User | None:
        """Remove a user, whose sign-ins end. None: the account has no such user.

        Raises:
            LastAdminError: nobody would be left who may manage the account; not where
                ``needs_admin`` is false.
        """
        with self._database.write() as session:
            _one_at_a_time(session, account_id)
            # Held, so that no sign-in begins between the end of the others and that of the user.
            row = session.get(UserRow, user_id, with_for_update=True)
            if row is None or row.account_id != account_id:
                return None
            if needs_admin:
                _refuse_last_admin(session, row)
            removed = user_of(row)
            session.execute(delete(SignInRow).where(SignInRow.user_id == user_id))
            session.delete(row)
            return removed


def clean_email(text: str) -> str:
    """An address the way it is kept and compared.

    Raises:
        BadEmailError: it is not one.
    """
    email = same_email(text)
    if len(email) > _LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        raise BadEmailError("is not an address (use one like ada@example.com)")
    return email


def same_email(text: str) -> str:
    """What two ways to write an address have in common."""
    return unicodedata.normalize("NFC", text.strip()).lower()


def user_of(row: UserRow) -> User:
    """The user that a row holds."""
    return User(
        id=row.id,
        account_id=row.account_id,
        email=row.email,
        name=row.name,
        role=Role(row.role),
        created_ms=row.created_ms,
        last_seen_ms=row.last_seen_ms,
    )


def _one_at_a_time(session: Session, account_id: int) -> None:
    """Hold the account's row: two admins who remove each other must not both succeed."""
    session.execute(
        update(AccountRow).where(AccountRow.id == account_id).values(name=AccountRow.name)
    )


def _refuse_last_admin(session: Session, row: UserRow) -> None:
    if row.role != Role.ADMIN.value:
        return
    admins = session.scalar(
        select(func.count()).where(
            UserRow.account_id == row.account_id, UserRow.role == Role.ADMIN.value
        )
    )
    if admins == 1:
        raise LastAdminError("is the account's last admin (make somebody else one first)")
