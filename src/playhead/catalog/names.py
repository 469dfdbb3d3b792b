"""Ids, keys and secrets, and the moment in which they are made."""

import re
import secrets
import string
import time
from typing import Final

MEDIA_ID: Final = re.compile(r"(?=[0-9_-]*[A-Za-z])[A-Za-z0-9_-]{1,64}\Z")
"""A media's public id (contract/metrics.md, Things)."""

_LETTERS_AND_DIGITS: Final = string.ascii_lowercase + string.digits


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def new_hashed_id() -> str:
    """10 of ``[a-z0-9]`` with at least one letter, so that it never looks like a numeric id."""
    while True:
        made = "".join(secrets.choice(_LETTERS_AND_DIGITS) for _ in range(10))
        if not made.isdigit():
            return made


def new_account_key() -> str:
    """A public account key; it goes into pages and is no secret."""
    return "".join(secrets.choice(_LETTERS_AND_DIGITS) for _ in range(16))


def new_token_secret() -> str:
    """An API token. The prefix lets secret scanners and people recognise it."""
    return "phd_" + "".join(secrets.choice(_LETTERS_AND_DIGITS) for _ in range(40))


def new_public_token() -> str:
    """What opens an account's heatmaps to whoever is shown their address."""
    return secrets.token_urlsafe(18)


def clean_text(text: str, length: int) -> str:
    """Cut to ``length`` characters, without NUL, which PostgreSQL cannot keep."""
    return text.replace("\x00", "")[:length]
