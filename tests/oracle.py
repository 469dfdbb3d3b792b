"""The brute-force reader: what the seven endpoints must say, straight from the contract.

It exists to disagree with the product, so it shares nothing with it and is as plain as the
contract's own sentences: every session is looked at one by one, every number is an exact fraction
taken from the digits that were sent, every instant goes through the time zone on its own, and
every cell of a graph asks every session. tests/test_oracle.py pins it with examples by hand.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

Answer = dict[str, Any]
"""An answer under the seed's field names; counts are ints and all else are Fractions."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUARTER_HOUR_MS = 15 * 60 * 1000


@dataclass(frozen=True)
class Delivery:
    """A beacon that was accepted, as it was sent, and when (ms since 1970)."""

    beacon: Mapping[str, Any]
    received_ms: int


@dataclass(frozen=True)
class CatalogMedia:
    """What the catalog says of a media now: the duration set by hand, and its project."""

    hashed_id: str
    duration: float | None = None
    project: str | None = None


@dataclass(frozen=True)
class Piece:
    """A piece of a watch map, in seconds: half-open, played so many times."""

    start: Fraction
    end: Fraction
    times: int


@dataclass(frozen=True)
class Session:
    """A session as its newest beacon describes it."""

    media: str
    visitor: str
    played: bool
    day: date
    duration: Fraction | None
    watch_map: tuple[Piece, ...]

    def watched_seconds(self) -> Fraction:
        return sum(((p.end - p.start) * p.times for p in self.watch_map), Fraction(0))

    def covered_seconds(self) -> Fraction:
        return sum((p.end - p.start for p in self.watch_map), Fraction(0))

    def percent_viewed(self) -> Fraction | None:
        if self.duration is None:
            return None
        return min(Fraction(1), self.covered_seconds() / self.duration)

    def times_at(self, position: Fraction) -> int:
        """The watch map's value at a position of the media, in seconds."""
        for piece in self.watch_map:
            if piece.start <= position < piece.end:
                return piece.times
        return 0


class Oracle:
    """The answers of one account."""

    def __init__(
        self, log: Sequence[Delivery], timezone: str, medias: Iterable[CatalogMedia] = ()
    ) -> None:
        """Read the log, in the order of acceptance; ``medias`` is the catalog as it stands."""
        self.sessions = [
            session_of(newest, ZoneInfo(timezone)) for newest in newest_beacons(log).values()
        ]
        self.medias = {media.hashed_id: media for media in medias}

    def account(self) -> Answer:
        return _sums(self.sessions)

    def account_by_date(self, first: date, last: date) -> list[Answer]:
        return _by_date(self.sessions, first, last)

    def project(self, project: str) -> Answer:
        return _sums(self._of_project(project)) | {
            "number_of_videos": sum(media.project == project for media in self.medias.values())
        }

    def project_by_date(self, project: str, first: date, last: date) -> list[Answer]:
        return _by_date(self._of_project(project), first, last)

    def media(self, hashed_id: str) -> Answer:
        sessions = self._of_media(hashed_id)
        visitors = {session.visitor for session in sessions}
        with_a_play = {session.visitor for session in sessions if session.played}
        return _sums(sessions) | {
            "play_rate": Fraction(len(with_a_play), len(visitors)) if visitors else Fraction(0),
            "engagement": _engagement(sessions),
            "visitors": len(visitors),
        }

    def media_by_date(self, hashed_id: str, first: date, last: date) -> list[Answer]:
        return _by_date(self._of_media(hashed_id), first, last)

    def engagement(self, hashed_id: str) -> Answer:
        sessions = self._of_media(hashed_id)
        seen = [
            [session.times_at(midpoint) for session in sessions]
            for midpoint in midpoints(self._duration(hashed_id))
        ]
        return {
            "engagement": _engagement(sessions),
            "engagement_data": [sum(times >= 1 for times in cell) for cell in seen],
            "rewatch_data": [sum(max(0, times - 1) for times in cell) for cell in seen],
        }

    def _of_media(self, hashed_id: str) -> list[Session]:
        return [session for session in self.sessions if session.media == hashed_id]

    def _of_project(self, project: str) -> list[Session]:
        return [
            session
            for session in self.sessions
            if session.media in self.medias and self.medias[session.media].project == project
        ]

    def _duration(self, hashed_id: str) -> Fraction | None:
        media = self.medias.get(hashed_id)
        if media is not None and media.duration is not None:
            return exact(media.duration)
        carried = [session.duration for session in self._of_media(hashed_id)]
        return max((duration for duration in carried if duration is not None), default=None)


