"""The seed's seven endpoints on /v1, with its names and the later ones side by side."""

from collections.abc import Sequence
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from msgspec import Struct

from playhead.api import asking
from playhead.api.parameters import EndDate, SortDirection, StartDate, read_descending
from playhead.api.services import ApiServices
from playhead.stats import Actions, DayStats, Engagement, Sums

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
    actions: list[Actions]


@get("/account", sync_to_thread=True)
def account_show(request: AnyRequest, services: ApiServices) -> AccountStats:
    """All sessions of the account."""
    return AccountStats(**_both_generations(asking.ask_account(request, services)))


@get("/account/by_date", sync_to_thread=True)
def account_by_date(
    request: AnyRequest,
    services: ApiServices,
    start_date: StartDate = None,
    end_date: EndDate = None,
    sort_direction: SortDirection = None,
) -> list[DayOfStats]:
    """The account's sessions, day by day, newest first."""
    scope = asking.account_scope(request)
    days = asking.ask_days(request, services, scope, start_date, end_date)
    return _days(days, sort_direction)


@get("/projects/{project_id:str}", sync_to_thread=True)
def project_show(
    request: AnyRequest, services: ApiServices, project_id: FromPath[str]
) -> ProjectStats:
    """All sessions of the medias that the project has now."""
    found, medias = asking.ask_project(request, services, project_id)
    return ProjectStats(**_both_generations(found), number_of_videos=medias)


@get("/projects/{project_id:str}/by_date", sync_to_thread=True)
def project_by_date(
    request: AnyRequest,
    services: ApiServices,
    project_id: FromPath[str],
    start_date: StartDate = None,
    end_date: EndDate = None,
    sort_direction: SortDirection = None,
) -> list[DayOfStats]:
    """The sessions of the project's medias, day by day, newest first."""
    scope = asking.project_scope(request, services, project_id)
    days = asking.ask_days(request, services, scope, start_date, end_date)
    return _days(days, sort_direction)


@get("/medias/{media_id:str}", sync_to_thread=True)
def media_show(
    request: AnyRequest, services: ApiServices, media_id: FromPath[str]
) -> MediaStatsAnswer:
    """All sessions of a media."""
    found = asking.ask_media(request, services, media_id)
    return MediaStatsAnswer(
        **_both_generations(found.sums),
        play_rate=found.play_rate,
        engagement=found.engagement,
        visitors=found.visitors,
        actions=found.actions,
    )


@get("/medias/{media_id:str}/by_date", sync_to_thread=True)
def media_by_date(
    request: AnyRequest,
    services: ApiServices,
    media_id: FromPath[str],
    start_date: StartDate = None,
    end_date: EndDate = None,
    sort_direction: SortDirection = None,
) -> list[DayOfStats]:
    """A media's sessions, day by day, newest first."""
    scope = asking.media_scope(request, services, media_id)
    days = asking.ask_days(request, services, scope, start_date, end_date)
    return _days(days, sort_direction)


@get("/medias/{media_id:str}/engagement", sync_to_thread=True)
def media_engagement(
    request: AnyRequest, services: ApiServices, media_id: FromPath[str]
) -> Engagement:
    """A media's engagement graph; one whole number for each second."""
    return asking.ask_engagement(request, services, media_id)


STATS_V1 = [
    account_show,
    account_by_date,
    project_show,
    project_by_date,
    media_show,
    media_by_date,
    media_engagement,
]


def _days(days: Sequence[DayStats], sort_direction: str | None) -> list[DayOfStats]:
    newest_first = read_descending(sort_direction, default=True)
    return [
        DayOfStats(
            data_date=row.day.isoformat(), date=row.day.isoformat(), **_both_generations(row.sums)
        )
        for row in (reversed(days) if newest_first else days)
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
