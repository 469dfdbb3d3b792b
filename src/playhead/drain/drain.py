"""The drain at work: a thread that empties the spool into the store."""

import threading
import time
from collections.abc import Iterable
from typing import Final

from playhead.beacon import SpooledBeacon, decode_spooled
from playhead.catalog import AddressMode, Catalog, CatalogUnavailableError
from playhead.drain.bots import BotReason, bot_reason
from playhead.drain.rows import bot_row, session_row
from playhead.log import get_logger
from playhead.spool import Batch, Spool
from playhead.store import Sessions, StoreUnavailableError

# Every insert makes a part that the store must merge later, so beacons wait for company; the
# contract gives two seconds from a 204 to the number.
_REST_S: Final = 0.3
_MOST_AT_ONCE: Final = 20_000
_LONGEST_PAUSE_S: Final = 5.0
_HOUSEKEEPING_S: Final = 60.0

SessionKey = tuple[int, str, bytes]
"""Account id, the media's hashed id, session id (contract/metrics.md, Things)."""

_log = get_logger("drain")


class Drain:
    """Empties the spool until it is closed; keeps trying while store or catalog are away."""

    def __init__(self, spool: Spool, sessions: Sessions, catalog: Catalog) -> None:
        self._spool = spool
        self._sessions = sessions
        self._catalog = catalog
        self._media_ids: dict[tuple[int, str], int] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._drain_for_ever, name="drain", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self, timeout_s: float) -> None:
        """Move what is left, within the time; the rest stays safe in the spool."""
        self._closing.set()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            _log.warning("drain.left_waiting", beacons=self._spool.waiting)

    def _drain_for_ever(self) -> None:
        pause = 0.0
        next_housekeeping = 0.0
        while True:
            closing = self._closing.is_set()
            try:
                moved = self._move_a_batch()
                pause = 0.0
                if time.monotonic() >= next_housekeeping:
                    self._catalog.visitor_secrets.destroy_old(time.time_ns() // 1_000_000)
                    next_housekeeping = time.monotonic() + _HOUSEKEEPING_S
            except (StoreUnavailableError, CatalogUnavailableError) as error:
                moved = 0
                pause = min(_LONGEST_PAUSE_S, 2 * pause or 0.25)
                _log.warning("drain.waiting", why=str(error), again_in_s=pause)
            except Exception:  # noqa: BLE001
                # Whatever it is, the beacons stay in the spool and the next try may succeed.
                moved = 0
                pause = _LONGEST_PAUSE_S
                _log.exception("drain.failed")
            if closing and not moved:
                return
            self._rest(pause, moved)

    def _rest(self, pause_s: float, moved: int) -> None:
        if pause_s:
            self._closing.wait(pause_s)
        elif not moved:
            # Short, because closing has to be noticed too.
            self._spool.wait(_REST_S)
        elif moved < _MOST_AT_ONCE:
            self._closing.wait(_REST_S)

    def _move_a_batch(self) -> int:
        """Move the oldest beacons; how many there were."""
        batch = self._spool.read(_MOST_AT_ONCE)
        if batch is None:
            return 0
        started = time.monotonic()
        people, bots = _newest_by_session(batch)
        self._insert_people(people)
        if bots:
            self._sessions.add_bots(
                [bot_row(beacon, ordinal, reason) for ordinal, beacon, reason in bots]
            )
        self._spool.forget(batch)
        _log.debug(
            "drain.moved",
            beacons=len(batch.beacons),
            sessions=len(people),
            bots=len(bots),
            ms=round((time.monotonic() - started) * 1000),
        )
        return len(batch.beacons)

    def _insert_people(self, newest: list[tuple[int, SpooledBeacon]]) -> None:
        if not newest:
            return
        self._learn_medias(beacon for _, beacon in newest)
        modes = self._address_modes({beacon.account_id for _, beacon in newest})
        self._sessions.add(
            [
                session_row(
                    beacon,
                    ordinal,
                    self._media_ids[beacon.account_id, beacon.media],
                    modes[beacon.account_id],
                )
                for ordinal, beacon in newest
            ]
        )

    def _learn_medias(self, beacons: Iterable[SpooledBeacon]) -> None:
        titles: dict[tuple[int, str], str] = {}
        for beacon in beacons:
            key = (beacon.account_id, beacon.media)
            if key not in self._media_ids and not titles.get(key):
                titles[key] = beacon.title
        if titles:
            self._media_ids.update(self._catalog.medias.register(titles))

    def _address_modes(self, account_ids: set[int]) -> dict[int, AddressMode]:
        return {
            account_id: self._catalog.accounts.get(account_id).address_mode
            for account_id in account_ids
        }


def _newest_by_session(
    batch: Batch,
) -> tuple[list[tuple[int, SpooledBeacon]], list[tuple[int, SpooledBeacon, BotReason]]]:
    """The newest beacon of each session with its ordinal: of people, and of bots."""
    newest: dict[SessionKey, tuple[int, SpooledBeacon]] = {}
    for ordinal, record in batch.beacons:
        beacon = decode_spooled(record)
        key = (beacon.account_id, beacon.media, beacon.session)
        known = newest.get(key)
        # An equal seq is a repeat: the earlier one stays.
        if known is None or beacon.seq > known[1].seq:
            newest[key] = (ordinal, beacon)
    people: list[tuple[int, SpooledBeacon]] = []
    bots: list[tuple[int, SpooledBeacon, BotReason]] = []
    for ordinal, beacon in newest.values():
        reason = bot_reason(beacon.user_agent, webdriver=beacon.webdriver)
        if reason is None:
            people.append((ordinal, beacon))
        else:
            bots.append((ordinal, beacon, reason))
    return people, bots
