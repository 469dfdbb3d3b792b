"""The brute-force reader of what the pages show: any sessions, summed up in any way.

Like the readers beside it: plain, exact, and sharing nothing with the product. A question is the
parameters of its address, read here once more from docs/numbers.md.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote_plus
from zoneinfo import ZoneInfo

from oracle import Answer, Oracle, exact, local_date, midpoints
from oracle_people import People, Visit
from people import DEVICES
from worlds import World

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR_MS = 3_600_000
# No clock of these worlds has ever been changed between two of these.
_STEP_MS = 30_000

Parameters = Mapping[str, str]


class Run(NamedTuple):
    """From an instant to before another, all of the same local date; in ms since 1970."""

    start_ms: int
    end_ms: int
    day: date


class Reader:
    """The answers of one world; ``project_ids`` by the names that the world uses."""

    def __init__(self, world: World, project_ids: Mapping[str, str]) -> None:
        self.world = world
        self.visits = People(world.log, world.timezone).visits
        self.projects = {known: name for name, known in project_ids.items()}
        # At first: before anything is changed by hand.
        self.catalog = {media.hashed_id: media for media in world.catalog_at_first()}
        self._whole = Oracle(world.log, world.timezone, self.catalog.values())

    def chosen(self, asked: Parameters) -> list[Visit]:
        """The sessions that meet every condition."""
        return [visit for visit in self.visits if self._meets(visit, asked)]

    def _meets(self, visit: Visit, asked: Parameters) -> bool:
        session, days = visit.session, days_asked(asked)
        conditions: dict[str, Callable[[str], bool]] = {
            "media_id": lambda media: session.media == media,
            "project_id": lambda known: self.catalog[session.media].project == self.projects[known],
            "visitor_key": lambda visitor: session.visitor == visitor,
            "played": lambda played: session.played == (played == "true"),
            "visitors": lambda which: self._returns(visit, days) == (which == "returning"),
        }
        return (
            (days is None or days[0] <= session.day <= days[1])
            and all(meets(asked[name]) for name, meets in conditions.items() if name in asked)
            and all(read(visit) == asked[name] for name, read in TRAITS.items() if name in asked)
        )

    def _returns(self, visit: Visit, days: tuple[date, date] | None) -> bool:
        """Whether the visitor had any session before the first of the days."""
        if days is None:
            return False
        begin_ms = begin_of(days[0], self.world.timezone)
        return any(
            other.session.visitor == visit.session.visitor and other.started_ms < begin_ms
            for other in self.visits
        )

    def summary(self, asked: Parameters) -> Answer:
        days = days_asked(asked)
        if days is None:
            return {"sums": sums(self.chosen(asked)), "before": None}
        length = (days[1] - days[0]).days + 1
        earlier = days[0] - timedelta(days=length), days[0] - timedelta(days=1)
        names = {"start_date": str(earlier[0]), "end_date": str(earlier[1])}
        before = names | {"sums": sums(self.chosen({**asked, **names}))}
        named = {"start_date": str(days[0]), "end_date": str(days[1])}
        return named | {"sums": sums(self.chosen(asked)), "before": before}

    def timeseries(self, asked: Parameters, interval: str) -> list[Answer]:
        days = days_asked(asked)
        assert days
        visits = self.chosen(asked)
        zone = ZoneInfo(self.world.timezone)
        if interval == "hour":
            hours = hours_of(*days, self.world.timezone)
            return [
                {"start": local_time(hour.start_ms, zone), "date": str(hour.day)}
                | sums([v for v in visits if hour.start_ms <= v.started_ms < hour.end_ms])
                for hour in hours
            ]
        return [
            {
                "start": local_time(begin_of(bucket[0], self.world.timezone), zone),
                "date": str(bucket[0]),
            }
            | sums([visit for visit in visits if visit.session.day in bucket])
            for bucket in buckets_of(*days, interval)
        ]

    def breakdown(self, asked: Parameters, by: str, sort_by: str) -> list[Answer]:
        """All rows, the most first; equals by plays, loads and name."""
        if by == "visitors":
            parts: dict[str, list[Visit]] = {
                name: self.chosen({**asked, "visitors": name})
                for name in ("new", "returning")
                if asked.get("visitors", name) == name
            }
        else:
            parts = {}
            for visit in self.chosen(asked):
                name = visit.session.media if by == "media" else TRAITS[by](visit)
                parts.setdefault(name, []).append(visit)
        rows = [
            {"name": name, "title": name if by == "media" else None} | sums(visits)
            for name, visits in parts.items()
            if visits
        ]
        return sorted(
            rows,
            key=lambda row: (
                # Nobody sees more digits, and a store adds floats in any order.
                -round(row[sort_by], 9),
                *((-row["plays"], -row["loads"]) if by != "visitors" else ()),
                row["name"].encode(),
            ),
        )

    def top(self, asked: Parameters, of: str) -> list[Answer]:
        """All of them, most plays first, equals by loads, name and id."""
        days = days_asked(asked)
        assert days
        number = (days[1] - days[0]).days + 1
        interval = "day" if number <= 62 else "week" if number <= 731 else "month"
        groups: dict[tuple[str, str], list[Visit]] = {}
        for visit in self.chosen(asked):
            media = visit.session.media
            project = self.catalog[media].project
            if of == "medias":
                groups.setdefault((media, media), []).append(visit)
            elif project is not None:
                known = next(id_ for id_, name in self.projects.items() if name == project)
                groups.setdefault((known, project), []).append(visit)
        rows = [
            {"id": id_, "name": name}
            | sums(visits)
            | {
                "spark": [
                    sum(visit.session.played and visit.session.day in bucket for visit in visits)
                    for bucket in buckets_of(*days, interval)
                ]
            }
            for (id_, name), visits in groups.items()
        ]
        return sorted(rows, key=lambda r: (-r["plays"], -r["loads"], r["name"], r["id"]))

    def engagement(self, asked: Parameters) -> Answer:
        """The graph of the chosen sessions, in the cells of their media's whole graph."""
        media = asked["media_id"]
        set_by_hand = self.catalog[media].duration
        carried = [v.session.duration for v in self.visits if v.session.media == media]
        duration = (
            max((one for one in carried if one is not None), default=None)
            if set_by_hand is None
            else exact(set_by_hand)
        )
        visits = self.chosen(asked)
        seen = [
            [visit.session.times_at(midpoint) for visit in visits]
            for midpoint in midpoints(duration)
        ]
        return {
            "media_id": media,
            "duration": duration,
            "cell_seconds": Fraction(1) if duration is None else _width(duration),
            "plays": sum(visit.session.played for visit in visits),
            "engagement": sums(visits)["engagement"],
            "engagement_data": [sum(times >= 1 for times in cell) for cell in seen],
            "rewatch_data": [sum(max(0, times - 1) for times in cell) for cell in seen],
        }

    def whole_engagement(self, media: str) -> Answer:
        """The graph of all sessions, as the other reader has it."""
        return self._whole.engagement(media)

    def actions(self, asked: Parameters) -> list[Answer]:
        """How often each type of action was used and shown, by its name."""
        every = [action for visit in self.chosen(asked) for action in visit.actions]
        found = []
        for type_ in sorted({action["type"] for action in every}):
            used, shown = (
                sum(a.get(what) or 0 for a in every if a["type"] == type_)
                for what in ("converted", "shown")
            )
            rate = min(Fraction(1), Fraction(used, shown)) if shown else Fraction(0)
            found.append(
                {"type": type_, "action_count": used, "impression_count": shown, "rate": rate}
            )
        return found


