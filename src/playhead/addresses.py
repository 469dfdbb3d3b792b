"""Whose address a request has: the peer's, or a forwarded one where the peer is trusted."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from playhead.settings import Network


class Addresses:
    """Reads addresses. X-Forwarded-For counts only from the trusted proxies."""

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = tuple(trusted)
        self._resolve = lru_cache(maxsize=20_000)(self._resolve_uncached)

    def of(self, peer: str, forwarded_for: str) -> str:
        """The client's address.

        Args:
            peer: the address at the other end of the connection.
            forwarded_for: the X-Forwarded-For header, empty when there is none.
        """
        return self._resolve(peer, forwarded_for) if forwarded_for and self._trusted else peer

    def trusts(self, peer: str) -> bool:
        """Whether the address at the other end of a connection is a trusted proxy's."""
        address = parse_address(peer)
        return address is not None and any(address in network for network in self._trusted)

    def _resolve_uncached(self, peer: str, forwarded_for: str) -> str:
        # From the right, because each proxy appends whom it saw and a stranger writes the left.
        for hop in (peer, *(part.strip() for part in reversed(forwarded_for.split(",")))):
            address = parse_address(hop)
            if address is None:
                return peer
            if not any(address in network for network in self._trusted):
                return str(address)
            peer = str(address)
        return peer


@lru_cache(maxsize=20_000)
def is_loopback(address: str) -> bool:
    """Whether the address is this machine's own."""
    parsed = parse_address(address)
    return parsed is not None and parsed.is_loopback


def neighbourhood(address: str) -> str:
    """What counts as one sender: of IPv6 the /64, in which one machine has as many as it likes."""
    if ":" not in address:
        return address
    parsed = parse_address(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed or address)


def is_address(text: str) -> bool:
    """Whether the text is an IP address."""
    return parse_address(text) is not None


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a text is; one of IPv4 inside IPv6 counts as the former."""
    try:
        parsed = ip_address(text.strip("[]"))
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed
