"""The brute-force reader of sessions and of how well they played (docs/numbers.md).

Like the readers beside it: plain, exact, and sharing nothing with the product.
"""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

from oracle import Answer
from oracle_people import People, Visit, utc
from people import DEVICES

Chosen = Callable[[Visit], bool]


def sessions(people: People, chosen: Chosen = lambda _: True) -> list[Answer]:
    """Sessions with and without a play, newest first; long ago, so that nobody is watching."""
    visits = sorted(filter(chosen, people.visits), key=lambda visit: visit.order, reverse=True)
    return [_session(visit, people) for visit in visits]


def quality(visits: Iterable[Visit]) -> Answer:
    """How well they played."""
    every = list(visits)
    plays = [visit for visit in every if visit.session.played]
    startups = sorted(ms for visit in plays if (ms := _quality(visit, "startup_ms")))
    stalled = Fraction(sum(_quality(visit, "stalled_ms") for visit in plays), 1000)
    watched = sum((visit.session.watched_seconds() for visit in plays), Fraction(0))
    codes = [_codes(visit) for visit in every]
    in_sessions = {code: sum(code in one for one in codes) for one in codes for code in one}
    return {
        "plays": len(plays),
        "startup": {
            "count": len(startups),
            "median_ms": quantile(startups, Fraction(1, 2)),
            "p75_ms": quantile(startups, Fraction(3, 4)),
            "p95_ms": quantile(startups, Fraction(95, 100)),
        }
        if startups
        else None,
        "sessions_stalled": sum(_quality(visit, "stalls") > 0 for visit in plays),
        "stalls": sum(_quality(visit, "stalls") for visit in plays),
        "stalled_seconds": stalled,
        "stalled_share": stalled / (stalled + watched) if stalled else Fraction(0),
        "sessions_with_errors": sum(bool(one) for one in codes),
        "errors": [
            {"code": code, "sessions": in_sessions[code]}
            for code in sorted(in_sessions, key=lambda code: (-in_sessions[code], code.encode()))
        ],
    }


def quantile(values: Sequence[int], share: Fraction) -> Fraction:
    """Of values in order: what stands at this share of the way from the first to the last."""
    place = share * (len(values) - 1)
    below = place.__floor__()
    above = min(below + 1, len(values) - 1)
    return values[below] + (place - below) * (values[above] - values[below])


def _session(visit: Visit, people: People) -> Answer:
    same = [one for one in people.visits if one.session.visitor == visit.session.visitor]
    device = DEVICES.get(visit.told("user_agent"))
    width, height = (visit.beacon.get("player") or {}).get("screen") or (0, 0)
    return {
        "event_key": visit.key,
        "started_at": utc(visit.started_ms),
        "media_id": visit.session.media,
        "media_name": visit.session.media,
        "visitor_key": visit.session.visitor,
        "visitor_name": _newest(same, "name"),
        "visitor_email": _newest(same, "email"),
        "played": visit.session.played,
        "duration": visit.session.duration,
        "watched_seconds": visit.session.watched_seconds(),
        "percent_viewed": visit.session.percent_viewed(),
        "watched": [[piece.start, piece.end, piece.times] for piece in visit.session.watch_map],
        "page_url": visit.told("page", "url"),
        "page_title": visit.told("page", "title"),
        "referrer": visit.told("page", "referrer"),
        "country": "",
        "region": "",
        "city": "",
        "network": "",
        "browser": device.browser if device else "",
        "major": device.major if device else "",
        "platform": device.platform if device else "",
        "device": ("mobile" if device.mobile else "desktop") if device else "",
        "language": visit.told("player", "language"),
        "screen": f"{width}x{height}" if width and height else "",
        "startup_ms": _quality(visit, "startup_ms"),
        "stalls": _quality(visit, "stalls"),
        "stalled_seconds": Fraction(_quality(visit, "stalled_ms"), 1000),
        "errors": [str(code) for code in (visit.beacon.get("quality") or {}).get("errors") or []],
        "actions": [
            {
                "type": action["type"],
                "shown": action.get("shown") or 0,
                "converted": action.get("converted") or 0,
            }
            for action in visit.actions
        ],
        "watching": False,
    }


def _newest(visits: Iterable[Visit], field: str) -> str | None:
    carrying = [visit for visit in visits if visit.told("identity", field)]
    newest = max(carrying, key=lambda visit: visit.order, default=None)
    return newest.told("identity", field) if newest else None


def _quality(visit: Visit, field: str) -> Any:
    return (visit.beacon.get("quality") or {}).get(field) or 0


def _codes(visit: Visit) -> set[str]:
    return {str(code) for code in (visit.beacon.get("quality") or {}).get("errors") or []}
