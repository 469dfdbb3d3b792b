"""Writing sessions into the store."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from playhead.rows import BotRow, SessionRow
from playhead.store.client import Store
from playhead.store.session_table import INTO

# One JSON array a line with the values in the order of the columns, which the engine reads
# outside of Python's interpreter lock.
_FORMAT: Final = "JSONCompactEachRow"

_MEDIA, _SESSION_MS, _SESSION, _VISITOR = (
    SessionRow.__struct_fields__.index(name)
    for name in ("media", "session_ms", "session", "visitor")
)


class Late(Struct, frozen=True):
    """Which session a row is of, and of whom."""

    media: str
    session_ms: int
    session: str
    visitor: str


class Batch:
    """Rows of sessions (:class:`playhead.rows.SessionRow`), as lines of JSON in some pieces.

    What they are of is read once, piece by piece: to look through all of a batch at a time would
    hold up every other thread of this process for its whole length.
    """

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = pieces
        self.medias: Mapping[tuple[int, str], int] = _earliest(pieces)
        """The earliest time (ms) in an id of the batch, by account and media."""

    def rows(self) -> bytes:
        """All lines."""
        return b"\n".join(self._pieces)

    def earliest(self) -> dict[int, int]:
        """The earliest time (ms) in an id of the batch, by account."""
        found: dict[int, int] = {}
        for (account, _), at_ms in self.medias.items():
            found[account] = min(at_ms, found.get(account, at_ms))
        return found

    def before(self, account: int, until_ms: int) -> list[Late]:
        """The rows of an account with a time in their id from before a moment."""
        found = []
        theirs = b"[%d" % account
        for of, _, at, line in _starts(self._pieces):
            if of == theirs and int(at) < until_ms:
                row = msgspec.json.decode(line)
                found.append(Late(row[_MEDIA], row[_SESSION_MS], row[_SESSION], row[_VISITOR]))
        return found


def _earliest(pieces: Sequence[bytes]) -> dict[tuple[int, str], int]:
    found: dict[tuple[bytes, bytes], int] = {}
    for account, media, at, _ in _starts(pieces):
        at_ms = int(at)
        if found.get((account, media), at_ms) >= at_ms:
            found[account, media] = at_ms
    return {
        (int(account[1:]), media[1:-1].decode()): at_ms for (account, media), at_ms in found.items()
    }


def _starts(pieces: Sequence[bytes]) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    """Account, media and time in the id of each row as they are written, and the row itself.

    The first begins with a bracket, the second has quotes around it; the ids of medias have neither
    commas nor quotes in them. A regular expression would take three times as long or more, and
    holds up every other thread for the length of a piece.
    """
    for piece in pieces:
        for line in piece.split(b"\n"):
            account, media, at, _ = line.split(b",", 3)
            yield account, media, at, line


class Sessions:
    """Adds rows. Adding the same rows again changes no answer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, batch: Batch) -> None:
        """Add the rows of sessions.

        Raises:
            StoreUnavailableError: try again with the same rows.
        """
        self._add(INTO, SessionRow.__struct_fields__, batch.rows())
        for account, media in batch.medias:
            self._store.changes.wrote(account, media)

    def add_bots(self, lines: bytes) -> None:
        """Add the rows of bots (:class:`playhead.rows.BotRow`), which count in nothing.

        Raises:
            StoreUnavailableError: try again with the same rows.
        """
        self._add("bot_sessions", BotRow.__struct_fields__, lines)

    def give_back_memory(self) -> None:
        """What is worth doing now and then between batches.

        Raises:
            StoreUnavailableError: the store cannot answer.
        """
        self._store.give_back_memory()

    def _add(self, table: str, columns: tuple[str, ...], lines: bytes) -> None:
        if lines:
            self._store.insert(table, columns, lines, _FORMAT)