def sums(visits: Sequence[Visit]) -> Answer:
    """The six sums of contract/metrics.md."""
    visitors = {visit.session.visitor for visit in visits}
    with_a_play = {visit.session.visitor for visit in visits if visit.session.played}
    viewed = [visit.session.percent_viewed() for visit in visits if visit.session.played]
    known = [share for share in viewed if share is not None]
    return {
        "loads": len(visits),
        "plays": sum(visit.session.played for visit in visits),
        "play_rate": Fraction(len(with_a_play), len(visitors)) if visitors else Fraction(0),
        "hours_watched": sum((v.session.watched_seconds() for v in visits), Fraction(0)) / 3600,
        "visitors": len(visitors),
        "engagement": sum(known, Fraction(0)) / len(known) if known else Fraction(0),
    }


def days_asked(asked: Parameters) -> tuple[date, date] | None:
    """Both days, or all time."""
    if "start_date" not in asked:
        return None
    return date.fromisoformat(asked["start_date"]), date.fromisoformat(asked["end_date"])


def buckets_of(first: date, last: date, interval: str) -> list[list[date]]:
    """The days of each bucket; weeks begin on Mondays, and both ends are cut to the days."""
    buckets: list[list[date]] = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        begins = {"day": True, "week": day.weekday() == 0, "month": day.day == 1}[interval]
        if begins or not buckets:
            buckets.append([])
        buckets[-1].append(day)
    return buckets


