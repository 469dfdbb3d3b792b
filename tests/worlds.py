"""Whole worlds for the exactness tests: an account, its medias, its viewers, a hostile delivery.

Every number that the contract leaves to a tie is avoided (half a millisecond, half of 15 minutes
on a clock that is off), and everything that it decides is aimed at: borders on the middle of a
cell, starts on local midnight, ends past the duration, clocks that are off by years.
"""

import itertools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from oracle import CatalogMedia, Delivery, exact, midpoints, to_the_millisecond
from people import told

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE_MS = 60_000
_QUARTER_HOUR_MS = 15 * _MINUTE_MS
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS
_YEAR_MS = 365 * _DAY_MS

# Days on which something happens to the local clock, and a plain one where nothing ever does.
ZONES: Sequence[tuple[str, date]] = [
    (zone, date.fromisoformat(day))
    for zone, days in {
        "UTC": ["2024-02-29", "1999-12-31", "1970-01-03"],
        "America/New_York": ["2024-03-10", "2024-11-03"],
        "Europe/Berlin": ["2024-03-31", "2024-10-27"],
        "Asia/Kolkata": ["2023-08-15"],
        # From +5:30 to +5:45 at midnight.
        "Asia/Kathmandu": ["1985-12-31", "2024-06-01"],
        "Australia/Eucla": ["2008-10-26", "2009-03-29", "2024-06-01"],
        "Pacific/Chatham": ["2024-04-07", "2024-09-29"],
        # Half an hour of summer time.
        "Australia/Lord_Howe": ["2024-04-07", "2024-10-06"],
        # Two hours of it.
        "Antarctica/Troll": ["2024-03-31", "2024-10-27"],
        # One minute after midnight the clock went back into the day before, which came twice.
        "America/St_Johns": ["2006-10-29", "2010-11-07", "2007-03-11", "2024-11-03"],
        # Days that begin at 1:00, and days whose last hour comes twice.
        "America/Sao_Paulo": ["2018-11-04", "2018-02-17"],
        "America/Havana": ["2024-03-10", "2024-11-03"],
        "Africa/Cairo": ["2024-04-26", "2024-10-31"],
        "America/Caracas": ["2007-12-09"],
        # Offsets that are no whole minutes.
        "Africa/Monrovia": ["1972-01-07", "1971-06-01"],
        # Whole days that were left out.
        "Pacific/Apia": ["2011-12-30", "2011-12-29"],
        "Pacific/Kwajalein": ["1993-08-21"],
        "Pacific/Kiritimati": ["1994-12-31", "2024-06-01"],
        "Etc/GMT+12": ["2024-12-31"],
    }.items()
    for day in days
]

# Seconds. Around every bend of the graph's definition, what players report, and digits without end.
DURATIONS: Sequence[float] = [
    10, 60, 12.5, 1, 2, 1.5, 0.4, 0.999, 0.3, 1.999, 29.97, 634.625, 999.999,
    1000, 1000.5, 1000.9, 1001, 1200, 1500.5, 3600, 5400.04, 10800, 10799.999,
    10.026666666666667, 0.30000000000000004, 0.4004004, 1200.0000001, 59.99999999999999,
]  # fmt: skip


@dataclass(frozen=True)
class Media:
    """A media and what is done to it in the catalog: before anything is delivered, and after."""

    hashed_id: str
    in_catalog_first: bool
    duration_at_first: float | None
    duration_now: float | None
    project_at_first: str | None
    project_now: str | None


@dataclass(frozen=True)
class World:
    """An account. ``batches`` are the deliveries that arrive, in order, one POST each."""

    timezone: str
    first: date
    last: date
    part_first: date
    part_last: date
    projects: tuple[str, ...]
    medias: tuple[Media, ...]
    batches: tuple[tuple[Delivery, ...], ...] = field(repr=False)

    @property
    def log(self) -> list[Delivery]:
        return [delivery for batch in self.batches for delivery in batch]

    def catalog_now(self) -> list[CatalogMedia]:
        return [
            CatalogMedia(media.hashed_id, media.duration_now, media.project_now)
            for media in self.medias
        ]

    def catalog_at_first(self) -> list[CatalogMedia]:
        """The catalog before anything was changed by hand; some medias came by a beacon."""
        return [
            CatalogMedia(media.hashed_id, media.duration_at_first, media.project_at_first)
            if media.in_catalog_first
            else CatalogMedia(media.hashed_id)
            for media in self.medias
        ]


