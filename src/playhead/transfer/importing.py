"""A folder of files into an installation.

Everything is read and checked before anything is changed. Then the roll-ups of the accounts are
dropped, sessions are added, and roll-ups made anew: a kill at any instant leaves numbers that come
from the sessions which are there, and the same import once more brings the rest.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from playhead.catalog import (
    AccountRecord,
    Catalog,
    CatalogRecords,
    ClashError,
    MediaRecord,
    ProjectRecord,
)
from playhead.drain import Settler
from playhead.store import Incoming, RowsRefusedError, Transfer, explained
from playhead.transfer.contents import first_wrong, read_contents
from playhead.transfer.manifest import (
    ACCOUNTS,
    MEDIAS,
    PROJECTS,
    ExportedFile,
    Manifest,
    TransferError,
    read_manifest,
    verify,
)
from playhead.transfer.steps import Step, side_by_side

Record = TypeVar("Record", bound=Struct)


class Imported(Struct, frozen=True):
    """What was in the folder and is here now; ``seconds`` of each part of the work."""

    accounts: int
    projects: int
    medias: int
    sessions: int
    files: int
    seconds: Mapping[str, float]


class _Clock:
    """Seconds of the parts of some work."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._began = time.monotonic()

    def done(self, what: str) -> None:
        """The part that began when the one before it was done is done."""
        now = time.monotonic()
        self.seconds[what] = round(now - self._began, 3)
        self._began = now


class Import:
    """Reads one folder."""

    def __init__(
        self,
        catalog: Catalog,
        transfer: Transfer,
        settler: Settler,
        folder: Path,
        *,
        changed: bool,
    ) -> None:
        """Prepare.

        Args:
            catalog: where accounts, projects and medias go.
            transfer: where sessions go.
            settler: puts roll-ups right.
            folder: that an export has written.
            changed: files may be others than the manifest says.
        """
        self._catalog = catalog
        self._transfer = transfer
        self._settler = settler
        self._folder = folder
        self._changed = changed

    def read(self) -> Iterator[Step | Imported]:
        """Read everything; says after each step how far it is, at last what is here.

        Raises:
            TransferError: a file is wrong; nothing was changed.
            StoreUnavailableError: do it again.
        """
        clock = _Clock()
        manifest = read_manifest(self._folder)
        records = self._records(manifest)
        total = sum(file.rows for file in manifest.sessions)
        numbers = {account.key: 0 for account in records.accounts}
        rows: dict[str, int] = {}
        with self._transfer.incoming(numbers, manifest.format) as incoming:
            for file, found in self._each(manifest, incoming, self._check):
                rows[file.name] = found
                yield Step("checked", sum(rows.values()), total)
        clock.done("checking")
        numbers = self._catalog.exchange.merge(records)
        for number in numbers.values():
            self._settler.unsettle(number, _now_ms())
        done = 0
        with self._transfer.incoming(numbers, manifest.format) as incoming:
            for file, _ in self._each(manifest, incoming, self._load):
                done += rows[file.name]
                yield Step("loaded", done, total)
        for number in numbers.values():
            medias = {(number, media): "" for media in self._transfer.medias(number)}
            self._catalog.medias.register(medias)
        clock.done("loading")
        yield from self._sum_up(numbers)
        clock.done("summing_up")
        yield Imported(
            accounts=len(records.accounts),
            projects=len(records.projects),
            medias=len(records.medias),
            sessions=done,
            files=len(manifest.sessions),
            seconds=clock.seconds,
        )

    def _records(self, manifest: Manifest) -> CatalogRecords:
        """The catalog's records, checked."""
        if not self._changed:
            for file in manifest.catalog:
                verify(self._folder, file)
        records = CatalogRecords(
            _lines_of(self._folder / ACCOUNTS, AccountRecord),
            _lines_of(self._folder / PROJECTS, ProjectRecord),
            _lines_of(self._folder / MEDIAS, MediaRecord),
        )
        try:
            self._catalog.exchange.check(records)
        except ClashError as error:
            raise TransferError(f"{self._folder}: {error}") from None
        return records

    def _each(
        self,
        manifest: Manifest,
        incoming: Incoming,
        work: Callable[[ExportedFile, Manifest, Incoming], int],
    ) -> Iterator[tuple[ExportedFile, int]]:
        yield from side_by_side(lambda file: work(file, manifest, incoming), manifest.sessions)

    def _check(self, file: ExportedFile, manifest: Manifest, incoming: Incoming) -> int:
        """Check all rows of a file; how many there are."""
        if not self._changed:
            verify(self._folder, file)
        contents = read_contents(self._folder / file.name, manifest.format)
        try:
            incoming.check(contents.body)
        except RowsRefusedError as error:
            row = first_wrong(contents, lambda part: _wrong_in(incoming, part) is None)
            wrong = _wrong_in(incoming, contents.some(row, row + 1)) or str(error)
            raise TransferError(
                f"{contents.path}, {contents.place(row)}, {explained(wrong)}"
                " (put it right or take it out, then import with --changed)"
            ) from None
        return contents.rows if self._changed else file.rows

    def _load(self, file: ExportedFile, manifest: Manifest, incoming: Incoming) -> int:
        contents = read_contents(self._folder / file.name, manifest.format)
        try:
            incoming.load(contents.body)
        except RowsRefusedError as error:
            raise TransferError(
                f"{contents.path}: has changed since it was checked: {explained(str(error))}"
                " (import it again)"
            ) from None
        return file.rows

    def _sum_up(self, numbers: Mapping[str, int]) -> Iterator[Step]:
        for number in numbers.values():
            account = self._catalog.accounts.get(number)
            for step in self._settler.rebuild(number, account.timezone, _now_ms()):
                yield Step(f"{account.name}, by {step.what}", step.done, step.total)


def _wrong_in(incoming: Incoming, part: bytes) -> str | None:
    """What the engine says of rows one of which is wrong; None: none is."""
    try:
        incoming.check(part)
    except RowsRefusedError as error:
        return str(error)
    return None


def _lines_of(path: Path, kind: type[Record]) -> list[Record]:
    """The records of a file of JSON lines."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise TransferError(f"{path}: cannot be read: {error.strerror}") from None
    decoder = msgspec.json.Decoder(kind)
    found = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                found.append(decoder.decode(line))
            except msgspec.DecodeError as error:
                raise TransferError(f"{path}, line {number}: {error}") from None
    return found


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
