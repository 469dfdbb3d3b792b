"""Keeps the sums by visitor, as :mod:`playhead.drain.settler` keeps those of medias.

It belongs to the drain's thread. Beacons of sessions that are summed up already make the row of
their visitor stale *before* they go into the store, and its row anew some time after; so no kill
leaves a row that says less than the sessions do (docs/architecture.md, Roll-ups).
"""

import time
from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from playhead.drain.notes import LEAP, MOST_LATE, LateNote
from playhead.log import get_logger
from playhead.store import Batch, Visitors

# Sessions whose visitors are summed up in one step, during which the drain waits.
_SESSIONS_AT_ONCE: Final = 500_000
# So many visitors to make anew are too many one by one: the account's sums are dropped, and made
# again when it was quiet for so many looks.
_MOST_STALE: Final = 20_000
_QUIET_FOR: Final = 3
_MADE_AT_ONCE: Final = 2_000
# Making rows anew reads far and wide, so it rests for so many times as long as it took.
_REST_FACTOR: Final = 20

_log = get_logger("settler")


class _Rebuild(Struct):
    """Sums of an account that are being made and that nobody reads yet."""

    until_ms: int
    shares: int
    share: int = 0
    late: set[str] = field(default_factory=set)


class _Book(Struct):
    """What is known of an account; ``until_ms`` is None while nothing is summed up.

    Rows may reach as far as ``reach_ms``, which is further than that after a step that was cut off.
    ``tell_ms`` is when the store is to say that the account is summed up to ``until_ms``; None: it
    says so.
    """

    until_ms: int | None
    reach_ms: int
    edition: int
    stale: set[str]
    tell_ms: int | None = None
    late_ms: int = 0
    next_ms: int = 0
    rebuild: _Rebuild | None = None

    def next_edition(self) -> int:
        self.edition += 1
        return self.edition


