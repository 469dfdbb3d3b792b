"""Days cut into hours, days, weeks or months."""

from datetime import date
from enum import StrEnum
from typing import Final

from msgspec import Struct

from playhead.stats.days import DayRange
from playhead.store import Span

_HOUR_MS: Final = 3_600_000


class Interval(StrEnum):
    """How long a bucket is."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Bucket(Struct, frozen=True):
    """When a bucket begins, and on which day that is."""

    start_ms: int
    day: date


class Buckets(Struct, frozen=True):
    """The buckets of some days, oldest first, and the stretches of time that belong to them."""

    starts: list[Bucket]
    span: Span


def buckets_of(days: DayRange, interval: Interval) -> Buckets:
    """Cut days into buckets; the first and the last are cut to the days.

    Weeks begin on Mondays. Hours are counted from midnight, so that a day on which a clock is
    changed has 23 or 25 of them.
    """
    return _hours(days) if interval is Interval.HOUR else _whole_days(days, interval)


def _whole_days(days: DayRange, interval: Interval) -> Buckets:
    first_ms: dict[date, int] = {}
    for stretch in days.stretches:
        # A day over whose midnight a clock was set back has several.
        first_ms.setdefault(stretch.day, stretch.start_ms)
    starts: list[Bucket] = []
    number_of: dict[date, int] = {}
    for day in days.days:
        if not starts or _begins(day, interval):
            starts.append(Bucket(first_ms[day], day))
        number_of[day] = len(starts) - 1
    # A day that was left out begins when the next one does, and has no session.
    number_at = {stretch.start_ms: number_of.get(stretch.day, -1) for stretch in days.stretches}
    return Buckets(starts, Span(list(number_at), list(number_at.values()), days.end_ms))


def _hours(days: DayRange) -> Buckets:
    inside = set(days.days)
    ends = [stretch.start_ms for stretch in days.stretches[1:]] + [days.end_ms]
    starts: list[Bucket] = []
    starts_ms: list[int] = []
    numbers: list[int] = []
    for stretch, end_ms in zip(days.stretches, ends, strict=True):
        for start_ms in range(stretch.start_ms, end_ms, _HOUR_MS):
            starts_ms.append(start_ms)
            numbers.append(len(starts) if stretch.day in inside else -1)
            if stretch.day in inside:
                starts.append(Bucket(start_ms, stretch.day))
    return Buckets(starts, Span(starts_ms, numbers, days.end_ms))


def _begins(day: date, interval: Interval) -> bool:
    if interval is Interval.WEEK:
        return day.weekday() == 0
    return interval is Interval.DAY or day.day == 1
