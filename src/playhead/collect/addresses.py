"""What of a visitor's address an account keeps."""

from functools import lru_cache
from ipaddress import ip_network
from typing import Final

from playhead.addresses import is_address, parse_address
from playhead.catalog import AddressMode

_LONGEST: Final = 60

_is_address: Final = lru_cache(maxsize=20_000)(is_address)


def is_given_address(text: str) -> bool:
    """Whether a text out of a beacon is an IP address; what cannot be one is not remembered."""
    return len(text) <= _LONGEST and _is_address(text)


@lru_cache(maxsize=20_000)
def kept_address(address: str, mode: AddressMode) -> str:
    """What of an address the account keeps; truncated: /24 of IPv4, /48 of IPv6."""
    parsed = parse_address(address)
    if mode is AddressMode.NONE or parsed is None:
        return ""
    if mode is AddressMode.WHOLE:
        return str(parsed)
    bits = 24 if parsed.version == 4 else 48
    return str(ip_network((parsed, bits), strict=False).network_address)