def in_any_world(examples: int) -> settings:
    """For tests that hold so many examples against a running server; the same each time."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        print_blob=True,
        # A world is asked over HTTP: to make a bad one smaller would take minutes.
        phases=[Phase.explicit, Phase.generate],
        # Every world gets an account of its own, so the server may be shared.
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
        ],
    )


@st.composite
def worlds(draw: st.DrawFn, *, forged: bool = True) -> World:
    """Any world. With ``forged``, some repeats of a seq say something else than the first did."""
    timezone, day = draw(st.sampled_from(ZONES))
    lengths = draw(st.lists(_durations(), min_size=1, max_size=6))
    projects = tuple(f"project {number}" for number in range(draw(st.integers(0, 2))))
    names = [f"media-{number}" for number in range(len(lengths))]
    visitors = draw(st.sampled_from([["v"], ["v", "V", "w-1"], ["a.b_c-D", "7", "v" * 64, "v"]]))
    session_ids = _SessionIds()
    session = _sessions(names, lengths, visitors, _starts(timezone, day), session_ids)
    sessions = draw(st.lists(session, max_size=14))
    arriving = draw(_delivery([beacon for beacons in sessions for beacon in beacons], forged))
    seen = {delivery.beacon["media"] for delivery in arriving}
    offsets = sorted(draw(st.tuples(st.integers(-4, 4), st.integers(-4, 4))))
    return World(
        timezone=timezone,
        first=day - timedelta(days=4),
        last=day + timedelta(days=4),
        part_first=day + timedelta(days=offsets[0]),
        part_last=day + timedelta(days=offsets[1]),
        projects=projects,
        medias=tuple(
            draw(_medias(name, length, projects, must_be_first=name not in seen))
            for name, length in zip(names, lengths, strict=True)
        ),
        batches=tuple(draw(_batches(arriving))),
    )


class _SessionIds:
    """UUIDv7s that differ within a world, and are the same each time hypothesis replays it."""

    def __init__(self) -> None:
        self._made = 0

    def at(self, ms: int) -> str:
        self._made += 1
        return str(uuid.UUID(int=ms << 80 | 7 << 76 | 2 << 62 | self._made))


def _durations() -> st.SearchStrategy[float | None]:
    """A media's length in seconds; None for a live stream."""
    return st.one_of(
        st.sampled_from(DURATIONS),
        st.integers(400, 30_000).map(lambda ms: ms / 1000),
        st.none(),
        st.integers(400, 10_800_000).map(lambda ms: ms / 1000),
        st.floats(0.4, 10_800),
    )


@st.composite
def _medias(
    draw: st.DrawFn,
    name: str,
    length: float | None,
    projects: Sequence[str],
    *,
    must_be_first: bool,
) -> Media:
    by_hand = st.none() | (st.just(length) if length else st.nothing()) | st.sampled_from(DURATIONS)
    duration_at_first = draw(by_hand)
    duration_now = draw(st.just(duration_at_first) | by_hand)
    project = st.sampled_from([None, *projects])
    project_at_first = draw(project)
    return Media(
        hashed_id=name,
        # What no beacon registers must be made by hand, or there is nothing to ask for.
        in_catalog_first=must_be_first or draw(st.booleans()),
        duration_at_first=duration_at_first,
        # The contract has no way to take a duration back.
        duration_now=duration_at_first if duration_now is None else duration_now,
        project_at_first=project_at_first,
        project_now=draw(st.just(project_at_first) | project),
    )


def _starts(timezone: str, day: date) -> st.SearchStrategy[int]:
    """Instants at which sessions start, in ms: around local midnights, and anywhere near."""
    zone = ZoneInfo(timezone)
    midnights = [
        _ms(datetime.combine(day + timedelta(days=days), time(), zone).replace(fold=fold))
        for days in (0, 1, 2)
        for fold in (0, 1)
    ]
    near = st.one_of(
        st.sampled_from([0, -1, 1]),
        st.integers(-2 * _MINUTE_MS, 2 * _MINUTE_MS),
        st.integers(-3 * _HOUR_MS, 3 * _HOUR_MS),
        st.integers(-36 * _HOUR_MS, 36 * _HOUR_MS),
    )
    return st.builds(int.__add__, st.sampled_from(midnights), near)


