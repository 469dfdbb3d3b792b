"""What is shown of single sessions that are named by their keys."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from msgspec import Struct

from playhead.store.client import Store
from playhead.store.recent import ALL_SESSIONS, ask_of_ids_from, first_recent_id


class SessionDetails(Struct, frozen=True):
    """One session as it was last reported; texts are empty where nothing is known."""

    started_ms: int
    session: UUID
    media: str
    visitor: str
    played: bool
    duration: float
    covered_seconds: float
    piece_starts: list[int]
    piece_ends: list[int]
    piece_times: list[int]
    page_url: str
    email: str
    actions: str
    ip: str
    country: str
    region: str
    city: str
    lat: float | None
    lon: float | None
    network: str
    browser: str
    browser_version: str
    platform: str
    mobile: bool


class WholeSession(SessionDetails, frozen=True):
    """The same with what is only shown where a session is looked at from all sides."""

    watched_seconds: float
    received_ms: int
    page_title: str
    referrer: str
    language: str
    screen_width: int
    screen_height: int
    startup_ms: int
    stalls: int
    stalled_ms: int
    errors: list[str]


AnyDetails = TypeVar("AnyDetails", bound=SessionDetails)
_Named = tuple[UUID, str]

IN_THESE_SESSIONS: Final = """account_id = {account:UInt32}
  AND media IN {medias:Array(String)}
  AND session_ms IN {times:Array(UInt64)}
  AND session IN {sessions:Array(UUID)}
"""
"""A condition for some sessions, and maybe some more (:func:`parameters_of`)."""

_DETAILS: Final = f"""
SELECT %s
FROM %s
WHERE {IN_THESE_SESSIONS}
SETTINGS max_threads = 1
"""
# Rows of a media lie together in the order of medias, those of many in the order of time.
_MANY_MEDIAS: Final = 8
# What lies apart is read one after the other by a single processor: two questions for half of the
# rows each are sooner done than one that the engine shares out.
_WORTH_SHARING: Final = 20


def details_of(
    details: type[AnyDetails], store: Store, account: int, keys: Sequence[_Named]
) -> list[AnyDetails]:
    """What is known of some sessions, named by session id and media, in no order.

    Raises:
        StoreUnavailableError: there is no answer.
    """
    if not keys:
        return []
    columns = ", ".join(details.__struct_fields__)

    def read(some: Sequence[_Named], among: str = ALL_SESSIONS) -> list[AnyDetails]:
        answer = store.ask(_DETAILS % (columns, among), parameters_of(account, some))
        return [details(*row) for row in answer]

    near, far = _by_where_they_lie(store, keys)
    if near:
        first_ms = min(time_of(session) for session, _ in near)
        one, other = store.at_once(
            lambda: ask_of_ids_from(store, first_ms, lambda among: read(near, among)),
            lambda: read(far) if far else [],
        )
    elif len(far) < _WORTH_SHARING:
        one, other = read(far), []
    else:
        half = len(far) // 2
        one, other = store.at_once(lambda: read(far[:half]), lambda: read(far[half:]))
    wanted = set(keys)
    return [row for row in one + other if (row.session, row.media) in wanted]


def _by_where_they_lie(
    store: Store, keys: Sequence[_Named]
) -> tuple[Sequence[_Named], Sequence[_Named]]:
    """Those that are best read in the order of time, and the others in that of medias."""
    # As they lie, so that no granule is read twice.
    lying, first_ms = sorted(keys, key=lambda key: (key[1], key[0])), first_recent_id(store)
    near = [key for key in lying if time_of(key[0]) >= first_ms]
    if len({media for _, media in near}) < _MANY_MEDIAS:
        return [], lying
    return near, [key for key in lying if time_of(key[0]) < first_ms]


def parameters_of(account: int, keys: Iterable[tuple[UUID, str]]) -> dict[str, Any]:
    """The parameters of a question about some sessions, and maybe some more."""
    sessions, medias = zip(*keys, strict=True)
    return {
        "account": account,
        "medias": sorted(set(medias)),
        "times": sorted({time_of(session) for session in sessions}),
        "sessions": sorted(map(str, set(sessions))),
    }


def time_of(session: UUID) -> int:
    """The time (ms) in a session's id."""
    return session.int >> 80
