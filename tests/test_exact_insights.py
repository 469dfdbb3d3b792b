"""What the pages show is exact, for any sessions asked for, whatever was delivered in which order.

The brute-force reader of oracle_insights reads the same parameters; here, too, the answers are
held against each other (contract/metrics.md, Identities).
"""

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from random import Random
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inhabited import RELATIVE_ERROR, Inhabited
from oracle_insights import TRAITS, Reader
from support import Server
from test_exact_people import _ask, _same
from worlds import World, in_any_world, worlds

Settle = Callable[[], None]
Place = tuple[Inhabited, Reader]
ORDERS = ("plays", "loads", "visitors", "hours_watched", "engagement")
ADD_UP = ("loads", "plays", "hours_watched")
several = st.lists(worlds().filter(lambda world: bool(world.log)), min_size=2, max_size=2)
chance = st.randoms(use_true_random=False)


def inhabit(worlds: list[World], server: Server, http: httpx.Client, settle: Settle) -> list[Place]:
    places = [Inhabited.settle_in(world, server, http) for world in worlds]
    for place in places:
        place.deliver()
    settle()
    return [(place, Reader(place.world, place.project_ids)) for place in places]


def days_of(world: World) -> dict[str, str]:
    return {"start_date": str(world.part_first), "end_date": str(world.part_last)}


def segments(place: Inhabited, reader: Reader, random: Random) -> list[dict[str, str]]:
    """All sessions, each condition by itself, and some that combine."""
    visits = reader.visits
    days = days_of(place.world)
    single = [
        {"media_id": random.choice(place.world.medias).hashed_id},
        {"visitor_key": random.choice(visits).session.visitor},
        {"played": random.choice(["true", "false"])},
        *({"project_id": known} for known in place.project_ids.values()),
        *({name: read(random.choice(visits))} for name, read in TRAITS.items()),
    ]
    new, returning = ({**days, "visitors": name} for name in ("new", "returning"))
    combined = []
    for _ in range(6):
        together: dict[str, str] = {}
        for part in random.sample([*single, days, new, returning], k=random.randint(2, 4)):
            together |= part
        combined.append(together)
    return [{}, days, new, returning, {"visitors": "new"}, *single, *combined]


@in_any_world(3)
@given(several, chance)
def test_sums_and_actions_of_any_segment_and_of_as_many_days_before(
    server: Server, http: httpx.Client, settle: Settle, worlds: list[World], random: Random
) -> None:
    for place, reader in inhabit(worlds, server, http, settle):
        summaries_and_actions_are_exact(place, reader, random)


def summaries_and_actions_are_exact(place: Inhabited, reader: Reader, random: Random) -> None:
    for asked in segments(place, reader, random):
        found = _ask(place, "/insights/summary", **asked)
        if "start_date" not in asked:
            # Until today: of the calendar, not of the world.
            assert found.pop("start_date") <= found.pop("end_date")
        _same(found, reader.summary(asked), str(asked))
        if random.random() < 0.5:
            found = _ask(place, "/insights/actions", **asked)
            _same(found, reader.actions(asked), str(asked))


@in_any_world(3)
@given(several, chance)
def test_sums_through_time(
    server: Server, http: httpx.Client, settle: Settle, worlds: list[World], random: Random
) -> None:
    for place, reader in inhabit(worlds, server, http, settle):
        sums_through_time_are_exact(place, reader, random)


def sums_through_time_are_exact(place: Inhabited, reader: Reader, random: Random) -> None:
    world = place.world
    some = random.choice(segments(place, reader, random))
    for interval in ("hour", "day", "week", "month"):
        first, last = world.first, world.last
        if interval == "hour":
            first += timedelta(days=1)
        for days in (days_of(world), {"start_date": str(first), "end_date": str(last)}):
            if interval == "hour" and (world.part_last - world.part_first).days >= 8:
                continue
            for asked in (days, {**some, **days}):
                where = f"{interval} {asked}"
                found = _ask(place, "/insights/timeseries", interval=interval, **asked)
                assert found["interval"] == interval
                _same(found["buckets"], reader.timeseries(asked, interval), where)
                add_up(found["buckets"], reader.summary(asked)["sums"], ADD_UP, where)


@in_any_world(3)
@given(several, chance)
def test_sums_told_apart(
    server: Server, http: httpx.Client, settle: Settle, worlds: list[World], random: Random
) -> None:
    for place, reader in inhabit(worlds, server, http, settle):
        sums_told_apart_are_exact(place, reader, random)


def sums_told_apart_are_exact(place: Inhabited, reader: Reader, random: Random) -> None:
    days = days_of(place.world)
    some = random.choice(segments(place, reader, random))
    for asked in ({}, days, some):
        whole = _ask(place, "/insights/summary", **asked)["sums"]
        for by in (*random.sample(list(TRAITS), k=6), "media", "visitors"):
            sort_by = random.choice(ORDERS)
            where = f"{by} by {sort_by} {asked}"
            order = {"by": by, "sort_by": sort_by}
            found = _ask(place, "/insights/breakdown", limit=1000, **order, **asked)
            truth = reader.breakdown(asked, by, sort_by)
            assert (found["by"], found["total"]) == (by, len(truth)), where
            _same(found["rows"], truth, where)
            # Nobody is both new and returning, but somebody may be in two rows of another kind.
            names = (*ADD_UP, "visitors") if by == "visitors" else ADD_UP
            add_up(found["rows"], whole, names, where)
            if by == "media":
                few = _ask(place, "/insights/breakdown", limit=1, **order, **asked)
                assert (few["total"], few["rows"]) == (len(truth), found["rows"][:1])