def hours_of(first: date, last: date, timezone: str) -> list[Run]:
    """The hours of some days; each goes on from the moment at which its date began."""
    return [
        Run(start_ms, min(start_ms + _HOUR_MS, run.end_ms), run.day)
        for run in runs(first, last, timezone)
        if first <= run.day <= last
        for start_ms in range(run.start_ms, run.end_ms, _HOUR_MS)
    ]


def begin_of(day: date, timezone: str) -> int:
    """When a day begins for the first time; if it was left out, the next one."""
    return min(run.start_ms for run in runs(day, day, timezone) if run.day >= day)


@lru_cache(maxsize=4096)
def runs(first: date, last: date, timezone: str) -> tuple[Run, ...]:
    """What the calendar on the wall shows, looked at every half minute, around some days."""
    zone = ZoneInfo(timezone)
    # Local time is never so far from UTC.
    at = _ms(first) - 30 * _HOUR_MS
    end_ms = _ms(last) + 54 * _HOUR_MS
    found: list[Run] = []
    while at < end_ms:
        day = local_date(at, zone)
        if found and found[-1].day == day:
            found[-1] = found[-1]._replace(end_ms=at + _STEP_MS)
        else:
            found.append(Run(at, at + _STEP_MS, day))
        at += _STEP_MS
    # The first and the last run are cut off by where the looking began and ended.
    return tuple(found[1:-1])


def local_time(ms: int, zone: ZoneInfo) -> str:
    moment = (_EPOCH + timedelta(milliseconds=ms)).astimezone(zone)
    return moment.isoformat(timespec="seconds")


def _ms(day: date) -> int:
    return (datetime(day.year, day.month, day.day, tzinfo=UTC) - _EPOCH) // timedelta(
        milliseconds=1
    )


def _width(duration: Fraction) -> Fraction:
    if duration < 1:
        return duration
    return Fraction(1) if duration < 1001 else duration / 1000


def _parameter(name: str) -> Callable[[Visit], str]:
    def first(visit: Visit) -> str:
        query = visit.told("page", "url").partition("#")[0].partition("?")[2]
        for pair in query.split("&"):
            key, equals, value = pair.partition("=")
            if key == name and equals:
                return unquote_plus(value)
        return ""

    return first


def _referrer(visit: Visit) -> str:
    _, separator, rest = visit.told("page", "referrer").partition("://")
    return re.split(r"[/?#:]", rest)[0].lower() if separator else ""


def _screen(visit: Visit) -> str:
    width, height = (visit.beacon.get("player") or {}).get("screen") or (0, 0)
    return f"{width}x{height}" if width and height else ""


def _device(visit: Visit) -> Any:
    return DEVICES.get(visit.told("user_agent"))


def _kind(visit: Visit) -> str:
    device = _device(visit)
    return "" if device is None else "mobile" if device.mobile else "desktop"


def _nowhere(_: Visit) -> str:
    return ""


TRAITS: dict[str, Callable[[Visit], str]] = {
    "page": lambda visit: re.split(r"[?#]", visit.told("page", "url"))[0],
    "referrer_domain": _referrer,
    "utm_source": _parameter("utm_source"),
    "utm_medium": _parameter("utm_medium"),
    "utm_campaign": _parameter("utm_campaign"),
    # A server without address databases knows of no place.
    "country": _nowhere,
    "region": _nowhere,
    "city": _nowhere,
    "network": _nowhere,
    "browser": lambda visit: device.browser if (device := _device(visit)) else "",
    "platform": lambda visit: device.platform if (device := _device(visit)) else "",
    "device": _kind,
    "viewer_screen_size": _screen,
    "language": lambda visit: re.split(r"[-_]", visit.told("player", "language"))[0].lower(),
}
