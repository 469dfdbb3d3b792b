"""The identities that every answer keeps, whatever is behind it (contract/metrics.md, Identities).

The sixth, restarts and kills, is in test_kills.py; the seventh, the brute-force reader, in
test_exactness.py. Here the product is only held against itself.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inhabited import RELATIVE_ERROR, Inhabited
from oracle import newest_beacons
from support import Server
from worlds import World, in_any_world, worlds

Settle = Callable[[], None]
SUMS = ("loads", "plays", "hours_watched")
several = st.lists(worlds().filter(lambda world: bool(world.log)), min_size=3, max_size=3)


@in_any_world(5)
@given(several)
def test_identities_hold_in_any_world(
    server: Server, http: httpx.Client, settle: Settle, worlds: list[World]
) -> None:
    places = [Inhabited.settle_in(world, server, http) for world in worlds]
    for place in places:
        place.deliver()
    settle()
    for place in places:
        days_add_up_to_the_whole(place)
        medias_add_up_to_the_account(place)
        shares_are_shares(place)
        a_changed_catalog_changes_no_session(place)
        projects_are_what_they_have_now(place)
        deleted_medias_leave_their_project_and_not_the_account(place)


def days_add_up_to_the_whole(place: Inhabited) -> None:
    """Identity 1."""
    projects = [f"projects/{known}" for known in place.project_ids.values()]
    for scope in ("account", *projects, *scopes_of_medias(place)):
        assert_sums(days(place, scope), [place.ask(f"{scope}.json")])


def medias_add_up_to_the_account(place: Inhabited) -> None:
    """Identity 2, and day by day as well."""
    medias = [place.ask(f"{scope}.json") for scope in scopes_of_medias(place)]
    assert_sums(medias, [place.ask("account.json")])
    assert_days_add_up(place, scopes_of_medias(place), "account")


def shares_are_shares(place: Inhabited) -> None:
    """Identity 3, and what the definition of the graph says of every graph."""
    for scope in scopes_of_medias(place):
        shown, graph = place.ask(f"{scope}.json"), place.ask(f"{scope}/engagement.json")
        assert shown["plays"] <= shown["loads"]
        assert shown["visitors"] <= shown["loads"]
        assert 0 <= shown["play_rate"] <= 1
        assert 0 <= shown["engagement"] <= 1
        assert (shown["play_rate"] > 0) == (shown["plays"] > 0)
        assert graph["engagement"] == shown["engagement"]
        assert len(graph["engagement_data"]) == len(graph["rewatch_data"]) <= 1000
        for seen, again in zip(graph["engagement_data"], graph["rewatch_data"], strict=True):
            assert isinstance(seen, int)
            assert isinstance(again, int)
            assert 0 <= seen <= shown["plays"]
            # Only who saw a cell can have seen it again, and no watch map says over 10,000.
            assert 0 <= again <= 9_999 * seen


def a_changed_catalog_changes_no_session(place: Inhabited) -> None:
    """Identity 4: the graph's length, names and projects are the catalog's; the rest is history."""

    def history() -> list[Any]:
        found = [place.ask("account.json"), days(place, "account")]
        for scope in scopes_of_medias(place):
            found += [place.ask(f"{scope}.json"), days(place, scope)]
            found.append(place.ask(f"{scope}/engagement.json")["engagement"])
        return found

    before = history()
    place.change_the_catalog()
    assert history() == before
    for media in place.world.medias:
        if media.duration_now is not None:
            graph = place.ask(f"medias/{media.hashed_id}/engagement.json")
            cells = min(1000, max(1, int(media.duration_now)))
            assert len(graph["engagement_data"]) == cells


def projects_are_what_they_have_now(place: Inhabited) -> None:
    """Identity 4: a media that moves moves its history."""
    for project, known in place.project_ids.items():
        inside = [
            f"medias/{media.hashed_id}"
            for media in place.world.medias
            if media.project_now == project
        ]
        whole = place.ask(f"projects/{known}.json")
        assert whole["number_of_videos"] == len(inside)
        assert_sums([place.ask(f"{scope}.json") for scope in inside], [whole])
        assert_days_add_up(place, inside, f"projects/{known}")


def deleted_medias_leave_their_project_and_not_the_account(place: Inhabited) -> None:
    """Of the definition of the sums: the account keeps the history of a deleted media."""
    gone = place.world.medias[0]
    path = f"/v1/medias/{gone.hashed_id}"
    project = place.project_ids.get(gone.project_now or "")
    before = place.ask(f"projects/{project}.json") if project else None
    its_own, account = place.ask(f"medias/{gone.hashed_id}.json"), place.ask("account.json")
    assert place.http.delete(path, headers=place.account.headers).status_code == 200
    assert place.http.get(path, headers=place.account.headers).status_code == 404
    assert place.ask("account.json") == account
    if before is not None:
        after = place.ask(f"projects/{project}.json")
        assert after["number_of_videos"] == before["number_of_videos"] - 1
        assert_sums([after, its_own], [before])


@in_any_world(5)
@given(several)
def test_with_all_but_the_newest_beacons_lost_every_answer_is_the_same(
    server: Server, http: httpx.Client, settle: Settle, worlds: list[World]
) -> None:
    """Identity 5; its repeats and its order of arrival are tried in test_exactness.py too."""
    pairs = []
    for world in worlds:
        newest = tuple(newest_beacons(world.log).values())
        whole = Inhabited.settle_in(world, server, http)
        rest = Inhabited.settle_in(replace(world, batches=(newest,)), server, http)
        whole.deliver()
        rest.deliver()
        pairs.append((whole, rest))
    settle()
    for whole, rest in pairs:
        scopes = ["account", *scopes_of_medias(whole)]
        for path in [f"{scope}.json" for scope in scopes]:
            assert whole.ask(path) == rest.ask(path)
        for scope in scopes:
            assert days(whole, scope) == days(rest, scope)
        graphs = [graphs_of(place) for place in (whole, rest)]
        assert graphs[0] == graphs[1]


def graphs_of(place: Inhabited) -> list[Any]:
    return [place.ask(f"{scope}/engagement.json") for scope in scopes_of_medias(place)]


def scopes_of_medias(place: Inhabited) -> list[str]:
    return [f"medias/{media.hashed_id}" for media in place.world.medias]


def days(place: Inhabited, scope: str) -> list[dict[str, Any]]:
    """Every day on which a session of the world can have started, and some more."""
    world = place.world
    first, last = world.first.toordinal() - 300, world.last.toordinal() + 30
    found: list[dict[str, Any]] = place.by_date(
        scope, world.first.fromordinal(first), world.last.fromordinal(last)
    )
    assert len(found) == last - first + 1
    return found


def assert_sums(parts: Iterable[dict[str, Any]], whole: Iterable[dict[str, Any]]) -> None:
    assert sums_of(parts) == pytest.approx(sums_of(whole), rel=RELATIVE_ERROR, abs=0)


def assert_days_add_up(place: Inhabited, parts: Iterable[str], whole: str) -> None:
    rows: dict[str, list[dict[str, Any]]] = {}
    for part in parts:
        for row in days(place, part):
            rows.setdefault(row["data_date"], []).append(row)
    for row in days(place, whole):
        assert_sums(rows.get(row["data_date"], []), [row])


def sums_of(rows: Iterable[dict[str, Any]]) -> dict[str, float]:
    found = dict.fromkeys(SUMS, 0.0)
    for row in rows:
        for name in SUMS:
            found[name] += row[name]
    return found
