"""Cursors: the place of a session in a list, as an opaque text."""

import base64
import binascii
import re
from typing import Final
from uuid import UUID

from playhead.api.errors import bad_parameter
from playhead.store import SessionKey

_CURSOR: Final = re.compile(r"([0-9]{1,15}) ([0-9a-f]{32}) ([A-Za-z0-9_-]{1,64})")


def cursor_of(key: SessionKey) -> str:
    """The cursor behind which a list goes on."""
    at, session, media = key
    return base64.urlsafe_b64encode(f"{at} {session.hex} {media}".encode()).decode()


def read_cursor(given: str | None, field: str) -> SessionKey | None:
    """The place that a cursor names, None when none is given.

    Args:
        given: the parameter ``cursor``.
        field: where the answer before says it.

    Raises:
        ApiError: 422, it is not a cursor.
    """
    if not given:
        return None
    try:
        match = _CURSOR.fullmatch(base64.urlsafe_b64decode(given.encode("ascii")).decode("ascii"))
    except (binascii.Error, ValueError):
        match = None
    if match is None:
        raise bad_parameter("cursor", f"is not one of ours (use the {field} of the last answer)")
    return int(match[1]), UUID(match[2]), match[3]
