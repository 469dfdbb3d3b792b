"""What is shown of single sessions that are named by their keys."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from msgspec import Struct

from playhead.store.client import Store
from playhead.store.fragments import SessionKey


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

    @property
    def key(self) -> SessionKey:
        """By which it has its place in a list."""
        return self.started_ms, self.session, self.media


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

IN_THESE_SESSIONS: Final = """account_id = {account:UInt32}
  AND media IN {medias:Array(String)}
  AND session_ms IN {times:Array(UInt64)}
  AND session IN {sessions:Array(UUID)}
"""
"""A condition for some sessions, and maybe some more (:func:`parameters_of`)."""

# A hundred rows lie in almost as many granules, one after the other for a single processor: two
# questions for half of them each are sooner done than one that the engine shares out.
_DETAILS: Final = f"""
SELECT %s
FROM sessions FINAL
WHERE {IN_THESE_SESSIONS}
SETTINGS max_threads = 1
"""
_WORTH_SHARING: Final = 20


def details_of(
    details: type[AnyDetails], store: Store, account: int, keys: Sequence[tuple[UUID, str]]
) -> list[AnyDetails]:
    """What is known of some sessions, named by session id and media, in no order.

    Raises:
        StoreUnavailableError: there is no answer.
    """
    if not keys:
        return []
    sql = _DETAILS % ", ".join(details.__struct_fields__)

    def read(some: Sequence[tuple[UUID, str]]) -> list[AnyDetails]:
        return [details(*row) for row in store.ask(sql, parameters_of(account, some))]

    if len(keys) < _WORTH_SHARING:
        found = read(keys)
    else:
        # As they lie, so that no granule is read twice.
        lying, half = sorted(keys, key=lambda key: (key[1], key[0])), len(keys) // 2
        one, other = store.at_once(lambda: read(lying[:half]), lambda: read(lying[half:]))
        found = one + other
    wanted = set(keys)
    return [row for row in found if (row.session, row.media) in wanted]


def parameters_of(account: int, keys: Iterable[tuple[UUID, str]]) -> dict[str, Any]:
    """The parameters of a question about some sessions, and maybe some more."""
    sessions, medias = zip(*keys, strict=True)
    return {
        "account": account,
        "medias": sorted(set(medias)),
        "times": sorted({session.int >> 80 for session in sessions}),
        "sessions": sorted(map(str, set(sessions))),
    }
