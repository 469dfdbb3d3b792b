"""The brute-force reader of visitors, events, actions and analytics (docs/numbers.md).

Like the reader of sums beside it: plain, exact, and sharing nothing with the product.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID
from zoneinfo import ZoneInfo

from oracle import Answer, Delivery, Session, clock_error, newest_beacons, session_of, time_in
from people import DEVICES

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CALLS = {"cta", "calltoaction"}
_FORMS = {"form", "emailgate", "turnstile"}


@dataclass(frozen=True)
class Visit:
    """A session, and all that its newest beacon tells."""

    session: Session
    started_ms: int
    id: UUID
    beacon: dict[str, Any]

    @property
    def order(self) -> tuple[int, int, str]:
        return self.started_ms, self.id.int, self.session.media

    @property
    def key(self) -> str:
        return f"{self.id.hex}-{self.session.media}"

    def told(self, *path: str) -> str:
        found: Any = self.beacon
        for name in path:
            found = (found or {}).get(name)
        return found or ""

    @property
    def actions(self) -> list[dict[str, Any]]:
        return self.beacon.get("actions") or []

    def count(self, types: set[str], what: str) -> int:
        return sum(a.get(what) or 0 for a in self.actions if _letters(a["type"]) in types)


class People:
    """The answers of one account about its visitors and sessions, one by one."""

    def __init__(self, log: Sequence[Delivery], timezone: str) -> None:
        self.zone = ZoneInfo(timezone)
        self.visits = [self._visit(newest) for newest in newest_beacons(log).values()]

    def _visit(self, newest: Delivery) -> Visit:
        beacon = dict(newest.beacon)
        error = clock_error(newest.received_ms - beacon["sent_at"])
        session = session_of(newest, self.zone)
        id_ = UUID(beacon["session"])
        return Visit(session, time_in(beacon["session"]) + error, id_, beacon)

    def visitors(self) -> list[Answer]:
        """All visitors, most recently active first."""
        found: dict[str, list[Visit]] = {}
        for visit in self.visits:
            found.setdefault(visit.session.visitor, []).append(visit)

        def activity(key: str) -> tuple[int, int, str]:
            plays = [v.started_ms for v in found[key] if v.session.played]
            return max(plays, default=-1), max(v.started_ms for v in found[key]), key

        return [_visitor(key, found[key]) for key in sorted(found, key=activity, reverse=True)]

    def events(
        self, media: str | None = None, days: tuple[date, date] | None = None
    ) -> list[Answer]:
        """Sessions with a play, newest first."""
        chosen = [
            visit
            for visit in self.visits
            if visit.session.played
            and (media is None or visit.session.media == media)
            and (days is None or days[0] <= visit.session.day <= days[1])
        ]
        chosen.sort(key=lambda visit: visit.order, reverse=True)
        return [self._event(visit) for visit in chosen]

    def _event(self, visit: Visit) -> Answer:
        same = [v for v in self.visits if v.session.visitor == visit.session.visitor]
        own = visit.told("identity", "email")
        event: Answer = {
            "received_at": utc(visit.started_ms),
            "event_key": visit.key,
            "visitor_key": visit.session.visitor,
            "media_id": visit.session.media,
            "media_name": visit.session.media,
            "media_url": "",
            "embed_url": visit.told("page", "url"),
            "email": own or _newest(same, "identity", "email") or None,
            "device": _device([visit]),
        }
        viewed = visit.session.percent_viewed()
        if viewed is not None:
            event["percent_viewed"] = viewed
        used = [action for action in visit.actions if action.get("converted")]
        forms = [action for action in used if _letters(action["type"]) in _FORMS]
        for action in (forms or used)[:1]:
            event["conversion_type"] = action["type"]
            if action.get("data") is not None:
                event["conversion_data"] = action["data"]
        return event

    def actions(self, media: str) -> list[Answer]:
        """How often each type of action was shown and used."""
        visits = [visit for visit in self.visits if visit.session.media == media]
        types = sorted({a["type"] for visit in visits for a in visit.actions})
        found = []
        for type_ in types:
            same = [a for visit in visits for a in visit.actions if a["type"] == type_]
            used = sum(a.get("converted") or 0 for a in same)
            shown = sum(a.get("shown") or 0 for a in same)
            found.append(
                {
                    "type": type_,
                    "action_count": used,
                    "impression_count": shown,
                    "rate": _rate(used, shown),
                }
            )
        return found

    def aggregated(self, media: str) -> Answer:
        """A media's aggregated stats; percentages are whole, half is rounded up."""
        visits = [visit for visit in self.visits if visit.session.media == media]
        found = viewing(visits)
        return {
            "pageLoads": len(visits),
            "visitors": found["unique_visitors"],
            "percentOfVisitorsClickingPlay": _percent(found["play_rate"]),
            "plays": found["plays"],
            "averagePercentWatched": _percent(found["engagement_rate"]),
        }

    def between(self, media: str, first: date, end: date) -> list[Visit]:
        return [
            visit
            for visit in self.visits
            if visit.session.media == media and first <= visit.session.day < end
        ]

    def analytics(self, media: str, first: date, end: date) -> Answer:
        return viewing(self.between(media, first, end))

    def timeseries(self, media: str, first: date, end: date, granularity: str) -> list[Answer]:
        """Every bucket of the days, the first and the last cut to them."""
        buckets: list[list[date]] = []
        for ago in range((end - first).days):
            day = first + timedelta(days=ago)
            begins = {
                "daily": True,
                "weekly": day.weekday() == 0,
                "monthly": day.day == 1,
            }[granularity]
            if begins or not buckets:
                buckets.append([])
            buckets[-1].append(day)
        return [
            viewing(self.between(media, days[0], days[-1] + timedelta(days=1)))
            | {"timestamp": self._midnight(days[0])}
            for days in buckets
        ]

    def _midnight(self, day: date) -> str:
        local = datetime.combine(day, time(), self.zone)
        return utc((local - _EPOCH) // timedelta(milliseconds=1))

    def embed_locations(self, media: str, first: date, end: date) -> list[Answer]:
        """By page, most plays first, of equals by address."""
        pages: dict[str, list[Visit]] = {}
        for visit in self.between(media, first, end):
            address = re.split(r"[?#]", visit.told("page", "url"))[0]
            if address:
                pages.setdefault(address, []).append(visit)
        rows = [
            {
                "embed_url": address,
                "page_title": _newest(visits, "page", "title"),
                "loads": len(visits),
            }
            | {
                name: value
                for name, value in viewing(visits).items()
                if name
                in {
                    "plays",
                    "play_rate",
                    "played_time",
                    "engagement_rate",
                    "unique_visitors",
                    "cta_conversion_rate",
                }
            }
            for address, visits in pages.items()
        ]
        return sorted(rows, key=lambda row: (-row["plays"], row["embed_url"].encode()))

    def traffic(self, media: str, first: date, end: date, group_by: str) -> list[Answer]:
        """By where viewers came from, most plays first, then most loads, then by name."""
        source = _SOURCES[group_by]
        groups: dict[str, list[Visit]] = {}
        for visit in self.between(media, first, end):
            groups.setdefault(source(visit), []).append(visit)
        rows = [
            {
                group_by: name,
                "loads": len(visits),
                "plays": sum(visit.session.played for visit in visits),
                "engagement_rate": viewing(visits)["engagement_rate"],
            }
            for name, visits in groups.items()
        ]
        return sorted(rows, key=lambda r: (-r["plays"], -r["loads"], r[group_by].encode()))

    def languages(self, media: str, first: date, end: date) -> list[Answer]:
        """Plays by language, most first, of equals by name."""
        plays: dict[str, int] = {}
        for visit in self.between(media, first, end):
            if visit.session.played:
                name = re.split(r"[-_]", visit.told("player", "language"))[0].lower()
                plays[name] = plays.get(name, 0) + 1
        total = sum(plays.values())
        return [
            {
                "language": name,
                "plays": plays[name],
                "percent_of_total_plays": Fraction(plays[name], total),
                "captions_support": False,
            }
            for name in sorted(plays, key=lambda name: (-plays[name], name))
        ]

    def conversions(self, media: str, first: date, end: date) -> list[Answer]:
        """Sessions that used a form, newest first."""
        found = []
        for visit in sorted(self.between(media, first, end), key=lambda v: v.order, reverse=True):
            forms = [
                action
                for action in visit.actions
                if action.get("converted") and _letters(action["type"]) in _FORMS
            ]
            if forms:
                data = forms[0].get("data") or {}
                email = data.get("email")
                found.append(
                    {
                        "first_name": data.get("first_name") or None,
                        "last_name": data.get("last_name") or None,
                        "email": (email if isinstance(email, str) else "")
                        or visit.told("identity", "email")
                        or None,
                        "converted_at": utc(visit.started_ms),
                    }
                )
        return found


def viewing(visits: Sequence[Visit]) -> Answer:
    """What was viewed in some sessions."""
    visitors = {visit.session.visitor for visit in visits}
    with_a_play = {visit.session.visitor for visit in visits if visit.session.played}
    viewed = [visit.session.percent_viewed() for visit in visits if visit.session.played]
    known = [share for share in viewed if share is not None]
    watched = sum((visit.session.watched_seconds() for visit in visits), Fraction(0))
    shown = sum(visit.count(_CALLS, "shown") for visit in visits)
    used = sum(visit.count(_CALLS, "converted") for visit in visits)
    return {
        "unique_loads": len(visitors),
        "unique_plays": len(with_a_play),
        "plays": sum(visit.session.played for visit in visits),
        "play_rate": Fraction(len(with_a_play), len(visitors)) if visitors else Fraction(0),
        "played_time": (watched + Fraction(1, 2)).__floor__(),
        "unique_visitors": len(visitors),
        "engagement_rate": sum(known, Fraction(0)) / len(known) if known else Fraction(0),
        "cta_impressions": shown,
        "cta_conversions": used,
        "cta_conversion_rate": _rate(used, shown),
        "form_conversions": sum(visit.count(_FORMS, "converted") for visit in visits),
    }


def utc(ms: int) -> str:
    moment = _EPOCH + timedelta(milliseconds=ms)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03}Z"


