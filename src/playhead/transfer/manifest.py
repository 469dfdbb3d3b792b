"""What a folder of exported files says of itself."""

import hashlib
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from playhead import __version__
from playhead.errors import OperatorError
from playhead.store import FileFormat

MANIFEST: Final = "manifest.json"
ACCOUNTS: Final = "accounts.ndjson"
PROJECTS: Final = "projects.ndjson"
MEDIAS: Final = "medias.ndjson"
UNFINISHED: Final = "unfinished"
"""A file that lies in the folder until everything else does."""

_VERSION: Final = 1
_READ_AT_ONCE: Final = 2**20


class TransferError(OperatorError):
    """Files cannot be written or read; says which, where in it, and what would help."""


class ExportedFile(Struct, frozen=True):
    """A file of the folder; ``rows`` are lines or rows without a head, ``bytes`` its size."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]*\Z")]
    rows: int
    bytes: int
    sha256: str


class ExportedAccount(Struct, frozen=True):
    """An account of the folder and how many of its sessions are in it."""

    key: str
    name: str
    timezone: str
    sessions: int


class Manifest(Struct, frozen=True):
    """The folder at a glance. ``since`` and ``until`` are days, None: no limit."""

    playhead_export: int
    made_by: str
    made_at: str
    format: FileFormat
    since: str | None
    until: str | None
    accounts: list[ExportedAccount]
    catalog: list[ExportedFile]
    sessions: list[ExportedFile]


def new_manifest(
    made_at: str,
    form: FileFormat,
    days: tuple[str | None, str | None],
    accounts: list[ExportedAccount],
    catalog: list[ExportedFile],
    sessions: list[ExportedFile],
) -> Manifest:
    """The manifest of files that this Playhead has written."""
    return Manifest(
        _VERSION, f"Playhead {__version__}", made_at, form, *days, accounts, catalog, sessions
    )


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder.

    Raises:
        TransferError: there is none, or it is of no use.
    """
    path = folder / MANIFEST
    if (folder / UNFINISHED).exists():
        raise TransferError(
            f"{folder}: its export was not finished (export again to the same folder)"
        )
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise TransferError(
            f"{folder}: has no {MANIFEST} (name a folder that 'playhead export' has written)"
        ) from None
    except OSError as error:
        raise TransferError(f"{path}: cannot be read: {error.strerror}") from None
    except msgspec.DecodeError as error:
        raise TransferError(f"{path}: {error} (copy the folder again)") from None
    if manifest.playhead_export != _VERSION:
        raise TransferError(
            f"{path}: playhead_export is {manifest.playhead_export}, this Playhead reads"
            f" {_VERSION} (use the Playhead that wrote it, or a newer one)"
        )
    return manifest


def verify(folder: Path, file: ExportedFile) -> None:
    """See that a file is as it was written.

    Raises:
        TransferError: it is missing, torn or changed.
    """
    path = folder / file.name
    digest = hashlib.sha256()
    size = 0
    try:
        with path.open("rb") as content:
            while piece := content.read(_READ_AT_ONCE):
                digest.update(piece)
                size += len(piece)
    except FileNotFoundError:
        raise TransferError(f"{path}: is missing (copy the folder again)") from None
    except OSError as error:
        raise TransferError(f"{path}: cannot be read: {error.strerror}") from None
    if size != file.bytes:
        raise TransferError(
            f"{path}: has {size:,} bytes, the manifest says {file.bytes:,} (copy it again; if it"
            " was changed on purpose, --changed)"
        )
    if digest.hexdigest() != file.sha256:
        raise TransferError(
            f"{path}: is not what was exported (copy it again; if it was changed on purpose,"
            " --changed)"
        )
