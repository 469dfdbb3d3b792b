"""The spool's file: a SQLite database of frames.

A frame is one row with many beacons, because a row costs far more than a beacon: each statement
gives the interpreter's lock away and has to win it back from the thread that answers requests.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

BEACONS_PER_FRAME: Final = 4096

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS frames (
    last_ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    beacons INTEGER NOT NULL,
    body BLOB NOT NULL
)
"""
_WAITING: Final = "SELECT coalesce(sum(beacons), 0), coalesce(sum(length(body)), 0) FROM frames"
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[bytes]).decode


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

    def last_ordinal(self) -> int:
        """The highest ordinal that was ever given, also to beacons long forgotten."""
        row = self._connection.execute(
            "SELECT seq FROM sqlite_sequence WHERE name = 'frames'"
        ).fetchone()
        return int(row[0]) if row else 0

    def waiting(self) -> tuple[int, int]:
        """How many beacons wait, and their bytes."""
        beacons, size = self._connection.execute(_WAITING).fetchone()
        return beacons, size

    def write(
        self, records: Sequence[bytes], first_ordinal: int, forget_to: int
    ) -> tuple[int, int]:
        """Append beacons and forget old ones in one transaction that is on disk on return.

        Args:
            records: the beacons, whose ordinals count up from ``first_ordinal``.
            first_ordinal: higher than all before.
            forget_to: forget all beacons up to this ordinal; 0 forgets none.

        Returns:
            By how much the waiting beacons and their bytes changed.

        Raises:
            sqlite3.Error: nothing was changed.
        """
        run = self._connection.execute
        beacons, size = len(records), 0
        run("BEGIN IMMEDIATE")
        try:
            for start in range(0, len(records), BEACONS_PER_FRAME):
                frame = records[start : start + BEACONS_PER_FRAME]
                body = _encode(frame)
                size += len(body)
                run(
                    "INSERT INTO frames VALUES (?, ?, ?)",
                    (first_ordinal + start + len(frame) - 1, len(frame), body),
                )
            if forget_to:
                old = run(f"{_WAITING} WHERE last_ordinal <= ?", (forget_to,)).fetchone()
                run("DELETE FROM frames WHERE last_ordinal <= ?", (forget_to,))
                beacons, size = beacons - old[0], size - old[1]
            run("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                run("ROLLBACK")
            raise
        return beacons, size

    def read(self, after: int, most: int) -> list[tuple[int, list[bytes]]]:
        """The oldest frames after an ordinal, as (ordinal of the first beacon, beacons).

        Whole frames, until at least ``most`` beacons are there or no more frames are.
        """
        frames: list[tuple[int, list[bytes]]] = []
        count = 0
        cursor = self._connection.execute(
            "SELECT last_ordinal, beacons, body FROM frames WHERE last_ordinal > ?"
            " ORDER BY last_ordinal",
            (after,),
        )
        for last_ordinal, beacons, body in cursor:
            frames.append((last_ordinal - beacons + 1, _decode(body)))
            count += beacons
            if count >= most:
                break
        cursor.close()
        return frames

    def shrink(self) -> None:
        """Give free pages back to the file system, so that forgotten beacons leave the disk."""
        # A script, because a statement would be stepped only once and free a single page.
        self._connection.executescript("PRAGMA incremental_vacuum")
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
