"""Who comes, when, and what with: an audience as a seeded stream of finished sessions."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from playhead.simulate.devices import DEVICES, Device
from playhead.simulate.people import Person, some_actions, some_person
from playhead.simulate.places import PLACES, address_in, some_place
from playhead.simulate.viewing import watch

_DAY_MS: Final = 86_400_000
_PLAYED: Final = 0.78
_BEACON_EVERY_S: Final = 10
_MOST_BEACONS: Final = 65_000
# How many people come at each hour of a day, UTC: a lunch break, and an evening.
_HOURS: Final = (2, 1, 1, 1, 1, 2, 3, 5, 7, 8, 8, 9, 11, 10, 8, 8, 9, 10, 13, 16, 17, 14, 9, 5)
_WEEKEND: Final = 0.6
_REFERRERS: Final = (
    "",
    "",
    "",
    "https://www.google.com/",
    "https://www.google.com/",
    "https://duckduckgo.com/",
    "https://news.ycombinator.com/",
    "https://mail.example.net/",
)
_CAMPAIGNS: Final = ("", "", "", "?utm_source=newsletter&utm_medium=email", "?utm_source=social")


class SimulatedMedia(Struct, frozen=True):
    """A media that the audience watches; ``duration`` in seconds."""

    hashed_id: str
    title: str
    duration: float


class SimulatedSession(Struct, frozen=True):
    """A session as its newest beacon tells it, but for ``account`` and ``sent_at``.

    The sender puts these in. A session of an earlier day is one whose last beacon could not be
    sent then and is sent now, as a tracker does it.
    """

    started_ms: int
    user_agent: str
    address: str
    """Of a network that ``places.py`` knows; only a token lets it be told."""
    beacon: dict[str, Any]


DEFAULT_MEDIAS: Final = (
    SimulatedMedia("demo-clip", "A minute of Playhead", 60.0),
    SimulatedMedia("course-welcome", "Welcome to the course", 94.5),
    SimulatedMedia("lesson-1", "Lesson 1: What a session is", 412.25),
    SimulatedMedia("lesson-2", "Lesson 2: The watch map", 655.84),
    SimulatedMedia("lesson-3", "Lesson 3: Reading an engagement graph", 1_284.0),
    SimulatedMedia("webinar", "Questions and answers, recorded live", 2_407.667),
)
"""A small course. The first is the clip that the demo shows."""


def audience(
    medias: Sequence[SimulatedMedia],
    count: int,
    *,
    days: int,
    now_ms: int,
    seed: int,
    growth: float = 1.0,
) -> Iterator[SimulatedSession]:
    """Sessions of believable viewers, in no order; the same for the same arguments.

    Args:
        medias: what there is to watch; the earlier ones are watched more.
        count: how many sessions.
        days: over how many days before ``now_ms`` they are spread.
        now_ms: no session watches beyond this instant (ms since 1970).
        seed: another one gives another audience.
        growth: 1 for as many at all times, more for more of them lately.
    """
    chance = random.Random(f"playhead {seed}")  # noqa: S311
    visitors = [Visitor.some(chance) for _ in range(max(1, int(count * 0.6)))]
    weights = [1 / (place + 1.5) for place in range(len(medias))]
    for _ in range(count):
        # A few visitors come again and again, most of them once.
        visitor = visitors[int(len(visitors) * chance.random() ** 1.6)]
        media = chance.choices(medias, weights)[0]
        watched = watch(media.duration, chance) if chance.random() < _PLAYED else []
        media_seconds = sum((end - start) * times for start, end, times in watched)
        rate = chance.choices((1.0, 1.25, 1.5, 2.0), (85, 6, 6, 3))[0]
        # Besides watching, some looking around on the page.
        took_ms = int(media_seconds / rate * 1000) + chance.randrange(500, 20_000)
        started_ms = _arrival(now_ms - days * _DAY_MS, now_ms - took_ms, chance, growth)
        yield session_of(media, visitor, started_ms, chance, watched=watched, rate=rate)


class Visitor(Struct, frozen=True):
    """A simulated viewer's browser: what it is, where it is, and who is said to use it."""

    key: str
    device: Device
    language: str
    address: str
    person: Person | None

    @classmethod
    def some(cls, chance: random.Random) -> "Visitor":
        """Anybody."""
        device = chance.choices(DEVICES, [device.share for device in DEVICES])[0]
        key = f"sim-{chance.getrandbits(64):016x}"
        place = some_place(chance)
        language = chance.choice(PLACES[place].languages)
        return cls(key, device, language, address_in(place, chance), some_person(chance))


def session_of(
    media: SimulatedMedia,
    visitor: Visitor,
    started_ms: int,
    chance: random.Random,
    *,
    watched: list[list[float]] | None = None,
    rate: float = 1.0,
) -> SimulatedSession:
    """A session of a visitor; with nothing watched, a load.

    Args:
        media: what is watched.
        visitor: by whom.
        started_ms: when the page was loaded (ms since 1970).
        chance: what the rest is drawn from.
        watched: the watch map.
        rate: how fast it was played.
    """
    watched = watched or []
    media_seconds = sum((end - start) * times for start, end, times in watched)
    beacons = min(_MOST_BEACONS, 1 + len(watched) + int(media_seconds / _BEACON_EVERY_S))
    stalls = chance.choices((0, 1, 2, 5), (88, 8, 3, 1))[0] if watched else 0
    quality: dict[str, Any] = {"stalls": stalls, "stalled_ms": stalls * chance.randrange(200, 3000)}
    if watched:
        quality["startup_ms"] = int(chance.lognormvariate(5.5, 0.7))
    beacon = {
        "media": media.hashed_id,
        "session": str(_uuid7(started_ms, chance)),
        "seq": beacons,
        "visitor": visitor.key,
        "duration": media.duration,
        "played": bool(watched),
        "watched": watched,
        "title": media.title,
        "page": {
            "url": f"https://www.example.com/watch/{media.hashed_id}{chance.choice(_CAMPAIGNS)}",
            "title": media.title,
            "referrer": chance.choice(_REFERRERS),
        },
        "player": {
            "name": "html5",
            "rate": rate,
            "language": visitor.language,
            "screen": visitor.device.screen,
        },
        "quality": quality,
    }
    actions = some_actions(visitor.person, chance) if watched else []
    if actions:
        beacon["actions"] = actions
    if visitor.person and any(action["type"] == "form" for action in actions):
        beacon["identity"] = visitor.person.identity
    return SimulatedSession(started_ms, visitor.device.user_agent, visitor.address, beacon)


def _arrival(first_ms: int, last_ms: int, chance: random.Random, growth: float) -> int:
    """An instant between two, more likely at hours and on days when people watch."""
    # Who watched for longer than there was time has begun before it.
    span_ms = max(0, last_ms - first_ms)
    while True:
        at_ms = last_ms - int(chance.random() ** growth * span_ms)
        at = datetime.fromtimestamp(at_ms / 1000, UTC)
        likely = _HOURS[at.hour] / max(_HOURS) * (_WEEKEND if at.weekday() >= 5 else 1)
        if chance.random() < likely:
            return at_ms


def _uuid7(ms: int, chance: random.Random) -> UUID:
    bits = chance.getrandbits(74)
    return UUID(int=ms << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & (2**62 - 1))
