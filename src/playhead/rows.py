"""What collect writes and the store keeps: rows, each a line of JSON on its way through the spool.

The collector makes the finished row, so that the drain only carries lines: with the rows made in
the drain, its thread fought the event loop for the interpreter and a beacon cost five times as
much. It also means that an address is cut short before it touches the disk.
"""

from uuid import UUID

import msgspec
from msgspec import Struct


class SessionRow(Struct, array_like=True):
    """One beacon as a row of the table ``sessions``; the fields are its columns, in order.

    Times are in ms since 1970. Of the rows of a session the one with the highest ``version`` is
    its newest. ``piece_ends`` are rounded up where a piece was cut back to the duration, so that
    ``min(end / 1000, duration)`` is its end to the last digit.
    """

    account_id: int
    media: str
    session_ms: int
    session: UUID
    version: int
    started_ms: int
    received_ms: int
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
    browser: str
    browser_version: str
    platform: str
    mobile: bool
    country: str
    region: str
    city: str
    lat: float | None
    lon: float | None
    network: str


class BotRow(Struct, array_like=True):
    """A bot's beacon as a row of the table ``bot_sessions``; ``received_at`` is in s."""

    account_id: int
    media: str
    session: UUID
    version: int
    received_at: int
    reason: str
    user_agent: str
    page_url: str


class MediaNote(Struct, array_like=True):
    """A media was seen that the collector did not know; ``title`` may be empty."""

    account_id: int
    media: str
    title: str


encode_row = msgspec.json.Encoder().encode
"""A row as one line of JSON, without the line's end."""

decode_notes = msgspec.json.Decoder(MediaNote).decode_lines
"""The notes of some lines."""
