"""Visitors, events, actions and analytics are exact, whatever is delivered and in which order."""

import itertools
from collections.abc import Callable, Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inhabited import RELATIVE_ERROR, Inhabited
from oracle_people import GROUPS, People
from people import Device
from support import Server
from worlds import World, in_any_world, worlds

Settle = Callable[[], None]
BASES = ("/v1", "/modern")
several = st.lists(worlds().filter(lambda world: bool(world.log)), min_size=3, max_size=3)


def _inhabit(
    worlds: list[World], server: Server, http: httpx.Client, settle: Settle
) -> list[tuple[Inhabited, People]]:
    places = [Inhabited.settle_in(world, server, http) for world in worlds]
    for place in places:
        place.deliver()
    settle()
    return [(place, People(place.world.log, place.world.timezone)) for place in places]


def _ask(place: Inhabited, path: str, **parameters: Any) -> Any:
    answer = place.http.get(path, params=parameters, headers=place.account.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _read(place: Inhabited, path: str, **parameters: Any) -> list[Any]:
    """A list, page by page."""
    read: list[Any] = []
    for number in itertools.count(1):
        page = _ask(place, path, page=number, per_page=3, **parameters)
        if not page:
            return read
        read += page
    raise AssertionError


def _same(found: Any, truth: Any, where: str = "") -> None:
    """Names and values alike, fractions to 1e-9 of themselves, and nothing besides."""
    if isinstance(truth, Fraction):
        assert isinstance(found, int | float), where
        assert abs(Fraction(found) - truth) <= RELATIVE_ERROR * truth, (where, found, truth)
    elif isinstance(truth, Mapping):
        assert set(found) == set(truth), where
        for name, value in truth.items():
            _same(found[name], value, f"{where}.{name}")
    elif isinstance(truth, list):
        assert len(found) == len(truth), where
        for number, (one, other) in enumerate(zip(found, truth, strict=True)):
            _same(one, other, f"{where}[{number}]")
    else:
        assert type(found) is type(truth), (where, found, truth)
        assert found == truth, (where, found, truth)


def _same_device(found: Mapping[str, Any], device: Device | None) -> None:
    if device is None:
        assert found == {"browser": "", "browser_version": "", "platform": ""}
        return
    assert (found["browser"], found["platform"]) == (device.browser, device.platform)
    assert found["mobile"] is device.mobile
    assert found["browser_version"].split(".")[0] == device.major


@in_any_world(4)
@given(several)
def test_visitors_are_what_their_sessions_say(
    server: Server, http: httpx.Client, settle: Settle, worlds: list[World]
) -> None:
    for place, people in _inhabit(worlds, server, http, settle):
        visitors_are_exact(place, people)


def visitors_are_exact(place: Inhabited, people: People) -> None:
    for base in BASES:
        found = _read(place, f"{base}/stats/visitors")
        truth = people.visitors()
        assert [row["visitor_key"] for row in found] == [row["visitor_key"] for row in truth]
        for row, true_row in zip(found, truth, strict=True):
            assert _ask(place, f"{base}/stats/visitors/{row['visitor_key']}.json") == row
            _same_device(row.pop("user_agent_details"), true_row.pop("device"))
            _same(row, true_row, row["visitor_key"])


@in_any_world(4)
@given(several, st.sampled_from(["has_email", "has_name"]), st.sampled_from(["ADA", "'", "ж", "%"]))
def test_filters_and_search_find_who_they_name(
    server: Server,
    http: httpx.Client,
    settle: Settle,
    worlds: list[World],
    wanted: str,
    search: str,
) -> None:
    for place, people in _inhabit(worlds, server, http, settle):
        filters_and_search_are_exact(place, people, wanted, search)


def filters_and_search_are_exact(
    place: Inhabited, people: People, wanted: str, search: str
) -> None:
    truth = people.visitors()
    field = wanted.removeprefix("has_")
    found = _read(place, "/v1/stats/visitors", filter=wanted)
    assert [row["visitor_key"] for row in found] == [
        row["visitor_key"] for row in truth if row["visitor_identity"][field]
    ]
    found = _read(place, "/v1/stats/visitors", search=search)
    assert [row["visitor_key"] for row in found] == [
        row["visitor_key"]
        for row in truth
        if any(
            search.lower() in (row["visitor_identity"][name] or "").lower()
            for name in ("email", "name")
        )
    ]


@in_any_world(4)
@given(several)
def test_events_are_what_the_newest_beacons_say(
    server: Server, http: httpx.Client, settle: Settle, worlds: list[World]
) -> None:
    for place, people in _inhabit(worlds, server, http, settle):
        events_are_exact(place, people)


def events_are_exact(place: Inhabited, people: People) -> None:
    world = place.world
    media = world.medias[0].hashed_id
    days = {"start_date": str(world.part_first), "end_date": str(world.part_last)}
    asked: list[tuple[dict[str, str], Any]] = [
        ({}, people.events()),
        ({"media_id": media}, people.events(media)),
        (days, people.events(days=(world.part_first, world.part_last))),
    ]
    for parameters, truth in asked:
        found = _read(place, "/modern/stats/events", **parameters)
        for row, true_row in zip(found, truth, strict=True):
            assert row.pop("iframe_heatmap_url").startswith("http")
            assert row.pop("ip") == "127.0.0.0"
            _same_device(row.pop("user_agent_details"), true_row.pop("device"))
        _same(found, truth)


@in_any_world(4)
@given(several)
def test_actions_and_analytics_are_what_the_sessions_say(
    server: Server, http: httpx.Client, settle: Settle, worlds: list[World]
) -> None:
    for place, people in _inhabit(worlds, server, http, settle):
        actions_and_analytics_are_exact(place, people)


def actions_and_analytics_are_exact(place: Inhabited, people: People) -> None:
    if place.world.first.year <= 1970:
        return  # analytics begin with 1970
    for media in place.world.medias:
        shown = place.ask(f"medias/{media.hashed_id}.json")
        _same(shown["actions"], people.actions(media.hashed_id))
        stats = _ask(place, f"/v1/medias/{media.hashed_id}/stats")["stats"]
        _same(stats, people.aggregated(media.hashed_id))
        _analytics_are_exact(place, people, media.hashed_id)


def _analytics_are_exact(place: Inhabited, people: People, media: str) -> None:
    world = place.world
    for first, last in ((world.first, world.last), (world.part_first, world.part_last)):
        end = last + timedelta(days=1)
        base = f"/modern/analytics/medias/{media}"
        days = {"start_date": str(first), "end_date": str(end)}
        _same(_ask(place, base, **days), people.analytics(media, first, end), "analytics")
        for granularity in ("daily", "weekly", "monthly"):
            found = _ask(place, f"{base}/timeseries", granularity=granularity, **days)
            _same(found, people.timeseries(media, first, end, granularity), granularity)
        locations = _ask(place, f"{base}/embed_locations", per_page=100, **days)
        for row in locations:
            domain, path = row.pop("embed_domain"), row.pop("embed_path")
            assert row["embed_url"].startswith(("http://", "https://"))
            assert domain in row["embed_url"]
            assert row["embed_url"].endswith(path)
        _same(locations, people.embed_locations(media, first, end), "locations")
        for group_by in GROUPS:
            found = _ask(place, f"{base}/traffic", group_by=group_by, **days)
            _same(found, people.traffic(media, first, end, group_by), group_by)
        _same(_ask(place, f"{base}/languages", **days), people.languages(media, first, end))
        conversions = _ask(place, f"{base}/conversions", per_page=100, **days)["data"]
        _same(conversions, people.conversions(media, first, end), "conversions")


@pytest.mark.parametrize("base", BASES)
def test_nobody_yet_is_an_empty_list(server: Server, http: httpx.Client, base: str) -> None:
    headers = server.account().headers
    for what in ("visitors", "events"):
        assert http.get(f"{base}/stats/{what}", headers=headers).json() == []
