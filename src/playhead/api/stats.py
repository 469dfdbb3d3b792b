"""The seed's seven endpoints, with the names of each base."""

from collections.abc import Callable, Sequence
from typing import Any

from litestar import Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from playhead.api import asking
from playhead.api.parameters import EndDate, SortDirection, StartDate, read_descending
from playhead.api.services import ApiServices
from playhead.stats import Actions, DayStats, Engagement, Sums

AnyRequest = Request[Any, Any, Any]


class AccountStats(Struct):
    """Sums of an account, with the names of both generations."""

    loads: int
    load_count: int
    plays: int
    play_count: int
    hours_watched: float


class ProjectStats(AccountStats):
    """Sums of a project, with the names of both generations."""

    number_of_videos: int


class DayOfStats(Struct):
    """Sums of a day, ``YYYY-MM-DD``, with the names of both generations."""

    data_date: str
    date: str
    loads: int
    load_count: int
    plays: int
    play_count: int
    hours_watched: float


class MediaStatsAnswer(Struct):
    """Numbers of a media, with the names of both generations; rates are between 0 and 1."""

    loads: int
    load_count: int
    plays: int
    play_count: int
    play_rate: float
    hours_watched: float
    engagement: float
    visitors: int
    actions: list[Actions]


class ModernAccountStats(Struct):
    """Sums of an account."""

    load_count: int
    play_count: int
    hours_watched: float


class ModernProjectStats(ModernAccountStats):
    """Sums of a project."""

    number_of_videos: int


class ModernDayOfStats(Struct):
    """Sums of a day, ``YYYY-MM-DD``."""

    date: str
    load_count: int
    play_count: int
    hours_watched: float


class ModernMediaStats(Struct):
    """Numbers of a media; rates are between 0 and 1."""

    load_count: int
    play_count: int
    play_rate: float
    hours_watched: float
    engagement: float
    visitors: int
    actions: list[Actions]


class Names(Struct, frozen=True):
    """What a base calls things, and in which order its days come."""

    account: Callable[..., Any]
    project: Callable[..., Any]
    day: type[Struct]
    media: Callable[..., Any]
    legacy: bool
    newest_first: bool

    def sums(self, found: Sums) -> dict[str, Any]:
        """Loads, plays and hours under every name that the base has for them."""
        named = {
            "load_count": found.loads,
            "play_count": found.plays,
            # A plain 0 where nothing was watched, as the seed's clients know it.
            "hours_watched": found.hours_watched or 0,
        }
        return named | ({"loads": found.loads, "plays": found.plays} if self.legacy else {})

    def days(self, found: Sequence[DayStats], sort_direction: str | None) -> list[Any]:
        """The days in the order that is asked for."""
        newest_first = read_descending(sort_direction, default=self.newest_first)
        return [self._day(row) for row in (reversed(found) if newest_first else found)]

    def _day(self, row: DayStats) -> Struct:
        day = row.day.isoformat()
        return self.day(
            date=day, **self.sums(row.sums), **({"data_date": day} if self.legacy else {})
        )


V1 = Names(AccountStats, ProjectStats, DayOfStats, MediaStatsAnswer, legacy=True, newest_first=True)
MODERN = Names(
    ModernAccountStats,
    ModernProjectStats,
    ModernDayOfStats,
    ModernMediaStats,
    legacy=False,
    newest_first=False,
)


def stats_handlers(names: Names) -> list[HTTPRouteHandler]:
    """The seven endpoints of a base."""

    def account_show(request: AnyRequest, services: ApiServices) -> Any:
        """All sessions of the account."""
        return names.account(**names.sums(asking.ask_account(request, services)))

    def account_by_date(
        request: AnyRequest,
        services: ApiServices,
        start_date: StartDate = None,
        end_date: EndDate = None,
        sort_direction: SortDirection = None,
    ) -> Any:
        """The account's sessions, day by day."""
        scope = asking.account_scope(request)
        days = asking.ask_days(request, services, scope, start_date, end_date)
        return names.days(days, sort_direction)

    def project_show(request: AnyRequest, services: ApiServices, project_id: FromPath[str]) -> Any:
        """All sessions of the medias that the project has now."""
        found, medias = asking.ask_project(request, services, project_id)
        return names.project(**names.sums(found), number_of_videos=medias)

    def project_by_date(
        request: AnyRequest,
        services: ApiServices,
        project_id: FromPath[str],
        start_date: StartDate = None,
        end_date: EndDate = None,
        sort_direction: SortDirection = None,
    ) -> Any:
        """The sessions of the project's medias, day by day."""
        scope = asking.project_scope(request, services, project_id)
        days = asking.ask_days(request, services, scope, start_date, end_date)
        return names.days(days, sort_direction)

    def media_show(request: AnyRequest, services: ApiServices, media_id: FromPath[str]) -> Any:
        """All sessions of a media."""
        found = asking.ask_media(request, services, media_id)
        return names.media(
            **names.sums(found.sums),
            play_rate=found.play_rate,
            engagement=found.engagement,
            visitors=found.visitors,
            actions=found.actions,
        )

    def media_by_date(
        request: AnyRequest,
        services: ApiServices,
        media_id: FromPath[str],
        start_date: StartDate = None,
        end_date: EndDate = None,
        sort_direction: SortDirection = None,
    ) -> Any:
        """A media's sessions, day by day."""
        scope = asking.media_scope(request, services, media_id)
        days = asking.ask_days(request, services, scope, start_date, end_date)
        return names.days(days, sort_direction)

    def media_engagement(
        request: AnyRequest, services: ApiServices, media_id: FromPath[str]
    ) -> Any:
        """A media's engagement graph; one whole number for each second."""
        return asking.ask_engagement(request, services, media_id)

    days = list[names.day]  # type: ignore[name-defined]  # each base has a type of its own
    return [
        _get("/account", account_show, names.account),
        _get("/account/by_date", account_by_date, days),
        _get("/projects/{project_id:str}", project_show, names.project),
        _get("/projects/{project_id:str}/by_date", project_by_date, days),
        _get("/medias/{media_id:str}", media_show, names.media),
        _get("/medias/{media_id:str}/by_date", media_by_date, days),
        _get("/medias/{media_id:str}/engagement", media_engagement, Engagement),
    ]


def _get(path: str, handler: Callable[..., Any], answer: Any) -> HTTPRouteHandler:
    # The framework reads the type of an answer here, for the description of the API.
    handler.__annotations__["return"] = answer
    return get(path, sync_to_thread=True)(handler)
