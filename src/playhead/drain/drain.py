"""The drain at work: a thread that empties the spool into the store."""

import threading
import time
import traceback
from collections.abc import Callable
from typing import Final

from prometheus_client import Counter, Histogram

from playhead import tracing
from playhead.catalog import Catalog, CatalogUnavailableError
from playhead.drain.settler import Settler
from playhead.drain.sharing import SharedSettler
from playhead.log import get_logger
from playhead.rows import decode_notes
from playhead.spool import MOST_READ_BYTES, Frame, Spool
from playhead.store import Batch, Sessions, StoreUnavailableError
from playhead.topics import Topic

# Every insert makes a part that the store must merge later, so beacons wait for company; the
# contract gives two seconds from a 204 to the number.
_REST_S: Final = 0.3
_BUSY_REST_S: Final = 0.8
_BUSY_FROM: Final = 2000
_MOST_AT_ONCE: Final = 50_000
_LONGEST_PAUSE_S: Final = 5.0
_HOUSEKEEPING_S: Final = 60.0
_MEMORY_EVERY_S: Final = 2.0

_INSERT_SECONDS: Final = Histogram(
    "playhead_drain_batch_seconds",
    "Time from reading a batch out of the spool until it is in the numbers.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
)
_LINES: Final = Counter("playhead_drain_lines", "Lines that were moved from the spool.")

_log = get_logger("drain")


class Drain:
    """Empties the spool until it is closed; keeps trying while store or catalog are away."""

    def __init__(
        self,
        spool: Spool,
        sessions: Sessions,
        catalog: Catalog,
        settler: Settler | SharedSettler,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        """``between``: what others have to do while nobody inserts, called between batches."""
        self._spool = spool
        self._sessions = sessions
        self._settler = settler
        self._between = between
        self._catalog = catalog
        self._next_housekeeping = 0.0
        self._next_memory = 0.0
        self._behind_since: float | None = None
        self._cut_off = False
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._drain_for_ever, name="drain", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def behind_s(self) -> float:
        """For how long something has waited without a pause (s)."""
        since = self._behind_since
        return 0.0 if since is None or not self._spool.waiting else time.monotonic() - since

    def close(self, timeout_s: float) -> None:
        """Move what is left, within the time; the rest stays safe in the spool."""
        self._closing.set()
        if self._thread.ident is None:
            return  # another room did not open, so nothing was begun
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            _log.warning("drain.left_waiting", lines=self._spool.waiting)

    def _drain_for_ever(self) -> None:
        pause = 0.0
        while True:
            closing = self._closing.is_set()
            moved, more = 0, False
            try:
                moved = self._move_a_batch()
                self._between()
                more = not closing and self._settler.check(_now_ms())
                self._keep_house()
                pause = 0.0
            except (StoreUnavailableError, CatalogUnavailableError) as error:
                pause = min(_LONGEST_PAUSE_S, 2 * pause or 0.25)
                _log.warning("drain.waiting", why=str(error), again_in_s=pause)
                _let_go_of_what_it_held(error)
            except Exception as error:  # noqa: BLE001
                # Whatever it is, the lines stay in the spool and the next try may succeed.
                pause = _LONGEST_PAUSE_S
                _log.exception("drain.failed")
                _let_go_of_what_it_held(error)
            if closing and not moved:
                return
            if pause or not more:
                self._rest(pause, moved)

    def _rest(self, pause_s: float, moved: int) -> None:
        if pause_s:
            self._closing.wait(pause_s)
        elif not moved:
            # Short, because closing has to be noticed too.
            self._spool.wait(_REST_S)
        elif not self._cut_off:
            self._closing.wait(_REST_S if moved < _BUSY_FROM else _BUSY_REST_S)

    def _move_a_batch(self) -> int:
        """Move the oldest lines; how many there were.

        A kill at any instant repeats work and loses none: the spool forgets last, and neither a
        media nor a row that comes again changes anything.
        """
        frames = self._spool.read(_MOST_AT_ONCE)
        if not frames:
            self._behind_since = None
            return 0
        started = time.monotonic()
        self._behind_since = self._behind_since or started
        lines = sum(frame.lines for frame in frames)
        size = sum(len(frame.body) for frame in frames)
        self._cut_off = lines >= _MOST_AT_ONCE or size >= MOST_READ_BYTES
        with tracing.span("drain batch", lines=lines):
            self._move(frames)
        taken_s = time.monotonic() - started
        _INSERT_SECONDS.observe(taken_s)
        _LINES.inc(lines)
        if not self._cut_off:
            # All that waited when this was read; what has come since is younger.
            self._behind_since = time.monotonic() - taken_s if self._spool.waiting else None
        _log.debug("drain.moved", lines=lines, ms=round(taken_s * 1000))
        return lines

    def _move(self, frames: list[Frame]) -> None:
        notes = _bodies_of(frames, Topic.MEDIAS)
        if notes:
            self._register(b"\n".join(notes))
        batch = Batch(_bodies_of(frames, Topic.SESSIONS))
        self._settler.coming(batch, _now_ms())
        self._sessions.add(batch)
        self._settler.taken(batch, _now_ms())
        self._sessions.add_bots(b"\n".join(_bodies_of(frames, Topic.BOTS)))
        self._spool.forget(frames[-1])

    def _register(self, notes: bytes) -> None:
        titles: dict[tuple[int, str], str] = {}
        for note in decode_notes(notes):
            key = (note.account_id, note.media)
            titles[key] = titles.get(key) or note.title
        self._catalog.medias.register(titles)

    def _keep_house(self) -> None:
        now = time.monotonic()
        if now >= self._next_housekeeping:
            self._catalog.visitor_secrets.destroy_old(_now_ms())
            self._next_housekeeping = now + _HOUSEKEEPING_S
        if now >= self._next_memory:
            self._sessions.give_back_memory()
            self._next_memory = now + _MEMORY_EVERY_S


def _bodies_of(frames: list[Frame], topic: Topic) -> list[bytes]:
    return [frame.body for frame in frames if frame.topic == topic]


def _let_go_of_what_it_held(error: BaseException) -> None:
    """Clear the frames that an error came through, and those of its causes.

    They refer to each other in a circle and hold the batch, and server.py has the garbage
    collector come by so seldom that an outage would leave a batch in memory for every try.
    """
    cause: BaseException | None = error
    while cause is not None:
        traceback.clear_frames(cause.__traceback__)
        cause = cause.__cause__ or cause.__context__


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
