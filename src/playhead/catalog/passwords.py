"""Passwords: what may be one, and the hash that is kept of it."""

import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST: Final = 8
MOST: Final = 1000
"""Characters of a password."""

# OWASP's parameters for Argon2id: 19 MiB and about 30 ms a hash. A hash says its own, so that
# those who sign in after a change of these get a new one.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class BadPasswordError(ValueError):
    """The text cannot be a password."""


def check_password(password: str) -> None:
    """Refuse what cannot be a password.

    Raises:
        BadPasswordError: with the bounds.
    """
    if not LEAST <= len(password) <= MOST:
        raise BadPasswordError(f"has to have {LEAST} to {MOST:,} characters")


def hash_password(password: str) -> str:
    """The hash to keep. Takes a while on purpose, and 19 MiB.

    Raises:
        BadPasswordError: it is too short or too long.
    """
    check_password(password)
    return _HASHER.hash(_bytes(password))


def is_password(password: str, hashed: str | None) -> bool:
    """Whether it is the password of the hash; as slow when there is no hash."""
    try:
        _HASHER.verify(hashed or _NOBODYS, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


def is_outdated(hashed: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(hashed)


def _bytes(password: str) -> bytes:
    # One and the same letter has several codes; which one comes depends on the keyboard.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


_NOBODYS: Final = _HASHER.hash(b"nobody's password: it is verified where there is no user")
