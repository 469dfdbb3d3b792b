"""One media over some days: sums, buckets, and where its viewers came from.

Source: contract/stats-api.md, ``/modern/analytics/medias/<id>``; docs/numbers.md, Analytics.
"""

import math
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import Struct

from playhead.stats import buckets
from playhead.stats.actions import (
    CALL_TO_ACTION_TYPES,
    FORM_TYPES,
    Action,
    rate_of,
    used_actions,
)
from playhead.stats.buckets import buckets_of
from playhead.stats.days import DayRange, days_of_range, intervals_of_days
from playhead.stats.metrics import mean
from playhead.store import (
    ActionTypes,
    Analytics,
    Conversion,
    Dimension,
    Interval,
    Location,
    LocationOrder,
    SessionKey,
    SourceOrder,
    Span,
    Viewing,
)

ACTION_TYPES: Final = ActionTypes(CALL_TO_ACTION_TYPES, FORM_TYPES)
_NOTHING: Final = Viewing(0, 0, 0.0, 0, 0, 0.0, 0, 0, 0)


class Granularity(StrEnum):
    """How long a bucket of a timeseries is."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


_INTERVALS: Final = {
    Granularity.DAILY: buckets.Interval.DAY,
    Granularity.WEEKLY: buckets.Interval.WEEK,
    Granularity.MONTHLY: buckets.Interval.MONTH,
}


class MediaDays(Struct, frozen=True):
    """A media of an account, from ``first`` to before ``end``, in a time zone."""

    account_id: int
    media: str
    first: date
    end: date
    timezone: str

    @property
    def days(self) -> DayRange:
        """The days as stretches of time."""
        return days_of_range(self.first, self.end - timedelta(days=1), self.timezone)

    @property
    def times(self) -> list[Interval]:
        """When the sessions of these days started."""
        return intervals_of_days(self.first, self.end - timedelta(days=1), self.timezone)


class ViewingSums(Struct, frozen=True):
    """What was viewed; rates are between 0 and 1, times in seconds."""

    loads: int
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


class Bucket(Struct, frozen=True):
    """The sums of a bucket that begins at ``start_ms``."""

    start_ms: int
    sums: ViewingSums


class EmbedLocation(Struct, frozen=True):
    """A page, and what was viewed there."""

    domain: str
    path: str
    url: str
    title: str
    sums: ViewingSums


class TrafficSource(Struct, frozen=True):
    """Where viewers came from, and what they viewed."""

    name: str
    loads: int
    plays: int
    engagement_rate: float


class Language(Struct, frozen=True):
    """A language and its share of all plays, between 0 and 1."""

    language: str
    plays: int
    share: float


class FormConversion(Struct, frozen=True):
    """What a viewer sent with a form; empty where nothing is known."""

    key: SessionKey
    first_name: str
    last_name: str
    email: str


def media_sums(analytics: Analytics, asked: MediaDays) -> ViewingSums:
    """All of the days together.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    days = asked.days
    inside = set(days.days)
    span = Span(
        [stretch.start_ms for stretch in days.stretches],
        [0 if stretch.day in inside else -1 for stretch in days.stretches],
        days.end_ms,
    )
    found = analytics.buckets(asked.account_id, asked.media, span)
    return _sums(found.get(0, _NOTHING))


def timeseries(analytics: Analytics, asked: MediaDays, granularity: Granularity) -> list[Bucket]:
    """The buckets of the days, oldest first; the first and the last are cut to the days.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    cut = buckets_of(asked.days, _INTERVALS[granularity])
    found = analytics.buckets(asked.account_id, asked.media, cut.span)
    return [
        Bucket(start.start_ms, _sums(found.get(number, _NOTHING)))
        for number, start in enumerate(cut.starts)
    ]


def embed_locations(
    analytics: Analytics,
    asked: MediaDays,
    *,
    only: str,
    order: LocationOrder,
    descending: bool,
    limit: int,
) -> list[EmbedLocation]:
    """The pages where the media was loaded.

    Args:
        analytics: the store.
        asked: which media and days.
        only: the address of a single page, ``https://`` may be missing; empty for all.
        order: by what to sort.
        descending: the most first.
        limit: at most so many.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    found = analytics.locations(
        asked.account_id,
        asked.media,
        asked.times,
        only=page_address(only) if only else "",
        order=order,
        descending=descending,
        limit=limit,
    )
    return [_location(row) for row in found]


def traffic(
    analytics: Analytics,
    asked: MediaDays,
    dimension: Dimension,
    *,
    order: SourceOrder,
    descending: bool,
    limit: int,
) -> list[TrafficSource]:
    """Where viewers came from; the name ``""`` is not known.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    found = analytics.sources(
        asked.account_id,
        asked.media,
        asked.times,
        dimension,
        order=order,
        descending=descending,
        limit=limit,
    )
    return [
        TrafficSource(row.name, row.loads, row.plays, mean(row.percent_viewed)) for row in found
    ]


def languages(analytics: Analytics, asked: MediaDays, limit: int) -> list[Language]:
    """Plays by language, most first; the language ``""`` is not known.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    found = analytics.languages(asked.account_id, asked.media, asked.times, limit)
    return [Language(name, plays, plays / total) for name, plays, total in found]


def conversions(
    analytics: Analytics, asked: MediaDays, after: SessionKey | None, limit: int
) -> list[FormConversion]:
    """Sessions that used a form, newest first, behind ``after`` if it is given.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    found = analytics.conversions(
        asked.account_id, asked.media, asked.times, after=after, limit=limit
    )
    return [_conversion(row) for row in found]


def page_address(url: str) -> str:
    """The address of a page without query and fragment; ``https://`` where it has no scheme."""
    bare = url.partition("#")[0].partition("?")[0]
    if "://" not in bare:
        bare = f"https://{bare}"
    scheme, _, rest = bare.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{host.lower()}{slash or '/'}{path}"


def _sums(found: Viewing) -> ViewingSums:
    return ViewingSums(
        loads=found.loads,
        unique_loads=found.visitors,
        unique_plays=found.visitors_with_a_play,
        plays=found.plays,
        play_rate=found.visitors_with_a_play / found.visitors if found.visitors else 0.0,
        played_time=_whole_seconds(found.watched_seconds),
        unique_visitors=found.visitors,
        engagement_rate=mean(found.percent_viewed),
        cta_impressions=found.calls_shown,
        cta_conversions=found.calls_used,
        cta_conversion_rate=rate_of(found.calls_used, found.calls_shown),
        form_conversions=found.forms_used,
    )


def _whole_seconds(seconds: float) -> int:
    # The sum's last digits depend on the order of adding, and must not decide a half.
    return math.floor(round(seconds, 6) + 0.5)


def _location(row: Location) -> EmbedLocation:
    try:
        parts = urlsplit(row.url)
        domain, path = parts.hostname or "", parts.path or "/"
    except ValueError:
        domain, path = "", row.url  # not an address at all, yet it is what a player said
    return EmbedLocation(domain, path, row.url, row.title, _sums(row.viewing))


def _conversion(row: Conversion) -> FormConversion:
    form = next((action for action in used_actions(row.actions) if action.is_form), Action(""))
    data = form.data or {}
    return FormConversion(
        key=row.key,
        first_name=_text(data.get("first_name")),
        last_name=_text(data.get("last_name")),
        email=_text(data.get("email")) or row.email,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
