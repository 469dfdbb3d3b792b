"""What the seven endpoints say. Each definition is contract/metrics.md's; none stands elsewhere."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import Final

from msgspec import Struct

from playhead.stats.actions import rate_of
from playhead.stats.days import days_of_range
from playhead.store import (
    MOST_CELLS,
    NO_TOTALS,
    GraphCells,
    GraphChange,
    Questions,
    Segment,
    Totals,
)

_MICROSECONDS: Final = 1_000_000


class Scope(Struct, frozen=True):
    """Whose sessions: an account's, all of them or those of some medias (hashed ids)."""

    account_id: int
    medias: tuple[str, ...] | None = None


class Sums(Struct, frozen=True):
    """Loads, plays and hours watched."""

    loads: int
    plays: int
    hours_watched: float


class DayStats(Struct, frozen=True):
    """The sums of the sessions that started on a day."""

    day: date
    sums: Sums


class Actions(Struct, frozen=True):
    """How often one type of action was used and shown, over all sessions of a media."""

    type: str
    action_count: int
    impression_count: int
    rate: float
    """Between 0 and 1; 0.0 when it was never shown."""


class MediaStats(Struct, frozen=True):
    """A media's numbers; the rates are between 0 and 1."""

    sums: Sums
    visitors: int
    play_rate: float
    engagement: float
    actions: list[Actions]


class Engagement(Struct, frozen=True):
    """The engagement graph: two lists with one whole number a cell, and the mean above it."""

    engagement: float
    engagement_data: list[int]
    rewatch_data: list[int]


def sums(questions: Questions, scope: Scope) -> Sums:
    """Loads, plays and hours watched of all time (metrics.md, Sums).

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    return _sums(questions.totals(scope.account_id, scope.medias))


def by_date(
    questions: Questions, scope: Scope, first: date, last: date, timezone: str
) -> list[DayStats]:
    """One row for every day from ``first`` to ``last``, inclusive, oldest first.

    A session counts on the day of its start in ``timezone`` (metrics.md, One session).

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    asked = days_of_range(first, last, timezone)
    found = questions.days(scope.account_id, scope.medias, asked.by_ordinal(), timezone)
    return [DayStats(day, _sums(found.get(day.toordinal(), NO_TOTALS))) for day in asked.days]


def media_stats(questions: Questions, account_id: int, media: str) -> MediaStats:
    """A media's sums, visitors, play rate and engagement (metrics.md, Sums).

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    found = questions.media(account_id, media)
    return MediaStats(
        sums=_sums(found.totals),
        visitors=found.visitors,
        play_rate=found.visitors_with_a_play / found.visitors if found.visitors else 0.0,
        engagement=mean(found.percent_viewed),
        actions=actions(questions, account_id, Segment(medias=(media,)))
        if found.sessions_with_actions
        else [],
    )


def engagement(
    questions: Questions, account_id: int, media: str, set_duration: float | None
) -> Engagement:
    """The engagement graph of a media (metrics.md, The engagement graph).

    Args:
        questions: the store.
        account_id: numeric id.
        media: hashed id.
        set_duration: the duration in seconds set by hand, None to take the sessions' longest.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    found = questions.viewing(account_id, media)
    cells = cells_of(set_duration or found.longest_duration)
    viewers, rewatches = graph(questions, account_id, Segment(medias=(media,)), cells)
    return Engagement(mean(found.percent_viewed), viewers, rewatches)


def graph(
    questions: Questions, account_id: int, segment: Segment, cells: GraphCells
) -> tuple[list[int], list[int]]:
    """How many sessions saw each cell of their media, and how many viewings came on top.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    changes = questions.graph(account_id, segment, cells) if cells.count else []
    return (
        _running(changes, cells.count, lambda change: change.viewers),
        _running(changes, cells.count, lambda change: change.rewatches),
    )


def cells_of(duration: float) -> GraphCells:
    """How a duration (seconds, 0.0 when unknown) is cut into the cells of a graph."""
    if duration <= 0:
        return GraphCells(0, 1, 1)
    count = max(1, int(duration))
    if duration >= 1 and count <= MOST_CELLS:
        return GraphCells(count, _MICROSECONDS, 1)
    count = min(count, MOST_CELLS)
    # The digits of a duration may go on beyond the microsecond, the borders of pieces do not. So
    # they cannot tell the true cells from the narrowest whose midpoints are in the same
    # microseconds, and the width of those is a fraction of small numbers.
    over, under = (Decimal(repr(duration)) * _MICROSECONDS).as_integer_ratio()
    width_us, divisor = 0, 1
    for halves in range(1, 2 * count, 2):
        midpoint_us = halves * over // (2 * count * under)
        if 2 * midpoint_us * divisor > width_us * halves:
            width_us, divisor = 2 * midpoint_us, halves
    return GraphCells(count, max(1, width_us), divisor)


def actions(questions: Questions, account_id: int, segment: Segment) -> list[Actions]:
    """How often each type of action was used and shown over some sessions, by its name.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    return [
        Actions(row.type, row.used, row.shown, rate_of(row.used, row.shown))
        for row in questions.actions(account_id, segment)
    ]


def _sums(totals: Totals) -> Sums:
    return Sums(totals.loads, totals.plays, hours_of(totals.watched_seconds))


def hours_of(seconds: float) -> float:
    """Seconds watched as the hours that are shown."""
    return _steady(seconds / 3600)


def mean(percent_viewed: float) -> float:
    """A mean of shares as it is shown: at most 1, without digits that mean nothing."""
    # A mean of ones must not exceed one by the last digit of a float.
    return min(1.0, _steady(percent_viewed))


def _steady(number: float) -> float:
    """Drop the digits that depend on the order in which the store happened to add."""
    return float(f"{number:.12g}")


def _running(
    changes: list[GraphChange], count: int, which: Callable[[GraphChange], int]
) -> list[int]:
    steps = [0] * (count + 1)
    for change in changes:
        steps[change.cell] += which(change)
    return list(accumulate(steps))[:count]
