"""The catalog of some accounts as plain records, out of one installation and into another.

Users, tokens and secrets stay where they are: they belong to an installation. That an account
wants its beacons signed comes along, so a copy takes none before it has a secret of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from msgspec import Meta, Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from playhead.catalog.accounts import check_timezone, clean_origin
from playhead.catalog.database import Database
from playhead.catalog.names import MEDIA_ID
from playhead.catalog.records import AddressMode, MediaType
from playhead.catalog.tables import AccountRow, MediaRow, ProjectRow

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Moment = Annotated[int, Meta(ge=0, le=2**48 - 1)]
Key = Annotated[str, Meta(pattern=r"^[a-z0-9]{1,64}\Z")]
HashedId = Annotated[str, Meta(pattern=rf"^{MEDIA_ID.pattern}")]
Url = Annotated[str, Meta(max_length=2048)]


class AccountRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """An account. ``key`` stands in pages, ``public_token`` opens its heatmaps."""

    id: Id
    key: Key
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    timezone: str
    address_mode: AddressMode
    registers_medias: bool
    allowed_domains: list[str]
    public_token: Annotated[str, Meta(min_length=1, max_length=64)]
    cors_origins: list[str]
    created_ms: Moment
    keep_days: Annotated[int, Meta(ge=0, le=36_500)] = 0
    signed_beacons: bool = False


class ProjectRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """A project of the account with the key ``account``; ``deleted_ms`` None: it is there."""

    id: Id
    account: Key
    hashed_id: HashedId
    name: Annotated[str, Meta(min_length=1, max_length=500)]
    description: Annotated[str, Meta(max_length=10_000)]
    created_ms: Moment
    updated_ms: Moment
    deleted_ms: Moment | None


class MediaRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """A media; ``duration`` in s, None unless set by hand, ``project`` a hashed id."""

    id: Id
    account: Key
    hashed_id: HashedId
    type: MediaType
    project: str | None
    name: Annotated[str, Meta(min_length=1, max_length=500)]
    description: Annotated[str, Meta(max_length=10_000)]
    duration: Annotated[float, Meta(gt=0)] | None
    url: Url
    thumbnail_url: Url
    created_ms: Moment
    updated_ms: Moment
    deleted_ms: Moment | None


class CatalogRecords(Struct, frozen=True):
    """Some accounts with everything that they have, oldest first."""

    accounts: list[AccountRecord]
    projects: list[ProjectRecord]
    medias: list[MediaRecord]


class ClashError(ValueError):
    """Records that cannot be merged with what is there; says which and what would help."""


class Exchange:
    """Reads and merges records; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, account_ids: Sequence[int]) -> CatalogRecords:
        """Everything of some accounts that is not a secret."""
        with self._database.read() as session:
            accounts = session.scalars(
                select(AccountRow).where(AccountRow.id.in_(account_ids)).order_by(AccountRow.id)
            ).all()
            keys = {row.id: row.key for row in accounts}
            projects = session.scalars(
                select(ProjectRow).where(ProjectRow.account_id.in_(keys)).order_by(ProjectRow.id)
            ).all()
            hashed_ids = {row.id: row.hashed_id for row in projects}
            medias = session.scalars(
                select(MediaRow).where(MediaRow.account_id.in_(keys)).order_by(MediaRow.id)
            ).all()
            return CatalogRecords(
                [_account_record(row) for row in accounts],
                [_project_record(row, keys[row.account_id]) for row in projects],
                [
                    _media_record(row, keys[row.account_id], hashed_ids.get(row.project_id or 0))
                    for row in medias
                ],
            )

    def check(self, records: CatalogRecords) -> None:
        """See that :meth:`merge` would take the records.

        Raises:
            ClashError: it would not.
        """
        keys = _unique(("account", each.key) for each in records.accounts)
        projects = _unique(("project", each.account, each.hashed_id) for each in records.projects)
        _unique(("media", each.account, each.hashed_id) for each in records.medias)
        belongings: list[ProjectRecord | MediaRecord] = [*records.projects, *records.medias]
        for each in belongings:
            if ("account", each.account) not in keys:
                raise ClashError(
                    f"{each.hashed_id}: there is no account {each.account} (export it again)"
                )
        for media in records.medias:
            if media.project and ("project", media.account, media.project) not in projects:
                raise ClashError(
                    f"media {media.hashed_id}: there is no project {media.project} (name one of"
                    " projects.ndjson, or null)"
                )
        for account in records.accounts:
            try:
                check_timezone(account.timezone)
                for origin in account.cors_origins:
                    clean_origin(origin)
            except ValueError as error:
                raise ClashError(f"account {account.key}: {error}") from None
        with self._database.read() as session:
            for account in records.accounts:
                _check_token(session, account)

    def merge(self, records: CatalogRecords) -> dict[str, int]:
        """Add what is missing; of a project or media that is there, the better one stays.

        That is the one that was changed after it was made, the later change of two, and of two
        that never were the older. Accounts that are there stay as they are. Merging the same again
        changes nothing.

        Args:
            records: that :meth:`check` has passed.

        Returns:
            The numbers of the accounts here, by key.
        """
        with self._database.write() as session:
            accounts = _merge_accounts(session, records.accounts)
            session.flush()
            numbers = {row.key: row.id for row in accounts}
            projects = _merge_projects(session, records.projects, numbers)
            session.flush()
            _merge_medias(session, records.medias, numbers, projects)
        return numbers


