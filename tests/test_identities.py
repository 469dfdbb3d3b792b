"""The identities that every answer keeps, whatever is behind it."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from inhabited import RELATIVE_ERROR, Inhabited
from support import Server
from worlds import World, worlds

Settle = Callable[[], None]
SUMS = ("loads", "plays", "hours_watched")


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds())
def test_identities_hold_in_any_world(
    server: Server, http: httpx.Client, settle: Settle, world: World
) -> None:
    place = Inhabited.settle_in(world, server, http)
    place.deliver()
    settle()
    days_add_up_to_the_whole(place)
    medias_add_up_to_the_account(place)
    shares_are_shares(place)
    moved_history_moves_whole(place)


def days_add_up_to_the_whole(place: Inhabited) -> None:
    # Wide enough for every start: clocks that are off are put right to within the world's days.
    first, last = place.world.first.replace(year=place.world.first.year - 1), place.world.last
    scopes = ["account", *(f"projects/{known}" for known in place.project_ids.values())]
    scopes += [f"medias/{media.hashed_id}" for media in place.world.medias]
    for scope in scopes:
        whole = place.ask(f"{scope}.json")
        assert sums_of(place.by_date(scope, first, last)) == pytest.approx(
            sums_of([whole]), rel=RELATIVE_ERROR
        )


def medias_add_up_to_the_account(place: Inhabited) -> None:
    medias = [place.ask(f"medias/{media.hashed_id}.json") for media in place.world.medias]
    account = place.ask("account.json")
    assert sums_of(medias) == pytest.approx(sums_of([account]), rel=RELATIVE_ERROR)


def shares_are_shares(place: Inhabited) -> None:
    for media in place.world.medias:
        shown = place.ask(f"medias/{media.hashed_id}.json")
        graph = place.ask(f"medias/{media.hashed_id}/engagement.json")
        assert shown["plays"] <= shown["loads"]
        assert 0 <= shown["play_rate"] <= 1
        assert 0 <= shown["engagement"] <= 1
        assert graph["engagement"] == shown["engagement"]
        assert len(graph["engagement_data"]) == len(graph["rewatch_data"])
        assert all(0 <= seen <= shown["plays"] for seen in graph["engagement_data"])
        assert all(isinstance(again, int) and again >= 0 for again in graph["rewatch_data"])


def moved_history_moves_whole(place: Inhabited) -> None:
    before = place.ask("account.json")
    place.change_the_catalog()
    assert place.ask("account.json") == before
    for project, known in place.project_ids.items():
        inside = [
            place.ask(f"medias/{media.hashed_id}.json")
            for media in place.world.medias
            if media.project_now == project
        ]
        whole = place.ask(f"projects/{known}.json")
        assert whole["number_of_videos"] == len(inside)
        assert sums_of(inside) == pytest.approx(sums_of([whole]), rel=RELATIVE_ERROR)


def sums_of(rows: list[dict[str, Any]]) -> dict[str, float]:
    return {name: sum(row[name] for row in rows) for name in SUMS}
