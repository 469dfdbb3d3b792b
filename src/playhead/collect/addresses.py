"""What of a visitor's address an account keeps."""

from functools import lru_cache
from ipaddress import ip_network

from playhead.addresses import parse_address
from playhead.catalog import AddressMode


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
