"""Medias: the videos and audios of an account."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, func, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from playhead.catalog.database import Database
from playhead.catalog.names import clean_text, new_hashed_id, now_ms
from playhead.catalog.ordering import Order, id_is, same_text
from playhead.catalog.projects import find_project_row
from playhead.catalog.records import Media, MediaLabel, MediaType, ProjectLabel
from playhead.catalog.tables import MediaRow, ProjectRow
from playhead.log import get_logger

MediaKey = tuple[int, str]
"""Account id and hashed id."""

MOST_BY_BEACON: Final = 100_000
"""Medias of an account, up to which beacons add further ones."""

_LOOKED_UP_AT_ONCE = 400

_log = get_logger("catalog")


class HashedIdTakenError(ValueError):
    """The account has (or had) a media with this hashed id."""


class UnknownProjectError(ValueError):
    """A media cannot be put into a project that the account does not have."""


class MediaChange(msgspec.Struct):
    """What to set on a media; UNSET leaves a field as it is, None empties it."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    type: MediaType | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    duration: float | msgspec.UnsetType | None = msgspec.UNSET
    project_id: str | msgspec.UnsetType | None = msgspec.UNSET
    url: str | msgspec.UnsetType = msgspec.UNSET
    thumbnail_url: str | msgspec.UnsetType = msgspec.UNSET


class MediaFilter(msgspec.Struct, frozen=True):
    """Which medias to list: those for which all that is given holds."""

    project: int | None = None
    """Numeric id."""
    name: str | None = None
    hashed_id: str | None = None
    type: str | None = None

    def conditions(self, account_id: int) -> list[ColumnElement[bool]]:
        """What holds for their rows."""
        texts = {
            MediaRow.name: self.name,
            MediaRow.hashed_id: self.hashed_id,
            MediaRow.type: self.type,
        }
        return [
            MediaRow.account_id == account_id,
            MediaRow.deleted_ms.is_(None),
            *([MediaRow.project_id == self.project] if self.project is not None else []),
            *(same_text(c.expression, text) for c, text in texts.items() if text is not None),
        ]


