"""The settler: sums up sessions that have settled, so that questions need not read them all.

It belongs to the drain's thread. What is late, because its session had settled before, is put right
before the spool forgets it, so a kill at any instant leaves nothing out (docs/architecture.md).
"""

import contextlib
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from playhead import tracing
from playhead.catalog import Account, Catalog
from playhead.drain.books import (
    Books,
    Definitions,
    Pace,
    Progress,
    Rebuild,
    groups,
    is_other,
    next_step,
    settled_by,
)
from playhead.drain.notes import LEAP, LateNote
from playhead.drain.retention import Retention
from playhead.drain.visitors import VisitorSettler
from playhead.log import get_logger
from playhead.store import (
    Batch,
    Found,
    GraphCells,
    Rolled,
    Rollups,
    Settled,
    Settling,
    SettlingStore,
    Span,
)

_HOUR_MS: Final = 3_600_000
# A change in the catalog may be seen a little after its time.
_OVERLAP_MS: Final = 1_000
# For so long accounts are looked at before the drain has its turn again: when an hour begins, all
# of them have something to settle.
_ACCOUNTS_FOR_S: Final = 0.3
# So much work for late beacons at once is put off: the account's roll-ups are dropped, answers
# come from its sessions, and when it was quiet for so many looks all is summed up anew.
_MOST_SESSIONS_FOR_LATE: Final = 2_000_000
_QUIET_FOR: Final = 3
# With heavy questions one after the other it has to come in between some time.
_WAITS_FOR_MS: Final = 30_000

_log = get_logger("settler")


