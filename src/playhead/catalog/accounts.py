"""Accounts: the tenants."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select

from playhead.catalog.database import Database
from playhead.catalog.names import clean_text, new_account_key, new_public_token, now_ms
from playhead.catalog.records import Account, AddressMode
from playhead.catalog.tables import AccountRow


class UnknownTimeZoneError(ValueError):
    """The name is not one of the IANA time zones."""


class Accounts:
    """Makes and finds accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        name: str,
        timezone: str = "UTC",
        *,
        address_mode: AddressMode = AddressMode.TRUNCATED,
        registers_medias: bool = True,
        allowed_domains: Sequence[str] = (),
        cors_origins: Sequence[str] = (),
    ) -> Account:
        """Make an account with a new public key.

        Raises:
            UnknownTimeZoneError: ``timezone`` is not an IANA name.
        """
        check_timezone(timezone)
        row = AccountRow(
            key=new_account_key(),
            name=clean_text(name, 200),
            timezone=timezone,
            address_mode=address_mode.value,
            registers_medias=registers_medias,
            allowed_domains=[domain.lower() for domain in allowed_domains],
            public_token=new_public_token(),
            cors_origins=list(cors_origins),
            created_ms=now_ms(),
        )
        with self._database.write() as session:
            session.add(row)
            session.flush()
            return _account(row)

    def find(self, key: str) -> Account | None:
        """The account with this public key."""
        with self._database.read() as session:
            row = session.scalar(select(AccountRow).where(AccountRow.key == key))
            return _account(row) if row else None

    def get(self, account_id: int) -> Account:
        """The account with this numeric id, which is known to exist."""
        with self._database.read() as session:
            return _account(session.get_one(AccountRow, account_id))

    def list(self) -> list[Account]:
        """All accounts, oldest first."""
        with self._database.read() as session:
            return [_account(row) for row in session.scalars(select(AccountRow).order_by("id"))]


def check_timezone(name: str) -> None:
    """Refuse what is not an IANA time zone.

    Raises:
        UnknownTimeZoneError: with a hint at the form.
    """
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # a path, a folder, a name that is not there
        raise UnknownTimeZoneError(
            f"timezone: {name!r} is not an IANA time zone (use a name like Europe/Berlin or UTC)"
        ) from None


def _account(row: AccountRow) -> Account:
    return Account(
        id=row.id,
        key=row.key,
        name=row.name,
        timezone=row.timezone,
        address_mode=AddressMode(row.address_mode),
        registers_medias=row.registers_medias,
        allowed_domains=tuple(row.allowed_domains),
        public_token=row.public_token,
        cors_origins=tuple(row.cors_origins),
    )