class Medias:
    """Makes, changes, deletes, registers and finds medias, always within one account."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._full: set[int] = set()

    def create(
        self, account_id: int, change: MediaChange, *, hashed_id: str | None = None
    ) -> Media:
        """Make a media.

        Raises:
            HashedIdTakenError: the id is in use, or was until its media was deleted.
            UnknownProjectError: ``change.project_id`` is not one of the account's.
        """
        row = MediaRow(**_values(account_id, hashed_id or new_hashed_id(), ""))
        row.name = row.hashed_id
        try:
            with self._database.write() as session:
                _apply(session, row, change)
                session.add(row)
                session.flush()
                return _media(session, row)
        except IntegrityError:
            raise HashedIdTakenError(
                f"{row.hashed_id!r} is taken (leave it out to get a new one)"
            ) from None

    def change(self, account_id: int, media_id: str, change: MediaChange) -> Media | None:
        """Change what is given and leave the rest. None: there is no such media.

        Raises:
            UnknownProjectError: ``change.project_id`` is not one of the account's.
        """
        with self._database.write() as session:
            row = _find_row(session, account_id, media_id)
            if row is None:
                return None
            _apply(session, row, change)
            row.updated_ms = now_ms()
            return _media(session, row)

    def find(self, account_id: int, media_id: str) -> Media | None:
        """The media with this hashed or numeric id, unless it was deleted."""
        with self._database.read() as session:
            row = _find_row(session, account_id, media_id)
            return _media(session, row) if row else None

    def delete(self, account_id: int, media_id: str) -> Media | None:
        """Delete a media; its sessions stay the account's. None: there is no such media."""
        with self._database.write() as session:
            row = _find_row(session, account_id, media_id)
            if row is None:
                return None
            deleted = _media(session, row)
            # Of two who delete it at once, one does.
            marked = session.scalar(
                update(MediaRow)
                .where(MediaRow.id == row.id, MediaRow.deleted_ms.is_(None))
                .values(deleted_ms=now_ms())
                .returning(MediaRow.id)
            )
            return None if marked is None else deleted

    def ids(
        self, account_id: int, which: MediaFilter, order: Order, *, above: int = 0
    ) -> Sequence[int]:
        """The numeric ids of the medias, of those greater than ``above``."""
        with self._database.read() as session:
            return session.scalars(
                select(MediaRow.id)
                .where(*which.conditions(account_id), MediaRow.id > above)
                .order_by(*order.of(MediaRow))
            ).all()

    def some(self, account_id: int, which: MediaFilter, ids: Sequence[int]) -> list[Media]:
        """Those of the medias that still are there, in the order of their numeric ids' list."""
        with self._database.read() as session:
            rows = session.execute(
                select(MediaRow, ProjectRow)
                .outerjoin(ProjectRow, ProjectRow.id == MediaRow.project_id)
                .where(*which.conditions(account_id), MediaRow.id.in_(ids))
            )
            found = {row.id: _record(row, project) for row, project in rows}
        return [found[number] for number in ids if number in found]

    def count(self, account_id: int) -> int:
        """How many medias the account has now."""
        with self._database.read() as session:
            return session.scalars(
                select(func.count())
                .select_from(MediaRow)
                .where(*MediaFilter().conditions(account_id))
            ).one()

    def hashed_id_ever(self, account_id: int, media_id: str) -> str | None:
        """The hashed id of a media by its hashed or numeric id, deleted or not."""
        with self._database.read() as session:
            return session.scalar(
                select(MediaRow.hashed_id).where(
                    MediaRow.account_id == account_id,
                    id_is(MediaRow.id.expression, MediaRow.hashed_id.expression, media_id),
                )
            )

    def labels(self, account_id: int, hashed_ids: Sequence[str]) -> dict[str, MediaLabel]:
        """What to call some medias, deleted or not."""
        columns = MediaRow.hashed_id, MediaRow.name, MediaRow.url, MediaRow.thumbnail_url
        with self._database.read() as session:
            rows = session.execute(
                select(*columns).where(
                    MediaRow.account_id == account_id, MediaRow.hashed_id.in_(hashed_ids)
                )
            )
            return {row.hashed_id: MediaLabel(*row[1:]) for row in rows}

    def durations(self, account_id: int) -> dict[str, float]:
        """The durations (s) that were set by hand, by hashed id; of deleted medias too."""
        with self._database.read() as session:
            rows = session.execute(
                select(MediaRow.hashed_id, MediaRow.duration).where(
                    MediaRow.account_id == account_id, MediaRow.duration.is_not(None)
                )
            )
            return {row.hashed_id: row.duration for row in rows}

    def accounts_changed_since(self, since_ms: int) -> list[int]:
        """The accounts of which a media was made or changed at or after a moment."""
        with self._database.read() as session:
            changed = select(MediaRow.account_id).where(MediaRow.updated_ms >= since_ms)
            return list(session.scalars(changed.distinct()))

    def is_known(self, account_id: int, hashed_id: str) -> bool:
        """Whether the account has, or had, a media with this hashed id."""
        return bool(self._known([(account_id, hashed_id)]))

    def register(self, titles: Mapping[MediaKey, str]) -> None:
        """Make those of the medias that are not known yet.

        A media's title becomes its name when it is seen for the first time, its id when there is
        no title (contract/beacon.md, ``title``). An account that has very many gets no more this
        way: anybody can make them up.
        """
        known = self._known(list(titles))
        # In one order for all: who waits for another's row must not be waited for.
        missing = sorted(key for key in titles if key not in known)
        missing = self._with_room(missing)
        if not missing:
            return
        try:
            self._database.insert_new(MediaRow, [_values(*key, titles[key]) for key in missing])
        except IntegrityError:
            # One is of an account that is gone, from which the others must not suffer.
            for key in missing:
                self._register_one(key, titles[key])

    def _with_room(self, missing: Sequence[MediaKey]) -> list[MediaKey]:
        kept: list[MediaKey] = []
        for account, keys in groupby(missing, key=itemgetter(0)):
            mine = list(keys)
            with self._database.read() as session:
                there = session.scalars(
                    select(func.count()).select_from(MediaRow).where(MediaRow.account_id == account)
                ).one()
            room = max(0, MOST_BY_BEACON - there)
            if room < len(mine) and account not in self._full:
                self._full.add(account)
                _log.warning(
                    "catalog.medias_full", account=account, medias=there, most=MOST_BY_BEACON
                )
            kept += mine[:room]
        return kept

    def _known(self, keys: Sequence[MediaKey]) -> set[MediaKey]:
        found: set[MediaKey] = set()
        with self._database.read() as session:
            for first in range(0, len(keys), _LOOKED_UP_AT_ONCE):
                rows = session.execute(
                    select(MediaRow.account_id, MediaRow.hashed_id).where(
                        tuple_(MediaRow.account_id, MediaRow.hashed_id).in_(
                            keys[first : first + _LOOKED_UP_AT_ONCE]
                        )
                    )
                )
                found.update((account, hashed) for account, hashed in rows)
        return found

    def _register_one(self, key: MediaKey, title: str) -> None:
        try:
            self._database.insert_new(MediaRow, [_values(*key, title)])
        except IntegrityError:
            return  # there is nobody whose media it could be


