"""Sessions one by one and how well they played are exact, whatever is delivered in which order."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st

import oracle_viewing as truth
from inhabited import Inhabited
from oracle_people import People, Visit
from support import Server, beacon, deliver, now_ms, session_id
from test_exact_people import _ask, _inhabit, _same
from worlds import World, in_any_world, worlds

Settle = Callable[[], None]
several = st.lists(worlds().filter(lambda world: bool(world.log)), min_size=3, max_size=3)


def segments(place: Inhabited, people: People) -> Iterator[tuple[dict[str, Any], truth.Chosen]]:
    """Some ways to ask, and which sessions are meant."""
    world = place.world
    media = world.medias[0].hashed_id
    visitor = people.visits[0].session.visitor
    days = {"start_date": str(world.part_first), "end_date": str(world.part_last)}

    def in_days(visit: Visit) -> bool:
        return world.part_first <= visit.session.day <= world.part_last

    yield {}, lambda _: True
    yield days, in_days
    yield {"media_id": media}, lambda visit: visit.session.media == media
    yield {"visitor_key": visitor}, lambda visit: visit.session.visitor == visitor
    yield {"played": "true"}, lambda visit: visit.session.played
    yield {"played": "false"}, lambda visit: not visit.session.played
    yield (
        {"language": "de", "played": "true", **days},
        lambda visit: (
            visit.told("player", "language") in {"de", "de-AT"}
            and visit.session.played
            and in_days(visit)
        ),
    )
    yield {"browser": ""}, lambda visit: not visit.told("user_agent")


def read(place: Inhabited, limit: int, **asked: Any) -> list[Any]:
    """All sessions, by their cursors."""
    found: list[Any] = []
    cursor = None
    while True:
        where = asked if cursor is None else {**asked, "cursor": cursor}
        answer = _ask(place, "/insights/sessions", limit=limit, **where)
        found += answer["sessions"]
        cursor = answer["cursor"]
        assert len(answer["sessions"]) == limit or cursor is None
        if cursor is None:
            return found


@in_any_world(5)
@given(several, st.integers(1, 4))
def test_sessions_are_what_their_newest_beacons_say_and_each_is_read_once(
    server: Server, http: httpx.Client, settle: Settle, worlds: list[World], limit: int
) -> None:
    for place, people in _inhabit(worlds, server, http, settle):
        sessions_are_exact(place, people, limit)


def sessions_are_exact(place: Inhabited, people: People, limit: int) -> None:
    for asked, chosen in segments(place, people):
        found = read(place, limit, **asked)
        for row in found:
            row["major"] = row.pop("browser_version").split(".")[0]
        _same(found, truth.sessions(people, chosen), str(asked))


@in_any_world(5)
@given(several)
def test_quality_is_that_of_the_sessions(
    server: Server, http: httpx.Client, settle: Settle, worlds: list[World]
) -> None:
    for place, people in _inhabit(worlds, server, http, settle):
        quality_is_exact(place, people)


def quality_is_exact(place: Inhabited, people: People) -> None:
    for asked, chosen in segments(place, people):
        found = _ask(place, "/insights/quality", **asked)
        _same(found, truth.quality(filter(chosen, people.visits)), str(asked))


@in_any_world(6)
@given(
    st.lists(
        st.lists(st.integers(0, 4) | st.integers(0, 2_147_483_647), max_size=24),
        min_size=4,
        max_size=8,
    )
)
def test_quantiles_of_the_startup_lie_where_their_rank_does(
    server: Server, http: httpx.Client, settle: Settle, medias: list[list[int]]
) -> None:
    account = server.account()
    lines = [
        beacon(
            account,
            media=f"media-{number}",
            session=session_id(now_ms()),
            quality={"startup_ms": startup_ms},
        )
        for number, startups in enumerate(medias)
        for startup_ms in [*startups, 0]
    ]
    deliver(http, account, lines)
    settle()
    for number, startups in enumerate(medias):
        asked = {"media_id": f"media-{number}"}
        found = http.get("/insights/quality", params=asked, headers=account.headers).json()
        known = sorted(filter(None, startups))
        if not known:
            assert found["startup"] is None
            continue
        assert found["startup"]["count"] == len(known)
        for name, share in (("median_ms", 50), ("p75_ms", 75), ("p95_ms", 95)):
            _same(found["startup"][name], truth.quantile(known, Fraction(share, 100)), name)