def _visitor(key: str, visits: Sequence[Visit]) -> Answer:
    email, name = (_newest(visits, "identity", field) for field in ("email", "name"))
    plays = [visit for visit in visits if visit.session.played]
    field, value = ("email", email) if email else ("name", name)
    naming = [visit for visit in visits if value and visit.told("identity", field) == value]
    visitor: Answer = {
        "visitor_key": key,
        "created_at": utc(min(visit.started_ms for visit in visits)),
        "load_count": len(visits),
        "play_count": len(plays),
        "identifying_event_key": min(naming, key=lambda v: v.order).key if naming else None,
        "visitor_identity": {
            "name": name,
            "email": email or None,
            "org": {
                "name": _newest(visits, "identity", "org", "name") or None,
                "title": _newest(visits, "identity", "org", "title") or None,
            },
        },
        "device": _device(visits),
    }
    if plays:
        newest = max(plays, key=lambda visit: visit.order)
        visitor["last_active_at"] = utc(newest.started_ms)
        visitor["last_event_key"] = newest.key
    return visitor


def _device(visits: Sequence[Visit]) -> Any:
    known = [visit for visit in visits if visit.told("user_agent")]
    newest = max(known, key=lambda visit: visit.order, default=None)
    return DEVICES[newest.told("user_agent")] if newest else None


def _newest(visits: Iterable[Visit], *path: str) -> str:
    """A text from the newest session that carried it."""
    carrying = [visit for visit in visits if visit.told(*path)]
    return max(carrying, key=lambda visit: visit.order).told(*path) if carrying else ""


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if "a" <= letter <= "z")


def _percent(share: Fraction) -> int:
    return (share * 100 + Fraction(1, 2)).__floor__()


def _rate(used: int, shown: int) -> Fraction:
    return min(Fraction(1), Fraction(used, shown)) if shown else Fraction(0)


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
    scheme, separator, rest = visit.told("page", "referrer").partition("://")
    del scheme
    return re.split(r"[/?#:]", rest)[0].lower() if separator else ""


def _screen(visit: Visit) -> str:
    width, height = (visit.beacon.get("player") or {}).get("screen") or (0, 0)
    return f"{width}x{height}" if width and height else ""


_SOURCES: dict[str, Callable[[Visit], str]] = {
    "utm_campaign": _parameter("utm_campaign"),
    "utm_source": _parameter("utm_source"),
    "utm_medium": _parameter("utm_medium"),
    "referrer_domain": _referrer,
    "viewer_screen_size": _screen,
}
GROUPS = tuple(_SOURCES)
