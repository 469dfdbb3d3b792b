"""Sessions as they are lived: now, one after another, and how well they played."""

import time
from collections.abc import Sequence
from typing import Annotated, Any, Final

from litestar import Request, get
from litestar.params import QueryParameter
from msgspec import Struct

from playhead.api.auth import caller_of
from playhead.api.cursors import cursor_of, read_cursor
from playhead.api.errors import bad_parameter
from playhead.api.finding import find_project
from playhead.api.segments import AskedSessions, MediaId, ProjectId
from playhead.api.services import ApiServices, Services
from playhead.api.times import utc_text
from playhead.stats import event_key, watched_pieces
from playhead.stats.live import live
from playhead.stats.quality import Startup, quality
from playhead.stats.registry import METRICS, Metric
from playhead.stats.sessions import ViewingSession, viewing_sessions

AnyRequest = Request[Any, Any, Any]

_MOST_SESSIONS: Final = 100
_FEW_SESSIONS: Final = 25

Cursor = Annotated[
    str | None,
    QueryParameter(
        name="cursor",
        description="Goes on behind this; the cursor of the answer before.",
        schema_extra={"type": "string"},
    ),
]
Limit = Annotated[
    str | None,
    QueryParameter(
        name="limit",
        description=f"At most so many; more than {_MOST_SESSIONS} counts as {_MOST_SESSIONS}.",
        schema_extra={"type": "integer", "minimum": 1, "default": _FEW_SESSIONS},
    ),
]


class ShownAction(Struct):
    """How often a session showed an action, and how often it was used."""

    type: str
    shown: int
    converted: int


class SessionAnswer(Struct):
    """A session as its newest beacon describes it; texts are ``""`` when they are not known.

    ``watched`` is its watch map: pieces of start, end (seconds) and how often they were played.
    """

    event_key: str
    started_at: str
    media_id: str
    media_name: str
    visitor_key: str
    visitor_name: str | None
    visitor_email: str | None
    played: bool
    duration: float | None
    watched_seconds: float
    percent_viewed: float | None
    watched: list[tuple[float, float, int]]
    page_url: str
    page_title: str
    referrer: str
    country: str
    region: str
    city: str
    network: str
    browser: str
    browser_version: str
    platform: str
    device: str
    language: str
    screen: str
    startup_ms: int
    stalls: int
    stalled_seconds: float
    errors: list[str]
    actions: list[ShownAction]
    watching: bool


class SessionsAnswer(Struct):
    """Some sessions, newest first; ``cursor`` leads to those behind them, null at the end."""

    sessions: list[SessionAnswer]
    cursor: str | None


class LiveAnswer(Struct):
    """Who is watching at ``at``, the one with the newest beacon first, at most 20."""

    at: str
    watching: int
    sessions: list[SessionAnswer]
    last_beacon_at: str | None


class ErrorCount(Struct):
    """In how many sessions an error came."""

    code: str
    sessions: int


class QualityAnswer(Struct):
    """How well the sessions played: those with a play, but for the errors, which are of all."""

    plays: int
    startup: Startup | None
    sessions_stalled: int
    stalls: int
    stalled_seconds: float
    stalled_share: float
    sessions_with_errors: int
    errors: list[ErrorCount]


@get("/live", sync_to_thread=True)
def insight_live(
    request: AnyRequest,
    services: ApiServices,
    project_id: ProjectId = None,
    media_id: MediaId = None,
) -> LiveAnswer:
    """Who is watching now.

    A media that is not known (yet) is watched by nobody, which is not an error.
    """
    account = caller_of(request).account
    now_ms = time.time_ns() // 1_000_000
    medias = _medias(request, services, project_id, media_id)
    if medias == ():
        return LiveAnswer(utc_text(now_ms), 0, [], None)
    found = live(services.watching, services.people, account.id, medias, now_ms)
    return LiveAnswer(
        at=utc_text(now_ms),
        watching=found.watching,
        sessions=_answers(services, account.id, found.sessions),
        last_beacon_at=None if found.last_beacon_ms is None else utc_text(found.last_beacon_ms),
    )


