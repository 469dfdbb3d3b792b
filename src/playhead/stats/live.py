"""Who is watching now (docs/numbers.md, Watching now)."""

from typing import Final

from msgspec import Struct

from playhead.stats.sessions import WATCHING_MS, ViewingSession, sessions_of
from playhead.store import People, Watching

_SHOWN: Final = 20


class Live(Struct, frozen=True):
    """The sessions that are being watched; ``last_beacon_ms`` is None before the first beacon."""

    watching: int
    sessions: list[ViewingSession]
    """At most 20 of them, the one with the newest beacon first."""
    last_beacon_ms: int | None


def live(
    watching: Watching,
    people: People,
    account_id: int,
    medias: tuple[str, ...] | None,
    now_ms: int,
) -> Live:
    """What is being watched at ``now_ms`` (ms since 1970): see :func:`is_watching`.

    The last beacon is that of any session, with a play or without.

    Args:
        watching: the store.
        people: the store.
        account_id: numeric id.
        medias: hashed ids, None for all.
        now_ms: the time.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    heard = watching.heard(account_id, medias, now_ms - WATCHING_MS, now_ms, _SHOWN)
    sessions = sessions_of(people, account_id, heard.newest, now_ms)
    return Live(heard.sessions, sessions, heard.last_ms)
