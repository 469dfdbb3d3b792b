"""What roll-ups need to know of the numbers: days, and the cells of graphs."""

from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from playhead.stats.days import days_of_range
from playhead.stats.metrics import cells_of
from playhead.store import ROLLED_DAYS, GraphCells, Span

_LONG_BEFORE_MS: Final = -(2**62)
_FIRST: Final = date.fromordinal(ROLLED_DAYS[0])
_LAST: Final = date.fromordinal(ROLLED_DAYS[1])
_FIRST_MS: Final = (
    round(datetime(_FIRST.year, _FIRST.month, _FIRST.day, tzinfo=UTC).timestamp()) * 1000
)
_LAST_MS: Final = round(datetime(_LAST.year, _LAST.month, _LAST.day, tzinfo=UTC).timestamp()) * 1000


class Definitions:
    """The definitions of ``stats``, as the settler asks for them."""

    def days(self, timezone: str, first_ms: int, last_ms: int) -> Span:
        """The days of a zone, as ordinals, of every instant between two, both inclusive.

        Instants outside of the days that roll-ups tell apart belong to none (-1).
        """
        zone = ZoneInfo(timezone)
        first, last = (
            datetime.fromtimestamp(min(max(at_ms, _FIRST_MS), _LAST_MS) / 1000, UTC)
            .astimezone(zone)
            .date()
            for at_ms in (first_ms, last_ms)
        )
        # A clock may have been set back over the midnight between two days.
        begin = max(_FIRST.toordinal(), first.toordinal() - 1)
        end = min(_LAST.toordinal(), last.toordinal() + 1)
        days = days_of_range(date.fromordinal(begin), date.fromordinal(end), timezone).by_ordinal()
        starts = [_LONG_BEFORE_MS, *days.starts_ms, days.end_ms]
        return Span(starts, [-1, *days.buckets, -1], days.end_ms)

    def first_kept_ms(self, timezone: str, keep_days: int, now_ms: int) -> int:
        """When the oldest day began that is kept: today's day of the zone, and so many before."""
        today = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZoneInfo(timezone)).date()
        oldest = date.fromordinal(max(_FIRST.toordinal(), today.toordinal() - keep_days))
        return days_of_range(oldest, oldest, timezone).stretches[0].start_ms

    def cells(self, duration: float) -> GraphCells:
        """The cells of a graph; those of seconds are as many as ever, whatever the duration."""
        return cells_of(duration).as_rolled()
