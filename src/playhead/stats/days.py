"""Days of a time zone as stretches of time.

A session belongs to the local date of its start (contract/metrics.md, One session). The dates come
from Python's time zone database, one instant at a time, so that the store needs none and both
sides of a question always agree. Days have 23 or 25 hours, may be missing altogether (Samoa had no
30 December 2011) and may even come twice (Newfoundland used to set its clocks back over midnight).
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from playhead.store import Interval, Span

_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_DAY_MS: Final = 86_400_000
_FAR_MS: Final = 2**62


class Stretch(Struct, frozen=True):
    """A stretch of time from ``start_ms`` on, all of whose instants have the same local date."""

    start_ms: int
    day: date


class DayRange(Struct, frozen=True):
    """Some days in a row: every date, and the stretches of time that belong to them."""

    days: list[date]
    stretches: list[Stretch]
    end_ms: int

    def by_ordinal(self) -> Span:
        """The stretches by the proleptic ordinals of their days, -1 for a day out of the range."""
        first, last = self.days[0], self.days[-1]
        # A day that was left out begins when the next one does, which has its sessions.
        number_at = {
            stretch.start_ms: stretch.day.toordinal() if first <= stretch.day <= last else -1
            for stretch in self.stretches
        }
        return Span(list(number_at), list(number_at.values()), self.end_ms)


def days_of_range(first: date, last: date, timezone: str) -> DayRange:
    """The days from ``first`` to ``last``, both inclusive.

    Args:
        first: the first day.
        last: the last day, not before the first.
        timezone: an IANA name.

    Returns:
        Every date of the range and its stretches of time, in order. A stretch that belongs to a
        date outside of the range (where a clock went back over midnight) names that date.
    """
    zone = ZoneInfo(timezone)
    days = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
    stretches = [stretch for day in days for stretch in _stretches(day, zone)]
    after = _instants_of_midnight(last.toordinal() + 1, zone)
    end_ms = after[-1]
    if after[0] != end_ms:
        # The midnight after the range comes twice: what lies between may still be the last day.
        stretches += _between(after[0], end_ms, zone)
    return DayRange(days, stretches, end_ms)


def intervals_of_days(first: date | None, last: date | None, timezone: str) -> list[Interval]:
    """When the sessions of some days started, as few intervals as there are.

    Args:
        first: the first day, None: all before ``last`` too.
        last: the last day, not before the first, None: all after ``first`` too.
        timezone: an IANA name.
    """
    if first is None and last is None:
        return [(-_FAR_MS, _FAR_MS)]
    known = days_of_range(first or last or date.min, last or first or date.max, timezone)
    found = [(-_FAR_MS, known.stretches[0].start_ms)] if first is None else []
    ends = [stretch.start_ms for stretch in known.stretches[1:]] + [known.end_ms]
    for stretch, end_ms in zip(known.stretches, ends, strict=True):
        if known.days[0] <= stretch.day <= known.days[-1]:
            found.append((stretch.start_ms, end_ms))
    if last is None:
        found.append((known.end_ms, _FAR_MS))
    return _joined(found)


def _joined(intervals: Sequence[Interval]) -> list[Interval]:
    """Intervals that follow each other without a gap as one."""
    joined: list[Interval] = []
    for start, end in intervals:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        elif start < end:
            joined.append((start, end))
    return joined


def _stretches(day: date, zone: ZoneInfo) -> list[Stretch]:
    first, second = _instants_of_midnight(day.toordinal(), zone)
    return [*_between(first, second, zone), Stretch(second, day)]


def _between(first_ms: int, second_ms: int, zone: ZoneInfo) -> list[Stretch]:
    """The stretches from one midnight to its repetition; none when it comes once."""
    stretches: list[Stretch] = []
    at = first_ms
    while at < second_ms:
        day = _local_date(at, zone)
        stretches.append(Stretch(at, day))
        at = _end_of_date(at, second_ms, day, zone)
    return stretches


def _end_of_date(start_ms: int, end_ms: int, day: date, zone: ZoneInfo) -> int:
    """The first instant after ``start_ms`` with another local date than ``day``, or the end."""
    at = start_ms
    # Clocks change on whole seconds, and this happens in one hour of a few years.
    while at < end_ms and _local_date(at, zone) == day:
        at += 1000
    return min(at, end_ms)


@lru_cache(maxsize=50_000)
def _instants_of_midnight(day_number: int, zone: ZoneInfo) -> tuple[int, int]:
    """When the local clock shows 0:00, first and last; the moment of the jump if it never does."""
    at_midnight = (day_number - _EPOCH_DAY) * _DAY_MS
    try:
        local = datetime.combine(date.fromordinal(day_number), datetime.min.time(), zone)
    except ValueError:
        return at_midnight, at_midnight  # the day after the calendar's last
    early = at_midnight - _offset_ms(local)
    late = at_midnight - _offset_ms(local.replace(fold=1))
    # In a gap the later offset gives the earlier instant, and neither is a repetition.
    return (early, late) if early <= late else (early, early)


def _offset_ms(local: datetime) -> int:
    offset = local.utcoffset() or timedelta()
    return offset // timedelta(milliseconds=1)


def _local_date(instant_ms: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(instant_ms / 1000, UTC).astimezone(zone).date()
