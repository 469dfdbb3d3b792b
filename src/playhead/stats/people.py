"""Visitors and their sessions, one by one (docs/numbers.md, Visitors and Events)."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from playhead.stats.actions import FORM_TYPES, conversion_of
from playhead.store import (
    People,
    SessionDetails,
    SessionKey,
    VisitorFilter,
    VisitorKey,
    VisitorPart,
)

_EVENT_KEY: Final = re.compile(r"([0-9a-f]{32})-([A-Za-z0-9_-]{1,64})")


class Agent(Struct, frozen=True):
    """Browser and device; texts are empty and ``mobile`` None where nothing is known."""

    browser: str = ""
    version: str = ""
    platform: str = ""
    mobile: bool | None = None


class Identity(Struct, frozen=True):
    """Who a visitor is; empty where nothing is known."""

    email: str = ""
    name: str = ""
    org_name: str = ""
    org_title: str = ""


class Visitor(Struct, frozen=True):
    """A visitor and the sums over its sessions; times in ms since 1970."""

    key: str
    created_ms: int
    newest_play: SessionKey | None
    loads: int
    plays: int
    identity: Identity
    identified_by: SessionKey | None
    agent: Agent


class Event(Struct, frozen=True):
    """A session, and what follows from it and its visitor."""

    session: SessionDetails
    percent_viewed: float | None
    """0 to 1; None when the session knew no duration."""
    email: str
    agent: Agent
    conversion_type: str
    conversion_data: dict[str, Any] | None


def visitor_filter(wanted: str, search: str) -> VisitorFilter:
    """The filter of a list of visitors.

    Args:
        wanted: ``has_email``, ``has_name``, ``identified_by_email_gate`` or empty.
        search: part of the name or email, in any case; empty for all.
    """
    return VisitorFilter(
        has_email=wanted == "has_email",
        has_name=wanted == "has_name",
        used_form=wanted == "identified_by_email_gate",
        search=search,
        form_types=FORM_TYPES,
    )


def visitors(people: People, account_id: int, keys: Sequence[VisitorKey]) -> list[Visitor]:
    """The visitors of a page, in its order.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    parts: dict[str, list[VisitorPart]] = {}
    names = [name for _, _, name in keys]
    for part in people.visitor_parts(account_id, names) if names else ():
        parts.setdefault(part.visitor, []).append(part)
    return [_visitor(name, parts[name]) for name in names if name in parts]


def visitor(people: People, account_id: int, key: str) -> Visitor | None:
    """One visitor, None when the account has none by this key.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    parts = people.visitor_parts(account_id, [key])
    return _visitor(key, parts) if parts else None


def events(
    people: People,
    account_id: int,
    keys: Sequence[SessionKey],
    at_hand: Iterable[SessionDetails] = (),
) -> list[Event]:
    """The sessions of a page, in its order; those that are not at hand are looked up.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    found = {(row.session, row.media): row for row in at_hand}
    names = [(session, media) for _, session, media in keys]
    missing = [name for name in names if name not in found]
    found |= {(row.session, row.media): row for row in people.sessions(account_id, missing)}
    rows = [found[name] for name in names if name in found]
    unnamed = sorted({row.visitor for row in rows if not row.email})
    emails = people.emails(account_id, unnamed) if unnamed else {}
    return [_event(row, row.email or emails.get(row.visitor, "")) for row in rows]


def event(people: People, account_id: int, key: str) -> Event | None:
    """One session with a play by its event key, None when the account has no such.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    match = _EVENT_KEY.fullmatch(key)
    if match is None:
        return None
    session, media = UUID(match[1]), match[2]
    found = events(people, account_id, [(0, session, media)])
    return found[0] if found and found[0].session.played else None


def watched_pieces(session: SessionDetails) -> list[tuple[float, float, int]]:
    """The watch map of contract/metrics.md: pieces of start, end (s) and times."""
    end = session.duration or float("inf")
    return [
        (start_ms / 1000, min(end_ms / 1000, end), times)
        for start_ms, end_ms, times in zip(
            session.piece_starts, session.piece_ends, session.piece_times, strict=True
        )
    ]


def percent_viewed(session: SessionDetails) -> float | None:
    """The share of the media that was seen, 0 to 1 (contract/metrics.md, One session).

    None when the session knew no duration.
    """
    return min(1.0, session.covered_seconds / session.duration) if session.duration else None


def event_key(session: UUID, media: str) -> str:
    """What names a session within its account."""
    return f"{session.hex}-{media}"


def _visitor(key: str, parts: Sequence[VisitorPart]) -> Visitor:
    newest_first = sorted(parts, key=lambda part: _order(part.newest), reverse=True)
    identity = Identity(
        email=_first(part.email for part in newest_first),
        name=_first(part.name for part in newest_first),
        org_name=_first(part.org_name for part in newest_first),
        org_title=_first(part.org_title for part in newest_first),
    )
    plays = [part.newest_play for part in parts if part.plays]
    known = next((part for part in newest_first if part.browser or part.platform), None)
    return Visitor(
        key=key,
        created_ms=min(part.first[0] for part in parts),
        newest_play=max(plays, key=_order, default=None),
        loads=sum(part.loads for part in parts),
        plays=sum(part.plays for part in parts),
        identity=identity,
        identified_by=_identified_by(identity, parts),
        agent=_agent(known) if known else Agent(),
    )


def _identified_by(identity: Identity, parts: Iterable[VisitorPart]) -> SessionKey | None:
    """The first session that carried the email that counts now; without one, the name."""
    if identity.email:
        keys = [part.first for part in parts if part.email == identity.email]
    else:
        keys = [part.first for part in parts if part.name == identity.name != ""]
    return min(keys, key=_order, default=None)


def _event(session: SessionDetails, email: str) -> Event:
    conversion = conversion_of(session.actions)
    return Event(
        session=session,
        percent_viewed=percent_viewed(session),
        email=email,
        agent=_agent(session) if session.browser or session.platform else Agent(),
        conversion_type=conversion.type if conversion else "",
        conversion_data=conversion.data if conversion else None,
    )


def _agent(row: VisitorPart | SessionDetails) -> Agent:
    return Agent(row.browser, row.browser_version, row.platform, row.mobile)


def _order(key: SessionKey) -> tuple[int, int, str]:
    return key[0], key[1].int, key[2]


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")
