"""How the API writes moments."""

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MS: Final = 253_402_300_799_999


def utc_text(ms: int) -> str:
    """Milliseconds since 1970 as UTC, like ``2025-10-16T20:07:48.000Z``.

    What is beyond the year 9999, as the id of an imported session can say, is its last moment.
    """
    moment = _EPOCH + timedelta(milliseconds=min(ms, _LAST_MS))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
