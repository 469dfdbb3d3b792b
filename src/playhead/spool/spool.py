"""The spool at work: a writer thread that commits for everybody who waits."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from playhead.log import get_logger
from playhead.spool.database import SpoolFile

# An ordinal is the time in ticks of 10 microseconds since 2020, or one more than the ordinal
# before it, whichever is higher. So ordinals grow within a spool, are in order of time between
# the spools of several servers, and fit the 48 bits that the store has for them until 2109.
_TICKS_PER_SECOND: Final = 100_000
_TICKS_START_S: Final = 1_577_836_800

# More than this waiting in memory means that the disk does not keep up at all.
_MOST_PENDING_BYTES: Final = 64 * 2**20

# Wait for this much quiet before giving pages back, so that a busy spool just reuses them.
_QUIET_S: Final = 2.0

_log = get_logger("spool")


class SpoolFullError(Exception):
    """The spool has reached its limit; nothing was kept."""


class SpoolUnavailableError(Exception):
    """The spool cannot be written; nothing was kept."""


class Batch(Struct, frozen=True):
    """Beacons with their ordinals, oldest first. ``last_ordinal`` is what to forget up to."""

    beacons: list[tuple[int, bytes]]
    last_ordinal: int


class _Waiting(Struct):
    """Beacons that one request brought and the future that it awaits."""

    records: Sequence[bytes]
    future: asyncio.Future[None]


class Spool:
    """Beacons on disk, in order, until they are forgotten.

    ``append`` is for the event loop; ``read``, ``forget`` and ``wait`` are for one other thread.
    """

    def __init__(self, path: Path, limit_bytes: int) -> None:
        """Open or make the spool at ``path``.

        Raises:
            SpoolUnavailableError: the file cannot be opened.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = SpoolFile(path)
            self._reader = SpoolFile(path)
            self._beacons, self._size = self._file.waiting()
            self._last = self._file.last_ordinal()
        except (sqlite3.Error, OSError) as error:
            raise SpoolUnavailableError(f"cannot open the spool {path}: {error}") from error
        self._limit = limit_bytes
        self._lock = threading.Condition()
        self._pending: list[_Waiting] = []
        self._pending_size = 0
        self._forget_to = 0
        self._done_to = 0
        self._shrunk_at = 0
        self._closing = False
        self._arrived = threading.Event()
        if self._beacons:
            self._arrived.set()
        self._writer = threading.Thread(target=self._write_for_ever, name="spool", daemon=True)
        self._writer.start()

    @property
    def waiting(self) -> int:
        """How many beacons are on disk and not forgotten."""
        return self._beacons

    def append(self, records: Sequence[bytes]) -> asyncio.Future[None]:
        """Put beacons on disk. Call from the event loop.

        Returns:
            A future that is done when they are on disk; its exception is a
            SpoolUnavailableError when they are not.

        Raises:
            SpoolFullError: the limit is reached.
        """
        size = sum(map(len, records))
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._lock:
            if self._closing:
                raise SpoolFullError("Playhead is shutting down")
            pending = self._pending_size + size
            if self._size + pending > self._limit or pending > _MOST_PENDING_BYTES:
                raise SpoolFullError("too many beacons are waiting for the store")
            self._pending_size = pending
            self._pending.append(_Waiting(records, future))
            self._lock.notify()
        return future

    def wait(self, timeout_s: float) -> bool:
        """Wait until there may be something to read. False: the time is over."""
        return self._arrived.wait(timeout_s)

    def read(self, most: int) -> Batch | None:
        """The oldest beacons, about ``most`` of them; None when there are none."""
        self._arrived.clear()
        frames = self._reader.read(self._done_to, most)
        if not frames:
            return None
        beacons = [
            (first + index, record)
            for first, records in frames
            for index, record in enumerate(records)
        ]
        return Batch(beacons, beacons[-1][0])

    def forget(self, batch: Batch) -> None:
        """Forget a batch and all before it. It happens soon, with the next transaction."""
        self._done_to = batch.last_ordinal
        with self._lock:
            self._forget_to = batch.last_ordinal
            self._lock.notify()

    def close(self) -> None:
        """Write what is pending, then close the file."""
        with self._lock:
            self._closing = True
            self._lock.notify()
        self._writer.join()
        self._reader.close()
        self._file.close()

    def _write_for_ever(self) -> None:
        while True:
            with self._lock:
                ready = self._lock.wait_for(self._has_work, timeout=_QUIET_S)
                if self._closing and not self._has_anything():
                    return
                group, self._pending = self._pending, []
                self._pending_size = 0
                forget_to, self._forget_to = self._forget_to, 0
            if ready:
                self._write(group, forget_to)
            else:
                self._shrink_when_empty()

    def _has_anything(self) -> bool:
        return bool(self._pending or self._forget_to)

    def _has_work(self) -> bool:
        return self._closing or self._has_anything()

    def _write(self, group: list[_Waiting], forget_to: int) -> None:
        records = [record for waiting in group for record in waiting.records]
        now = int((time.time() - _TICKS_START_S) * _TICKS_PER_SECOND)
        first = max(self._last + 1, now)
        try:
            beacons, size = self._file.write(records, first, forget_to)
        except sqlite3.Error as error:
            _log.error("spool.write_failed", error=str(error), beacons=len(records))
            self._forget_later(forget_to)
            _resolve(group, SpoolUnavailableError("the spool cannot be written"))
            return
        if records:
            self._last = first + len(records) - 1
        self._beacons += beacons
        self._size += size
        _resolve(group, None)
        if records:
            self._arrived.set()

    def _forget_later(self, forget_to: int) -> None:
        """What could not be forgotten now is forgotten with a later transaction."""
        with self._lock:
            self._forget_to = max(self._forget_to, forget_to)
        # A full disk answers at once; do not ask it in a tight loop.
        time.sleep(0.05)

    def _shrink_when_empty(self) -> None:
        if self._beacons or self._shrunk_at == self._last:
            return
        self._shrunk_at = self._last
        try:
            self._file.shrink()
        except sqlite3.Error as error:
            _log.warning("spool.shrink_failed", error=str(error))


def _resolve(group: list[_Waiting], error: Exception | None) -> None:
    """Answer everybody at once, each on the loop that it waits on."""
    by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for waiting in group:
        by_loop.setdefault(waiting.future.get_loop(), []).append(waiting.future)
    for loop, futures in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, futures, error)
        except RuntimeError:
            continue  # the loop is closed: nobody waits any more


def _settle(futures: list[asyncio.Future[None]], error: Exception | None) -> None:
    for future in futures:
        if future.done():
            continue  # its caller has gone
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
