"""Sums over segments of an account's sessions (docs/numbers.md, Insights).

The definitions are contract/metrics.md's; here they are applied to some of the sessions.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from playhead.stats.buckets import Bucket, Interval, buckets_of
from playhead.stats.days import days_of_range, intervals_of_days
from playhead.stats.metrics import cells_of, graph, hours_of, mean
from playhead.stats.moments import DropOff, Rewatched, drop_offs, most_rewatched
from playhead.store import Dividing, GraphCells, Insights, Numbers, Questions, RowOrder, Segment

_DAILY_UP_TO: Final = 62
_WEEKLY_UP_TO: Final = 731


class SegmentSums(Struct, frozen=True):
    """The sums of some sessions; shares are between 0 and 1."""

    loads: int
    plays: int
    play_rate: float
    hours_watched: float
    visitors: int
    engagement: float


class Asked(Struct, frozen=True):
    """Some sessions of an account, over some days or, without these, over all time.

    ``first`` and ``last`` are both given or both None; ``segment.times`` are theirs.
    """

    account_id: int
    timezone: str
    segment: Segment
    first: date | None
    last: date | None

    def over(self, first: date, last: date) -> "Asked":
        """The same sessions over other days."""
        times = tuple(intervals_of_days(first, last, self.timezone))
        segment = msgspec.structs.replace(self.segment, times=times)
        return Asked(self.account_id, self.timezone, segment, first, last)


class Group(Struct, frozen=True):
    """Some medias together; ``id`` names them and ``name`` is for people."""

    id: str
    name: str
    medias: tuple[str, ...]


class TopRow(Struct, frozen=True):
    """The sums of a media or a group, by its id, and its plays through the days, oldest first."""

    id: str
    sums: SegmentSums
    spark: list[int]


class SegmentGraph(Struct, frozen=True):
    """The engagement graph of some sessions of a media; times in seconds."""

    duration: float | None
    cell_seconds: float
    sums: SegmentSums
    viewers: list[int]
    rewatches: list[int]
    drop_offs: list[DropOff]
    rewatched: list[Rewatched]


def segment_sums(insights: Insights, asked: Asked) -> SegmentSums:
    """The sums of a segment.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    return _sums(insights.numbers(asked.account_id, asked.segment))


def before(asked: Asked) -> Asked | None:
    """The same sessions over as many days right before; None without days."""
    if asked.first is None or asked.last is None:
        return None
    length = (asked.last - asked.first).days + 1
    if asked.first.toordinal() <= length:
        return None  # it would begin before the calendar
    return asked.over(asked.first - timedelta(days=length), asked.first - timedelta(days=1))


def through_time(
    insights: Insights, asked: Asked, interval: Interval
) -> list[tuple[Bucket, SegmentSums]]:
    """A segment's sums by bucket of the start of its sessions, oldest first.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    assert asked.first is not None and asked.last is not None  # noqa: PT018, S101
    cut = buckets_of(days_of_range(asked.first, asked.last, asked.timezone), interval)
    found = insights.buckets(asked.account_id, asked.segment, cut.span)
    nothing = _sums(None)
    return [
        (start, _sums(found[number]) if number in found else nothing)
        for number, start in enumerate(cut.starts)
    ]


def told_apart(
    insights: Insights, asked: Asked, by: Dividing, *, order: RowOrder, limit: int
) -> tuple[int, list[tuple[str, SegmentSums]]]:
    """A segment's sums told apart, the most first; ``""`` is not known.

    Returns:
        How many there are in all, and the first ``limit`` of them.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    total, rows = insights.rows(asked.account_id, asked.segment, by, order=order, limit=limit)
    return total, [(name, _sums(numbers)) for name, numbers in rows]


