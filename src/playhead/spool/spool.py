"""The spool at work: a writer thread that commits for everybody who waits."""

import asyncio
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from prometheus_client import Histogram

from playhead.errors import OperatorError
from playhead.log import get_logger
from playhead.spool.database import SHRINK_BY, Frame, SpoolFile
from playhead.spool.room import DiskRoom
from playhead.spool.salvage import is_damage, salvage

Entry = tuple[str, bytes]
"""A topic and a line without its end."""

Done = Callable[["SpoolUnavailableError | None"], None]
"""Called on the event loop when lines are on disk, or with the reason why they are not."""

_Pending = tuple[Sequence[Entry], int, Done, asyncio.AbstractEventLoop]

# More than this waiting in memory means that the disk does not keep up at all.
_MOST_PENDING_BYTES: Final = 64 * 2**20

# The least time from one commit to the next. A commit costs as much as several beacons, and each
# makes the event loop give the interpreter away some times, so under load many beacons go
# together: every one of the last commit makes the gap before the next a little longer. A beacon
# that comes alone does not wait.
_BETWEEN_COMMITS_S: Final = 0.002
_LONGER_FOR_EACH_S: Final = 0.000_1
_MOST_BETWEEN_COMMITS_S: Final = 0.010

# Wait for this much quiet before giving pages back, so that a busy spool just reuses them.
_QUIET_S: Final = 2.0

_COMMIT_SECONDS: Final = Histogram(
    "playhead_spool_commit_seconds",
    "Time of a commit, which every beacon waits for.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1),
)

_log = get_logger("spool")


class SpoolFullError(Exception):
    """The spool has reached its limit; nothing was kept."""


class SpoolUnavailableError(OperatorError):
    """The spool cannot be written; nothing was kept."""


