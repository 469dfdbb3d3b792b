"""Pieces of SQL that several questions share, each a definition that may stand only once."""

from typing import Any, Final
from uuid import UUID

SessionKey = tuple[int, UUID, str]
"""Start in ms since 1970, session id, media. They are in order of time, equals by their ids."""

ORDER: Final = "(started_ms, toUInt128(session), media)"
"""What sorts sessions as their keys are sorted."""

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


def behind(key: SessionKey) -> tuple[str, dict[str, Any]]:
    """The condition, and its parameters, for sessions that come after one, newest first."""
    at, session, media = key
    condition = (
        "started_ms <= {at:Int64} AND "
        f"{ORDER} < ({{at:Int64}}, toUInt128({{session:UUID}}), {{of:String}})"
    )
    return condition, {"at": at, "session": str(session), "of": media}
