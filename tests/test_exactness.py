"""The numbers are exact: over any world the seven endpoints say what the brute-force reader says.

A world is an account in some time zone, its medias, its viewers, and beacons that are lost,
doubled, late and shuffled (worlds.py). Nothing is looked at from inside: it goes in through
``/collect`` and ``/collect/batch`` and comes out of the API.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inhabited import Inhabited, assert_equal, everything
from oracle import Delivery, Oracle
from support import Server, now_ms, session_id
from worlds import Media, World, in_any_world, worlds

Settle = Callable[[], None]
DAY_MS = 86_400_000
QUARTER_HOUR_MS = 15 * 60 * 1000
# Several worlds arrive together: the drain rests between its rounds, so that one by one would
# mostly wait. Accounts do not see each other, and that is tried by the way.
inhabited_worlds = worlds().filter(lambda world: bool(world.log))
several = st.lists(inhabited_worlds, min_size=4, max_size=4)


def check(place: Inhabited) -> None:
    """Ask everything, before and after what the world does to its catalog."""
    world = place.world
    at_first = Oracle(world.log, world.timezone, world.catalog_at_first())
    assert_equal(everything(place, at_first))
    place.change_the_catalog()
    now = Oracle(world.log, world.timezone, world.catalog_now())
    assert_equal(everything(place, now))


@in_any_world(12)
@given(several)
def test_any_world_is_counted_exactly_before_and_after_its_catalog_changes(
    server: Server, http: httpx.Client, settle: Settle, worlds: list[World]
) -> None:
    places = [Inhabited.settle_in(world, server, http) for world in worlds]
    for place in places:
        place.deliver()
    settle()
    for place in places:
        check(place)


@in_any_world(12)
@given(world=worlds(forged=False), seed=st.integers(0, 2**32))
def test_the_order_of_arrival_and_repeats_change_nothing(
    server: Server, http: httpx.Client, settle: Settle, world: World, seed: int
) -> None:
    shuffled = list(world.log) * 2
    random.Random(seed).shuffle(shuffled)
    half = len(shuffled) // 2
    batches = tuple(tuple(part) for part in (shuffled[:half], shuffled[half:]) if part)
    orders = [world, replace(world, batches=batches)]
    places = [Inhabited.settle_in(order, server, http) for order in orders]
    for place in places:
        place.deliver()
    settle()
    # Of a repeat it is not decided which delivery's clock is believed, so the days may differ;
    # all else is what the newest beacons say, whichever way they came.
    for media in world.medias:
        scope = f"medias/{media.hashed_id}"
        for path in (f"{scope}.json", f"{scope}/engagement.json"):
            assert places[0].ask(path) == places[1].ask(path)
    assert places[0].ask("account.json") == places[1].ask("account.json")


def a_world(medias: Sequence[Media], log: Sequence[Delivery], zone: str, day: date) -> World:
    """A world made by hand, that is asked about the eleven days around a day, and about two."""
    return World(
        timezone=zone,
        first=day - timedelta(days=5),
        last=day + timedelta(days=5),
        part_first=day,
        part_last=day + timedelta(days=1),
        projects=("some", "others"),
        medias=tuple(medias),
        batches=(tuple(log),) if log else (),
    )


def unmoved(
    hashed_id: str, duration: float | None = None, project: str | None = None, *, known: bool = True
) -> Media:
    return Media(hashed_id, known, duration, duration, project, project)


@pytest.mark.every_store
def test_a_world_where_nothing_happened_is_all_zeros(
    server: Server, http: httpx.Client, settle: Settle
) -> None:
    medias = [unmoved("a", 60, "some"), unmoved("b", None, "some"), unmoved("c")]
    place = Inhabited.settle_in(a_world(medias, [], "UTC", date(2024, 6, 1)), server, http)
    settle()
    check(place)


def viewing(chance: random.Random, duration: float) -> list[list[float | int]]:
    """A watch map of up to five pieces with borders on any millisecond."""
    borders = sorted(chance.sample(range(int(duration * 1000)), 2 * chance.randrange(6)))
    return [
        [start / 1000, end / 1000, chance.choice([1, 1, 1, 2, 5])]
        for start, end in zip(borders[::2], borders[1::2], strict=True)
    ]


def test_three_hours_watched_by_thousands_are_counted_exactly(
    server: Server, http: httpx.Client, settle: Settle
) -> None:
    # Around the night in which Lord Howe sets its clocks back by half an hour.
    chance, day = random.Random(11), date(2024, 4, 7)
    base_ms = 1_712_240_000_000
    lengths: dict[str, float] = {"feature": 10_799.999, "short": 95.5, "trailer": 29.97}
    log: list[Delivery] = []
    for _ in range(2500):
        media = chance.choices(list(lengths), [3, 1, 1])[0]
        at_ms = base_ms + chance.randrange(6 * DAY_MS)
        off_ms = chance.choice([0, 0, 0, 4, -35_000]) * QUARTER_HOUR_MS
        session, visitor = session_id(at_ms + off_ms), f"v{chance.randrange(900)}"
        for seq in range(chance.choice([1, 1, 2])):
            watched = viewing(chance, lengths[media])
            received_ms = at_ms + 60_000 * (seq + 1)
            sent = {
                "media": media,
                "session": session,
                "seq": seq,
                "sent_at": received_ms + off_ms - chance.randrange(400),
                "visitor": visitor,
                "duration": lengths[media],
                "played": bool(watched),
                "watched": watched,
            }
            log.append(Delivery(sent, received_ms))
    chance.shuffle(log)
    medias = [
        replace(unmoved("feature", known=False), duration_now=10_800, project_now="some"),
        replace(unmoved("short", 95.5, "some"), project_now="others"),
        unmoved("trailer", None, "some"),
    ]
    place = Inhabited.settle_in(a_world(medias, log, "Australia/Lord_Howe", day), server, http)
    place.deliver()
    settle()
    check(place)


# What the player carried, what the catalog says, the watch map. Every border of these maps is
# within a hair of a cell's middle, or beyond what a careless product of large numbers could hold.
LAST_DIGITS: Sequence[tuple[float, float | None, list[list[float | int]]]] = [
    # Middles a hair before 0.6, 1.8, 3.0 ..., and a hair after them.
    (1199.9999999999998, None, [[0.6, 1.2, 1]]),
    (1199.9999999999998, None, [[0, 0.6, 1]]),
    (1200.0000000000002, None, [[0.6, 1.2, 1]]),
    (1200.0000000000002, None, [[0, 0.6, 1]]),
    (1199.9999999, None, [[0, 1.8, 2]]),
    # Two thirds of a second, as frames make them: the middle of cell 1 is a hair after 2.002.
    (1334.6666666666667, None, [[2.002, 60, 1]]),
    (1334.6666666666667, None, [[0, 2.002, 1]]),
    (1333.3333333333333, None, [[2, 60, 1]]),
    (1333.3333333333333, None, [[0, 2, 1]]),
    # A player's end on the middle of a longer catalog's cell, and a hair after it.
    (634.5, 1000, [[0, 635, 1]]),
    (634.5000000000001, 1000, [[0, 635, 1]]),
    (634.5000001, 1000, [[0, 635, 1]]),
    # One cell, half as wide.
    (0.2999999999, None, [[0.15, 0.3, 3]]),
    (0.3000000001, None, [[0, 0.15, 3]]),
    (0.0000004, None, [[0, 0.001, 2]]),
    # As long as there may be.
    (4_000_000_000, None, [[0, 2_000_000, 1], [6_000_000, 4_000_000_000, 2]]),
    (3_999_999_999.0000005, None, [[0, 2_000_000, 1], [2_000_000, 3_999_999_999, 2]]),
]


@pytest.mark.every_store
def test_the_last_digit_of_a_duration_decides_what_a_cell_has_seen(
    server: Server, http: httpx.Client, settle: Settle
) -> None:
    at_ms = 1_712_400_000_000
    medias, log = [], []
    for number, (duration, by_hand, watched) in enumerate(LAST_DIGITS):
        medias.append(unmoved(f"m{number}", by_hand, known=by_hand is not None))
        sent = {
            "media": f"m{number}",
            "session": session_id(at_ms),
            "seq": 1,
            "sent_at": at_ms,
            "visitor": "v",
            "duration": duration,
            "played": True,
            "watched": watched,
        }
        log.append(Delivery(sent, at_ms))
    place = Inhabited.settle_in(a_world(medias, log, "UTC", date(2024, 4, 6)), server, http)
    place.deliver()
    settle()
    now = Oracle(log, "UTC", place.world.catalog_now())
    assert_equal(everything(place, now))


def recent_log(chance: random.Random) -> list[Delivery]:
    """Sessions of the last weeks, none too old for a stranger to report, sent as they happened."""
    log: list[Delivery] = []
    for _ in range(40):
        at_ms = now_ms() - chance.randrange(DAY_MS, 20 * DAY_MS)
        session, media = session_id(at_ms), chance.choice(["one", "two", "three"])
        visitor, duration = f"v{chance.randrange(12)}", chance.choice([19.5, 1200.25, None])
        for seq in sorted(chance.sample(range(65_536), chance.randrange(1, 4))):
            watched = viewing(chance, duration or 3600)
            sent: dict[str, Any] = {
                "media": media,
                "session": session,
                "seq": seq,
                "sent_at": at_ms + 1000 * seq,
                "visitor": visitor,
                "duration": duration,
                "played": chance.random() < 0.8,
                "watched": watched,
            }
            log.append(Delivery(sent, sent["sent_at"]))
    return log


def deliver_one_by_one(place: Inhabited) -> None:
    """As trackers do: with nothing but a clock that is right."""
    for delivery in place.world.log:
        sent = {**delivery.beacon, "account": place.account.key, "sent_at": now_ms()}
        assert place.http.post("/collect", json=sent).status_code == 204


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/St_Johns"])
def test_twice_or_backwards_or_one_by_one_the_answers_are_the_same(
    server: Server, http: httpx.Client, settle: Settle, zone: str
) -> None:
    log = recent_log(random.Random(7))
    medias = [unmoved(name, known=False) for name in ("one", "two", "three")]
    middle = (datetime.now(UTC) - timedelta(days=10)).date()
    once = replace(
        a_world(medias, log, zone, middle),
        first=middle - timedelta(days=12),
        last=middle + timedelta(days=12),
        projects=(),
    )
    twice = replace(once, batches=(tuple(log), tuple(log)))
    backwards = replace(once, batches=tuple((delivery,) for delivery in reversed(log)))
    places = [Inhabited.settle_in(world, server, http) for world in (once, twice, backwards, once)]
    for place in places[:3]:
        place.deliver()
    deliver_one_by_one(places[3])
    settle()
    truth = Oracle(log, zone, once.catalog_now())
    first, *others = (list(everything(place, truth)) for place in places)
    assert_equal(first)
    for other in others:
        assert other == first