def newest_beacons(log: Sequence[Delivery]) -> dict[tuple[str, UUID], Delivery]:
    """The newest beacon of each session: the highest seq, and of equal ones the first accepted."""
    newest: dict[tuple[str, UUID], Delivery] = {}
    for delivery in log:
        key = (delivery.beacon["media"], UUID(delivery.beacon["session"]))
        if key not in newest or delivery.beacon["seq"] > newest[key].beacon["seq"]:
            newest[key] = delivery
    return newest


def session_of(newest: Delivery, zone: ZoneInfo) -> Session:
    """The session that a newest beacon describes."""
    beacon = newest.beacon
    duration = None if beacon.get("duration") is None else exact(beacon["duration"])
    watch_map = normalised(beacon["watched"], duration)
    started_ms = time_in(beacon["session"]) + clock_error(newest.received_ms - beacon["sent_at"])
    return Session(
        media=beacon["media"],
        visitor=beacon["visitor"],
        played=beacon["played"] or bool(watch_map),
        day=local_date(started_ms, zone),
        duration=duration,
        watch_map=watch_map,
    )


def normalised(watched: Iterable[Sequence[Any]], duration: Fraction | None) -> tuple[Piece, ...]:
    """The watch map as it is kept: on milliseconds, cut back to the duration, without the empty."""
    pieces = []
    for start, end, times in watched:
        first, last = to_the_millisecond(exact(start)), to_the_millisecond(exact(end))
        if duration is not None:
            last = min(last, duration)
        if first < last:
            pieces.append(Piece(first, last, times))
    return tuple(pieces)


def exact(number: float) -> Fraction:
    """The number that the digits on the wire say; JSON is written with the shortest of a float."""
    return Fraction(repr(number))


def to_the_millisecond(seconds: Fraction) -> Fraction:
    return Fraction((seconds * 1000 + Fraction(1, 2)).__floor__(), 1000)


def time_in(session_id: str) -> int:
    """The time of a UUIDv7, in ms since 1970: its first 48 bits."""
    return UUID(session_id).int >> 80


def clock_error(difference_ms: int) -> int:
    """``received - sent_at`` to the nearest 15 minutes; within 7.5 minutes a clock is believed."""
    if abs(difference_ms) <= _QUARTER_HOUR_MS // 2:
        return 0
    quarters = (Fraction(difference_ms, _QUARTER_HOUR_MS) + Fraction(1, 2)).__floor__()
    return quarters * _QUARTER_HOUR_MS


def local_date(instant_ms: int, zone: ZoneInfo) -> date:
    return (_EPOCH + timedelta(milliseconds=instant_ms)).astimezone(zone).date()


def midpoints(duration: Fraction | None) -> list[Fraction]:
    """The middle of every cell of a graph, in seconds."""
    if duration is None:
        return []
    count = max(1, duration.__floor__())
    width = Fraction(1)
    if count > 1000:
        count, width = 1000, duration / 1000
    elif duration < 1:
        width = duration
    return [(cell + Fraction(1, 2)) * width for cell in range(count)]


def _sums(sessions: Sequence[Session]) -> Answer:
    watched = sum((session.watched_seconds() for session in sessions), Fraction(0))
    return {
        "loads": len(sessions),
        "plays": sum(session.played for session in sessions),
        "hours_watched": watched / 3600,
    }


def _by_date(sessions: Sequence[Session], first: date, last: date) -> list[Answer]:
    """Every day of the range, newest first, as the seed's example lists them."""
    days = [last - timedelta(days=ago) for ago in range((last - first).days + 1)]
    return [
        {"data_date": day.isoformat()} | _sums([s for s in sessions if s.day == day])
        for day in days
    ]


def _engagement(sessions: Sequence[Session]) -> Fraction:
    viewed = [session.percent_viewed() for session in sessions if session.played]
    known = [percent for percent in viewed if percent is not None]
    return sum(known, Fraction(0)) / len(known) if known else Fraction(0)
