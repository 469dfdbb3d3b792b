"""Pieces of SQL that several questions share, each a definition that may stand only once."""

from typing import Any, Final
from uuid import UUID

SessionKey = tuple[int, UUID, str]
"""Start in ms since 1970, session id, media. They are in order of time, equals by their ids."""

ORDER: Final = "(started_ms, toUInt128(session), media)"
"""What sorts sessions as their keys are sorted."""

ORDER_IN_MEDIA: Final = (
    "bitOr(bitShiftLeft(toUInt256(started_ms), 128), toUInt256(toUInt128(session)))"
)
"""The same within a media, as a number: to keep one takes a fraction of what a tuple takes."""

UNSETTLED: Final = "account_id = {account:UInt32} AND session_ms >= {until:UInt64}"
"""Sessions of an account that no roll-up has, when those end at ``until`` (ms)."""

KNOWN: Final = "played AND duration > 0"
"""Sessions that have a share viewed and take part in its mean (contract/metrics.md)."""

PERCENT_VIEWED: Final = "least(1, covered_seconds / duration)"

# Few sessions have actions, and reading JSON takes longer than all the rest.
ACTIONS: Final = (
    "if(actions = '', [], JSONExtract("
    "actions, 'Array(Tuple(type String, shown UInt64, converted UInt64))'))"
)
"""What a player said of its actions, which is kept as it came."""

_LETTERS: Final = "replaceRegexpAll(lower(action.type), '[^a-z]', '')"
IS_CALL: Final = f"has({{calls:Array(String)}}, {_LETTERS})"
IS_FORM: Final = f"has({{forms:Array(String)}}, {_LETTERS})"
USED_FORM: Final = f"arrayExists(action -> {IS_FORM} AND action.converted > 0, {ACTIONS})"

# A piece covers the cells whose midpoint lies in it. With cells of width W/K microseconds, cell
# i's midpoint is (2i + 1) * W / 2K, so the first cell at or after a border b is
# ceil((2bK - W) / 2W), here in whole numbers. Each piece adds at its first cell and takes away
# after its last. A border past the graph is moved to its end, which also keeps 2bK in 64 bits
# without a sign. A duration is rounded up, so that it stays after every midpoint that it is after.
_NO_END: Final = 2**62
PIECES: Final = "ARRAY JOIN piece_starts AS start_ms, piece_ends AS end_ms, piece_times AS times"
BORDERS: Final = f"""
    round(duration * 1000000)::Int64 AS near_us,
    if(
        duration > 0,
        near_us + (near_us / 1000000 < duration),
        {_NO_END}::Int64
    ) AS duration_us,
    arrayJoin([
        (start_ms::Int64 * 1000, 1),
        (least(end_ms::Int64 * 1000, duration_us), -1)
    ]) AS border,
    times::Int64 - 1 AS again
"""
"""Where each piece (:data:`PIECES`) of a session's watch map begins and ends."""


def cell_of(*, count: str, beyond: str, factor: str, summand: str, divisor: str) -> str:
    """The first cell at or after a border, as SQL.

    With ``count`` cells of ``W / K`` microseconds: ``beyond`` is ``count * W // K + 1``, ``factor``
    is ``2 * K``, ``summand`` is ``W - 1`` and ``divisor`` is ``2 * W``.
    """
    return f"""
    least(
        {count},
        intDiv(least(border.1, {beyond})::UInt64 * {factor} + {summand}, {divisor})
    )"""


def behind(key: SessionKey) -> tuple[str, dict[str, Any]]:
    """The condition, and its parameters, for sessions that come after one, newest first."""
    at, session, media = key
    condition = (
        "started_ms <= {at:Int64} AND "
        f"{ORDER} < ({{at:Int64}}, toUInt128({{session:UUID}}), {{of:String}})"
    )
    return condition, {"at": at, "session": str(session), "of": media}
