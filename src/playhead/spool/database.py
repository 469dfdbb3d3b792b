"""The spool's file: a SQLite database of frames.

A frame is many lines of one topic in one row, because a row costs far more than a line: each
statement gives the interpreter's lock away and has to win it back from the event loop.
"""

import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from msgspec import Struct

LINES_PER_FRAME: Final = 5000

# Whoever waits for a commit waits for what it forgets as well: about 5 ms for so much.
_MOST_FORGOTTEN_BYTES: Final = 2 * 2**20
_MOST_FORGOTTEN_FRAMES: Final = 500

MOST_READ_BYTES: Final = 32 * 2**20
"""Of one reading, because whoever reads makes rows of it that take several times as much memory."""

SHRINK_BY: Final = 2048
"""Pages of 4 KiB: more than are forgotten at once."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS frames (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL,
    lines INTEGER NOT NULL,
    body BLOB NOT NULL,
    checksum INTEGER
)
"""
# Spools of an earlier Playhead have none; SQLite itself does not see when a body was changed.
_HAS_CHECKSUM: Final = "SELECT 1 FROM pragma_table_info('frames') WHERE name = 'checksum'"
_ADD_CHECKSUM: Final = "ALTER TABLE frames ADD COLUMN checksum INTEGER"
_INSERT: Final = "INSERT INTO frames (topic, lines, body, checksum) VALUES (?, ?, ?, ?)"
_PUT_BACK: Final = (
    "INSERT INTO frames (number, topic, lines, body, checksum) VALUES (?, ?, ?, ?, ?)"
)
_READ: Final = (
    "SELECT number, topic, lines, body, checksum FROM frames WHERE number > ? ORDER BY number"
)
_DELETE: Final = "DELETE FROM frames WHERE number <= ?"
_OLDEST: Final = (
    "SELECT number, lines, length(body) FROM frames WHERE number <= ? ORDER BY number LIMIT ?"
)
_WAITING: Final = "SELECT coalesce(sum(lines), 0), coalesce(sum(length(body)), 0) FROM frames"


class Frame(Struct, frozen=True):
    """Lines of one topic, joined by line ends. ``number`` grows from frame to frame.

    ``whole``: the body is what was written.
    """

    number: int
    topic: str
    lines: int
    body: bytes
    whole: bool = True


class Written(Struct, frozen=True):
    """By how much a transaction changed what waits, and whether nothing is left to forget."""

    lines: int
    size: int
    forgotten_all: bool


class SpoolFile:
    """One connection to the spool; every thread that touches the file has its own."""

    def __init__(self, path: Path) -> None:
        # Python's own transactions are off: BEGIN and COMMIT stand where they are meant.
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        run = self._connection.execute
        run("PRAGMA busy_timeout = 10000")
        # Has to come before the first table is made; lets the file shrink after an outage.
        run("PRAGMA auto_vacuum = INCREMENTAL")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        run("PRAGMA wal_autocheckpoint = 4000")
        run("PRAGMA journal_size_limit = 67108864")
        run(_SCHEMA)
        if run(_HAS_CHECKSUM).fetchone() is None:
            run(_ADD_CHECKSUM)

    def waiting(self) -> tuple[int, int]:
        """How many lines wait, and their bytes."""
        lines, size = self._connection.execute(_WAITING).fetchone()
        return lines, size

    def write(self, topics: Mapping[str, Sequence[bytes]], forget_to: int) -> Written:
        """Append lines and forget old frames in one transaction that is on disk on return.

        Args:
            topics: the lines of each topic, without line ends.
            forget_to: forget frames up to this number, the oldest first, and only so many that
                it does not take long; 0 forgets none.

        Raises:
            sqlite3.Error: nothing was changed.
        """
        frames = [frame for topic, lines in topics.items() for frame in _frames(topic, lines)]
        lines, size = sum(frame[1] for frame in frames), sum(len(frame[2]) for frame in frames)
        run = self._connection.execute
        if len(frames) == 1 and not forget_to:
            # A statement by itself is a transaction, in one step instead of three.
            run(_INSERT, frames[0])
            return Written(lines, size, forgotten_all=True)
        run("BEGIN IMMEDIATE")
        try:
            for frame in frames:
                run(_INSERT, frame)
            gone = self._forget(forget_to) if forget_to else Written(0, 0, forgotten_all=True)
            run("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                run("ROLLBACK")
            raise
        return Written(lines + gone.lines, size + gone.size, gone.forgotten_all)

    def _forget(self, last: int) -> Written:
        run = self._connection.execute
        number = lines = size = 0
        oldest = run(_OLDEST, (last, _MOST_FORGOTTEN_FRAMES)).fetchall()
        for frame in oldest:
            number, lines, size = frame[0], lines + frame[1], size + frame[2]
            if size >= _MOST_FORGOTTEN_BYTES:
                break
        run(_DELETE, (number,))
        return Written(-lines, -size, forgotten_all=not oldest or number == last)

    def read(self, after: int, most: int) -> list[Frame]:
        """The oldest frames after a number, up to ``most`` lines or ``MOST_READ_BYTES``."""
        return self.frames_of(self._connection, after, most)

    @staticmethod
    def frames_of(connection: sqlite3.Connection, after: int, most: int) -> list[Frame]:
        """The same of any connection."""
        frames: list[Frame] = []
        lines = size = 0
        with closing(connection.execute(_READ, (after,))) as rows:
            for number, topic, count, body, checksum in rows:
                whole = checksum is None or checksum == zlib.crc32(body)
                frames.append(Frame(number, topic, count, body, whole))
                lines += count
                size += len(body)
                if lines >= most or size >= MOST_READ_BYTES:
                    break
        return frames

    def put_back(self, frame: Frame) -> None:
        """Write a frame of another file under its own number."""
        values = frame.number, frame.topic, frame.lines, frame.body, zlib.crc32(frame.body)
        self._connection.execute(_PUT_BACK, values)

    def shrink(self, pages: int = 0) -> None:
        """Give free pages back to the file system, so that forgotten lines leave the disk.

        Args:
            pages: at most so many, because each needs room in the log first; 0: all.
        """
        # A script, because a statement would be stepped only once and free a single page.
        self._connection.executescript(f"PRAGMA incremental_vacuum({pages})")
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _frames(topic: str, lines: Sequence[bytes]) -> Iterator[tuple[str, int, bytes, int]]:
    for start in range(0, len(lines), LINES_PER_FRAME):
        part = lines[start : start + LINES_PER_FRAME]
        body = b"\n".join(part)
        yield topic, len(part), body, zlib.crc32(body)