def _ms(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


# How far a viewer's clock is from true time beyond what is believed: quarter-hours up to years.
_CLOCKS_OFF_MS = st.one_of(
    st.just(0),
    st.integers(-100, 100).map(lambda quarters: quarters * _QUARTER_HOUR_MS),
    st.sampled_from([-2, -1, 1, 3, 20, 400]).map(lambda years: years * _YEAR_MS),
)


@st.composite
def _sessions(
    draw: st.DrawFn,
    names: Sequence[str],
    lengths: Sequence[float | None],
    visitors: Sequence[str],
    starts: st.SearchStrategy[int],
    session_ids: _SessionIds,
) -> list[Delivery]:
    """All beacons of one session, in order; ``account`` is for whoever sends them."""
    number = draw(st.integers(0, len(names) - 1))
    name, duration = names[number], draw(_shown(lengths[number]))
    visitor = draw(st.sampled_from(visitors))
    start_ms = draw(starts)
    off_ms = draw(_CLOCKS_OFF_MS)
    if start_ms + off_ms < 0:
        off_ms = -off_ms  # no UUIDv7 can say a time before 1970
    session = session_ids.at(start_ms + off_ms)
    pieces = draw(_watch_map(duration, lengths[number]))
    beacons = draw(st.integers(1, 4))
    seqs = draw(_growing_seqs(beacons))
    now_ms = start_ms
    made = []
    for position, seq in enumerate(seqs):
        now_ms += draw(st.integers(0, 20_000) | st.integers(0, 3 * _HOUR_MS))
        # The newest has all of the pieces; the others some of them, so that each loss would show.
        some = pieces if position == beacons - 1 else pieces[: draw(st.integers(0, len(pieces)))]
        beacon: dict[str, Any] = {
            "media": name,
            "session": session,
            "seq": seq,
            "sent_at": now_ms + off_ms,
            "visitor": visitor,
            "duration": duration,
            "played": draw(st.booleans()),
            "watched": some,
        }
        if duration is None and draw(st.booleans()):
            del beacon["duration"]
        beacon |= draw(told())
        made.append(Delivery(beacon, now_ms + draw(_believed_error(off_ms))))
    return made


def _shown(length: float | None) -> st.SearchStrategy[float | None]:
    """What a viewer's player says of the duration: mostly the same, not always, maybe nothing."""
    if length is None:
        return st.none()
    return st.one_of(
        st.just(length), st.sampled_from([length + 0.04, length * 2, length / 2 + 0.4]), st.none()
    )


def _believed_error(off_ms: int) -> st.SearchStrategy[int]:
    """Network and a clock that is right within minutes: what rounding to 15 minutes must drop."""
    error = st.one_of(
        st.integers(0, 500),
        st.integers(-7 * _MINUTE_MS, 7 * _MINUTE_MS),
        st.sampled_from([-_QUARTER_HOUR_MS // 2 + 1, _QUARTER_HOUR_MS // 2 - 1]),
    )
    if off_ms == 0:
        # Exactly 7.5 minutes is still believed; on a clock that is off it would be a tie.
        error |= st.sampled_from([-_QUARTER_HOUR_MS // 2, _QUARTER_HOUR_MS // 2])
    return error


def _growing_seqs(count: int) -> st.SearchStrategy[list[int]]:
    return st.one_of(
        st.integers(0, 3).map(lambda first: list(range(first, first + count))),
        st.lists(st.integers(0, 65_535), min_size=count, max_size=count, unique=True).map(sorted),
        st.just(list(range(65_536 - count, 65_536))),
    )


@st.composite
def _watch_map(
    draw: st.DrawFn, duration: float | None, length: float | None
) -> list[list[float | int]]:
    """The pieces between some borders, some of them left out; neighbours often touch."""
    end = Fraction(10_800) if duration is None else exact(duration)
    # What is allowed past the duration is so before rounding and after it.
    farthest = end if duration is None else end + draw(st.sampled_from([0, 1]))
    # Two borders may be the same number once they are written.
    borders = sorted(
        {
            _number(border)
            for group in draw(st.lists(_borders(end, farthest, length), max_size=8))
            for border in group
            if 0 <= border <= farthest and to_the_millisecond(border) <= farthest
        }
    )
    times = st.sampled_from([1, 0, 2, 3, 10_000]) | st.integers(1, 10_000)
    return [
        [border, following, played]
        for border, following in itertools.pairwise(borders)
        if (played := draw(times))
    ]


@st.composite
def _borders(
    draw: st.DrawFn, end: Fraction, farthest: Fraction, length: float | None
) -> list[Fraction]:
    """One place in a media, or a few that are less than a millisecond apart."""
    aimed = st.sampled_from([Fraction(0), end, farthest, *_cell_borders(end, length)])
    anywhere = st.integers(0, int(farthest * 1000)).map(lambda ms: Fraction(ms, 1000))
    border = draw(anywhere | aimed)
    near = draw(st.sampled_from([(0,), (0,), (0,), (0, 3), (-3, 2), (4,), (-4,), (-1, 0, 1)]))
    # A border of any digits (a duration's end) stays as it is when nothing is added.
    moved = [border if not tenths else _on_tenths(border, tenths) for tenths in near]
    return [place for place in moved if not _is_half_a_millisecond(place)]


def _cell_borders(end: Fraction, length: float | None) -> list[Fraction]:
    """Middles of cells, for the graph of this player's duration and for the media's own."""
    found = []
    for duration in {end, exact(length) if length else end}:
        cells = midpoints(duration)
        chosen = {0, 1, 2, len(cells) // 2, len(cells) - 2, len(cells) - 1}
        middles = [cells[cell] for cell in sorted(chosen) if 0 <= cell < len(cells)]
        found += [to_the_millisecond(middle) for middle in middles]
        found += [Fraction(len(cells)), Fraction(len(cells) - 1)]
    return found


def _on_tenths(border: Fraction, tenths: int) -> Fraction:
    return to_the_millisecond(border) + Fraction(tenths, 10_000)


def _is_half_a_millisecond(place: Fraction) -> bool:
    return abs(place * 1000 % 1 - Fraction(1, 2)) < Fraction(1, 10**6)


def _number(place: Fraction) -> float | int:
    """The number whose digits are this place: an int where it is whole, as some senders write."""
    return int(place) if place.denominator == 1 else float(place)


@st.composite
def _delivery(draw: st.DrawFn, sent: Sequence[Delivery], forged: bool) -> list[Delivery]:
    """What arrives of what was sent: some lost, some repeated, some late, in any order."""
    arriving: list[Delivery] = []
    for delivery in sent:
        times = draw(st.sampled_from([1, 1, 1, 2, 0, 3]))
        for attempt in range(times):
            later_ms = attempt * draw(st.integers(1, _DAY_MS))
            again = _sent_again(delivery, later_ms)
            if forged and attempt and draw(st.booleans()):
                again = _saying_otherwise(again)
            arriving.append(again)
    order = draw(st.sampled_from(["as sent", "backwards", "shuffled"]))
    if order == "backwards":
        arriving.reverse()
    return draw(st.permutations(arriving)) if order == "shuffled" else arriving


def _sent_again(delivery: Delivery, later_ms: int) -> Delivery:
    """The same beacon on a later attempt; ``sent_at`` is set anew on each."""
    beacon = {**delivery.beacon, "sent_at": delivery.beacon["sent_at"] + later_ms}
    return Delivery(beacon, delivery.received_ms + later_ms)


def _saying_otherwise(delivery: Delivery) -> Delivery:
    """The same seq with all else changed: whichever comes second must be ignored."""
    beacon = {
        **delivery.beacon,
        "visitor": "someone-else",
        "duration": 77.7,
        "played": not delivery.beacon["played"],
        "watched": [] if delivery.beacon["watched"] else [[0, 7, 7]],
    }
    return replace(delivery, beacon=beacon)


@st.composite
def _batches(draw: st.DrawFn, arriving: Sequence[Delivery]) -> list[tuple[Delivery, ...]]:
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(arriving) - 1)), max_size=3)))
    borders = [0, *cuts, len(arriving)]
    found = [tuple(arriving[start:end]) for start, end in itertools.pairwise(borders)]
    return [batch for batch in found if batch]
