"""Sessions one by one, with or without a play (docs/numbers.md, Sessions)."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from playhead.stats.actions import Action, reported_actions
from playhead.stats.insights import Asked
from playhead.stats.people import percent_viewed
from playhead.store import People, SessionKey, Watching, WholeSession

WATCHING_MS: Final = 30_000
"""How long after its newest beacon a session is still being watched.

Trackers report every 10 seconds while something plays, so two beacons may be lost on their way.
"""


class ViewingSession(Struct, frozen=True):
    """A session, and what follows from it and its visitor; texts are ``""`` when unknown."""

    session: WholeSession
    percent_viewed: float | None
    """0 to 1; None when the session knew no duration."""
    visitor_email: str
    visitor_name: str
    device: str
    """``desktop`` or ``mobile``."""
    actions: list[Action]
    watching: bool


def is_watching(session: WholeSession, now_ms: int) -> bool:
    """Whether a session has a play and its newest beacon arrived within the last 30 seconds."""
    return session.played and now_ms - WATCHING_MS <= session.received_ms <= now_ms


def viewing_sessions(
    watching: Watching,
    people: People,
    asked: Asked,
    *,
    now_ms: int,
    limit: int,
    after: SessionKey | None = None,
) -> tuple[list[ViewingSession], SessionKey | None]:
    """The sessions of a segment, newest first.

    Args:
        watching: the store.
        people: the store.
        asked: which sessions.
        now_ms: the time, in ms since 1970.
        limit: at most so many.
        after: only those that come after this one in the list.

    Returns:
        The sessions, and the last one's key, behind which there are more; None when there are not.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    # One more than is shown tells whether there are more.
    rows = watching.newest_sessions(asked.account_id, asked.segment, limit=limit + 1, after=after)
    shown = rows[:limit]
    found = _with_identities(people, asked.account_id, shown, now_ms)
    return found, shown[-1].key if len(rows) > limit else None


def sessions_of(
    people: People, account_id: int, keys: Sequence[SessionKey], now_ms: int
) -> list[ViewingSession]:
    """The sessions of these keys, in their order; one that is there no more is left out.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    names = [(session, media) for _, session, media in keys]
    found = {(row.session, row.media): row for row in people.whole_sessions(account_id, names)}
    rows = [found[name] for name in names if name in found]
    return _with_identities(people, account_id, rows, now_ms)


def _with_identities(
    people: People, account_id: int, rows: Sequence[WholeSession], now_ms: int
) -> list[ViewingSession]:
    who = people.identities(account_id, sorted({row.visitor for row in rows}))
    return [_viewing(row, who.get(row.visitor, ("", "")), now_ms) for row in rows]


def _viewing(session: WholeSession, identity: tuple[str, str], now_ms: int) -> ViewingSession:
    email, name = identity
    device = "mobile" if session.mobile else "desktop"
    return ViewingSession(
        session=session,
        percent_viewed=percent_viewed(session),
        visitor_email=email,
        visitor_name=name,
        device=device if session.browser or session.platform else "",
        actions=reported_actions(session.actions),
        watching=is_watching(session, now_ms),
    )
