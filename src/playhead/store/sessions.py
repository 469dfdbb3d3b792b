"""Writing sessions into the store."""

import re
from collections.abc import Iterator
from typing import Final

from playhead.rows import BotRow, SessionRow
from playhead.store.client import Store

# One JSON array a line with the values in the order of the columns, which the engine reads
# outside of Python's interpreter lock.
_FORMAT: Final = "JSONCompactEachRow"


_START_OF_ROW: Final = re.compile(rb'^\[(\d+),"([^"]+)",(\d+),', re.MULTILINE)


def keys_of(lines: bytes) -> Iterator[tuple[int, str, int]]:
    """The account, the media and the time in the id of each row."""
    for account, media, at_ms in _START_OF_ROW.findall(lines):
        yield int(account), media.decode(), int(at_ms)


def medias_of(lines: bytes) -> dict[int, set[str]]:
    """The medias (hashed ids) of rows, by account."""
    found: dict[int, set[str]] = {}
    for account, media, _ in keys_of(lines):
        found.setdefault(account, set()).add(media)
    return found


class Sessions:
    """Adds rows, given as lines of JSON. Adding the same rows again changes no answer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, lines: bytes) -> None:
        """Add the rows of sessions (:class:`playhead.rows.SessionRow`).

        Raises:
            StoreUnavailableError: try again with the same rows.
        """
        self._add("sessions", SessionRow.__struct_fields__, lines)
        for account, medias in medias_of(lines).items():
            self._store.changes.wrote(account, medias)

    def add_bots(self, lines: bytes) -> None:
        """Add the rows of bots (:class:`playhead.rows.BotRow`), which count in nothing.

        Raises:
            StoreUnavailableError: try again with the same rows.
        """
        self._add("bot_sessions", BotRow.__struct_fields__, lines)

    def _add(self, table: str, columns: tuple[str, ...], lines: bytes) -> None:
        if lines:
            self._store.insert(table, columns, lines, _FORMAT)