class VisitorSettler:
    """For one thread. All methods raise StoreUnavailableError; call them again then."""

    def __init__(self, store: Visitors, *, every_ms: int) -> None:
        """``every_ms``: how long from one look to the next."""
        self._store = store
        self._every_ms = every_ms
        self._books: dict[int, _Book] = {}
        self._leap = 0

    def coming(self, batch: Batch, now_ms: int) -> None:
        """Prepare for rows that will be in the store next."""
        for account, earliest_ms in batch.earliest().items():
            edge_ms = self._edge(account)
            if edge_ms is None or earliest_ms >= edge_ms:
                continue
            late = batch.before(account, edge_ms)
            if len(late) > MOST_LATE:
                self._too_much(account, len(late), now_ms)
                continue
            # A session may have been somebody else's: an address that changes changes a visitor.
            visitors = {each.visitor for each in late} | self._store.of_sessions(account, late)
            self._heard_of(account, visitors, now_ms)

    def heard_again(self, note: LateNote, now_ms: int) -> None:
        """Make up for rows that another process has put into the store."""
        edge_ms = self._edge(note.account)
        if edge_ms is None or min(note.medias.values()) >= edge_ms:
            return
        if note.visitors is None:
            self._too_much(note.account, note.sessions, now_ms)
        else:
            self._heard_of(note.account, set(note.visitors), now_ms)

    def _edge(self, account: int) -> int | None:
        book = self._book(account)
        if book.rebuild:
            return book.rebuild.until_ms
        return None if book.until_ms is None else book.reach_ms

    def _too_much(self, account: int, sessions: int, now_ms: int) -> None:
        _log.info("settler.too_many_are_late", account=account, sessions=sessions)
        self.unsettle(account, now_ms)

    def _heard_of(self, account: int, visitors: set[str], now_ms: int) -> None:
        """Somebody's session that is summed up already was heard again."""
        book = self._book(account)
        if len(book.stale) > _MOST_STALE:
            self._too_much(account, len(visitors), now_ms)
        elif book.rebuild:
            book.rebuild.late |= visitors
        elif visitors - book.stale:
            self._make_stale(account, book, visitors - book.stale)

    def start_over(self) -> None:
        """Look at every account anew: another process has settled meanwhile."""
        self._books.clear()
        self._leap = LEAP

    def follow(self, account: int, until_ms: int, now_ms: int) -> None:
        """Sum up to where the roll-ups of an account reach, and make stale rows anew."""
        book = self._book(account)
        if book.rebuild:
            return
        if book.until_ms is None:
            if now_ms >= book.late_ms + _QUIET_FOR * self._every_ms:
                self._begin(account, book, until_ms)
        elif book.tell_ms is not None:
            if now_ms >= book.tell_ms:
                self._tell(account, book)
        elif book.until_ms < until_ms:
            book.reach_ms = until_ms
            self._store.add_slice(account, book.next_edition(), book.until_ms, until_ms)
            book.until_ms, book.tell_ms = until_ms, now_ms + self._every_ms
        elif book.stale and now_ms >= book.next_ms:
            self._make_anew(account, book, book.until_ms, now_ms)

    def go_on(self, now_ms: int) -> bool:
        """Do a step of what takes several. Returns whether there was any."""
        for account, book in self._books.items():
            if book.rebuild:
                self._step(account, book, book.rebuild, now_ms)
                return True
        return False

    def busy(self) -> bool:
        """Whether :meth:`go_on` has something to do."""
        return any(book.rebuild for book in self._books.values())

    def unsettle(self, account: int, now_ms: int) -> None:
        """Let nobody read the sums of an account until they are made again."""
        book = self._book(account)
        self._store.set_edge(account, book.next_edition(), None)
        self._books[account] = _Book(None, 0, book.edition, set(), late_ms=now_ms)

    def rebuild(self, account: int, until_ms: int) -> Iterator[float]:
        """Make the sums of an account anew; says after each step which part is done, 0 to 1."""
        book = self._book(account)
        self._begin(account, book, until_ms)
        while book.rebuild:
            step = book.rebuild
            self._step(account, book, step, now_ms=0)
            yield step.share / (step.shares + 1)
        self._tell(account, book)

    def _book(self, account: int) -> _Book:
        book = self._books.get(account)
        if book is None:
            edge = self._store.edge(account)
            stale = set() if edge.until_ms is None else self._store.stale(account)
            edition = edge.edition + self._leap
            book = self._books[account] = _Book(edge.until_ms, edge.reach_ms, edition, stale)
        return book

    def _begin(self, account: int, book: _Book, until_ms: int) -> None:
        self._store.set_edge(account, book.next_edition(), None)
        self._store.forget(account)
        sessions = self._store.count(account, until_ms)
        book.until_ms = None
        book.stale = set()
        book.rebuild = _Rebuild(until_ms, shares=-(-sessions // _SESSIONS_AT_ONCE))

    def _step(self, account: int, book: _Book, step: _Rebuild, now_ms: int) -> None:
        if step.share < step.shares:
            self._store.make_share(
                account, book.next_edition(), step.until_ms, step.share, step.shares
            )
            step.share += 1
            return
        if step.late:
            self._make_stale(account, book, step.late)
        book.until_ms = book.reach_ms = step.until_ms
        book.rebuild, book.tell_ms = None, now_ms + self._every_ms
        step.share += 1
        _log.info("settler.visitors_summed_up", account=account, until_ms=step.until_ms)

    def _tell(self, account: int, book: _Book) -> None:
        """Say how far the account is summed up.

        Some time after its rows, since a question may see this and not yet what was there a moment
        before it.
        """
        self._store.set_edge(account, book.next_edition(), book.until_ms)
        book.tell_ms = None

    def _make_stale(self, account: int, book: _Book, visitors: set[str]) -> None:
        self._store.make_stale(account, book.next_edition(), visitors)
        book.stale |= visitors

    def _make_anew(self, account: int, book: _Book, until_ms: int, now_ms: int) -> None:
        names = sorted(book.stale)[:_MADE_AT_ONCE]
        began = time.monotonic()
        self._store.make(account, book.next_edition(), until_ms, names)
        took_ms = int((time.monotonic() - began) * 1000)
        book.stale.difference_update(names)
        book.next_ms = now_ms + max(self._every_ms, _REST_FACTOR * took_ms)
