"""The query parameters that say which sessions a question of ``/insights`` is about."""

from datetime import date
from typing import Annotated, Any, Final

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from playhead.api.auth import caller_of
from playhead.api.errors import bad_parameter
from playhead.api.finding import find_media, find_project
from playhead.api.parameters import EndDate, StartDate, read_days
from playhead.api.services import ApiServices, Services
from playhead.stats.insights import Asked
from playhead.store import Segment, Trait

AnyRequest = Request[Any, Any, Any]

_LONGEST: Final = 2048


def _text(name: str, description: str) -> Any:
    return QueryParameter(name=name, description=description, schema_extra={"type": "string"})


def _one_of(name: str, description: str, *values: str) -> Any:
    schema = {"type": "string", "enum": list(values)}
    return QueryParameter(name=name, description=description, schema_extra=schema)


def _trait(name: str, what: str) -> Any:
    return _text(name, f"Only sessions with this {what}; empty: those of which it is not known.")


ProjectId = Annotated[
    str | None, _text("project_id", "Only medias of this project, by hashed or numeric id.")
]
MediaId = Annotated[str | None, _text("media_id", "Only this media, by hashed or numeric id.")]
VisitorKey = Annotated[str | None, _text("visitor_key", "Only sessions of this visitor.")]
Visitors = Annotated[
    str | None,
    _one_of(
        "visitors",
        "Only visitors who had no session before the first day, or only those who had.",
        "new",
        "returning",
    ),
]
Played = Annotated[
    str | None,
    _one_of("played", "Only sessions with a play, or only those without.", "true", "false"),
]

NEEDED: Final = "needed_parameters"
"""Under which a handler's ``opt`` names those of these parameters that it cannot do without."""

AskedSessions = NamedDependency[Asked]
"""What a handler writes to be given ``provide_sessions`` as ``sessions``."""


def provide_sessions(
    request: AnyRequest,
    services: ApiServices,
    start_date: StartDate = None,
    end_date: EndDate = None,
    project_id: ProjectId = None,
    media_id: MediaId = None,
    visitor_key: VisitorKey = None,
    visitors: Visitors = None,
    played: Played = None,
    page: Annotated[str | None, _trait("page", "address of the page, without its query")] = None,
    referrer_domain: Annotated[str | None, _trait("referrer_domain", "referrer")] = None,
    utm_source: Annotated[str | None, _trait("utm_source", "campaign source")] = None,
    utm_medium: Annotated[str | None, _trait("utm_medium", "campaign medium")] = None,
    utm_campaign: Annotated[str | None, _trait("utm_campaign", "campaign")] = None,
    country: Annotated[str | None, _trait("country", "country, an ISO 3166 code")] = None,
    region: Annotated[str | None, _trait("region", "region")] = None,
    city: Annotated[str | None, _trait("city", "city")] = None,
    network: Annotated[str | None, _trait("network", "organisation of the address")] = None,
    browser: Annotated[str | None, _trait("browser", "browser")] = None,
    platform: Annotated[str | None, _trait("platform", "platform")] = None,
    device: Annotated[str | None, _trait("device", "device: desktop or mobile")] = None,
    viewer_screen_size: Annotated[
        str | None, _trait("viewer_screen_size", "screen, like 1920x1080")
    ] = None,
    language: Annotated[str | None, _trait("language", "language, like de")] = None,
) -> Asked:
    """The sessions that meet all that is given; the same for all of these endpoints.

    Raises:
        ApiError: 404, no such project or media; 422, a parameter makes no sense.
    """
    given: dict[Trait, str | None] = {
        "page": page,
        "referrer_domain": referrer_domain,
        "utm_source": utm_source,
        "utm_medium": utm_medium,
        "utm_campaign": utm_campaign,
        "country": country,
        "region": region,
        "city": city,
        "network": network,
        "browser": browser,
        "platform": platform,
        "device": device,
        "viewer_screen_size": viewer_screen_size,
        "language": language,
    }
    account = caller_of(request).account
    segment = Segment(
        medias=medias_asked_for(request, services, project_id, media_id),
        visitor=visitor_key or "",
        played=_read_choice("played", played, true=True, false=False),
        returning=_read_choice("visitors", visitors, returning=True, new=False),
        traits=tuple(
            (trait, _read_text(trait, value)) for trait, value in given.items() if value is not None
        ),
    )
    asked = Asked(account.id, account.timezone, segment, None, None)
    if not start_date and not end_date:
        return asked
    days = read_days(start_date, end_date, account.timezone)
    return asked.over(days.first, days.last)


def medias_asked_for(
    request: AnyRequest, services: Services, project_id: str | None, media_id: str | None
) -> tuple[str, ...] | None:
    """The medias of a project, or one media, or one media if it is in a project; None for all.

    Raises:
        ApiError: 404, no such project or media in this account.
    """
    medias: tuple[str, ...] | None = None
    if project_id:
        project = find_project(request, services, project_id)
        medias = services.catalog.projects.medias_of(project.id)
    if media_id:
        media = find_media(request, services, media_id).hashed_id
        medias = (media,) if medias is None or media in medias else ()
    return medias


def days_of(request: AnyRequest, asked: Asked) -> tuple[date, date]:
    """The days of a question that needs them.

    Raises:
        ApiError: 422, there is no first day.
    """
    if not request.query_params.get("start_date") or asked.first is None or asked.last is None:
        raise bad_parameter("start_date", "is missing (use YYYY-MM-DD)")
    return asked.first, asked.last


def _read_choice(name: str, given: str | None, **choices: bool) -> bool | None:
    if not given:
        return None
    if given not in choices:
        raise bad_parameter(name, f"{given[:80]!r} is not known (use {' or '.join(choices)})")
    return choices[given]


def _read_text(name: str, given: str) -> str:
    if len(given) > _LONGEST:
        raise bad_parameter(name, f"is longer than {_LONGEST} characters")
    return given
