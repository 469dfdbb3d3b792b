"""Sums over any of an account's sessions: what the pages show (docs/api/insights.md)."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, cast, get_args
from zoneinfo import ZoneInfo

from litestar import Request, get
from litestar.params import QueryParameter
from msgspec import Struct
from msgspec.structs import asdict

from playhead.api.errors import bad_parameter
from playhead.api.finding import find_media
from playhead.api.parameters import MOST_YEARS, one_of, years_later
from playhead.api.segments import NEEDED, AskedSessions, MediaId, days_of
from playhead.api.services import ApiServices, Services
from playhead.stats import Actions
from playhead.stats import insights as stats
from playhead.stats.buckets import Bucket, Interval
from playhead.stats.insights import Asked, Group, SegmentSums
from playhead.stats.metrics import actions
from playhead.store import RowOrder, Trait

AnyRequest = Request[Any, Any, Any]

_MOST_HOURLY_DAYS: Final = 8
_MOST_ROWS: Final = 1000
_FEW_ROWS: Final = 10
_BY: Final = (*get_args(Trait), "media", "visitors")


IntervalParameter = Annotated[
    str | None,
    one_of("interval", "How long a bucket is.", *(one.value for one in Interval), default="day"),
]
By = Annotated[str | None, one_of("by", "What to tell apart.", *_BY)]
SortBy = Annotated[
    str | None, one_of("sort_by", "What to sort by.", *get_args(RowOrder), default="plays")
]
Limit = Annotated[
    str | None,
    QueryParameter(
        name="limit",
        description=f"At most so many; more than {_MOST_ROWS} counts as {_MOST_ROWS}.",
        schema_extra={"type": "integer", "minimum": 1, "default": _FEW_ROWS},
    ),
]
Of = Annotated[str | None, one_of("of", "What to list.", "medias", "projects", default="medias")]


class Before(Struct):
    """The same sums over as many days right before."""

    start_date: date
    end_date: date
    sums: SegmentSums


class SummaryAnswer(Struct):
    """The sums of the sessions; without days, from the first session's day until today."""

    start_date: date | None
    end_date: date | None
    sums: SegmentSums
    before: Before | None


class BucketAnswer(SegmentSums, frozen=True, kw_only=True):
    """The sums of the sessions that started in a bucket; ``start`` is in the account's zone."""

    start: str
    date: date


class TimeseriesAnswer(Struct):
    """The sums through time, oldest first, buckets without sessions too."""

    interval: Interval
    buckets: list[BucketAnswer]


class BreakdownRow(SegmentSums, frozen=True, kw_only=True):
    """The sums of the sessions of a name; ``title`` is a media's name as it is now."""

    name: str
    title: str | None


class BreakdownAnswer(Struct):
    """The sums told apart, the most first; ``total`` says how many names there are in all."""

    by: str
    total: int
    rows: list[BreakdownRow]


class TopAnswer(SegmentSums, frozen=True, kw_only=True):
    """The sums of a media or project; ``spark`` are its plays through the days, oldest first."""

    id: str
    name: str
    spark: list[int]


class DropOffAnswer(Struct):
    """At ``at`` seconds there are ``lost`` viewers fewer than the ``viewers`` just before."""

    cell: int
    at: float
    viewers: int
    lost: int


class RewatchedAnswer(Struct):
    """From ``at`` to ``end`` seconds; at its ``cell``, ``viewings`` came on top of the first."""

    cell: int
    at: float
    end: float
    viewings: int


class EngagementAnswer(Struct):
    """The engagement graph of the sessions, and what stands out in it; times in seconds."""

    media_id: str
    duration: float | None
    cell_seconds: float
    plays: int
    engagement: float
    engagement_data: list[int]
    rewatch_data: list[int]
    drop_offs: list[DropOffAnswer]
    rewatched: list[RewatchedAnswer]


class ActionAnswer(Struct):
    """How often one type of action was used and shown; ``rate`` is between 0 and 1."""

    type: str
    action_count: int
    impression_count: int
    rate: float


@get("/summary", sync_to_thread=True)
def insight_summary(services: ApiServices, sessions: AskedSessions) -> SummaryAnswer:
    """The sums of the sessions, and of as many days before."""
    sums = stats.segment_sums(services.insights, sessions)
    earlier = stats.before(sessions)
    if earlier is None or earlier.first is None or earlier.last is None:
        first, last = sessions.first, sessions.last
        if first is None:
            first, last = _since_the_first(services, sessions)
        return SummaryAnswer(first, last, sums, None)
    before = Before(earlier.first, earlier.last, stats.segment_sums(services.insights, earlier))
    return SummaryAnswer(sessions.first, sessions.last, sums, before)


@get("/timeseries", opt={NEEDED: ("start_date",)}, sync_to_thread=True)
def insight_timeseries(
    request: AnyRequest,
    services: ApiServices,
    sessions: AskedSessions,
    interval: IntervalParameter = None,
) -> TimeseriesAnswer:
    """The sums through time."""
    first, last = days_of(request, sessions)
    chosen = Interval(_read_one("interval", interval, [one.value for one in Interval], "day"))
    if chosen is Interval.HOUR and (last - first).days >= _MOST_HOURLY_DAYS:
        raise bad_parameter("interval", f"hour is for at most {_MOST_HOURLY_DAYS} days (use day)")
    zone = ZoneInfo(sessions.timezone)
    found = stats.through_time(services.insights, sessions, chosen)
    return TimeseriesAnswer(chosen, [_bucket(bucket, sums, zone) for bucket, sums in found])


