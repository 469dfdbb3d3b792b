"""The numbers are exact: over any world the seven endpoints say what the brute-force reader says.

A world is an account in some time zone, its medias, its viewers, and beacons that are lost,
doubled, late and shuffled (worlds.py). Nothing is looked at from inside: it goes in through
``/collect/batch`` and comes out of the API.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from inhabited import Inhabited, assert_equal, everything
from oracle import Delivery, Oracle
from support import Server, ndjson, now_ms, session_id
from worlds import World, worlds

Settle = Callable[[], None]
exactly = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    print_blob=True,
    # A world is asked over HTTP: to make a bad one smaller would take minutes, to look at it less.
    phases=[Phase.explicit, Phase.generate],
    # Every world gets an account of its own, so the server may be shared.
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
# Several worlds arrive together: the drain rests between its rounds, so that one by one would
# mostly wait. Accounts do not see each other, and that is tried by the way.
several = st.lists(worlds(), min_size=1, max_size=5)


@exactly
@given(several)
def test_any_world_is_counted_exactly_before_and_after_its_catalog_changes(
    server: Server, http: httpx.Client, settle: Settle, worlds: list[World]
) -> None:
    places = [Inhabited.settle_in(world, server, http) for world in worlds]
    for place in places:
        place.deliver()
    settle()
    for place in places:
        world = place.world
        at_first = Oracle(world.log, world.timezone, world.catalog_at_first())
        assert_equal(everything(place, at_first))
        place.change_the_catalog()
        now = Oracle(world.log, world.timezone, world.catalog_now())
        assert_equal(everything(place, now))


@settings(exactly, max_examples=12)
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


def test_beacons_sent_one_by_one_from_the_front_are_counted_exactly(
    server: Server, http: httpx.Client, settle: Settle
) -> None:
    chance = random.Random(7)
    account = server.account("Asia/Kathmandu")
    log: list[Delivery] = []
    for _ in range(40):
        session = session_id()
        for seq in range(chance.randrange(1, 4)):
            ends = sorted(chance.sample(range(1, 200), 4))
            sent: dict[str, Any] = {
                "media": chance.choice(["one", "two"]),
                "session": session,
                "seq": seq,
                "sent_at": now_ms(),
                "visitor": f"v{chance.randrange(12)}",
                "duration": 19.5,
                "played": True,
                "watched": [[ends[0] / 10, ends[1] / 10, 1], [ends[2] / 10, ends[3] / 10, 3]],
            }
            sent["watched"] = [piece for piece in sent["watched"] if piece[1] <= 19.5]
            log.append(Delivery(sent, now_ms()))
    chance.shuffle(log)
    for delivery in log:
        answer = http.post("/collect", json={**delivery.beacon, "account": account.key})
        assert answer.status_code == 204
    settle()
    oracle = Oracle(log, account.timezone)
    for media in ("one", "two"):
        for path, truth in (
            (f"medias/{media}.json", oracle.media(media)),
            (f"medias/{media}/engagement.json", oracle.engagement(media)),
        ):
            answer = http.get(f"/v1/stats/{path}", headers=account.headers).json()
            assert_equal([(path, answer, truth)])
    answer = http.get("/v1/stats/account.json", headers=account.headers).json()
    assert_equal([("account", answer, oracle.account())])


def test_three_hours_watched_by_thousands_are_counted_exactly(
    server: Server, http: httpx.Client, settle: Settle
) -> None:
    chance = random.Random(11)
    account = server.account("Australia/Lord_Howe")
    base_ms = 1_712_400_000_000
    duration = 10_799.999
    log: list[Delivery] = []
    for _ in range(3000):
        at_ms = base_ms + chance.randrange(4 * 86_400_000)
        borders = sorted(chance.sample(range(int(duration * 1000)), 2 * chance.randrange(6)))
        watched = [
            [start / 1000, end / 1000, chance.choice([1, 1, 1, 2, 5])]
            for start, end in zip(borders[::2], borders[1::2], strict=True)
        ]
        sent = {
            "media": "feature",
            "session": session_id(at_ms),
            "seq": 1,
            "sent_at": at_ms + 60_000,
            "visitor": f"v{chance.randrange(900)}",
            "duration": duration,
            "played": bool(watched),
            "watched": watched,
        }
        log.append(Delivery(sent, at_ms + 60_000))
    lines = [{**d.beacon, "account": account.key, "received_at": d.received_ms} for d in log]
    headers = {"content-type": "application/x-ndjson"} | account.headers
    answer = http.post("/collect/batch", content=ndjson(lines), headers=headers)
    assert answer.json() == {"accepted": 3000, "rejected": []}
    settle()
    oracle = Oracle(log, account.timezone)
    for path, truth in (
        ("medias/feature.json", oracle.media("feature")),
        ("medias/feature/engagement.json", oracle.engagement("feature")),
    ):
        found = http.get(f"/v1/stats/{path}", headers=account.headers).json()
        assert_equal([(path, found, truth)])
