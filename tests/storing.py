"""Rows of the store, for tests that need no collector."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec
import pytest

from playhead.rows import SessionRow
from playhead.store import schema, tables

_NOTHING: Final[dict[str, Any]] = {
    **dict.fromkeys(("duration", "watched_seconds", "covered_seconds", "rate"), 0.0),
    **{name: [] for name in ("piece_starts", "piece_ends", "piece_times", "errors")},
    **dict.fromkeys(("screen_width", "screen_height", "startup_ms", "stalls", "stalled_ms"), 0),
    **dict.fromkeys(("lat", "lon")),
    "mobile": False,
}


def session_id(at_ms: int, number: int) -> uuid.UUID:
    """The id of a session whose player's clock said ``at_ms``."""
    return uuid.UUID(int=at_ms << 80 | 7 << 76 | 2 << 62 | number)


def session_row(**fields: Any) -> bytes:
    """A row of ``sessions`` as the drain inserts it; what is not given is empty or 0."""
    known = _NOTHING | fields
    return msgspec.json.encode([known.get(name, "") for name in SessionRow.__struct_fields__])


@contextmanager
def as_of_version(version: int) -> Iterator[None]:
    """A new store has the tables of an earlier Playhead, as its steps made them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "STEPS", schema.STEPS[:version])
        patch.setattr(tables, "VERSION", 0)
        patch.setattr(tables, "TABLES", ())
        yield