@get("/breakdown", sync_to_thread=True)
def insight_breakdown(
    services: ApiServices,
    sessions: AskedSessions,
    by: By = None,
    sort_by: SortBy = None,
    limit: Limit = None,
) -> BreakdownAnswer:
    """The sums told apart, the most first."""
    chosen = _read_one("by", by, _BY, None)
    order = cast("RowOrder", _read_one("sort_by", sort_by, get_args(RowOrder), "plays"))
    most = _read_limit(limit)
    if chosen == "visitors":
        found = stats.new_and_returning(services.insights, sessions)
        found.sort(key=lambda row: (-getattr(row[1], order), row[0]))
        return BreakdownAnswer(chosen, len(found), [_row(*row) for row in found[:most]])
    total, rows = stats.told_apart(
        services.insights, sessions, cast("Trait", chosen), order=order, limit=most
    )
    if chosen != "media":
        return BreakdownAnswer(chosen, total, [_row(*row) for row in rows])
    titles = _titles(services, sessions, [name for name, _ in rows])
    return BreakdownAnswer(chosen, total, [_row(name, sums, titles[name]) for name, sums in rows])


@get("/top", opt={NEEDED: ("start_date",)}, sync_to_thread=True)
def insight_top(
    request: AnyRequest,
    services: ApiServices,
    sessions: AskedSessions,
    of: Of = None,
    limit: Limit = None,
) -> list[TopAnswer]:
    """The medias or projects with the most plays, and their plays through the days.

    A media that was deleted keeps its sessions and its last name.
    """
    days_of(request, sessions)
    most = _read_limit(limit)
    if _read_one("of", of, ("medias", "projects"), "medias") == "medias":
        found = stats.top_medias(services.insights, sessions, most)
        names = _titles(services, sessions, [row.id for row in found])
    else:
        groups = [Group(*one) for one in services.catalog.projects.groups(sessions.account_id)]
        found = stats.top_groups(services.insights, sessions, groups, most)
        names = {group.id: group.name for group in groups}
    return [
        TopAnswer(**asdict(row.sums), id=row.id, name=names[row.id], spark=row.spark)
        for row in found
    ]


@get("/engagement", opt={NEEDED: ("media_id",)}, sync_to_thread=True)
def insight_engagement(
    request: AnyRequest, services: ApiServices, sessions: AskedSessions, media_id: MediaId = None
) -> EngagementAnswer:
    """The engagement graph of the sessions of one media."""
    if not media_id:
        raise bad_parameter("media_id", "is missing (the graph is one media's)")
    media = find_media(request, services, media_id)
    found = stats.segment_graph(
        services.insights, services.questions, sessions, media.hashed_id, media.duration
    )
    width = found.cell_seconds
    return EngagementAnswer(
        media_id=media.hashed_id,
        duration=found.duration,
        cell_seconds=width,
        plays=found.sums.plays,
        engagement=found.sums.engagement,
        engagement_data=found.viewers,
        rewatch_data=found.rewatches,
        drop_offs=[
            DropOffAnswer(drop.cell, drop.cell * width, drop.viewers, drop.lost)
            for drop in found.drop_offs
        ],
        rewatched=[
            RewatchedAnswer(one.cell, one.first * width, (one.last + 1) * width, one.viewings)
            for one in found.rewatched
        ],
    )


@get("/actions", sync_to_thread=True)
def insight_actions(services: ApiServices, sessions: AskedSessions) -> list[ActionAnswer]:
    """How often each type of action was shown and used in the sessions."""
    found: list[Actions] = actions(services.questions, sessions.account_id, sessions.segment)
    return [
        ActionAnswer(row.type, row.action_count, row.impression_count, row.rate) for row in found
    ]


def _titles(services: Services, sessions: Asked, medias: list[str]) -> dict[str, str]:
    """The names that medias have, or had when they were deleted, by their hashed ids."""
    labels = services.catalog.medias.labels(sessions.account_id, medias)
    return {media: labels[media].name if media in labels else media for media in medias}


def _since_the_first(services: Services, sessions: Asked) -> tuple[date | None, date | None]:
    """From the account's first session until today, at most as many years as may be asked for."""
    first_ms = services.insights.first_start_ms(sessions.account_id)
    if first_ms is None:
        return None, None
    now = datetime.now(UTC)
    zone = ZoneInfo(sessions.timezone)
    today = now.astimezone(zone).date()
    earliest = years_later(today, -MOST_YEARS)
    # Imported sessions may be from any time, even from one that is no date.
    from_s = datetime.combine(earliest, datetime.min.time(), UTC).timestamp()
    first_s = min(max(first_ms / 1000, from_s), now.timestamp())
    first = datetime.fromtimestamp(first_s, UTC).astimezone(zone).date()
    return max(first, earliest), today


def _read_one(
    name: str, given: str | None, known: tuple[str, ...] | list[str], default: str | None
) -> str:
    chosen = given or default
    if chosen is None:
        raise bad_parameter(name, f"is missing (use {', '.join(known)})")
    if chosen not in known:
        raise bad_parameter(name, f"{chosen[:80]!r} is not known (use {', '.join(known)})")
    return chosen


def _read_limit(given: str | None) -> int:
    if not given:
        return _FEW_ROWS
    if not given.isascii() or not given.isdigit() or len(given) > 15 or int(given) < 1:
        raise bad_parameter("limit", f"{given[:80]!r} is not a whole number from 1")
    return min(_MOST_ROWS, int(given))


def _bucket(bucket: Bucket, sums: SegmentSums, zone: ZoneInfo) -> BucketAnswer:
    start = datetime.fromtimestamp(bucket.start_ms / 1000, UTC).astimezone(zone)
    text = start.isoformat(timespec="seconds")
    return BucketAnswer(**asdict(sums), start=text, date=bucket.day)


def _row(name: str, sums: SegmentSums, title: str | None = None) -> BreakdownRow:
    return BreakdownRow(**asdict(sums), name=name, title=title)
