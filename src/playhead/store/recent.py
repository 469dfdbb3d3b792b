"""Finding few of many sessions: those that started lately, and those of one visitor.

Those of the last days lie in the order of time (``recent_table.py``). All others lie in the order
of their medias, in weeks of the time in their ids. Indexes over blocks of them say which blocks may
have what is wanted; but read with ``FINAL`` the engine adds every block that could hold another
version of a row, of all weeks. So the weeks are found without it first.
"""

import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final, Generic, TypeVar

from msgspec import Struct

from playhead.store import recent_table
from playhead.store.changes import ACCOUNTS_KEPT, FOR_EVER, Mark, Remembered
from playhead.store.client import Store
from playhead.store.details import WholeSession
from playhead.store.intervals import Interval

Row = TypeVar("Row")
Answer = TypeVar("Answer")
Known = TypeVar("Known", bool, frozenset[str])
"""What an answer depends on; a lesser one is within a greater one."""

Span = tuple[int, int]
"""From an instant to another, both inclusive, in ms since 1970."""

_FAR_MS: Final = 2**62
_DAY_MS: Final = 86_400_000
_HOUR_MS: Final = 3_600_000
MONTH_MS: Final = 30 * _DAY_MS
WINDOWS_MS: Final = (2 * _HOUR_MS, 8 * _HOUR_MS, _DAY_MS, MONTH_MS)
_MOST_HELD: Final = 10_000
_WINDOWS_KEPT: Final = 256

# All versions of a session are in the same week.
_WEEKS: Final = """
SELECT DISTINCT _partition_id FROM sessions
WHERE account_id = {account:UInt32} AND started_ms >= {since:Int64}
"""

_KEYS_OF: Final = """(media, session_ms) IN (
    SELECT media, session_ms FROM sessions WHERE account_id = {account:UInt32} AND visitor %s
)"""
OF_THIS_VISITOR: Final = _KEYS_OF % "= {visitor:String}"
OF_THESE_VISITORS: Final = _KEYS_OF % "IN {visitors:Array(String)}"
"""True for all sessions of a visitor or some, beside the condition on the visitors themselves."""


ALL_SESSIONS: Final = "sessions FINAL"
RECENT_SESSIONS: Final = f"{recent_table.TABLE} FINAL"
# Without FINAL, because a row that is not the newest may be the one that is unsure.
_OF_UNSURE: Final = f"""
    FROM {recent_table.TABLE}
    WHERE account_id = {{account:UInt32}} AND started_ms >= {{since:Int64}}
      AND clock_ms > {recent_table.FAR_MS}
"""
_ANY_UNSURE: Final = f"SELECT count() > 0 {_OF_UNSURE}"
_SHOWN: Final = ", ".join(("account_id", "session_ms", "clock_ms", *WholeSession.__struct_fields__))
_LOOKED_UP: Final = f"""(
    SELECT {_SHOWN} FROM {RECENT_SESSIONS}
    WHERE account_id = {{account:UInt32}} AND clock_ms <= {recent_table.FAR_MS}
    UNION ALL
    SELECT {_SHOWN} FROM {ALL_SESSIONS}
    WHERE account_id = {{account:UInt32}} AND clock_ms > {recent_table.FAR_MS}
      AND (media, session_ms) IN (SELECT media, session_ms {_OF_UNSURE})
)"""


class Place(Struct, frozen=True):
    """Where a page is in a list: so many, after so many others."""

    limit: int
    offset: int = 0

    @property
    def end(self) -> int:
        """How many there are up to the last of the page."""
        return self.offset + self.limit


class Window(Struct, frozen=True):
    """Where the sessions are that started at or after a moment.

    ``rows`` is what to select from, with all that is shown of a session; ``condition``, with its
    ``parameters``, is true for those that are meant. ``settings`` end the question.
    """

    rows: str
    condition: str
    parameters: dict[str, Any]
    settings: str = ""
    is_recent: bool = False


class _Seen(Struct, Generic[Known]):
    """What was known at a mark; None: nothing yet."""

    known: Known | None = None
    mark: Mark | None = None


