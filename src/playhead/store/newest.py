"""Pages of sessions, the newest first.

Among the recent sessions, which lie in the order of time, and among those of a media that is seldom
watched, a page is read in one question. Where it would have to unpack all columns of many thousand
rows to show some of them, there are two: the keys first, then what is shown of these only.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from playhead.store.client import Store
from playhead.store.details import AnyDetails, details_of
from playhead.store.fragments import ORDER, SessionKey, behind
from playhead.store.intervals import Interval
from playhead.store.recent import (
    ALL_SESSIONS,
    MONTH_MS,
    WINDOWS_MS,
    Place,
    Recent,
    Window,
    span_of,
)
from playhead.store.segments import Segment, in_segment_by_weeks

_DAY_MS: Final = 86_400_000
_MOST_BUSY: Final = 1000

_KEY: Final = "started_ms, session, media"
_NEWEST: Final = f"""
SELECT %s
FROM %s
WHERE %s
ORDER BY {ORDER} DESC
LIMIT {{limit:UInt64}} OFFSET {{offset:UInt64}}
"""


class Sought(Struct, frozen=True):
    """Which sessions, and what is known of how many there are.

    ``conditions``, with their ``parameters``, hold the account's and that of ``times``, which are
    empty for all time. ``are_enough``: so many meet them that the newest are soon found.
    ``medias``: the only ones that they are of, None when they are of all, as most are.
    """

    conditions: Sequence[str]
    parameters: Mapping[str, Any]
    times: Sequence[Interval] = ()
    are_enough: bool = True
    medias: tuple[str, ...] | None = None


class NewestSessions:
    """Raises StoreUnavailableError without an answer."""

    def __init__(self, store: Store, recent: Recent) -> None:
        self._store = store
        self._recent = recent
        # Medias of which a page was of one day; most are not, and their month is looked at first.
        self._busy: set[tuple[int, tuple[str, ...] | None]] = set()

    def read(
        self,
        details: type[AnyDetails],
        account: int,
        sought: Sought,
        place: Place,
        after: SessionKey | None = None,
    ) -> list[AnyDetails]:
        """A page of the sessions that are sought, newest first.

        Args:
            details: what to read of them.
            account: numeric id.
            sought: which of them.
            place: where in the list.
            after: only those that come after this one in the list, which begins there.
        """
        conditions = [*sought.conditions]
        page = {**sought.parameters, "limit": place.limit, "offset": place.offset}
        if after is not None:
            further, key = behind(after)
            conditions.append(further)
            page |= key
        quiet = None if (account, sought.medias) in self._busy else sought.medias

        def rows_of(columns: str, window: Window) -> Sequence[Sequence[Any]]:
            sql = _NEWEST % (columns, window.rows, " AND ".join([*conditions, window.condition]))
            return self._store.ask(sql + window.settings, page | window.parameters)

        def in_one(window: Window) -> list[AnyDetails]:
            return [details(*row) for row in rows_of(", ".join(details.__struct_fields__), window)]

        def in_two(window: Window) -> list[AnyDetails]:
            names = [(session, media) for _, session, media in rows_of(_KEY, window)]
            found = details_of(details, self._store, account, names)
            return sorted(found, key=lambda each: each.key, reverse=True)

        def ask(window: Window) -> list[AnyDetails]:
            return in_one(window) if quiet is not None or window.is_recent else in_two(window)

        everywhere = self._everywhere(account, sought)
        if not sought.are_enough:
            return in_two(everywhere)
        windows_ms = WINDOWS_MS if quiet is None else (MONTH_MS,)
        span = span_of(sought.times, after[0] if after else None)
        rows = self._recent.newest(account, span, place, ask, windows_ms, of=sought.medias)
        if quiet is not None and rows and len(rows) == place.limit:
            self._see_whether_busy(account, quiet, rows)
        return in_two(everywhere) if rows is None else rows

    def _see_whether_busy(
        self, account: int, medias: tuple[str, ...], rows: Sequence[AnyDetails]
    ) -> None:
        if rows[0].started_ms - rows[-1].started_ms < _DAY_MS:
            if len(self._busy) >= _MOST_BUSY:
                self._busy.clear()
            self._busy.add((account, medias))

    def _everywhere(self, account: int, sought: Sought) -> Window:
        some = Segment(sought.medias, tuple(sought.times))
        return Window(ALL_SESSIONS, *in_segment_by_weeks(self._store, account, some))
