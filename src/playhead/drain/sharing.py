"""Settling of a store that several processes write to: one of them settles, whoever has the turn.

The others leave notes of what may have settled before, after it is in the store and before their
spool forgets it. Who settles reads them between its steps, so a note either comes to a session that
its next step will see, or to one whose roll-ups it puts right (docs/architecture.md, Roll-ups).
"""

from typing import Final

import msgspec

from playhead.catalog import Catalog, SettlingNotes
from playhead.drain.notes import MOST_LATE, LateNote
from playhead.drain.settler import Settler
from playhead.log import get_logger
from playhead.store import Batch, Visitors

# By how much the clocks of two machines may differ.
_CLOCKS_MS: Final = 300_000
_NOTES_AT_ONCE: Final = 100

_log = get_logger("settler")

_Late = dict[int, tuple[int, list[str] | None]]
"""By account: how many rows may be late, and whose sessions they are."""


class SharedSettler:
    """Settles or leaves notes. Has the methods of a settler that the drain calls."""

    def __init__(
        self, settler: Settler, visitors: Visitors, catalog: Catalog, *, after_ms: int
    ) -> None:
        """``after_ms``: how long after its start a session has settled."""
        self._settler = settler
        self._visitors = visitors
        self._turn = catalog.turn
        self._notes = catalog.settling_notes
        self._after_ms = after_ms
        self._settles = False
        self._late: _Late | None = None

    def coming(self, batch: Batch, now_ms: int) -> None:
        """Prepare for rows that will be in the store next.

        Raises:
            CatalogUnavailableError, StoreUnavailableError: call it again with the same rows.
        """
        if self._has_the_turn():
            self._settler.coming(batch, now_ms)
        else:
            self._late = self._maybe_late(batch, now_ms)

    def taken(self, batch: Batch, now_ms: int) -> None:
        """Put right what rows that are in the store by now have changed, or have it put right.

        Raises:
            CatalogUnavailableError, StoreUnavailableError: call it again with the same rows.
        """
        late, self._late = self._late, None
        if late is None and self._has_the_turn():
            self._settler.taken(batch, now_ms)
            return
        if late is None:
            # The turn has gone to another one meanwhile.
            late = self._maybe_late(batch, now_ms)
        notes = _notes_of(batch, late, now_ms - self._after_ms + _CLOCKS_MS)
        if notes:
            self._notes.leave([msgspec.json.encode(note) for note in notes])

    def check(self, now_ms: int) -> bool:
        """Settle what is due, if it is this one's turn. Returns whether there is more to do.

        Raises:
            CatalogUnavailableError, StoreUnavailableError: call it again.
        """
        if not self._has_the_turn():
            return False
        return see_to_notes(self._settler, self._notes, now_ms) or self._settler.check(now_ms)

    def _has_the_turn(self) -> bool:
        settled, self._settles = self._settles, self._turn.mine()
        if self._settles and not settled:
            _log.info("settler.has_the_turn")
            self._settler.start_over()
        return self._settles

    def _maybe_late(self, batch: Batch, now_ms: int) -> _Late:
        # They will have settled a little later, and by another clock.
        before_ms = now_ms - self._after_ms + 2 * _CLOCKS_MS
        found: _Late = {}
        for account, earliest_ms in batch.earliest().items():
            late = batch.before(account, before_ms) if earliest_ms < before_ms else []
            if len(late) > MOST_LATE:
                found[account] = len(late), None
            elif late:
                now = {each.visitor for each in late}
                found[account] = (
                    len(late),
                    sorted(now | self._visitors.of_sessions(account, late)),
                )
        return found


def see_to_notes(settler: Settler, notes: SettlingNotes, now_ms: int) -> bool:
    """Put right what the oldest notes tell of. Returns whether there may be more of them.

    Raises:
        CatalogUnavailableError, StoreUnavailableError: call it again.
    """
    waiting = notes.waiting(_NOTES_AT_ONCE)
    for _, body in waiting:
        settler.heard_again(msgspec.json.decode(body, type=LateNote), now_ms)
    if waiting:
        notes.forget([number for number, _ in waiting])
    return len(waiting) == _NOTES_AT_ONCE


def _notes_of(batch: Batch, late: _Late, before_ms: int) -> list[LateNote]:
    medias: dict[int, dict[str, int]] = {}
    for (account, media), at_ms in batch.medias.items():
        if at_ms < before_ms:
            medias.setdefault(account, {})[media] = at_ms
    return [
        LateNote(account, each, *late.get(account, (0, None))) for account, each in medias.items()
    ]
