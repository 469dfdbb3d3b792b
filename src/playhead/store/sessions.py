"""Writing sessions into the store."""

from typing import Final

from playhead.rows import BotRow, SessionRow
from playhead.store.client import Store

# One JSON array a line with the values in the order of the columns, which the engine reads
# outside of Python's interpreter lock.
_FORMAT: Final = "JSONCompactEachRow"


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

    def add_bots(self, lines: bytes) -> None:
        """Add the rows of bots (:class:`playhead.rows.BotRow`), which count in nothing.

        Raises:
            StoreUnavailableError: try again with the same rows.
        """
        self._add("bot_sessions", BotRow.__struct_fields__, lines)

    def _add(self, table: str, columns: tuple[str, ...], lines: bytes) -> None:
        if lines:
            self._store.insert(table, columns, lines, _FORMAT)
