"""Accounts and their sessions out to a folder."""

import gzip
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from playhead.catalog import Account, Catalog
from playhead.stats import intervals_of_days
from playhead.store import COLUMN_NAMES, FileFormat, Interval, Slice, Transfer
from playhead.transfer.manifest import (
    ACCOUNTS,
    MANIFEST,
    MEDIAS,
    PROJECTS,
    UNFINISHED,
    ExportedAccount,
    ExportedFile,
    TransferError,
    new_manifest,
)
from playhead.transfer.steps import Step, side_by_side

MOST_SESSIONS: Final = 250_000
"""Of a file. Its rows pass through memory as a whole when they are read."""

CSV_HEAD: Final = (",".join(COLUMN_NAMES) + "\n").encode()

_OURS: Final = ("sessions-*", ACCOUNTS, PROJECTS, MEDIAS, UNFINISHED)
# Little more than a copy, for a fifth of the size.
_GZIP_LEVEL: Final = 1


class Exported(Struct, frozen=True):
    """What is in a folder now."""

    accounts: int
    projects: int
    medias: int
    sessions: int
    files: int
    bytes: int


class _Part(Struct, frozen=True):
    """A file of sessions to write."""

    name: str
    key: str
    started: Sequence[Interval]
    piece: Slice


class Export:
    """Writes a folder. Its accounts must have no beacons on their way into the store."""

    def __init__(
        self, catalog: Catalog, transfer: Transfer, folder: Path, form: FileFormat, *, gzipped: bool
    ) -> None:
        """Prepare.

        Args:
            catalog: the accounts, their projects and medias.
            transfer: the sessions.
            folder: made if missing; empty, or of an export that was not finished.
            form: what the files of sessions are.
            gzipped: pack them, if they are text.
        """
        self._catalog = catalog
        self._transfer = transfer
        self._folder = folder
        self._form = form
        self._gzipped = gzipped and form is not FileFormat.PARQUET

    def write(
        self, accounts: Sequence[Account], since: date | None, until: date | None
    ) -> Iterator[Step | Exported]:
        """Write everything of some accounts; says after each file how far it is, at last what.

        Args:
            accounts: which.
            since: the first day on which sessions began, in the zone of their account; None: all.
            until: the last one.

        Raises:
            TransferError: the folder cannot be written.
            StoreUnavailableError: begin again.
        """
        try:
            yield from self._write(accounts, since, until)
        except OSError as error:
            raise TransferError(
                f"{error.filename or self._folder}: cannot be written: {error.strerror}"
            ) from error

    def _write(
        self, accounts: Sequence[Account], since: date | None, until: date | None
    ) -> Iterator[Step | Exported]:
        self._prepare()
        yield Step("written", 0, 0)
        parts = list(self._parts(accounts, since, until))
        total, done = sum(part.piece.sessions for part in parts), 0
        written: dict[str, ExportedFile] = {}
        for part, file in side_by_side(self._write_part, parts):
            written[part.name] = file
            done += file.rows
            yield Step("written", done, total)
        records = self._catalog.exchange.read([account.id for account in accounts])
        catalog = [
            self._write_lines(ACCOUNTS, records.accounts),
            self._write_lines(PROJECTS, records.projects),
            self._write_lines(MEDIAS, records.medias),
        ]
        manifest = new_manifest(
            datetime.now(UTC).isoformat(timespec="seconds"),
            self._form,
            (since.isoformat() if since else None, until.isoformat() if until else None),
            [
                ExportedAccount(
                    account.key,
                    account.name,
                    account.timezone,
                    sum(part.piece.sessions for part in parts if part.key == account.key),
                )
                for account in accounts
            ],
            catalog,
            [written[part.name] for part in parts],
        )
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
        (self._folder / MANIFEST).write_bytes(text + b"\n")
        (self._folder / UNFINISHED).unlink()
        yield Exported(
            accounts=len(accounts),
            projects=len(records.projects),
            medias=len(records.medias),
            sessions=done,
            files=len(parts),
            bytes=sum(file.bytes for file in [*catalog, *written.values()]),
        )

    def _prepare(self) -> None:
        """Make the folder ready; what an unfinished export has left there goes away."""
        self._folder.mkdir(parents=True, exist_ok=True)
        found = {path.name for path in self._folder.iterdir()}
        if found and UNFINISHED not in found:
            raise TransferError(
                f"{self._folder}: is not empty (name a folder that is new or empty)"
            )
        (self._folder / UNFINISHED).touch()
        for pattern in (*_OURS, MANIFEST):
            for path in self._folder.glob(pattern):
                if path.name != UNFINISHED:
                    path.unlink()

    def _parts(
        self, accounts: Sequence[Account], since: date | None, until: date | None
    ) -> Iterator[_Part]:
        ending = f"{self._form.value}{'.gz' if self._gzipped else ''}"
        number = 0
        for account in accounts:
            started = intervals_of_days(since, until, account.timezone)
            for piece in self._transfer.slices(account.id, started, MOST_SESSIONS):
                number += 1
                yield _Part(f"sessions-{number:05d}.{ending}", account.key, started, piece)

    def _write_part(self, part: _Part) -> ExportedFile:
        pieces = self._transfer.read(part.piece, part.key, part.started, self._form)
        return self._write_file(part.name, part.piece.sessions, self._packed(pieces))

    def _packed(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        if self._form is FileFormat.CSV:
            pieces = _after(CSV_HEAD, pieces)
        # Each piece is packed for itself; one after the other they are a file of gzip as well.
        for piece in pieces:
            yield gzip.compress(piece, _GZIP_LEVEL, mtime=0) if self._gzipped else piece

    def _write_lines(self, name: str, records: Sequence[Struct]) -> ExportedFile:
        return self._write_file(name, len(records), [msgspec.json.Encoder().encode_lines(records)])

    def _write_file(self, name: str, rows: int, pieces: Iterable[bytes]) -> ExportedFile:
        digest = hashlib.sha256()
        size = 0
        with (self._folder / name).open("wb") as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                size += len(piece)
        return ExportedFile(name, rows, size, digest.hexdigest())


def _after(head: bytes, pieces: Iterable[bytes]) -> Iterator[bytes]:
    yield head
    yield from pieces
