"""Finding few of many sessions: those that started lately, and those of one visitor.

Sessions lie in the order of their medias, in weeks of the time in their ids. Indexes over blocks of
them say which blocks may have what is wanted; but read with ``FINAL`` the engine adds every block
that could hold another version of a row, of all weeks. So the rows are found without it first.
"""

import time
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from playhead.store.changes import Remembered
from playhead.store.client import Store

FAR_MS: Final = 2**62
_DAY_MS: Final = 86_400_000
_HOUR_MS: Final = 3_600_000
_WINDOWS_MS: Final = (_DAY_MS, 30 * _DAY_MS)
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


class Window(Struct, frozen=True):
    """A condition, and its parameters, for the sessions that started at or after a moment."""

    condition: str
    parameters: dict[str, Any]


class Recent:
    """Raises StoreUnavailableError without an answer."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._weeks = Remembered[list[str]](_WINDOWS_KEPT)

    def windows(self, account: int, start_ms: int | None = None) -> Iterator[Window]:
        """Windows of growing length that end at a moment, None: now, or never.

        Whoever looks for the newest sessions from there on backwards, and finds as many as wanted
        in a window, need not look at all the others.
        """
        now_ms = time.time_ns() // 1_000_000
        start_ms = now_ms if start_ms is None else min(start_ms, now_ms)
        for length_ms in _WINDOWS_MS:
            since_ms = (start_ms - length_ms) // _HOUR_MS * _HOUR_MS
            yield Window(
                "started_ms >= {since:Int64} AND _partition_id IN {weeks:Array(String)}",
                {"since": since_ms, "weeks": self._weeks_since(account, since_ms)},
            )

    def _weeks_since(self, account: int, since_ms: int) -> list[str]:
        def read() -> list[str]:
            rows = self._store.ask(_WEEKS, {"account": account, "since": since_ms})
            return [row[0] for row in rows]

        return self._weeks.get((account, since_ms), self._store.changes.of(account), read)
