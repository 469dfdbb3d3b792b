"""The seed's seven endpoints, with its names and the later ones side by side."""

from collections.abc import Sequence
from typing import Any

from litestar import Request, Router, get
from litestar.params import FromPath
from msgspec import Struct

from playhead.api.auth import caller_of, requires
from playhead.api.errors import not_found
from playhead.api.parameters import days_parameter, descending_parameter
from playhead.api.services import ApiServices
from playhead.catalog import Media, Project, Scope
from playhead.stats import DayStats, Sums, by_date, engagement, media_stats, sums
from playhead.stats import Scope as StatsScope

AnyRequest = Request[Any, Any, Any]


class AccountStats(Struct):
    """Answer of ``/stats/account``."""

    loads: int
    load_count: int
    plays: int
    play_count: int
    hours_watched: float


class ProjectStats(Struct):
    """Answer of ``/stats/projects/<id>``."""

    loads: int
    load_count: int
    plays: int
    play_count: int
    hours_watched: float
    number_of_videos: int


class DayOfStats(Struct):
    """One day of a ``by_date`` answer; dates are ``YYYY-MM-DD``."""

    data_date: str
    date: str
    loads: int
    load_count: int
    plays: int
    play_count: int
    hours_watched: float


class ActionStats(Struct):
    """How often a kind of action was shown and used."""

    type: str
    action_count: int
    impression_count: int
    rate: float


class MediaStatsAnswer(Struct):
    """Answer of ``/stats/medias/<id>``; the rates are between 0 and 1."""

    loads: int
    load_count: int
    plays: int
    play_count: int
    play_rate: float
    hours_watched: float
    engagement: float
    visitors: int
    actions: list[ActionStats]


class EngagementAnswer(Struct):
    """Answer of ``/stats/medias/<id>/engagement``; one whole number for each second."""

    engagement: float
    engagement_data: list[int]
    rewatch_data: list[int]


@get("/account", sync_to_thread=True)
def account_show(request: AnyRequest, services: ApiServices) -> AccountStats:
    """All sessions of the account."""
    found = sums(services.questions, StatsScope(caller_of(request).account.id))
    return AccountStats(**_both_generations(found))


@get("/account/by_date", sync_to_thread=True)
def account_by_date(request: AnyRequest, services: ApiServices) -> list[DayOfStats]:
    """The account's sessions, day by day."""
    return _by_date(request, services, StatsScope(caller_of(request).account.id))


@get("/projects/{project_id:str}", sync_to_thread=True)
def project_show(
    request: AnyRequest, services: ApiServices, project_id: FromPath[str]
) -> ProjectStats:
    """All sessions of the medias that the project has now."""
    project = _project(request, services, project_id)
    scope = _scope_of_project(request, services, project)
    found = sums(services.questions, scope)
    return ProjectStats(**_both_generations(found), number_of_videos=project.media_count)


@get("/projects/{project_id:str}/by_date", sync_to_thread=True)
def project_by_date(
    request: AnyRequest, services: ApiServices, project_id: FromPath[str]
) -> list[DayOfStats]:
    """The sessions of the project's medias, day by day."""
    project = _project(request, services, project_id)
    return _by_date(request, services, _scope_of_project(request, services, project))


@get("/medias/{media_id:str}", sync_to_thread=True)
def media_show(
    request: AnyRequest, services: ApiServices, media_id: FromPath[str]
) -> MediaStatsAnswer:
    """All sessions of a media."""
    media = _media(request, services, media_id)
    found = media_stats(services.questions, caller_of(request).account.id, media.hashed_id)
    return MediaStatsAnswer(
        **_both_generations(found.sums),
        play_rate=found.play_rate,
        engagement=found.engagement,
        visitors=found.visitors,
        actions=[],
    )


@get("/medias/{media_id:str}/by_date", sync_to_thread=True)
def media_by_date(
    request: AnyRequest, services: ApiServices, media_id: FromPath[str]
) -> list[DayOfStats]:
    """A media's sessions, day by day."""
    media = _media(request, services, media_id)
    scope = StatsScope(caller_of(request).account.id, (media.hashed_id,))
    return _by_date(request, services, scope)


@get("/medias/{media_id:str}/engagement", sync_to_thread=True)
def media_engagement(
    request: AnyRequest, services: ApiServices, media_id: FromPath[str]
) -> EngagementAnswer:
    """A media's engagement graph."""
    media = _media(request, services, media_id)
    found = engagement(
        services.questions, caller_of(request).account.id, media.hashed_id, media.duration
    )
    return EngagementAnswer(found.engagement, found.engagement_data, found.rewatch_data)


STATS_ROUTER = Router(
    "/stats",
    route_handlers=[
        account_show,
        account_by_date,
        project_show,
        project_by_date,
        media_show,
        media_by_date,
        media_engagement,
    ],
    guards=[requires(Scope.READ)],
)


def _project(request: AnyRequest, services: ApiServices, project_id: str) -> Project:
    found = services.catalog.projects.find(caller_of(request).account.id, project_id)
    if found is None:
        raise not_found("project", project_id)
    return found


def _media(request: AnyRequest, services: ApiServices, media_id: str) -> Media:
    found = services.catalog.medias.find(caller_of(request).account.id, media_id)
    if found is None:
        raise not_found("media", media_id)
    return found


def _scope_of_project(request: AnyRequest, services: ApiServices, project: Project) -> StatsScope:
    return StatsScope(
        caller_of(request).account.id, services.catalog.projects.medias_of(project.id)
    )


def _by_date(request: AnyRequest, services: ApiServices, scope: StatsScope) -> list[DayOfStats]:
    timezone = caller_of(request).account.timezone
    days = days_parameter(request, timezone)
    newest_first = descending_parameter(request, default=True)
    rows: Sequence[DayStats] = by_date(services.questions, scope, days.first, days.last, timezone)
    return [
        DayOfStats(
            data_date=row.day.isoformat(), date=row.day.isoformat(), **_both_generations(row.sums)
        )
        for row in (reversed(rows) if newest_first else rows)
    ]


def _both_generations(found: Sums) -> dict[str, Any]:
    return {
        "loads": found.loads,
        "load_count": found.loads,
        "plays": found.plays,
        "play_count": found.plays,
        # A plain 0 where nothing was watched, as the seed's clients know it.
        "hours_watched": found.hours_watched or 0,
    }
