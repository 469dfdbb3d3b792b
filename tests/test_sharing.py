"""Several processes on one store and catalog: one settles for all, and every number is exact."""

import itertools
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from clickhouse import ClickHouse, new_database
from inhabited import Inhabited, assert_equal, everything
from oracle import Oracle
from playhead.catalog import Catalog
from playhead.cli import main
from postgres import Postgres
from support import Server, TestAccount, beacon, now_ms, session_id, wait_until
from worlds import World, in_any_world, worlds

PROCESSES = 3
# What has settled may have been remembered for a second by who did not settle it.
REMEMBERED_S = 1.1
OPTIONS = "--api-limit", "0", "--settle-after", "0", "--settle-every", "1"


@dataclass
class House:
    """Processes that share what they keep, each with a data folder of its own."""

    servers: list[Server]

    def settle(self) -> None:
        """Wait until every acknowledged beacon is in the numbers of every process."""
        for server in self.servers:
            server.settle()
        catalog = Catalog.open(self.servers[0].catalog)
        wait_until(lambda: not catalog.settling_notes.waiting(1))
        catalog.close()
        time.sleep(REMEMBERED_S)

    def settler(self) -> Server:
        """Who has the turn."""
        found: list[Server] = []

        def look() -> bool:
            found[:] = [each for each in self.servers if said(each, "settler.has_the_turn")]
            return bool(found)

        wait_until(look)
        return found[-1]


class InTurns(httpx.BaseTransport):
    """Every request goes to the next process."""

    def __init__(self, house: House) -> None:
        self._all = [(httpx.URL(server.url), httpx.HTTPTransport()) for server in house.servers]
        self._ways = itertools.cycle(self._all)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        at, way = next(self._ways)
        request.url = request.url.copy_with(host=at.host, port=at.port)
        return way.handle_request(request)

    def close(self) -> None:
        for _, way in self._all:
            way.close()


