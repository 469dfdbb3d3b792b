"""Backups of a data folder: online, consistent, each itself a folder that a server can open.

The spool is copied first, then the store is frozen, then the catalog is copied. So whatever was
acknowledged before is in the spool's copy or in the store, or in both, which changes nothing; and
every media of a session is in the catalog. A store that a server has open is frozen by that server,
which is asked by a file in its data folder: whoever can write there may have a backup.
"""

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from playhead import __version__
from playhead.errors import OperatorError
from playhead.log import get_logger
from playhead.settings import Settings
from playhead.store import Store, snapshots

_FORMAT: Final = 1
_MANIFEST: Final = "backup.json"
_CATALOG, _SPOOL, _STORE = "catalog.sqlite", "spool.sqlite", "store"
_WANTED, _FROZEN = "backup-wanted", "backup-frozen"
_FROZEN_WITHIN_S: Final = 120
_LOOK_EVERY_S: Final = 0.1

_log = get_logger("backup")


class BackupError(OperatorError):
    """A backup cannot be made or restored."""


class Copying(Struct, frozen=True):
    """Bytes of the store that are copied, and that there are."""

    done: int
    total: int


class Backup(Struct, frozen=True):
    """What was backed up or restored; ``rows`` of the store's tables, repeats included."""

    folder: str
    taken_at: str
    bytes: int
    rows: dict[str, int]


class SnapshotDesk:
    """In a server: freezes the store when a backup wants it. For the thread that inserts."""

    def __init__(self, data: Path, store: Store) -> None:
        self._data = data
        self._store = store
        for left_over in (_WANTED, _FROZEN):
            (data / left_over).unlink(missing_ok=True)
        snapshots.thaw(data / _STORE)

    def look(self) -> None:
        """Do what is asked for.

        Raises:
            StoreUnavailableError: it is done at the next look.
        """
        wanted = self._data / _WANTED
        if not wanted.exists():
            return
        snapshots.freeze(self._store, self._data / _STORE)
        rows = snapshots.rows(self._store)
        with suppress(FileNotFoundError):  # who wanted it may have gone
            _write(self._data / _FROZEN, rows)
            wanted.unlink()
        _log.info("backup.frozen", rows=sum(rows.values()))


def back_up(settings: Settings, to: Path, store: Store | None) -> Iterator[Copying | Backup]:
    """Copy a data folder; says how far it is, and at last what there is.

    Args:
        settings: of the installation; catalog and store must be those of the data folder.
        to: a folder that is not there yet, or empty.
        store: open in this process; None: a server has it open, and is asked.

    Raises:
        BackupError: naming what stands in the way; ``to`` is then no backup.
        StoreUnavailableError: the store cannot be frozen.
    """
    if settings.store or settings.catalog:
        raise BackupError(
            "backup: a ClickHouse server and PostgreSQL have backups of their own; take that of"
            " ClickHouse first, then that of PostgreSQL, while the servers of Playhead are stopped"
        )
    with _named_failures(to):
        to.mkdir(parents=True, exist_ok=True)
        if any(to.iterdir()):
            raise BackupError(f"backup: {to} is not empty; choose another folder")
        taken_at = datetime.now(UTC).isoformat(timespec="seconds")
        _copy_sqlite(settings.data / _SPOOL, to / _SPOOL)
        with _frozen(settings.data, store) as rows:
            total, done = snapshots.size(settings.data / _STORE), 0
            for size in snapshots.copy(settings.data / _STORE, to / _STORE):
                done += size
                yield Copying(done, total)
        _copy_sqlite(settings.data / _CATALOG, to / _CATALOG)
        sizes = _sizes(to)
        _sync(to)
        # Last, because a folder without it is no backup.
        _write(
            to / _MANIFEST,
            {
                "playhead_backup": _FORMAT,
                "playhead": __version__,
                "taken_at": taken_at,
                "rows": rows,
                "files": sizes,
            },
        )
    yield Backup(str(to), taken_at, sum(sizes.values()), rows)


def restore(folder: Path, settings: Settings) -> Backup:
    """Copy a backup into a data folder that is empty, and see that all of it is there.

    Raises:
        BackupError: naming what stands in the way.
        OperatorError: what was restored cannot be opened.
    """
    with _named_failures(settings.data):
        manifest = _manifest(folder)
        files: dict[str, int] = manifest["files"]
        found = _sizes(folder)
        damaged = sorted(name for name, size in files.items() if found.get(name) != size)
        if damaged:
            raise BackupError(
                f"restore: {len(damaged)} file(s) of {folder} are missing or cut off: {damaged[0]}"
            )
        # The lock of whoever restores is there already.
        if any(file.name != "lock" for file in settings.data.iterdir()):
            raise BackupError(f"restore: {settings.data} is not empty; choose another with --data")
        for name in (_SPOOL, _CATALOG):
            shutil.copy2(folder / name, settings.data / name)
        shutil.copytree(folder / _STORE, settings.data / _STORE, symlinks=True)
        _sync(settings.data)
    store = Store.open(settings.store_dsn)
    try:
        wrong = snapshots.check(store)
    finally:
        store.close()
    if wrong:
        raise BackupError(f"restore: {folder} is damaged, in the tables {', '.join(wrong)}")
    rows: dict[str, int] = manifest["rows"]
    return Backup(str(settings.data), manifest["taken_at"], sum(files.values()), rows)


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / _MANIFEST).read_bytes())
    except (OSError, ValueError):
        raise BackupError(
            f"restore: {folder} is no backup, or one that was cut off (it has no {_MANIFEST})"
        ) from None
    if manifest["playhead_backup"] != _FORMAT:
        raise BackupError(f"restore: {folder} was made by a later Playhead; update this one")
    return manifest


def _sizes(folder: Path) -> dict[str, int]:
    """Bytes of each file, by its path within the folder."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {str(file.relative_to(folder)): file.stat().st_size for file in files}


@contextmanager
def _frozen(data: Path, store: Store | None) -> Iterator[dict[str, int]]:
    """Have the store frozen as long as the context lasts; how many rows its tables have."""
    try:
        if store is None:
            yield _ask_the_server(data)
        else:
            snapshots.freeze(store, data / _STORE)
            yield snapshots.rows(store)
    finally:
        for asked in (_WANTED, _FROZEN):
            (data / asked).unlink(missing_ok=True)
        snapshots.thaw(data / _STORE)


def _ask_the_server(data: Path) -> dict[str, int]:
    (data / _FROZEN).unlink(missing_ok=True)
    (data / _WANTED).touch()
    ends = time.monotonic() + _FROZEN_WITHIN_S
    while time.monotonic() < ends:
        with suppress(FileNotFoundError):
            rows: dict[str, int] = json.loads((data / _FROZEN).read_bytes())
            return rows
        time.sleep(_LOOK_EVERY_S)
    raise BackupError(
        f"backup: the server of {data} did not freeze its store within {_FROZEN_WITHIN_S} s;"
        " look at its log, or stop it and try again"
    )


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.exists():
        raise BackupError(f"backup: {source} is missing; has a server ever run on this folder?")
    with closing(sqlite3.connect(source)) as opened, closing(sqlite3.connect(target)) as copy:
        opened.backup(copy)


def _write(path: Path, what: dict[str, Any]) -> None:
    """Write a file that is there as a whole or not at all."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump(what, file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)


def _sync(folder: Path) -> None:
    """See that all files of a folder are on disk."""
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as opened:
                os.fsync(opened.fileno())


@contextmanager
def _named_failures(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"backup: cannot write {folder}: {error}") from error
