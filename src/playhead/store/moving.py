"""Sessions out of one store and into another, unchanged, in pieces that fit into memory.

A piece is told from its copy by a hash of all that its rows say, which the engines make. So who
moves need not remember how far it has come: what is equal is there.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final, Literal

from msgspec import Struct

from playhead.rows import BotRow, SessionRow
from playhead.store import session_table
from playhead.store.client import Store
from playhead.store.transfer import Slice, Transfer

Kept = Literal["sessions", "bot_sessions"]

# One row is often a few hundred bytes, at the very most some 40 kB.
_MOST_ROWS: Final = 50_000
_NO_END_MS: Final = 2**48
_ALL_TIMES: Final = [(-(2**62), 2**62)]

# Every value by itself, in the order of the columns that are named: the same for every version.
_FORMAT: Final = "RowBinary"

_COLUMNS: Final[dict[Kept, tuple[str, ...]]] = {
    "sessions": SessionRow.__struct_fields__,
    "bot_sessions": BotRow.__struct_fields__,
}
_INTO: Final[dict[Kept, str]] = {"sessions": session_table.INTO, "bot_sessions": "bot_sessions"}
_WHERE: Final[dict[Kept, str]] = {
    "sessions": "account_id = {account:UInt32}"
    " AND session_ms >= {first:UInt64} AND session_ms < {end:UInt64}",
    # The engine forgets these after a while, by itself and at its leisure.
    "bot_sessions": "account_id = {account:UInt32} AND received_at >= {since:UInt32}"
    " AND sipHash64(toString(session)) % {end:UInt64} = {first:UInt64}",
}
_READ: Final = "SELECT %s FROM %s FINAL WHERE %s"
# As a text, because a hash of values is none where one of them is null.
_DIGEST: Final = "SELECT count(), sum(sipHash64(toString(tuple(%s)))) FROM %s FINAL WHERE %s"
_DELETE: Final = "ALTER TABLE %s DELETE WHERE %s SETTINGS mutations_sync = 2"
# What is filled while sessions come in goes when they go.
_OF_PIECE: Final[dict[Kept, tuple[str, ...]]] = {
    "sessions": ("sessions", "recent_sessions", "identified"),
    "bot_sessions": ("bot_sessions",),
}
_DERIVED: Final = ("recent_sessions", "identified", "rollups", "audience", "visitors")
_OF_OTHERS: Final = "NOT has({accounts:Array(UInt32)}, account_id)"

_ACCOUNTS: Final = """
SELECT DISTINCT account_id FROM sessions UNION DISTINCT SELECT DISTINCT account_id FROM bot_sessions
"""
_COUNT: Final = "SELECT count() FROM %s FINAL"
_BOTS: Final = """
SELECT count() FROM bot_sessions FINAL
WHERE account_id = {account:UInt32} AND received_at >= {since:UInt32}
"""
_STARTS: Final = """
SELECT count(), min(started_ms), max(started_ms) FROM sessions WHERE account_id = {account:UInt32}
"""

# In a store that is being moved into: where from. It is gone when all has been found equal.
_MARK: Final = "moving_from"
_IS_MARKED: Final = (
    "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = {mark:String}"
)
_MAKE_MARK: Final = (
    f"CREATE TABLE IF NOT EXISTS {_MARK} (source String) ENGINE = MergeTree ORDER BY source"
)


class Piece(Struct, frozen=True):
    """Some rows of an account in a table.

    Those of sessions have a time in their id in ``[first, end)``; those of bots are number
    ``first`` of ``end`` shares.
    """

    table: Kept
    account: int
    first: int
    end: int
    rows: int
    since_s: int


class Digest(Struct, frozen=True):
    """How many rows there are, and a sum of hashes of all that they say."""

    rows: int
    hashes: int


class Moving:
    """One of the two stores. All raise StoreUnavailableError: do it again."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def source(self) -> str | None:
        """What this store is being moved into from; None: nothing."""
        if not self._store.work(_IS_MARKED, {"mark": _MARK})[0][0]:
            return None
        rows = self._store.work(f"SELECT source FROM {_MARK}", {})
        return str(rows[0][0]) if rows else None

    def begin(self, source: str) -> None:
        """Mark this store as one that is being moved into."""
        self._store.change(_MAKE_MARK, {})
        self._store.run(f"INSERT INTO {_MARK} VALUES ({{source:String}})", {"source": source})

    def end(self) -> None:
        """Take the mark away."""
        self._store.change(f"DROP TABLE IF EXISTS {_MARK} SYNC", {})

    def accounts(self) -> list[int]:
        """The numbers of the accounts that anything is kept of."""
        return sorted(row[0] for row in self._store.work(_ACCOUNTS, {}))

    def rows(self, table: Kept) -> int:
        """How many sessions a table has."""
        return int(self._store.work(_COUNT % table, {})[0][0])

    def starts(self, account: int) -> tuple[int, int] | None:
        """When the first and the last session of an account began (ms), None without any."""
        sessions, first_ms, last_ms = self._store.work(_STARTS, {"account": account})[0]
        return (first_ms, last_ms) if sessions else None

    def pieces(self, account: int, since_s: int) -> list[Piece]:
        """All that is kept of an account; together they leave out no time and no share.

        Args:
            account: its number.
            since_s: leave out the bots of before, in s since 1970.
        """
        found = Transfer(self._store).slices(account, _ALL_TIMES, _MOST_ROWS)
        bots = self._store.work(_BOTS, {"account": account, "since": since_s})[0][0]
        shares = max(1, -(-bots // _MOST_ROWS))
        return [
            *_whole(found or [Slice(account, 0, _NO_END_MS, 0)]),
            *(
                Piece("bot_sessions", account, share, shares, bots // shares, since_s)
                for share in range(shares)
            ),
        ]

    def digest(self, piece: Piece) -> Digest:
        """What the rows of a piece say here."""
        columns = ", ".join(_COLUMNS[piece.table])
        sql = _DIGEST % (columns, piece.table, _WHERE[piece.table])
        return Digest(*self._store.work(sql, _parameters(piece))[0])

    def read(self, piece: Piece) -> bytes:
        """The rows of a piece, for :meth:`replace`."""
        columns = ", ".join(_COLUMNS[piece.table])
        sql = _READ % (columns, piece.table, _WHERE[piece.table])
        return b"".join(self._store.stream(sql, _parameters(piece), _FORMAT, {}))

    def replace(self, piece: Piece, rows: bytes, *, emptied: bool) -> None:
        """Put rows in the place of what is here of a piece.

        Args:
            piece: the piece.
            rows: what :meth:`read` has read.
            emptied: there may be something of it, which has to go first.
        """
        if emptied:
            for table in _OF_PIECE[piece.table]:
                self._store.change(_DELETE % (table, _WHERE[piece.table]), _parameters(piece))
        if rows:
            self._store.insert(_INTO[piece.table], _COLUMNS[piece.table], rows, _FORMAT)

    def forget_others(self, accounts: Sequence[int]) -> None:
        """Delete what is derived of sessions of any other account."""
        for table in _DERIVED:
            self._store.change(_DELETE % (table, _OF_OTHERS), {"accounts": list(accounts)})


def _whole(slices: Sequence[Slice]) -> Iterator[Piece]:
    """Slices of time as pieces without gaps between them, from the first time to the last."""
    borders = [0, *(piece.from_ms for piece in slices[1:]), _NO_END_MS]
    for piece, (first, end) in zip(slices, pairwise(borders), strict=True):
        yield Piece("sessions", piece.account, first, end, piece.sessions, 0)


def _parameters(piece: Piece) -> dict[str, Any]:
    return {
        "account": piece.account,
        "first": piece.first,
        "end": piece.end,
        "since": piece.since_s,
    }
