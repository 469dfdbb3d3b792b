"""What can be saved of a spool whose file is damaged, by a disk or by whoever wrote into it."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from playhead.spool.database import Frame, SpoolFile

_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_PRIMARY_CODE: Final = 0xFF
_ENDINGS: Final = "", "-wal", "-shm"
# A frame that cannot be read is one of a page that cannot; so many in a row are the rest of it.
_MOST_UNREADABLE: Final = 100_000

_HIGHEST: Final = (
    "SELECT seq FROM sqlite_sequence WHERE name = 'frames'",
    "SELECT number FROM frames ORDER BY number DESC LIMIT 1",
)
_NEXT: Final = "SELECT number FROM frames WHERE number > ? ORDER BY number LIMIT 1"


class Salvaged(Struct, frozen=True):
    """Where the damaged file lies now, and how many frames were saved and lost."""

    aside: Path
    frames: int
    lost: int


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error says that the file is not what was written."""
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE in _DAMAGE


def salvage(path: Path, after: int) -> Salvaged:
    """Put a damaged file aside and make a new one of the frames in it that can be read.

    Args:
        path: the spool's file, which nobody has open.
        after: frames up to this number are not needed any more.

    Raises:
        sqlite3.Error, OSError: the new file cannot be written; the damaged one is aside.
    """
    aside = path.with_name(f"{path.stem}.damaged-{time.strftime('%Y%m%dT%H%M%S')}{path.suffix}")
    for ending in _ENDINGS:
        with suppress(FileNotFoundError):
            Path(f"{path}{ending}").rename(f"{aside}{ending}")
    saved = lost = 0
    fresh = SpoolFile(path)
    with closing(fresh), closing(sqlite3.connect(aside, isolation_level=None)) as damaged:
        for frame in _frames(damaged, after):
            if frame is None:
                lost += 1
            else:
                fresh.put_back(frame)
                saved += 1
    return Salvaged(aside, saved, lost)


def _frames(damaged: sqlite3.Connection, after: int) -> Iterator[Frame | None]:
    """The frames of a damaged file in their order, None for one that cannot be read."""
    highest = _highest(damaged)
    number, unreadable = after, 0
    while highest is None or number < highest:
        try:
            found = damaged.execute(_NEXT, (number,)).fetchone()
        except sqlite3.DatabaseError:
            # What follows may be on a page that can be read.
            number += 1
            unreadable += 1
            yield None
            if unreadable > _MOST_UNREADABLE or highest is None:
                return
            continue
        if found is None:
            return
        unreadable, number = 0, found[0]
        try:
            (frame,) = SpoolFile.frames_of(damaged, number - 1, most=1)
        except sqlite3.DatabaseError:
            yield None
        else:
            yield frame if frame.whole else None


def _highest(damaged: sqlite3.Connection) -> int | None:
    for sql in _HIGHEST:
        with suppress(sqlite3.DatabaseError):
            found = damaged.execute(sql).fetchone()
            if found:
                return int(found[0])
    return None
