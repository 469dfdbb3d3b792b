"""Signed account keys: what an account's own server writes into its pages.

``KEY~EXPIRES~SIGNATURE``: the public key, the time until which it is good (seconds since 1970)
and the HMAC-SHA256 of what stands before, in hexadecimal. No part needs escaping in HTML.
"""

import hashlib
import hmac
import re
from typing import Final

_SIGNED: Final = re.compile(r"([a-z0-9]{1,64})~([0-9]{1,12})~([0-9a-f]{64})")


def sign(secret: str, key: str, expires_s: int) -> str:
    """The signed form of an account's public key, good until ``expires_s`` (seconds since 1970)."""
    what = f"{key}~{expires_s}"
    return f"{what}~{_signature(secret, what)}"


def expiry_of(signed: str, secrets: tuple[str, ...]) -> int | None:
    """When a signed key expires (seconds since 1970). None: none of the secrets has signed it."""
    parts = _SIGNED.fullmatch(signed)
    if parts is None:
        return None
    what = signed[: parts.end(2)]
    fits = [hmac.compare_digest(_signature(secret, what), parts[3]) for secret in secrets]
    return int(parts[2]) if any(fits) else None


def plain_key(account: str) -> str:
    """The public key in what a page says its account is, signed or not."""
    return account.partition("~")[0]


def _signature(secret: str, what: str) -> str:
    return hmac.new(secret.encode(), what.encode(), hashlib.sha256).hexdigest()
