"""From a spooled beacon to a row of the store."""

import ipaddress
from typing import Final

import msgspec

from playhead.beacon import SpooledBeacon
from playhead.catalog import AddressMode
from playhead.drain.bots import BotReason
from playhead.store import BotRow, SessionRow

_ORDINAL_BITS: Final = 48
_LAST_ORDINAL: Final = 2**_ORDINAL_BITS - 1
_encode_json = msgspec.json.Encoder().encode


def version(seq: int, ordinal: int) -> int:
    """The higher of two wins: first the higher seq, then the beacon that arrived earlier.

    An equal seq is a repeat and is ignored (contract/beacon.md, ``seq``).
    """
    return seq << _ORDINAL_BITS | (_LAST_ORDINAL - ordinal)


def session_row(
    beacon: SpooledBeacon, ordinal: int, media_id: int, address_mode: AddressMode
) -> SessionRow:
    """The row of a session, its sums worked out (contract/metrics.md, One session)."""
    session = int.from_bytes(beacon.session)
    starts, ends, times = _columns(beacon)
    watched, covered = _watched_and_covered(beacon)
    # A visitor without a key must not become known again by address and browser.
    known = not beacon.cookieless
    return SessionRow(
        account_id=beacon.account_id,
        media_id=media_id,
        session_ms=session >> 80,
        session=session,
        version=version(beacon.seq, ordinal),
        started_at=beacon.started_ms,
        received_at=beacon.received_ms,
        visitor=beacon.visitor,
        played=beacon.played or bool(starts),
        duration=beacon.duration,
        watched_seconds=watched,
        covered_seconds=covered,
        piece_starts=starts,
        piece_ends=ends,
        piece_times=times,
        page_url=beacon.page_url,
        page_title=beacon.page_title,
        referrer=beacon.referrer,
        email=beacon.email,
        name=beacon.name,
        org_name=beacon.org_name,
        org_title=beacon.org_title,
        actions=_encode_json(beacon.actions).decode() if beacon.actions else "",
        player_name=beacon.player_name,
        player_version=beacon.player_version,
        rate=beacon.rate,
        language=beacon.language,
        screen_width=beacon.screen_width,
        screen_height=beacon.screen_height,
        startup_ms=beacon.startup_ms,
        stalls=beacon.stalls,
        stalled_ms=beacon.stalled_ms,
        errors=beacon.errors,
        ip=kept_address(beacon.ip, address_mode) if known else "",
        user_agent=beacon.user_agent if known else "",
    )


def bot_row(beacon: SpooledBeacon, ordinal: int, reason: BotReason) -> BotRow:
    """The row of a bot's session."""
    return BotRow(
        account_id=beacon.account_id,
        received_at=beacon.received_ms // 1000,
        session=int.from_bytes(beacon.session),
        version=version(beacon.seq, ordinal),
        media=beacon.media,
        reason=reason.value,
        user_agent=beacon.user_agent,
        page_url=beacon.page_url,
    )


def kept_address(address: str, mode: AddressMode) -> str:
    """What of an address the account keeps; truncated: /24 of IPv4, /48 of IPv6."""
    if mode is AddressMode.NONE or not address:
        return ""
    if mode is AddressMode.WHOLE:
        return address
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    bits = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network((parsed, bits), strict=False).network_address)


def _columns(beacon: SpooledBeacon) -> tuple[list[int], list[int], list[int]]:
    pieces = beacon.pieces
    return (
        [piece[0] for piece in pieces],
        [piece[1] for piece in pieces],
        [piece[2] for piece in pieces],
    )


def _watched_and_covered(beacon: SpooledBeacon) -> tuple[float, float]:
    """Seconds of media time, with repeats and without."""
    pieces = beacon.pieces
    watched_ms = sum((end - start) * times for start, end, times in pieces)
    covered_ms = sum(end - start for start, end, _ in pieces)
    excess_ms = _excess_ms(beacon)
    if excess_ms:
        return (
            (watched_ms - excess_ms * pieces[-1][2]) / 1000,
            (covered_ms - excess_ms) / 1000,
        )
    return watched_ms / 1000, covered_ms / 1000


def _excess_ms(beacon: SpooledBeacon) -> float:
    """By how much the last piece's end, rounded up, lies past the duration; under 1 ms."""
    if not beacon.pieces or not beacon.duration:
        return 0.0
    return max(0.0, beacon.pieces[-1][1] - beacon.duration * 1000)