@in_any_world(3)
@given(several, chance)
def test_the_most_played_and_their_plays_through_the_days(
    server: Server, http: httpx.Client, settle: Settle, worlds: list[World], random: Random
) -> None:
    for place, reader in inhabit(worlds, server, http, settle):
        the_most_played_are_exact(place, reader, random)


def the_most_played_are_exact(place: Inhabited, reader: Reader, random: Random) -> None:
    world = place.world
    some = random.choice(segments(place, reader, random))
    # Around where days become weeks, and weeks months.
    for around in random.sample([0, 26, 27, 360, 362, 1800], k=3):
        first, last = world.first - timedelta(days=around), world.last + timedelta(days=around)
        if first.year < 1:
            continue
        days = {"start_date": str(first), "end_date": str(last)}
        for asked in (days, {**some, **days}):
            for of in ("medias", "projects"):
                found = _ask(place, "/insights/top", of=of, limit=1000, **asked)
                _same(found, reader.top(asked, of), f"{of} {asked}")
                assert _ask(place, "/insights/top", of=of, limit=2, **asked) == found[:2]


@in_any_world(3)
@given(several, chance)
def test_the_engagement_graph_of_any_segment_in_the_cells_of_the_whole(
    server: Server, http: httpx.Client, settle: Settle, worlds: list[World], random: Random
) -> None:
    for place, reader in inhabit(worlds, server, http, settle):
        graphs_are_exact(place, reader, random)


def graphs_are_exact(place: Inhabited, reader: Reader, random: Random) -> None:
    for media in place.world.medias[:3]:
        every = segments(place, reader, random)
        for segment in [*every[:4], *random.sample(every[4:], k=8)]:
            asked = {**segment, "media_id": media.hashed_id}
            found = _ask(place, "/insights/engagement", **asked)
            stands_out(found)
            _same(found, reader.engagement(asked), str(asked))
            if not segment:
                whole = place.ask(f"medias/{media.hashed_id}/engagement.json")
                assert {name: found[name] for name in whole} == whole


def stands_out(found: dict[str, Any]) -> None:
    """What is marked lies in the graph where it says; which ones are marked: test_moments."""
    viewers, rewatches = found["engagement_data"], found["rewatch_data"]
    width = found["cell_seconds"]
    for drop in found.pop("drop_offs"):
        stretch = max(1, len(viewers) // 100)
        before = viewers[drop["cell"] - stretch]
        assert drop["viewers"] == before
        assert drop["lost"] == before - viewers[drop["cell"]] > 0
        assert drop["at"] == pytest.approx(drop["cell"] * width)
    for moment in found.pop("rewatched"):
        assert moment["viewings"] == rewatches[moment["cell"]] > 0
        assert moment["at"] - width / 2 < moment["cell"] * width < moment["end"]
        assert moment["end"] <= len(rewatches) * width * (1 + RELATIVE_ERROR)


@in_any_world(3)
@given(several)
def test_without_conditions_the_answers_are_the_stats_apis(
    server: Server, http: httpx.Client, settle: Settle, worlds: list[World]
) -> None:
    for place, reader in inhabit(worlds, server, http, settle):
        insights_agree_with_stats(place, reader)


def insights_agree_with_stats(place: Inhabited, reader: Reader) -> None:
    scopes: list[tuple[str, dict[str, str]]] = [
        ("account", {}),
        *((f"projects/{known}", {"project_id": known}) for known in place.project_ids.values()),
        *((f"medias/{m.hashed_id}", {"media_id": m.hashed_id}) for m in place.world.medias),
    ]
    for scope, asked in scopes:
        shown = place.ask(f"{scope}.json")
        found = _ask(place, "/insights/summary", **asked)["sums"]
        for name in set(found) & set(shown):
            assert found[name] == shown[name], (scope, name)
        days = days_of(place.world)
        by_date = place.by_date(scope, place.world.part_first, place.world.part_last)
        buckets = _ask(place, "/insights/timeseries", **days, **asked)["buckets"]
        assert [{name: row[name] for name in ("date", *ADD_UP)} for row in reversed(buckets)] == [
            {name: row[name] for name in ("date", *ADD_UP)} for row in by_date
        ]
    for media in place.world.medias:
        assert (
            reader.whole_engagement(media.hashed_id)["engagement_data"]
            == (reader.engagement({"media_id": media.hashed_id})["engagement_data"])
        )


def add_up(
    parts: list[dict[str, Any]], whole: dict[str, Any], names: tuple[str, ...], where: str
) -> None:
    """The parts are the whole, for what can be added."""
    for name in names:
        total = sum((Fraction(part[name]) for part in parts), Fraction(0))
        error = abs(total - Fraction(whole[name]))
        assert error <= RELATIVE_ERROR * Fraction(whole[name]), (where, name, parts, whole)
