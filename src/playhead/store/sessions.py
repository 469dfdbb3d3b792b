"""Writing sessions into the store."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import astuple

from playhead.store.client import Column, Store


class SessionRow(Struct):
    """One beacon as a row of ``sessions``; field by field the columns of store/schema.py.

    ``session`` is the UUID as a number; ``started_at`` and ``received_at`` are ms since 1970.
    """

    account_id: int
    media_id: int
    session_ms: int
    session: int
    version: int
    started_at: int
    received_at: int
    visitor: str
    played: bool
    duration: float
    watched_seconds: float
    covered_seconds: float
    piece_starts: list[int]
    piece_ends: list[int]
    piece_times: list[int]
    page_url: str
    page_title: str
    referrer: str
    email: str
    name: str
    org_name: str
    org_title: str
    actions: str
    player_name: str
    player_version: str
    rate: float
    language: str
    screen_width: int
    screen_height: int
    startup_ms: int
    stalls: int
    stalled_ms: int
    errors: list[str]
    ip: str
    user_agent: str


class BotRow(Struct):
    """One beacon of a bot; ``received_at`` in s since 1970, ``session`` as a number."""

    account_id: int
    received_at: int
    session: int
    version: int
    media: str
    reason: str
    user_agent: str
    page_url: str


_SESSION_TYPES: Final = {
    "account_id": "UInt32",
    "media_id": "UInt32",
    "session_ms": "UInt64",
    "session": "UUID",
    "version": "UInt64",
    "started_at": "DateTime64(3, 'UTC')",
    "received_at": "DateTime64(3, 'UTC')",
    "played": "Bool",
    "duration": "Float64",
    "watched_seconds": "Float64",
    "covered_seconds": "Float64",
    "piece_starts": "Array(UInt64)",
    "piece_ends": "Array(UInt64)",
    "piece_times": "Array(UInt16)",
    "player_name": "LowCardinality(String)",
    "player_version": "LowCardinality(String)",
    "rate": "Float32",
    "language": "LowCardinality(String)",
    "screen_width": "UInt32",
    "screen_height": "UInt32",
    "startup_ms": "UInt32",
    "stalls": "UInt32",
    "stalled_ms": "UInt32",
    "errors": "Array(String)",
}
_BOT_TYPES: Final = {
    "account_id": "UInt32",
    "received_at": "DateTime('UTC')",
    "session": "UUID",
    "version": "UInt64",
    "reason": "LowCardinality(String)",
}


class Sessions:
    """Adds sessions and bots. Adding the same rows again changes no answer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, rows: Sequence[SessionRow]) -> None:
        """Add sessions.

        Raises:
            StoreUnavailableError: try again with the same rows.
        """
        self._store.insert("sessions", _columns(rows, SessionRow, _SESSION_TYPES))

    def add_bots(self, rows: Sequence[BotRow]) -> None:
        """Add sessions of bots, which count in nothing.

        Raises:
            StoreUnavailableError: try again with the same rows.
        """
        self._store.insert("bot_sessions", _columns(rows, BotRow, _BOT_TYPES))


def _columns(rows: Sequence[Struct], row_type: type[Struct], types: dict[str, str]) -> list[Column]:
    values = zip(*map(astuple, rows), strict=True)
    return [
        Column(name, types.get(name, "String"), column)
        for name, column in zip(row_type.__struct_fields__, values, strict=True)
    ]
