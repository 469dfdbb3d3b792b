"""A ClickHouse cluster as the store: two shards, over which every number is the same."""

from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse import ClickHouse, clickhouse_front
from cluster_front import CLUSTER
from inhabited import Inhabited, assert_equal, everything
from oracle import Oracle
from support import Server
from worlds import World, in_any_world, worlds


@pytest.fixture(scope="module")
def cluster() -> Iterator[ClickHouse]:
    with clickhouse_front("cluster_front.py") as running:
        yield running


@pytest.fixture(scope="module")
def served(cluster: ClickHouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Playhead with its sessions on the cluster."""
    options = "--api-limit", "0", "--settle-after", "0", "--settle-every", "1"
    data = tmp_path_factory.mktemp("served") / "data"
    started = Server(data, options, store=f"{cluster.url('served')}?cluster={CLUSTER}").start()
    yield started
    started.stop()


@in_any_world(3)
@given(st.lists(worlds().filter(lambda world: bool(world.log)), min_size=2, max_size=2))
def test_any_world_is_counted_exactly(served: Server, given_worlds: list[World]) -> None:
    with httpx.Client(base_url=served.url, timeout=30) as http:
        places = [Inhabited.settle_in(world, served, http) for world in given_worlds]
        for place in places:
            place.deliver()
        served.settle()
        for place in places:
            world = place.world
            truth = Oracle(world.log, world.timezone, world.catalog_at_first())
            assert_equal(everything(place, truth))
