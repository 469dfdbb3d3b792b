"""A ClickHouse server over HTTP counts exactly, too: all that a world can be asked, at once.

The worlds and the readers are those of the other tests of exactness, which take the embedded
engine and ask each question of worlds of its own.
"""

from collections.abc import Callable
from random import Random

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import test_exact_insights as insights
import test_exact_people as listed
import test_exact_viewing as viewing
from inhabited import Inhabited, assert_equal, everything
from oracle import Oracle
from oracle_insights import Reader
from oracle_people import People
from support import Server
from worlds import World, in_any_world, worlds

Settle = Callable[[], None]


@pytest.mark.parametrize("server", ["clickhouse"], indirect=True, scope="session")
@in_any_world(2)
@given(worlds().filter(lambda world: bool(world.log)), st.randoms(use_true_random=False))
def test_everything_that_can_be_asked_of_any_world_is_exact(
    server: Server, http: httpx.Client, settle: Settle, world: World, random: Random
) -> None:
    place = Inhabited.settle_in(world, server, http)
    place.deliver()
    settle()
    people, reader = People(world.log, world.timezone), Reader(world, place.project_ids)
    assert_equal(everything(place, Oracle(world.log, world.timezone, world.catalog_at_first())))
    listed.visitors_are_exact(place, people)
    listed.filters_and_search_are_exact(place, people, "has_email", "ж")
    listed.events_are_exact(place, people)
    listed.actions_and_analytics_are_exact(place, people)
    viewing.sessions_are_exact(place, people, random.randint(1, 4))
    viewing.quality_is_exact(place, people)
    insights.summaries_and_actions_are_exact(place, reader, random)
    insights.sums_through_time_are_exact(place, reader, random)
    insights.sums_told_apart_are_exact(place, reader, random)
    insights.the_most_played_are_exact(place, reader, random)
    insights.graphs_are_exact(place, reader, random)
    insights.insights_agree_with_stats(place, reader)
    place.change_the_catalog()
    assert_equal(everything(place, Oracle(world.log, world.timezone, world.catalog_now())))
