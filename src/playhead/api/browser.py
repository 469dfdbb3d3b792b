"""What a browser shows of itself: the cookie of a sign-in, and which page a request is from.

The cookie goes along with every request to this server, whoever's page made it. So one that changes
something also has to carry a value that only our own pages can read (CSRF), and signing in has to
come from our own pages.
"""

import hashlib
import hmac
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection

from playhead.addresses import Addresses, is_loopback
from playhead.api.errors import ApiError
from playhead.catalog import LONGEST_S

Connection = ASGIConnection[Any, Any, Any, Any]

COOKIE: Final = "playhead_session"
CSRF_HEADER: Final = "X-Playhead-CSRF"
_LONGEST_SECRET: Final = 100
_OURS: Final = frozenset({"same-origin", "none"})
# Whoever sends one of these speaks for somebody else, whose address is not the connection's.
_OF_PROXIES: Final = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def cookie_of(connection: Connection) -> str | None:
    """The secret in the request's cookie; two of them are nobody's, as with tokens."""
    pairs = (
        part.strip().partition("=")
        for name, value in connection.scope["headers"]
        if name == b"cookie"
        for part in value.decode("latin-1").split(";")
    )
    found = [value for name, _, value in pairs if name == COOKIE]
    return found[0] if len(found) == 1 and 0 < len(found[0]) <= _LONGEST_SECRET else None


def set_cookie(secret: str, *, secure: bool) -> str:
    """The Set-Cookie header that gives a browser the secret of its sign-in."""
    return _cookie(secret, LONGEST_S, secure=secure)


def drop_cookie(*, secure: bool) -> str:
    """The Set-Cookie header that takes it away again."""
    return _cookie("", 0, secure=secure)


def csrf_of(secret: str) -> str:
    """What shows that a request is from a page that could read our answers.

    Made from the cookie's secret, so it is each sign-in's own and nobody has to keep it.
    """
    return hmac.new(secret.encode("utf-8", "surrogatepass"), b"csrf", hashlib.sha256).hexdigest()


def refuse_without_csrf(connection: Connection, secret: str) -> None:
    """Refuse a change that may be another site's doing.

    Raises:
        ApiError: 403, the header is missing or not this sign-in's.
    """
    if connection.scope.get("method") in {"GET", "HEAD"}:
        return
    given = connection.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), csrf_of(secret).encode()):
        what = "is not this sign-in's" if given else "is missing"
        raise ApiError(HTTPStatus.FORBIDDEN, f"csrf: {CSRF_HEADER} {what} (GET /session says it)")


def refuse_cross_site(connection: Connection, public_url: str, addresses: Addresses) -> None:
    """Refuse what another site's page asked for.

    Raises:
        ApiError: 403.
    """
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        # Browsers do not let pages write this one, so nothing else has to be asked.
        ours = site in _OURS
    else:
        origin = connection.headers.get("origin")
        ours = origin is None or _host_in(origin) in _hosts(connection, public_url, addresses)
    if not ours:
        raise ApiError(HTTPStatus.FORBIDDEN, "origin: signing in is for this server's own pages")


def is_by_https(connection: Connection, public_url: str, addresses: Addresses) -> bool:
    """Whether the browser's own connection is encrypted, as far as can be known."""
    if public_url.startswith("https:") or connection.scope["scheme"] == "https":
        return True
    # Of several proxies the first one had the browser before it.
    told = connection.headers.get("x-forwarded-proto", "").partition(",")[0]
    return told.strip().lower() == "https" and addresses.trusts(peer_of(connection))


def is_at_this_machine(connection: Connection) -> bool:
    """Whether a person at this machine asks, by a name that is this machine's alone.

    The name matters: any site can have its own lead to 127.0.0.1 and then read what it is told.
    """
    if not is_loopback(peer_of(connection)):
        return False
    if any(name in connection.headers for name in _OF_PROXIES):
        return False
    if connection.headers.get("sec-fetch-site", "none") not in _OURS:
        return False
    host = _host_in(f"//{connection.headers.get('host', '')}")
    try:
        return urlsplit(f"//{host}").hostname in _THIS_MACHINE
    except ValueError:
        return False


def sender_of(connection: Connection, addresses: Addresses) -> str:
    """The address of whoever asks, as trusted proxies tell it."""
    return addresses.of(peer_of(connection), connection.headers.get("x-forwarded-for", ""))


def peer_of(connection: Connection) -> str:
    """The address at the other end of the connection."""
    client = connection.scope["client"]
    return client[0] if client else ""


def _cookie(value: str, max_age_s: int, *, secure: bool) -> str:
    parts = [f"{COOKIE}={value}", "Path=/", f"Max-Age={max_age_s}", "HttpOnly", "SameSite=Lax"]
    return "; ".join([*parts, "Secure"] if secure else parts)


def _hosts(connection: Connection, public_url: str, addresses: Addresses) -> set[str]:
    """The names, with ports, by which this server may have been asked."""
    hosts = {connection.headers.get("host", ""), _host_in(public_url)}
    if addresses.trusts(peer_of(connection)):
        hosts.add(connection.headers.get("x-forwarded-host", ""))
    return {host.lower() for host in hosts if host}


def _host_in(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""
