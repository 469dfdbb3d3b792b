"""A media's analytics, on /modern only (contract/stats-api.md)."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, get_args

from litestar import Request, Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter
from msgspec import UNSET, Struct, UnsetType

from playhead.api.auth import caller_of, requires
from playhead.api.cursors import cursor_of, read_cursor
from playhead.api.errors import ApiError, as_bad_request, bad_parameter
from playhead.api.finding import find_media
from playhead.api.parameters import PerPage, one_of, read_date, read_page, years_later
from playhead.api.services import ApiServices
from playhead.api.times import utc_text
from playhead.catalog import Scope
from playhead.stats import analytics
from playhead.stats.analytics import Granularity, MediaDays, ViewingSums
from playhead.store import Dimension, LocationOrder, SourceOrder

AnyRequest = Request[Any, Any, Any]

_MOST_YEARS: Final = 2
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9998
_LOCATIONS_AT_ONCE: Final = 10
_CONVERSIONS_AT_ONCE: Final = 25


def _date(name: str, description: str) -> Any:
    schema = {"type": "string", "format": "date"}
    return QueryParameter(name=name, description=description, schema_extra=schema, required=True)


FirstDay = Annotated[str, _date("start_date", "First day, YYYY-MM-DD; it is included.")]
EndDay = Annotated[str, _date("end_date", "Day after the last one, YYYY-MM-DD.")]
GranularityParameter = Annotated[
    str, one_of("granularity", "How long a bucket is.", *(one.value for one in Granularity))
]
GroupBy = Annotated[str, one_of("group_by", "What to tell apart.", *get_args(Dimension))]
LocationsBy = Annotated[
    str | None, one_of("sort_by", "What to sort by.", *get_args(LocationOrder), default="plays")
]
TrafficBy = Annotated[
    str | None, one_of("sort_by", "What to sort by.", *get_args(SourceOrder), default="plays")
]
Direction = Annotated[
    str | None,
    one_of("sort_direction", "The least or the most first.", "asc", "desc", default="desc"),
]
EmbedUrl = Annotated[
    str | None,
    QueryParameter(
        name="embed_url",
        description="Only this page; https:// may be left out.",
        schema_extra={"type": "string"},
    ),
]
Cursor = Annotated[
    str | None,
    QueryParameter(
        name="cursor",
        description="Goes on behind this; the end_cursor of the page before.",
        schema_extra={"type": "string"},
    ),
]


Asked = NamedDependency[MediaDays]
"""What a handler writes to be given ``provide_asked``."""


def provide_asked(
    request: AnyRequest,
    services: ApiServices,
    media_id: FromPath[str],
    start_date: FirstDay = "",
    end_date: EndDay = "",
) -> MediaDays:
    """Which media over which days, the same for all of these endpoints.

    Raises:
        ApiError: 404, or 422 for a date, which ``as_bad_request`` makes a 400.
    """
    account = caller_of(request).account
    media = find_media(request, services, media_id)
    first, end = read_date("start_date", start_date), read_date("end_date", end_date)
    for name, given in (("start_date", first), ("end_date", end)):
        if given is None:
            raise bad_parameter(name, "is missing (use YYYY-MM-DD)")
        # Buckets begin at instants, and those of some time zones are outside of the calendar.
        if not _FIRST_YEAR <= given.year <= _LAST_YEAR:
            raise bad_parameter(name, f"{given} is not between {_FIRST_YEAR} and {_LAST_YEAR}")
    assert first and end  # noqa: PT018, S101
    if end <= first:
        raise bad_parameter("end_date", f"{end} is not after the start_date {first}")
    if years_later(first, _MOST_YEARS) < end:
        raise bad_parameter(
            "end_date", f"{end} is over {_MOST_YEARS} years after the start_date {first}"
        )
    return MediaDays(account.id, media.hashed_id, first, end, account.timezone)


class AnalyticsAnswer(Struct):
    """What was viewed; rates are between 0 and 1, times in seconds."""

    unique_loads: int
    unique_plays: int
    plays: int
    play_rate: float
    played_time: int
    unique_visitors: int
    engagement_rate: float
    cta_impressions: int
    cta_conversions: int
    cta_conversion_rate: float
    form_conversions: int


class BucketAnswer(AnalyticsAnswer, kw_only=True):
    """The same for a bucket that begins at ``timestamp``."""

    timestamp: str


class EmbedLocationAnswer(Struct):
    """A page, and what was viewed there."""

    embed_domain: str
    embed_path: str
    embed_url: str
    page_title: str
    loads: int
    plays: int
    play_rate: float
    played_time: int
    engagement_rate: float
    unique_visitors: int
    cta_conversion_rate: float


class TrafficAnswer(Struct):
    """Where viewers came from; one of the first five is there, as ``group_by`` asked."""

    loads: int
    plays: int
    engagement_rate: float
    utm_campaign: str | UnsetType = UNSET
    utm_source: str | UnsetType = UNSET
    utm_medium: str | UnsetType = UNSET
    referrer_domain: str | UnsetType = UNSET
    viewer_screen_size: str | UnsetType = UNSET


class LanguageAnswer(Struct):
    """A language, ``""`` when it is not known, and its share of all plays, 0 to 1."""

    language: str
    plays: int
    percent_of_total_plays: float
    captions_support: bool


class ConversionAnswer(Struct):
    """What a viewer sent with a form, null where nothing is known."""

    first_name: str | None
    last_name: str | None
    email: str | None
    converted_at: str


class PageInfo(Struct):
    """Where a page is in its list; the cursors are null on an empty page."""

    has_next_page: bool
    has_previous_page: bool
    end_cursor: str | None
    start_cursor: str | None


class ConversionsAnswer(Struct):
    """A page of conversions."""

    data: list[ConversionAnswer]
    page_info: PageInfo


@get("/{media_id:str}", sync_to_thread=True)
def analytics_show(
    services: ApiServices,
    asked: Asked,
) -> AnalyticsAnswer:
    """All sessions of a media over some days."""
    return AnalyticsAnswer(**_sums(analytics.media_sums(services.analytics, asked)))


@get("/{media_id:str}/timeseries", sync_to_thread=True)
def analytics_timeseries(
    services: ApiServices,
    asked: Asked,
    granularity: GranularityParameter = "",
) -> list[BucketAnswer]:
    """The sessions of a media by day, week or month, oldest first."""
    length = Granularity(_choice("granularity", granularity, [one.value for one in Granularity]))
    return [
        BucketAnswer(timestamp=utc_text(bucket.start_ms), **_sums(bucket.sums))
        for bucket in analytics.timeseries(services.analytics, asked, length)
    ]


@get("/{media_id:str}/embed_locations", sync_to_thread=True)
def analytics_embed_locations(
    services: ApiServices,
    asked: Asked,
    sort_by: LocationsBy = None,
    sort_direction: Direction = None,
    embed_url: EmbedUrl = None,
    per_page: PerPage = None,
) -> list[EmbedLocationAnswer]:
    """The pages where a media was loaded, the most played first."""
    orders: dict[str, LocationOrder] = {one: one for one in get_args(LocationOrder)}
    found = analytics.embed_locations(
        services.analytics,
        asked,
        only=embed_url or "",
        order=orders[_choice("sort_by", sort_by or "plays", list(orders))],
        descending=_descending(sort_direction),
        limit=read_page(None, per_page, default=_LOCATIONS_AT_ONCE).size,
    )
    return [
        EmbedLocationAnswer(
            embed_domain=row.domain,
            embed_path=row.path,
            embed_url=row.url,
            page_title=row.title,
            loads=row.sums.loads,
            plays=row.sums.plays,
            play_rate=row.sums.play_rate,
            played_time=row.sums.played_time,
            engagement_rate=row.sums.engagement_rate,
            unique_visitors=row.sums.unique_visitors,
            cta_conversion_rate=row.sums.cta_conversion_rate,
        )
        for row in found
    ]


@get("/{media_id:str}/traffic", sync_to_thread=True)
def analytics_traffic(
    services: ApiServices,
    asked: Asked,
    group_by: GroupBy = "",
    sort_by: TrafficBy = None,
    sort_direction: Direction = None,
    per_page: PerPage = None,
) -> list[TrafficAnswer]:
    """Where the viewers of a media came from, the most plays first."""
    dimensions: dict[str, Dimension] = {one: one for one in get_args(Dimension)}
    dimension = dimensions[_choice("group_by", group_by, list(dimensions))]
    orders: dict[str, SourceOrder] = {one: one for one in get_args(SourceOrder)}
    found = analytics.traffic(
        services.analytics,
        asked,
        dimension,
        order=orders[_choice("sort_by", sort_by or "plays", list(orders))],
        descending=_descending(sort_direction),
        limit=read_page(None, per_page).size,
    )
    return [
        TrafficAnswer(row.loads, row.plays, row.engagement_rate, **{dimension: row.name})
        for row in found
    ]


@get("/{media_id:str}/languages", sync_to_thread=True)
def analytics_languages(
    services: ApiServices,
    asked: Asked,
    per_page: PerPage = None,
) -> list[LanguageAnswer]:
    """The plays of a media by the language of the browser, most first."""
    found = analytics.languages(services.analytics, asked, read_page(None, per_page).size)
    return [LanguageAnswer(row.language, row.plays, row.share, False) for row in found]  # noqa: FBT003


@get("/{media_id:str}/conversions", sync_to_thread=True)
def analytics_conversions(
    services: ApiServices,
    asked: Asked,
    cursor: Cursor = None,
    per_page: PerPage = None,
) -> ConversionsAnswer:
    """What viewers of a media sent with forms, newest first."""
    after = read_cursor(cursor, "end_cursor")
    size = read_page(None, per_page, default=_CONVERSIONS_AT_ONCE).size
    # One more than is shown tells whether there is a next page.
    found = analytics.conversions(services.analytics, asked, after, size + 1)
    shown = found[:size]
    return ConversionsAnswer(
        data=[
            ConversionAnswer(
                row.first_name or None,
                row.last_name or None,
                row.email or None,
                utc_text(row.key[0]),
            )
            for row in shown
        ],
        page_info=PageInfo(
            has_next_page=len(found) > size,
            has_previous_page=after is not None,
            end_cursor=cursor_of(shown[-1].key) if shown else None,
            start_cursor=cursor_of(shown[0].key) if shown else None,
        ),
    )


ANALYTICS = Router(
    "/modern/analytics/medias",
    route_handlers=[
        analytics_show,
        analytics_timeseries,
        analytics_embed_locations,
        analytics_traffic,
        analytics_languages,
        analytics_conversions,
    ],
    guards=[requires(Scope.READ)],
    dependencies={"asked": Provide(provide_asked, sync_to_thread=True)},
    exception_handlers={ApiError: as_bad_request},
)


def _choice(name: str, given: str, known: Sequence[str]) -> str:
    if given not in known:
        what = f"{given[:80]!r} is not known" if given else "is missing"
        raise bad_parameter(name, f"{what} (use {', '.join(known)})")
    return given


def _descending(given: str | None) -> bool:
    return _choice("sort_direction", given or "desc", ["asc", "desc", "1", "0"]) in {"desc", "0"}


def _sums(sums: ViewingSums) -> dict[str, Any]:
    return {name: getattr(sums, name) for name in AnalyticsAnswer.__struct_fields__}