def _values(account_id: int, hashed_id: str, title: str) -> dict[str, Any]:
    """What is kept of a new media."""
    now = now_ms()
    return {
        "account_id": account_id,
        "hashed_id": hashed_id,
        "type": MediaType.VIDEO.value,
        "name": clean_text(title, 500) or hashed_id,
        "description": "",
        "url": "",
        "thumbnail_url": "",
        "created_ms": now,
        "updated_ms": now,
    }


def _apply(session: Session, row: MediaRow, change: MediaChange) -> None:
    if isinstance(change.name, str):
        row.name = clean_text(change.name, 500) or row.name
    if isinstance(change.type, MediaType):
        row.type = change.type.value
    if isinstance(change.description, str):
        row.description = clean_text(change.description, 10_000)
    if not isinstance(change.duration, msgspec.UnsetType):
        row.duration = change.duration
    if isinstance(change.url, str):
        row.url = clean_text(change.url, 2048)
    if isinstance(change.thumbnail_url, str):
        row.thumbnail_url = clean_text(change.thumbnail_url, 2048)
    if change.project_id is None:
        row.project_id = None
    elif isinstance(change.project_id, str):
        project = find_project_row(session, row.account_id, change.project_id)
        if project is None:
            raise UnknownProjectError(f"no project {change.project_id[:80]!r} in this account")
        row.project_id = project.id


def _find_row(session: Session, account_id: int, media_id: str) -> MediaRow | None:
    return session.scalar(
        select(MediaRow).where(
            MediaRow.account_id == account_id,
            MediaRow.deleted_ms.is_(None),
            id_is(MediaRow.id.expression, MediaRow.hashed_id.expression, media_id),
        )
    )


def _media(session: Session, row: MediaRow) -> Media:
    project = session.get(ProjectRow, row.project_id) if row.project_id is not None else None
    return _record(row, project)


def _record(row: MediaRow, project: ProjectRow | None) -> Media:
    # One that is put into a project while that is deleted is in none.
    if project is not None and project.deleted_ms is not None:
        project = None
    return Media(
        id=row.id,
        hashed_id=row.hashed_id,
        type=MediaType(row.type),
        name=row.name,
        description=row.description,
        duration=row.duration,
        url=row.url,
        thumbnail_url=row.thumbnail_url,
        created_ms=row.created_ms,
        updated_ms=row.updated_ms,
        project=ProjectLabel(project.id, project.hashed_id, project.name) if project else None,
    )