class _Numbers:
    """Numbers for new rows: those that they had where they come from, as far as they are free.

    SQLite goes on from the highest number there is. A sequence, which other databases number
    with, would not know of a number that it has not given, so there the database chooses.
    """

    def __init__(
        self, session: Session, table: type[AccountRow | ProjectRow | MediaRow], wanted: set[int]
    ) -> None:
        self._chooses = session.get_bind().dialect.name == "sqlite"
        self._taken = set(session.scalars(select(table.id))) if self._chooses else set()
        self._next = max(self._taken | wanted, default=0) + 1

    def take(self, wanted: int) -> int | None:
        """The number of a row; None: the database gives one."""
        if not self._chooses:
            return None
        if wanted in self._taken:
            wanted, self._next = self._next, self._next + 1
        self._taken.add(wanted)
        return wanted


def _unique(names: Iterable[tuple[str, ...]]) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for name in names:
        if name in found:
            raise ClashError(f"{name[0]} {name[-1]}: is there twice (take one of them out)")
        found.add(name)
    return found


def _merge_accounts(session: Session, records: Sequence[AccountRecord]) -> list[AccountRow]:
    numbers = _Numbers(session, AccountRow, {each.id for each in records})
    merged = []
    for record in records:
        row = session.scalar(select(AccountRow).where(AccountRow.key == record.key))
        if row is None:
            row = AccountRow(
                id=numbers.take(record.id),
                key=record.key,
                name=record.name,
                timezone=record.timezone,
                address_mode=record.address_mode.value,
                registers_medias=record.registers_medias,
                allowed_domains=record.allowed_domains,
                public_token=record.public_token,
                cors_origins=record.cors_origins,
                keep_days=record.keep_days,
                signed_beacons=record.signed_beacons,
                created_ms=record.created_ms,
            )
            session.add(row)
        merged.append(row)
    return merged


