"""Accounts: the tenants."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from playhead.catalog.database import Database
from playhead.catalog.names import clean_text, new_account_key, new_public_token, now_ms
from playhead.catalog.ordering import same_text
from playhead.catalog.records import Account, AddressMode
from playhead.catalog.tables import AccountRow, BeaconSecretRow

_IMPLIED_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")


class UnknownTimeZoneError(ValueError):
    """The name is not one of the IANA time zones."""


class BadOriginError(ValueError):
    """The text is not the origin of a web page."""


class NoBeaconSecretError(ValueError):
    """Beacons cannot have to be signed while there is no secret to sign with."""


class AccountChange(msgspec.Struct):
    """What to set on an account; UNSET leaves a setting as it is."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    timezone: str | msgspec.UnsetType = msgspec.UNSET
    address_mode: AddressMode | msgspec.UnsetType = msgspec.UNSET
    registers_medias: bool | msgspec.UnsetType = msgspec.UNSET
    allowed_domains: Sequence[str] | msgspec.UnsetType = msgspec.UNSET
    cors_origins: Sequence[str] | msgspec.UnsetType = msgspec.UNSET
    keep_days: int | msgspec.UnsetType = msgspec.UNSET
    signed_beacons: bool | msgspec.UnsetType = msgspec.UNSET


class Accounts:
    """Makes, changes and finds accounts."""

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
        keep_days: int = 0,
    ) -> Account:
        """Make an account with a new public key.

        Raises:
            UnknownTimeZoneError: ``timezone`` is not an IANA name.
            BadOriginError: one of ``cors_origins`` is not an origin.
        """
        row = AccountRow(
            key=new_account_key(),
            public_token=new_public_token(),
            signed_beacons=False,
            created_ms=now_ms(),
        )
        change = AccountChange(
            name, timezone, address_mode, registers_medias, allowed_domains, cors_origins, keep_days
        )
        _apply(row, change)
        with self._database.write() as session:
            session.add(row)
            session.flush()
            return account_of(row)

    def change(self, key: str, change: AccountChange) -> Account | None:
        """Change what is given and leave the rest. None: there is no such account.

        Raises:
            UnknownTimeZoneError: the time zone is not an IANA name.
            BadOriginError: one of the origins is none.
            NoBeaconSecretError: beacons would have to be signed, with nothing to sign with.
        """
        with self._database.write() as session:
            row = session.scalar(select(AccountRow).where(_has_key(key)))
            if row is None:
                return None
            if change.signed_beacons is True and not _has_secret(session, row):
                raise NoBeaconSecretError(
                    "signed_beacons: the account has no secret yet (make one with"
                    f" 'playhead account secret {row.key}')"
                )
            _apply(row, change)
            return account_of(row)

    def find(self, key: str) -> Account | None:
        """The account with this public key."""
        with self._database.read() as session:
            row = session.scalar(select(AccountRow).where(_has_key(key)))
            return account_of(row) if row else None

    def find_by_public_token(self, token: str) -> Account | None:
        """The account whose heatmaps this opens."""
        with self._database.read() as session:
            wanted = same_text(AccountRow.public_token.expression, token)
            row = session.scalar(select(AccountRow).where(wanted))
            return account_of(row) if row else None

    def get(self, account_id: int) -> Account:
        """The account with this numeric id, which is known to exist."""
        with self._database.read() as session:
            return account_of(session.get_one(AccountRow, account_id))

    def list(self) -> list[Account]:
        """All accounts, oldest first."""
        with self._database.read() as session:
            return [account_of(row) for row in session.scalars(select(AccountRow).order_by("id"))]

    def cors_origins(self) -> frozenset[str]:
        """Every origin whose scripts may read some account's numbers; ``*`` for all origins."""
        with self._database.read() as session:
            lists = session.scalars(select(AccountRow.cors_origins))
            return frozenset(origin for origins in lists for origin in origins)


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


def clean_origin(text: str) -> str:
    """An origin the way browsers write it, or ``*`` for every origin.

    Browsers send the scheme and the host in lower case and leave out the port that the scheme
    implies; the text is compared with what they send.

    Raises:
        BadOriginError: with a hint at the form.
    """
    if text == "*":
        return text
    try:
        parts = urlsplit(text.lower())
        port = parts.port
    except ValueError:  # a port that is no number, brackets that do not close
        parts, port = urlsplit(""), None
    host = parts.netloc.rpartition(":")[0] if port is not None else parts.netloc
    if (
        parts.scheme not in _IMPLIED_PORTS
        or not _HOST.fullmatch(host)
        or parts.path
        or parts.query
        or parts.fragment
    ):
        raise BadOriginError(
            f"cors-origin: {text[:80]!r} is not an origin "
            "(use scheme and host like https://app.example.com, or * for all)"
        )
    implied = port is None or port == _IMPLIED_PORTS[parts.scheme]
    return f"{parts.scheme}://{host}" if implied else f"{parts.scheme}://{host}:{port}"


def _has_key(key: str) -> ColumnElement[bool]:
    return same_text(AccountRow.key.expression, key)


def _has_secret(session: Session, row: AccountRow) -> bool:
    mine = select(BeaconSecretRow.id).where(BeaconSecretRow.account_id == row.id)
    return session.scalar(mine.limit(1)) is not None


def _apply(row: AccountRow, change: AccountChange) -> None:
    if change.name is not msgspec.UNSET:
        row.name = clean_text(change.name, 200)
    if change.timezone is not msgspec.UNSET:
        check_timezone(change.timezone)
        row.timezone = change.timezone
    if change.address_mode is not msgspec.UNSET:
        row.address_mode = change.address_mode.value
    if change.registers_medias is not msgspec.UNSET:
        row.registers_medias = change.registers_medias
    if change.allowed_domains is not msgspec.UNSET:
        row.allowed_domains = [domain.lower() for domain in change.allowed_domains]
    if change.cors_origins is not msgspec.UNSET:
        row.cors_origins = [clean_origin(origin) for origin in change.cors_origins]
    if change.keep_days is not msgspec.UNSET:
        row.keep_days = change.keep_days
    if change.signed_beacons is not msgspec.UNSET:
        row.signed_beacons = change.signed_beacons


def account_of(row: AccountRow) -> Account:
    """The account that a row holds."""
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
        keep_days=row.keep_days,
        signed_beacons=row.signed_beacons,
    )