class Spool:
    """Lines on disk, in order, until they are forgotten.

    ``append`` is for the event loop; ``read``, ``forget`` and ``wait`` are for one other thread.
    """

    def __init__(self, path: Path, limit_bytes: int) -> None:
        """Open or make the spool at ``path``.

        Raises:
            SpoolUnavailableError: the file cannot be opened.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._path = path
            self._opened: list[SpoolFile] = []
            self._done_to = 0
            self._open()
        except (sqlite3.Error, OSError) as error:
            raise SpoolUnavailableError(f"cannot open the spool {path}: {error}") from error
        self._limit = limit_bytes
        # Held by whoever reads, and by the writer when it mends the file under the reader.
        self._reading = threading.Lock()
        self._damaged = False
        # The event loop puts on at one end, the writer takes from the other. No lock between them:
        # the loop would lose the interpreter whenever the writer holds it.
        self._pending: deque[_Pending] = deque()
        self._arrived_size = 0
        self._taken_size = 0
        self._sleeping = False
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._lock = threading.Lock()
        self._forget_to = 0
        self._may_shrink = True
        self._closing = False
        self._failing = False
        self._room = DiskRoom(path.parent)
        self._arrived = threading.Event()
        if self._lines:
            self._arrived.set()
        self._writer = threading.Thread(target=self._write_for_ever, name="spool", daemon=True)
        self._writer.start()

    def _open(self) -> None:
        """Open the file, or of a damaged one what can be saved."""
        try:
            self._connect()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self._save_what_can_be()

    def _connect(self) -> None:
        for _ in range(2):
            self._opened.append(SpoolFile(self._path))
        self._file, self._reader = self._opened
        self._lines, self._size = self._file.waiting()

    def _save_what_can_be(self) -> None:
        while self._opened:
            self._opened.pop().close()
        saved = salvage(self._path, self._done_to)
        _log.error(
            "spool.damaged", saved=saved.frames, lost=saved.lost, damaged_file=str(saved.aside)
        )
        self._connect()

    @property
    def waiting(self) -> int:
        """How many lines are on disk and not forgotten."""
        return self._lines

    @property
    def waiting_bytes(self) -> int:
        """The bytes of these lines."""
        return self._size

    def append(self, entries: Sequence[Entry], done: Done, loop: asyncio.AbstractEventLoop) -> None:
        """Put lines on disk, all or none of them. Call from the event loop's thread.

        Args:
            entries: the lines.
            done: called on the event loop, in the order of the calls.
            loop: the event loop.

        Raises:
            SpoolFullError: the limit is reached, or the disk is almost full, and ``done`` will
                not be called.
        """
        size = 0
        for _, line in entries:
            size += len(line)
        pending = self._arrived_size - self._taken_size + size
        if self._closing:
            raise SpoolFullError("Playhead is shutting down")
        if self._room.is_low:
            raise SpoolFullError("the disk is almost full")
        if self._size + pending > self._limit or pending > _MOST_PENDING_BYTES:
            raise SpoolFullError("too many beacons are waiting for the store")
        self._arrived_size += size
        self._pending.append((entries, size, done, loop))
        # The writer says so before it looks for work a last time, so none is overlooked.
        if self._sleeping:
            self._sleeping = False
            self._wake.put(None)

    def wait(self, timeout_s: float) -> bool:
        """Wait until there may be something to read. False: the time is over."""
        return self._arrived.wait(timeout_s)

    def read(self, most: int) -> list[Frame]:
        """The oldest frames that are not forgotten, with about ``most`` lines or 32 MiB in all."""
        self._arrived.clear()
        try:
            with self._reading:
                frames = self._reader.read(self._done_to, most)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            # The writer mends it, because nobody may write meanwhile.
            self._damaged = True
            self._wake.put(None)
            return []
        whole = [frame for frame in frames if frame.whole]
        if len(whole) < len(frames):
            self._put_aside([frame for frame in frames if not frame.whole])
            if not whole:
                self.forget(frames[-1])
                self._arrived.set()
        return whole

    def _put_aside(self, frames: Sequence[Frame]) -> None:
        """Keep bodies that are not what was written for a look; they count in nothing."""
        for frame in frames:
            aside = self._path.with_name(f"{self._path.stem}.damaged-frame-{frame.number}")
            _log.error("spool.damaged", lost_lines=frame.lines, damaged_file=str(aside))
            aside.write_bytes(frame.body)

    def forget(self, last: Frame) -> None:
        """Forget a frame and all before it. It happens soon, with the next transaction."""
        self._done_to = last.number
        with self._lock:
            self._forget_to = last.number
        self._wake.put(None)

    def close(self) -> None:
        """Write what is pending, then close the file."""
        self._closing = True
        self._wake.put(None)
        self._writer.join()
        self._reader.close()
        self._file.close()

    def _write_for_ever(self) -> None:
        next_commit = 0.0
        while True:
            awake = self._wait_for_work()
            time.sleep(max(0.0, next_commit - time.monotonic()))
            now = time.monotonic()
            self._room.look(now)
            if self._damaged:
                self._mend()
            with self._lock:
                forget_to, self._forget_to = self._forget_to, 0
            if self._pending or forget_to:
                next_commit = now + _gap_after(self._write(forget_to))
            elif self._closing:
                return
            elif not awake:
                self._shrink_when_empty()

    def _mend(self) -> None:
        with self._reading:
            try:
                self._save_what_can_be()
            except (sqlite3.Error, OSError) as error:
                _log.error("spool.cannot_be_mended", error=str(error))
                time.sleep(_QUIET_S)
                return
        self._damaged = False
        self._arrived.set()

    def _wait_for_work(self) -> bool:
        """Sleep until there may be something to write; False: it has been quiet for long."""
        self._sleeping = True
        if self._pending or self._forget_to or self._damaged:
            self._sleeping = False
            return True
        try:
            self._wake.get(timeout=_QUIET_S)
        except Empty:
            return False
        finally:
            self._sleeping = False
        return True

    def _write(self, forget_to: int) -> int:
        """Write all that is pending in one commit; how many requests that were."""
        pending = [self._pending.popleft() for _ in range(len(self._pending))]
        topics: dict[str, list[bytes]] = {}
        taken = 0
        for entries, size, _, _ in pending:
            taken += size
            for topic, line in entries:
                topics.setdefault(topic, []).append(line)
        error: SpoolUnavailableError | None = None
        forgotten_all = False
        try:
            with _COMMIT_SECONDS.time():
                written = self._file.write(topics, forget_to)
        except sqlite3.Error as cause:
            self._say_that_it_fails(cause)
            error = SpoolUnavailableError("the spool cannot be written")
            self._damaged = self._damaged or is_damage(cause)
        else:
            self._say_that_it_works()
            self._lines += written.lines
            self._size += written.size
            self._may_shrink = True
            forgotten_all = written.forgotten_all
        if not forgotten_all:
            with self._lock:
                self._forget_to = max(self._forget_to, forget_to)
        self._taken_size += taken
        _tell(pending, error)
        if error is not None:
            # A full disk answers at once; do not ask it in a tight loop.
            time.sleep(0.05)
        elif topics:
            self._arrived.set()
        elif self._room.is_low:
            # The store, which takes what is forgotten here, may be on the same disk.
            self._shrink(SHRINK_BY)
        return len(pending)

    # A full disk fails many times a second; it is said when it begins and when it is over.

    def _say_that_it_fails(self, cause: sqlite3.Error) -> None:
        if not self._failing:
            _log.error("spool.write_failed", error=str(cause))
        self._failing = True

    def _say_that_it_works(self) -> None:
        if self._failing:
            _log.info("spool.writes_again")
        self._failing = False

    def _shrink_when_empty(self) -> None:
        if not self._lines and self._may_shrink:
            self._may_shrink = False
            self._shrink()

    def _shrink(self, pages: int = 0) -> None:
        try:
            self._file.shrink(pages)
        except sqlite3.Error as error:
            _log.warning("spool.shrink_failed", error=str(error))


def _gap_after(requests: int) -> float:
    """How long the next commit has to wait after one of so many requests."""
    return min(_MOST_BETWEEN_COMMITS_S, _BETWEEN_COMMITS_S + requests * _LONGER_FOR_EACH_S)


def _tell(pending: list[_Pending], error: SpoolUnavailableError | None) -> None:
    """Tell everybody at once, each on the loop that it waits on."""
    for loop in {loop for _, _, _, loop in pending}:
        calls = [done for _, _, done, of in pending if of is loop]
        try:
            loop.call_soon_threadsafe(_call, calls, error)
        except RuntimeError:
            continue  # the loop is closed: nobody waits any more


def _call(calls: list[Done], error: SpoolUnavailableError | None) -> None:
    for done in calls:
        try:
            done(error)
        except Exception:  # noqa: BLE001
            # One answer that cannot be written must not keep back those after it.
            _log.exception("spool.answer_failed")