def _merge_projects(
    session: Session, records: Sequence[ProjectRecord], accounts: Mapping[str, int]
) -> dict[tuple[int, str], int]:
    """Merge projects; the numbers of all, by account and hashed id."""
    numbers = _Numbers(session, ProjectRow, {each.id for each in records})
    rows = {
        (row.account_id, row.hashed_id): row
        for row in session.scalars(
            select(ProjectRow).where(ProjectRow.account_id.in_(accounts.values()))
        )
    }
    for record in records:
        key = accounts[record.account], record.hashed_id
        row = rows.get(key)
        if row is None:
            number = numbers.take(record.id)
            row = rows[key] = ProjectRow(id=number, account_id=key[0], hashed_id=key[1])
            session.add(row)
        elif not _is_better(record, row):
            continue
        row.name = record.name
        row.description = record.description
        _date(row, record)
    session.flush()
    return {key: row.id for key, row in rows.items()}


def _merge_medias(
    session: Session,
    records: Sequence[MediaRecord],
    accounts: Mapping[str, int],
    projects: Mapping[tuple[int, str], int],
) -> None:
    numbers = _Numbers(session, MediaRow, {each.id for each in records})
    rows = {
        (row.account_id, row.hashed_id): row
        for row in session.scalars(
            select(MediaRow).where(MediaRow.account_id.in_(accounts.values()))
        )
    }
    for record in records:
        key = accounts[record.account], record.hashed_id
        row = rows.get(key)
        if row is None:
            row = MediaRow(id=numbers.take(record.id), account_id=key[0], hashed_id=key[1])
            session.add(row)
        elif not _is_better(record, row):
            continue
        row.type = record.type.value
        row.project_id = projects[key[0], record.project] if record.project else None
        row.name = record.name
        row.description = record.description
        row.duration = record.duration
        row.url = record.url
        row.thumbnail_url = record.thumbnail_url
        _date(row, record)


def _check_token(session: Session, record: AccountRecord) -> None:
    other = session.scalar(
        select(AccountRow).where(
            AccountRow.public_token == record.public_token, AccountRow.key != record.key
        )
    )
    if other is not None:
        raise ClashError(
            f"account {record.key}: its public token is that of the account {other.key} here"
            " (each opens one account's heatmaps; give one of them another)"
        )


def _date(row: ProjectRow | MediaRow, record: ProjectRecord | MediaRecord) -> None:
    row.created_ms = record.created_ms
    row.updated_ms = record.updated_ms
    row.deleted_ms = record.deleted_ms


def _is_better(record: ProjectRecord | MediaRecord, row: ProjectRow | MediaRow) -> bool:
    return _weight(record) > _weight(row)


def _weight(each: ProjectRecord | MediaRecord | ProjectRow | MediaRow) -> tuple[bool, int]:
    last_ms = max(each.updated_ms, each.deleted_ms or 0)
    changed = last_ms > each.created_ms
    return changed, last_ms if changed else -each.created_ms


def _account_record(row: AccountRow) -> AccountRecord:
    return AccountRecord(
        id=row.id,
        key=row.key,
        name=row.name,
        timezone=row.timezone,
        address_mode=AddressMode(row.address_mode),
        registers_medias=row.registers_medias,
        allowed_domains=list(row.allowed_domains),
        public_token=row.public_token,
        cors_origins=list(row.cors_origins),
        created_ms=row.created_ms,
        keep_days=row.keep_days,
        signed_beacons=row.signed_beacons,
    )


def _project_record(row: ProjectRow, account: str) -> ProjectRecord:
    return ProjectRecord(
        id=row.id,
        account=account,
        hashed_id=row.hashed_id,
        name=row.name,
        description=row.description,
        created_ms=row.created_ms,
        updated_ms=row.updated_ms,
        deleted_ms=row.deleted_ms,
    )


def _media_record(row: MediaRow, account: str, project: str | None) -> MediaRecord:
    return MediaRecord(
        id=row.id,
        account=account,
        hashed_id=row.hashed_id,
        type=MediaType(row.type),
        project=project,
        name=row.name,
        description=row.description,
        duration=row.duration,
        url=row.url,
        thumbnail_url=row.thumbnail_url,
        created_ms=row.created_ms,
        updated_ms=row.updated_ms,
        deleted_ms=row.deleted_ms,
    )