class Settler:
    """Keeps the roll-ups of all accounts. For one thread."""

    def __init__(
        self,
        store: SettlingStore,
        rollups: Rollups,
        catalog: Catalog,
        definitions: Definitions,
        visitors: VisitorSettler,
        retention: Retention,
        pace: Pace,
    ) -> None:
        """Open the books.

        Args:
            store: where roll-ups are written.
            rollups: where they are read.
            catalog: the accounts and their medias.
            definitions: of the numbers.
            visitors: keeps the sums by visitor.
            retention: lets go what is too old.
            pace: when to do what.
        """
        self._store = store
        self._rollups = rollups
        self._catalog = catalog
        self._define = definitions
        self._visitors = visitors
        self._retention = retention
        self._after_ms = pace.after_ms
        self._every_ms = pace.every_ms
        self._books: dict[int, Books] = {}
        self._due: set[int] = set()
        self._next_check_ms = 0
        self._changes_ms = 0
        self._waits_since_ms = 0
        self._leap = 0

    def coming(self, batch: Batch, now_ms: int) -> None:
        """Prepare for rows that will be in the store next.

        Raises:
            StoreUnavailableError: call it again with the same rows.
        """
        self._visitors.coming(batch, now_ms)

    def taken(self, batch: Batch, now_ms: int) -> None:
        """Put right what rows that are in the store by now have changed in roll-ups.

        Raises:
            StoreUnavailableError: call it again with the same rows.
        """
        self._heard(batch.medias, now_ms)

    def heard_again(self, note: LateNote, now_ms: int) -> None:
        """Put right what rows that another process has put into the store have changed.

        Raises:
            StoreUnavailableError: call it again with the same note.
        """
        self._visitors.heard_again(note, now_ms)
        self._heard({(note.account, media): at for media, at in note.medias.items()}, now_ms)

    def start_over(self) -> None:
        """Look at every account anew: another process has settled meanwhile."""
        self._books.clear()
        self._due.clear()
        self._leap = LEAP
        self._next_check_ms = self._changes_ms = 0
        self._visitors.start_over()

    def _heard(self, medias: Mapping[tuple[int, str], int], now_ms: int) -> None:
        """Medias (account and hashed id) of which there are rows, with the earliest time (ms)."""
        until_ms = self._until(now_ms)
        late: dict[int, set[str]] = {}
        for (account, media), at_ms in medias.items():
            books = self._book(account)
            if at_ms < books.settled.until_ms:
                late.setdefault(account, set()).add(media)
            elif books.rebuild is not None:
                if at_ms < books.rebuild.step.until_ms:
                    books.rebuild.late.add(media)
            elif at_ms < until_ms and not books.settled.edition:
                # The history of an account that begins here, most of it still to come.
                books.late_ms, books.checked_ms = now_ms, 0
        for account, names in late.items():
            self._put_right(account, names, now_ms)

    def check(self, now_ms: int) -> bool:
        """Settle what is due. Returns whether there is more to do at once.

        A question that needs all the memory that one may have goes first, for a while.

        Raises:
            StoreUnavailableError: call it again.
        """
        with self._store.turn_if_free() as ours:
            if not ours:
                self._waits_since_ms = self._waits_since_ms or now_ms
                if now_ms < self._waits_since_ms + _WAITS_FOR_MS:
                    return False
            self._waits_since_ms = 0
            return self._check(now_ms)

    def _check(self, now_ms: int) -> bool:
        for account, books in self._books.items():
            if books.rebuild is not None:
                self._continue(account, books)
                return True
        if self._visitors.go_on(now_ms):
            return True
        if not self._due:
            if now_ms < self._next_check_ms:
                return False
            self._next_check_ms = now_ms + self._every_ms
        self._look_at_some(now_ms)
        if self._due:
            return True
        for account in self._catalog.medias.accounts_changed_since(self._changes_ms):
            self._follow_durations(account, self._book(account))
        self._changes_ms = now_ms - _OVERLAP_MS
        return any(books.rebuild for books in self._books.values()) or self._visitors.busy()

    def _look_at_some(self, now_ms: int) -> None:
        """Look at some of the accounts that are due; when none is left, all are.

        They are read anew each time, for one may have gone or have another time zone by now; and
        one that cannot be settled does not keep the others from it.
        """
        ends_s = time.monotonic() + _ACCOUNTS_FOR_S
        accounts = self._catalog.accounts.list()
        due = [each for each in accounts if each.id in self._due] if self._due else accounts
        self._due = {each.id for each in due}
        for each in due:
            self._due.discard(each.id)
            self._let_go(each, now_ms)
            books = self._book(each.id)
            self._settle(each.id, books, each.timezone, now_ms)
            if books.settled.edition:
                self._visitors.follow(each.id, books.settled.until_ms, now_ms)
            if time.monotonic() >= ends_s:
                return

    def unsettle(self, account: int, now_ms: int) -> None:
        """Let nobody read the roll-ups of an account until they are made again."""
        books = self._open(account)
        self._unsettle(account, books)
        self._visitors.unsettle(account, now_ms)

    def _let_go(self, account: Account, now_ms: int) -> None:
        """Delete what is too old; what remains is summed up anew."""
        before_ms = self._retention.due_before(account, now_ms)
        if before_ms is not None:
            self.unsettle(account.id, now_ms)
            self._retention.let_go(account, before_ms)

    def rebuild(self, account: int, timezone: str, now_ms: int) -> Iterator[Progress]:
        """Make the roll-ups of an account anew; says after each step how far it is."""
        self.unsettle(account, now_ms)
        books = self._books[account]
        self._begin(account, books, timezone, now_ms)
        total = sum(each.sessions for each in books.rebuild.found.values()) if books.rebuild else 0
        done = 0
        while books.rebuild is not None:
            done += self._continue(account, books)
            yield Progress("medias", done, total)
        if books.settled.edition:
            for share in self._visitors.rebuild(account, books.settled.until_ms):
                yield Progress("visitors", int(share * total), total)

    def _book(self, account: int) -> Books:
        return self._books.get(account) or self._open(account)

    def _open(self, account: int) -> Books:
        books = self._books[account] = Books(self._rollups.settled(account))
        edition = books.settled.edition
        if edition and not self._store.is_whole(account, edition):
            _log.warning("settler.cut_off", account=account)
            self._unsettle(account, books)
        elif edition:
            books.settled = msgspec.structs.replace(books.settled, edition=edition + self._leap)
        return books

    def _until(self, now_ms: int) -> int:
        return max(0, (now_ms - self._after_ms) // _HOUR_MS * _HOUR_MS)

    def _settle(self, account: int, books: Books, timezone: str, now_ms: int) -> None:
        until_ms = self._until(now_ms)
        if books.settled.edition and books.settled.timezone != timezone:
            self._unsettle(account, books)
        if not books.settled.edition:
            if (
                now_ms >= books.late_ms + _QUIET_FOR * self._every_ms
                and until_ms != books.checked_ms
            ):
                self._begin(account, books, timezone, now_ms)
        elif until_ms > max(books.settled.until_ms, books.checked_ms):
            self._add(account, books, until_ms)
            books.checked_ms = until_ms

    @tracing.spanned("settle")
    def _add(self, account: int, books: Books, until_ms: int) -> None:
        """Sum up what has settled since the last time."""
        settled = books.settled
        found = self._store.found(account, from_ms=settled.until_ms, until_ms=until_ms)
        if not found:
            return
        rolled = self._store.rolled(account)
        cells = self._cells(
            account, found, {name: rolled[name] for name in found if name in rolled}
        )
        changed = {name for name in found if is_other(cells[name], rolled.get(name))}
        if changed:
            self._replace(account, books, changed, rolled, cells)
            rolled = self._store.rolled(account)
        step = next_step(account, books.settled, until_ms)
        lines = {name: rolled[name].line if name in rolled else step.edition for name in found}
        with self._whole(account):
            self._store.add_slice(step, settled.until_ms, self._days(step, found), cells, lines)
        books.settled = settled_by(step)
        _log.debug("settler.added", account=account, medias=len(found), until_ms=until_ms)

    def _follow_durations(self, account: int, books: Books) -> None:
        """Make graphs anew whose media's duration was set to another in the catalog."""
        if not books.settled.edition:
            return
        rolled = self._store.rolled(account)
        cells = self._cells(account, {}, rolled)
        changed = {name for name in rolled if is_other(cells[name], rolled[name])}
        if changed:
            self._replace(account, books, changed, rolled, cells)

    @tracing.spanned("settle late")
    def _put_right(self, account: int, medias: set[str], now_ms: int) -> None:
        """Make the roll-ups of medias anew of which a settled session was heard again."""
        books = self._books[account]
        rolled = self._store.rolled(account)
        if sum(rolled[name].loads for name in medias if name in rolled) > _MOST_SESSIONS_FOR_LATE:
            _log.info("settler.too_much_is_late", account=account, medias=len(medias))
            books.late_ms = now_ms
            self._unsettle(account, books)
            return
        with self._store.turn_if_free():
            self._replace(account, books, medias, rolled, {})

    @contextlib.contextmanager
    def _whole(self, account: int) -> Iterator[None]:
        """Look at an account anew after a step that did not end."""
        try:
            yield
        except BaseException:
            self._books.pop(account, None)
            raise

    def _replace(
        self,
        account: int,
        books: Books,
        medias: Iterable[str],
        rolled: Mapping[str, Rolled],
        cells: Mapping[str, GraphCells],
    ) -> None:
        names = sorted(medias)
        until_ms = books.settled.until_ms
        found = self._store.found(account, until_ms=until_ms, medias=names)
        step = next_step(account, books.settled, until_ms)
        cells = {**self._cells(account, found, {}), **cells}
        lines = {name: rolled[name].line if name in rolled else step.edition for name in names}
        missing = GraphCells(1, 1, 1)
        with self._whole(account):
            self._store.replace(
                step,
                self._days(step, found),
                {name: cells.get(name, missing) for name in names},
                lines,
                account_too=True,
            )
        books.settled = settled_by(step)

    def _unsettle(self, account: int, books: Books) -> None:
        self._store.unsettle(account, self._store.last_edition(account) + 1)
        books.settled = Settled()
        books.rebuild = None
        books.checked_ms = 0

    @tracing.spanned("settle anew")
    def _begin(self, account: int, books: Books, timezone: str, now_ms: int) -> None:
        """Begin to make roll-ups anew, if there is anything that has settled."""
        until_ms = self._until(now_ms)
        books.checked_ms = until_ms
        found = self._store.found(account, until_ms=until_ms)
        if not found:
            return
        self._store.forget(account)
        edition = self._store.last_edition(account) + 1
        step = Settling(account, until_ms, timezone, edition)
        books.rebuild = Rebuild(step, found, list(groups(found)))

    @tracing.spanned("settle anew")
    def _continue(self, account: int, books: Books) -> int:
        """Make the roll-ups of some more medias; those of the account come last."""
        rebuild = books.rebuild
        assert rebuild is not None  # noqa: S101
        step = rebuild.step
        if rebuild.groups:
            group = rebuild.groups[0]
            found = {name: rebuild.found[name] for name in group}
            self._store.replace(
                step,
                self._days(step, found),
                self._cells(account, found, {}),
                dict.fromkeys(group, step.edition),
                account_too=False,
            )
            del rebuild.groups[0]
            return sum(each.sessions for each in found.values())
        if rebuild.late:
            step = Settling(account, step.until_ms, step.timezone, step.edition + 1)
            late, rebuild.late = rebuild.late, set()
            found = self._store.found(account, until_ms=step.until_ms, medias=sorted(late))
            books.rebuild = Rebuild(step, found, list(groups(found)))
            return 0
        self._store.publish(step)
        books.settled, books.rebuild = settled_by(step), None
        self._next_check_ms = 0
        _log.info("settler.rolled_up", account=account, until_ms=step.until_ms)
        return 0

    def _cells(
        self, account: int, found: Mapping[str, Found], rolled: Mapping[str, Rolled]
    ) -> dict[str, GraphCells]:
        by_hand = self._catalog.medias.durations(account)
        cells = {}
        for name in found.keys() | rolled.keys():
            longest = max(
                found[name].longest if name in found else 0.0,
                rolled[name].longest if name in rolled else 0.0,
            )
            cells[name] = self._define.cells(by_hand.get(name) or longest)
        return cells

    def _days(self, step: Settling, found: Mapping[str, Found]) -> Span:
        if not found:
            return Span([0], [-1], 0)
        first_ms = min(each.first_ms for each in found.values())
        last_ms = max(each.last_ms for each in found.values())
        return self._define.days(step.timezone, first_ms, last_ms)
