"""How the API writes moments."""

from datetime import UTC, datetime


def utc_text(ms: int) -> str:
    """Milliseconds since 1970 as UTC, like ``2025-10-16T20:07:48.000Z``."""
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