@get("/sessions", sync_to_thread=True)
def insight_sessions(
    services: ApiServices, sessions: AskedSessions, cursor: Cursor = None, limit: Limit = None
) -> SessionsAnswer:
    """The sessions one by one, newest first, those without a play too."""
    found, end = viewing_sessions(
        services.watching,
        services.people,
        sessions,
        now_ms=time.time_ns() // 1_000_000,
        limit=_read_limit(limit),
        after=read_cursor(cursor, "cursor"),
    )
    answers = _answers(services, sessions.account_id, found)
    return SessionsAnswer(answers, cursor_of(end) if end else None)


@get("/quality", sync_to_thread=True)
def insight_quality(services: ApiServices, sessions: AskedSessions) -> QualityAnswer:
    """How quickly the sessions started to play, how often they stalled, and their errors."""
    found = quality(services.watching, sessions)
    return QualityAnswer(
        plays=found.plays,
        startup=found.startup,
        sessions_stalled=found.sessions_stalled,
        stalls=found.stalls,
        stalled_seconds=found.stalled_seconds,
        stalled_share=found.stalled_share,
        sessions_with_errors=found.sessions_with_errors,
        errors=[ErrorCount(error.code, error.sessions) for error in found.errors],
    )


@get("/metrics", sync_to_thread=False)
def insight_metrics() -> list[Metric]:
    """What every number of the pages means, and which call gives it."""
    return list(METRICS)


def _medias(
    request: AnyRequest, services: Services, project_id: str | None, media_id: str | None
) -> tuple[str, ...] | None:
    medias: tuple[str, ...] | None = None
    if project_id:
        project = find_project(request, services, project_id)
        medias = services.catalog.projects.medias_of(project.id)
    if media_id:
        media = services.catalog.medias.find(caller_of(request).account.id, media_id)
        known = media is not None and (medias is None or media.hashed_id in medias)
        medias = (media.hashed_id,) if media is not None and known else ()
    return medias


def _read_limit(given: str | None) -> int:
    if not given:
        return _FEW_SESSIONS
    if not given.isascii() or not given.isdigit() or len(given) > 15 or int(given) < 1:
        raise bad_parameter("limit", f"{given[:80]!r} is not a whole number from 1")
    return min(_MOST_SESSIONS, int(given))


def _answers(
    services: Services, account_id: int, found: Sequence[ViewingSession]
) -> list[SessionAnswer]:
    medias = list({row.session.media for row in found})
    labels = services.catalog.medias.labels(account_id, medias)
    names = {media: label.name for media, label in labels.items()}
    return [_answer(row, names.get(row.session.media, row.session.media)) for row in found]


def _answer(found: ViewingSession, media_name: str) -> SessionAnswer:
    session = found.session
    width, height = session.screen_width, session.screen_height
    return SessionAnswer(
        event_key=event_key(session.session, session.media),
        started_at=utc_text(session.started_ms),
        media_id=session.media,
        media_name=media_name,
        visitor_key=session.visitor,
        visitor_name=found.visitor_name or None,
        visitor_email=found.visitor_email or None,
        played=session.played,
        duration=session.duration or None,
        watched_seconds=session.watched_seconds,
        percent_viewed=found.percent_viewed,
        watched=watched_pieces(session),
        page_url=session.page_url,
        page_title=session.page_title,
        referrer=session.referrer,
        country=session.country,
        region=session.region,
        city=session.city,
        network=session.network,
        browser=session.browser,
        browser_version=session.browser_version,
        platform=session.platform,
        device=found.device,
        language=session.language,
        screen=f"{width}x{height}" if width and height else "",
        startup_ms=session.startup_ms,
        stalls=session.stalls,
        stalled_seconds=session.stalled_ms / 1000,
        errors=session.errors,
        actions=[ShownAction(one.type, one.shown, one.converted) for one in found.actions],
        watching=found.watching,
    )
