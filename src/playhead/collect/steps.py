"""From a beacon to what is put on disk, as a list of named steps.

Each step either puts something into the draft or refuses the beacon. A new rule is a new step.
"""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from playhead.beacon import Beacon
from playhead.catalog import MEDIA_ID, Account
from playhead.collect import watchmap
from playhead.collect.refusals import Reason, Refusal
from playhead.collect.signatures import Signatures
from playhead.collect.visitors import CookielessVisitors

_HOUR_MS: Final = 3_600_000
_QUARTER_MS: Final = 900_000
_MOST_AHEAD_MS: Final = 24 * _HOUR_MS
_MOST_AGE_MS: Final = 35 * 24 * _HOUR_MS
_GOES_ON_MS: Final = 24 * _HOUR_MS


class Sender(Struct, frozen=True, gc=False):
    """What is known of whoever sent the beacon, besides the beacon itself."""

    address: str
    user_agent: str
    origin: str
    received_ms: int
    country: str = ""
    """Of a trusted proxy's header."""
    has_token: bool = False
    """A line with a write token of its account: of any age, and signed by the token."""


class Draft(Struct, gc=False):
    """A beacon on its way through the steps, and what they have put in so far."""

    beacon: Beacon
    account: Account
    sender: Sender
    visitors: CookielessVisitors
    signatures: Signatures
    started_ms: int = 0
    visitor: str = ""
    cookieless: bool = False
    watch_map: watchmap.WatchMap | None = None


def refuse_bad_media_id(draft: Draft) -> None:
    """The media's id has the form of a hashed id (contract/metrics.md, Things)."""
    if not MEDIA_ID.match(draft.beacon.media):
        raise Refusal(
            Reason.MEDIA_ID,
            f"media: {draft.beacon.media[:80]!r} is not an id "
            "(use 1 to 64 of A-Z a-z 0-9 _ - with at least one letter)",
        )


def refuse_bad_session_id(draft: Draft) -> None:
    """The session's id is a UUIDv7, which carries the time of the load."""
    number = draft.beacon.session.int
    if (number >> 76) & 0xF != 7 or (number >> 62) & 0b11 != 0b10:
        raise Refusal(
            Reason.SESSION_ID, f"session: {draft.beacon.session} is not a UUID of version 7"
        )


def refuse_foreign_page(draft: Draft) -> None:
    """The page's host is among the account's allowed domains, when it has set any."""
    allowed = draft.account.allowed_domains
    if not allowed:
        return
    page = draft.beacon.page
    host = _host(page.url if page and page.url else draft.sender.origin)
    if not any(_is_within(host, domain) for domain in allowed):
        raise Refusal(
            Reason.DOMAIN,
            f"page.url: {host!r} is not among the account's allowed domains",
        )


def put_watch_map(draft: Draft) -> None:
    """The watch map in whole milliseconds."""
    draft.watch_map = watchmap.normalise(draft.beacon.watched, draft.beacon.duration or 0.0)


def put_start(draft: Draft) -> None:
    """When the session started by our clock (contract/metrics.md, One session)."""
    received = draft.sender.received_ms
    error = round_to_quarters(received - draft.beacon.sent_at)
    started = (draft.beacon.session.int >> 80) + error
    if started - received > _MOST_AHEAD_MS:
        raise Refusal(
            Reason.TOO_FAR_AHEAD,
            "session: its time is more than 24 h ahead, even with the clock corrected by sent_at",
        )
    if started < 0 or (received - started > _MOST_AGE_MS and not draft.sender.has_token):
        raise Refusal(
            Reason.TOO_OLD,
            "session: it is more than 35 days old "
            "(older ones are taken by /collect/batch with a token of scope write)",
        )
    draft.started_ms = started


def refuse_unsigned(draft: Draft) -> None:
    """The account's own server has signed the key, when the account wants that.

    A page stays open and a beacon waits for a connection longer than a key is good, so a session
    that began in time may go on for a day. A beacon can lie about when its session began, which
    makes every key good for that day longer, and no more.
    """
    if not draft.account.signed_beacons or draft.sender.has_token:
        return
    expires_ms = draft.signatures.expiry_ms(draft.account, draft.beacon.account)
    if expires_ms is None:
        raise Refusal(
            Reason.SIGNATURE,
            "account: has to be a key that the account's server has signed, "
            "as KEY~EXPIRES~SIGNATURE",
        )
    late_ms = draft.sender.received_ms - expires_ms
    if late_ms > 0 and (draft.started_ms > expires_ms or late_ms > _GOES_ON_MS):
        raise Refusal(
            Reason.EXPIRED,
            "account: the signed key has expired (the page has to be given a newer one)",
        )


def put_visitor(draft: Draft) -> None:
    """The visitor's key: the beacon's own, else one derived from the day's secret."""
    if draft.beacon.visitor is not None:
        draft.visitor = draft.beacon.visitor
        return
    sender = draft.sender
    key = draft.visitors.key(
        draft.account.id,
        draft.started_ms,
        sender.received_ms,
        sender.address,
        sender.user_agent,
    )
    if key is None:
        raise Refusal(
            Reason.SECRET_GONE,
            "visitor: is missing, and the secret of the session's day is destroyed after 48 h",
        )
    draft.visitor, draft.cookieless = key, True


STEPS: Final[tuple[Callable[[Draft], None], ...]] = (
    refuse_bad_media_id,
    refuse_bad_session_id,
    refuse_foreign_page,
    put_watch_map,
    put_start,
    refuse_unsigned,
    put_visitor,
)


def run_steps(draft: Draft) -> None:
    """Take a beacon through all steps.

    Raises:
        Refusal: a step does not take it.
    """
    for step in STEPS:
        step(draft)


def round_to_quarters(error_ms: int) -> int:
    """A clock's error rounded to 15 minutes; exactly half is believed and rounds towards zero."""
    quarters = (abs(error_ms) + _QUARTER_MS // 2 - 1) // _QUARTER_MS
    return quarters * _QUARTER_MS if error_ms > 0 else -quarters * _QUARTER_MS


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_within(host: str, domain: str) -> bool:
    """Whether a host is the domain; ``*.example.com`` also takes what is below it."""
    if domain.startswith("*."):
        return host == domain[2:] or host.endswith(domain[1:])
    return host == domain