@pytest.fixture(scope="module")
def house(
    postgres: Postgres, clickhouse: ClickHouse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    catalog, store = postgres.database(), new_database(clickhouse)
    servers = [
        Server(tmp_path_factory.mktemp("shared") / "data", OPTIONS, catalog, store)
        for _ in range(PROCESSES)
    ]
    with ThreadPoolExecutor(PROCESSES) as starting:
        list(starting.map(Server.start, servers))
    yield House(servers)
    for server in servers:
        server.kill()


@pytest.fixture
def http(house: House) -> Iterator[httpx.Client]:
    with httpx.Client(transport=InTurns(house), base_url="http://any", timeout=30) as client:
        yield client


def said(server: Server, event: str, account: int | None = None) -> bool:
    return any(
        each.get("event") == event and account in {None, each.get("account")}
        for each in server.events
    )


def test_one_of_them_settles(house: House) -> None:
    house.settler()
    assert sum(said(server, "settler.has_the_turn") for server in house.servers) == 1


@in_any_world(4)
@given(st.lists(worlds().filter(lambda world: bool(world.log)), min_size=2, max_size=2))
def test_any_world_is_counted_exactly_whoever_hears_of_it(
    house: House, http: httpx.Client, given_worlds: list[World]
) -> None:
    places = [Inhabited.settle_in(world, house.servers[0], http) for world in given_worlds]
    for place in places:
        place.deliver()
    house.settle()
    for place in places:
        world = place.world
        truth = Oracle(world.log, world.timezone, world.catalog_at_first())
        assert_equal(everything(place, truth))


def test_what_had_settled_is_put_right_whoever_hears_of_it(
    house: House, http: httpx.Client
) -> None:
    account = house.servers[0].account()
    # Each of another media and visitor, so that none is put right because another one is.
    sessions = [session_id(now_ms() - 3 * 3_600_000) for _ in range(PROCESSES)]
    for seq in range(1, 6):
        for number, session in enumerate(sessions):
            sent = beacon(account, session=session, seq=seq, watched=[[0, 3 * seq, 1]])
            sent |= {"media": f"lesson-{number}", "visitor": f"visitor-{number}-{seq}"}
            assert http.post("/collect", json=sent).status_code == 204
        house.settle()
        for number, _ in enumerate(house.servers):
            shown = ask(http, account, f"stats/medias/lesson-{number}")
            assert (shown["load_count"], shown["visitors"]) == (1, 1)
            assert shown["hours_watched"] == pytest.approx(3 * seq / 3600)
            listed = ask(http, account, "stats/visitors")
            expected = {f"visitor-{number}-{seq}": 1 for number in range(PROCESSES)}
            assert {each["visitor_key"]: each["load_count"] for each in listed} == expected
            former = f"/v1/stats/visitors/visitor-{number}-{seq - 1}"
            assert http.get(former, headers=account.headers).status_code == 404
        if seq == 1:
            # From here on whatever is heard of these sessions is late.
            wait_until(lambda: said(house.settler(), "settler.visitors_summed_up", account.id))


def test_while_the_one_that_settles_is_killed_nothing_is_lost_or_doubled(house: House) -> None:
    account = house.servers[0].account()
    chance = random.Random(5)
    viewers = [Viewer(house, account, number) for number in range(6)]
    for viewer in viewers:
        viewer.start()
    for _ in range(3):
        time.sleep(chance.uniform(0.5, 1.5))
        settler = house.settler()
        settler.kill()
        time.sleep(chance.uniform(0.5, 1.5))
        settler.start()
    for viewer in viewers:
        viewer.end()
    house.settle()
    sent = {viewer.name: viewer.sessions for viewer in viewers}
    for server in house.servers:
        with httpx.Client(base_url=server.url, timeout=30) as http:
            whole = ask(http, account, "stats/account")
            assert whole["load_count"] == sum(sent.values())
            listed = ask(http, account, "stats/visitors")
            assert {each["visitor_key"]: each["load_count"] for each in listed} == sent
            shown = ask(http, account, "stats/medias/lesson-1")
            assert shown["visitors"] == len(viewers)
            assert shown["hours_watched"] == pytest.approx(sum(sent.values()) * 10 / 3600)


def test_a_command_that_settles_wants_to_be_alone(house: House) -> None:
    house.settler()
    env = {"PLAYHEAD_STORE": house.servers[0].store, "PLAYHEAD_CATALOG": house.servers[0].catalog}
    folder = house.servers[0].data.parent / "another"
    done = CliRunner(env=env).invoke(main, ["rollups", "rebuild", "--data", str(folder)])
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == (
        "Error: store: another Playhead is settling this store; stop every server that uses it"
        " first"
    )


def ask(http: httpx.Client, account: TestAccount, path: str) -> Any:
    answer = http.get(f"/v1/{path}.json", headers=account.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


class Viewer(threading.Thread):
    """Plays again and again, each beacon sent to any process until one acknowledges it."""

    def __init__(self, house: House, account: TestAccount, number: int) -> None:
        super().__init__(name=f"viewer-{number}")
        self._house = house
        self._account = account
        self._chance = random.Random(number)
        self._ended = threading.Event()
        self.sessions = 0

    def run(self) -> None:
        with httpx.Client(timeout=10) as http:
            while not self._ended.is_set():
                session = session_id()
                for seq in (1, 2):
                    sent = beacon(
                        self._account,
                        session=session,
                        seq=seq,
                        visitor=self.name,
                        watched=[[0, 5 * seq, 1]],
                    )
                    self._send_until_taken(http, sent)
                self.sessions += 1

    def _send_until_taken(self, http: httpx.Client, sent: dict[str, Any]) -> None:
        while True:
            server = self._chance.choice(self._house.servers)
            try:
                answer = http.post(f"{server.url}/collect", json=sent)
            except httpx.HTTPError:
                time.sleep(0.02)
                continue
            assert answer.status_code == 204, answer.text
            return

    def end(self) -> None:
        self._ended.set()
        self.join()