class Recent:
    """Raises StoreUnavailableError without an answer."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # Which weeks have any of a window, and whether there are sessions to be looked up.
        self._weeks = Remembered[_Seen[frozenset[str]]](_WINDOWS_KEPT)
        self._unsure = Remembered[_Seen[bool]](ACCOUNTS_KEPT)
        # How many a window up to now had when they were too few, within an hour.
        self._held: dict[Hashable, int] = {}

    def newest(
        self,
        account: int,
        span: Span,
        place: Place,
        ask: Callable[[Window], list[Row]],
        windows_ms: Sequence[int] = WINDOWS_MS,
        of: Hashable = None,
    ) -> list[Row] | None:
        """The newest of what is asked for, from the end of a span on backwards.

        None when there are fewer of them in some weeks than are wanted, so all is to be read.

        Args:
            account: numeric id.
            span: nothing that started before or after it is wanted.
            place: which of them are wanted.
            ask: finds those of the place within a window.
            windows_ms: how far back to look, in turn.
            of: what else is in the question beside the account, the span and the place.
        """
        now_ms = time.time_ns() // 1_000_000
        begin_ms, end_ms = span[0], min(span[1], now_ms)
        for length_ms in windows_ms:
            # Asking for nothing takes as long as asking for a day of few sessions.
            window = (account, of, length_ms, now_ms // _HOUR_MS) if end_ms == now_ms else None
            if self._held.get(window, place.end) < place.end:
                continue
            since_ms = (end_ms - length_ms) // _HOUR_MS * _HOUR_MS
            rows = self._within(account, since_ms, now_ms, ask)
            if len(rows) == place.limit or since_ms <= begin_ms:
                return rows
            if window is not None:
                self._remember(window, place.offset + len(rows))
        return None

    def _remember(self, window: Hashable, held: int) -> None:
        if len(self._held) >= _MOST_HELD:
            self._held.clear()
        self._held[window] = held

    def _within(
        self, account: int, since_ms: int, now_ms: int, ask: Callable[[Window], list[Row]]
    ) -> list[Row]:
        """What is found from a moment on."""
        return _of_recent_if(
            self._store,
            since_ms >= recent_table.first_known_start(now_ms),
            lambda: self._among_recent(account, since_ms, now_ms, ask),
            lambda: self._among_weeks(account, since_ms, ask),
        )

    def _among_recent(
        self, account: int, since_ms: int, now_ms: int, ask: Callable[[Window], list[Row]]
    ) -> list[Row]:
        """The same of what lies in the order of time; few accounts have unsure sessions."""
        return self._asked_beside(
            account,
            self._unsure.get(account, FOR_EVER, lambda: _Seen(known=False)),
            lambda: self._any_unsure(account, now_ms),
            lambda unsure: ask(_recently(since_ms, unsure=unsure)),
        )

    def _any_unsure(self, account: int, now_ms: int) -> bool:
        since_ms = recent_table.first_known_start(now_ms)
        rows = self._store.ask(_ANY_UNSURE, {"account": account, "since": since_ms})
        return bool(rows[0][0])

    def _among_weeks(
        self, account: int, since_ms: int, ask: Callable[[Window], list[Row]]
    ) -> list[Row]:
        """The same of all sessions, in the weeks that have any of it."""
        return self._asked_beside(
            account,
            self._weeks.get((account, since_ms), FOR_EVER, _Seen[frozenset[str]]),
            lambda: self._weeks_since(account, since_ms),
            lambda weeks: ask(_window(since_ms, weeks)),
        )

    def _asked_beside(
        self,
        account: int,
        seen: _Seen[Known],
        look: Callable[[], Known],
        ask: Callable[[Known], list[Row]],
    ) -> list[Row]:
        """What is found by what is known now.

        That seldom changes with what is written, so it is looked up beside the question, which is
        asked again if it went by less.
        """
        mark = self._store.changes.of(account)
        guess = seen.known
        if guess is not None and seen.mark == mark:
            return ask(guess)
        if guess is None:
            known = look()
            seen.known, seen.mark = known, mark
            return ask(known)
        known, rows = self._store.at_once(look, lambda: ask(guess))
        seen.known, seen.mark = known, mark
        return rows if known <= guess else ask(known)

    def _weeks_since(self, account: int, since_ms: int) -> frozenset[str]:
        rows = self._store.ask(_WEEKS, {"account": account, "since": since_ms})
        return frozenset(row[0] for row in rows)


def ask_of_ids_from(store: Store, first_ms: int, ask: Callable[[str], Answer]) -> Answer:
    """Ask for sessions with an id of then (ms) or later: of the recent ones if all are there.

    Args:
        store: the store.
        first_ms: the time in the first id.
        ask: asks, of what to select from.
    """
    return _of_recent_if(
        store,
        first_ms >= recent_table.first_known_id(time.time_ns() // 1_000_000),
        lambda: ask(RECENT_SESSIONS),
        lambda: ask(ALL_SESSIONS),
    )


def _of_recent_if(
    store: Store, are_there: bool, recent: Callable[[], Answer], everywhere: Callable[[], Answer]
) -> Answer:
    """An answer from the recent sessions if those that it is about are there, else from all."""
    if are_there and store.is_whole(recent_table.TABLE):
        answer = recent()
        # Reading may have shown that it is damaged.
        if store.is_whole(recent_table.TABLE):
            return answer
    return everywhere()


def span_of(times: Sequence[Interval], after_ms: int | None) -> Span:
    """When sessions of some intervals started that are behind another one in the list.

    Args:
        times: the intervals; empty for all time.
        after_ms: when the other one started; None: there is none.
    """
    end_ms = times[-1][1] if times else _FAR_MS
    return times[0][0] if times else -_FAR_MS, end_ms if after_ms is None else min(end_ms, after_ms)


def _window(since_ms: int, weeks: frozenset[str]) -> Window:
    return Window(
        ALL_SESSIONS,
        "started_ms >= {since:Int64} AND _partition_id IN {weeks:Array(String)}",
        {"since": since_ms, "weeks": sorted(weeks)},
    )


def _recently(since_ms: int, *, unsure: bool) -> Window:
    # A single processor reads what lies side by side sooner than two share it out.
    return Window(
        _LOOKED_UP if unsure else RECENT_SESSIONS,
        "started_ms >= {since:Int64}",
        {"since": since_ms},
        "SETTINGS max_threads = 1",
        is_recent=True,
    )