def new_and_returning(insights: Insights, asked: Asked) -> list[tuple[str, SegmentSums]]:
    """A segment's sums by whether its visitors were there before its days.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    found = insights.by_returning(asked.account_id, asked.segment)
    names = {False: "new", True: "returning"}
    return [(names[returning], _sums(numbers)) for returning, numbers in found.items()]


def top_medias(insights: Insights, asked: Asked, limit: int) -> list[TopRow]:
    """The medias with the most plays, by hashed id, deleted ones too.

    Equals are in order of loads, then of their id.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    _, rows = told_apart(insights, asked, "media", order="plays", limit=limit)
    numbers = {media: number for number, (media, _) in enumerate(rows)}
    return _with_sparks(insights, asked, rows, numbers)


def top_groups(
    insights: Insights, asked: Asked, groups: Sequence[Group], limit: int
) -> list[TopRow]:
    """The groups of medias with the most plays; those without a session are left out.

    Equals are in order of loads, then of their name and id.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    members = {media: number for number, group in enumerate(groups) for media in group.medias}
    if not members:
        return []
    found = insights.groups(asked.account_id, asked.segment, members)
    best = sorted(
        found,
        key=lambda n: (-found[n].plays, -found[n].loads, groups[n].name, groups[n].id),
    )[:limit]
    rows = [(groups[number].id, _sums(found[number])) for number in best]
    places = {media: place for place, n in enumerate(best) for media in groups[n].medias}
    return _with_sparks(insights, asked, rows, places)


def _with_sparks(
    insights: Insights,
    asked: Asked,
    rows: Sequence[tuple[str, SegmentSums]],
    members: Mapping[str, int],
) -> list[TopRow]:
    """Each row with the plays of its ``members``: medias, and the number of their row."""
    assert asked.first is not None and asked.last is not None  # noqa: PT018, S101
    if not rows:
        return []
    days = days_of_range(asked.first, asked.last, asked.timezone)
    cut = buckets_of(days, spark_interval(len(days.days)))
    plays = insights.plays(asked.account_id, asked.segment, members, cut.span)
    return [
        TopRow(id_, sums, [plays.get((row, number), 0) for number in range(len(cut.starts))])
        for row, (id_, sums) in enumerate(rows)
    ]


def spark_interval(days: int) -> Interval:
    """How far apart the values of a small chart are, so that there are not too many."""
    if days <= _DAILY_UP_TO:
        return Interval.DAY
    return Interval.WEEK if days <= _WEEKLY_UP_TO else Interval.MONTH


def segment_graph(
    insights: Insights, questions: Questions, asked: Asked, media: str, set_duration: float | None
) -> SegmentGraph:
    """The engagement graph of a segment's sessions of one media.

    Its cells are those of the media's whole graph, so that graphs of segments can be compared.

    Args:
        insights: the store.
        questions: the store.
        asked: which sessions; its segment has no other media than this one.
        media: hashed id.
        set_duration: the duration in seconds set by hand, None to take the sessions' longest.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    longest = questions.longest_durations(asked.account_id, [media]).get(media)
    duration = set_duration or longest
    cells = cells_of(duration or 0.0)
    viewers, rewatches = graph(questions, asked.account_id, asked.segment, cells)
    return SegmentGraph(
        duration=duration,
        cell_seconds=_seconds(cells, duration),
        sums=segment_sums(insights, asked),
        viewers=viewers,
        rewatches=rewatches,
        drop_offs=drop_offs(viewers),
        rewatched=most_rewatched(rewatches),
    )


def _seconds(cells: GraphCells, duration: float | None) -> float:
    """The length of a cell: a second, or where that makes too many or none, a part of it all."""
    if not duration:
        return 1.0
    return 1.0 if cells.count == int(duration) else duration / cells.count


def _sums(found: Numbers | None) -> SegmentSums:
    if found is None:
        return SegmentSums(0, 0, 0.0, 0.0, 0, 0.0)
    return SegmentSums(
        loads=found.loads,
        plays=found.plays,
        play_rate=found.visitors_with_a_play / found.visitors if found.visitors else 0.0,
        hours_watched=hours_of(found.watched_seconds),
        visitors=found.visitors,
        engagement=mean(found.percent_viewed),
    )
