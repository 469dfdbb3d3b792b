"""Finding the token of a request (contract/stats-api.md, Authentication)."""

import base64
import binascii
from collections.abc import Iterable
from urllib.parse import parse_qsl

Headers = Iterable[tuple[bytes, bytes]]


def token_of(headers: Headers, query_string: bytes) -> str | None:
    """The token that a request carries, None when it carries none that can be read.

    ``Authorization: Bearer T``, HTTP Basic with the token as the password (or as the user name
    without a password), or ``?api_password=T``. A header decides over the query. Two of the same
    kind are nobody's token: which of them would be meant?
    """
    given = [value for name, value in headers if name == b"authorization"]
    if given:
        return _from_header(given[0]) if len(given) == 1 else None
    if b"api_password" not in query_string:
        return None
    pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True)
    passwords = [value for name, value in pairs if name == "api_password"]
    return passwords[0] or None if len(passwords) == 1 else None


def _from_header(value: bytes) -> str | None:
    scheme, _, rest = value.decode("latin-1").strip().partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer":
        return rest or None
    if scheme.lower() == "basic":
        return _from_basic(rest)
    return None


def _from_basic(encoded: str) -> str | None:
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return password or user or None
