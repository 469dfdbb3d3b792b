"""``playhead migrate``: everything is at the new place, and everything says the same there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from hypothesis import given

from clickhouse import PASSWORD as STORE_PASSWORD
from clickhouse import ClickHouse
from inhabited import Inhabited
from moving_house import (
    EMAIL,
    House,
    NewServers,
    Servers,
    house_with_beacons_on_their_way,
    servers_of,
)
from playhead.catalog import Catalog, MediaChange, Role
from playhead.cli import main
from playhead.store import Store
from postgres import PASSWORD as CATALOG_PASSWORD
from postgres import Postgres
from support import Server, sign_in
from taking_along import everything_said, ran
from worlds import World, in_any_world, worlds


@pytest.fixture(scope="module")
def new_servers(clickhouse: ClickHouse, postgres: Postgres) -> NewServers:
    return servers_of(clickhouse, postgres)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, new_servers: NewServers) -> House:
    del new_servers  # they are started before an engine is in this process
    return house_with_beacons_on_their_way(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def moved(house: House, new_servers: NewServers) -> tuple[Servers, dict[str, Any]]:
    """Where the house was moved to, and what the command said."""
    there = new_servers()
    return there, ran("migrate", "--from", house.data, *there.words)


@pytest.fixture(scope="module")
def served(house: House, moved: tuple[Servers, dict[str, Any]]) -> Iterator[Server]:
    """A server on the new place."""
    there = moved[0]
    data = house.data.parent / "elsewhere"
    running = Server(data, ("--api-limit", "0"), there.catalog, there.store).start()
    yield running
    running.stop()


@in_any_world(1)
@given(world=worlds().filter(lambda world: bool(world.log)))
def test_every_answer_is_the_same_on_servers_and_back_in_a_folder(
    tmp_path_factory: pytest.TempPathFactory, new_servers: NewServers, world: World
) -> None:
    place = tmp_path_factory.mktemp("worlds")
    days = (world.first.isoformat(), world.last.isoformat())
    there = new_servers()
    server = Server(place / "data", ("--api-limit", "0")).start()
    try:
        with httpx.Client(base_url=server.url, timeout=60) as http:
            inhabited = Inhabited.settle_in(world, server, http)
            inhabited.deliver()
            server.settle()
            inhabited.change_the_catalog()
        truth = everything_said(server, days)
        server.stop()
        said = ran("migrate", "--from", place / "data", *there.words)
        assert said["numbers"] > 30
        server.store, server.catalog = there.store, there.catalog
        # At the same address, because answers name it.
        assert everything_said(server.start(), days) == truth
        server.stop()
        names = "--from", server.data, "--from", there.store, "--from", there.catalog
        assert ran("migrate", *names, "--to", place / "back")["numbers"] == said["numbers"]
        server.data, server.store, server.catalog = place / "back", "", ""
        assert everything_said(server.start(), days) == truth
    finally:
        server.kill()


def test_it_says_what_is_there_and_what_to_start_the_server_with(
    house: House, moved: tuple[Servers, dict[str, Any]]
) -> None:
    there, said = moved
    shown = said.pop("settings")
    assert said.pop("numbers") > 100
    assert said == {
        "accounts": 2,
        "projects": 1,
        "medias": 7,
        "users": 1,
        "sessions": house.sessions,
        "bot_sessions": 1,
        "differing": 0,
        "differences": [],
    }
    assert shown["PLAYHEAD_DATA"] == str(house.data)
    for address, at in ((there.store, "PLAYHEAD_STORE"), (there.catalog, "PLAYHEAD_CATALOG")):
        assert shown[at] == re.sub(r"(://[^:@]+):[^@]*@", r"\1:***@", address)


def test_the_same_again_changes_nothing_and_is_proved_again(
    house: House, moved: tuple[Servers, dict[str, Any]]
) -> None:
    there, said = moved
    done = CliRunner().invoke(main, ["migrate", "--from", str(house.data), *there.words])
    assert done.exit_code == 0, done.output
    assert f"{said['sessions']} sessions and 1 of bots are there." in done.stdout
    assert "numbers were compared, and all are equal" in done.stdout
    assert "moved" not in done.stderr
    assert "compared" in done.stderr


def test_whoever_was_signed_in_still_is_and_passwords_and_tokens_are_what_they_were(
    house: House, served: Server
) -> None:
    with httpx.Client(base_url=served.url, cookies=house.cookies) as browser:
        assert browser.get("/session").json()["user"]["email"] == EMAIL
    with httpx.Client(base_url=served.url) as browser:
        sign_in(browser, EMAIL)
    for token, status in ((house.account.token, 200), (house.revoked, 401)):
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.get(f"{served.url}/v1/account.json", headers=headers)
        assert answer.status_code == status


def test_a_number_that_was_given_is_not_given_again(
    house: House, served: Server, tmp_path: Path
) -> None:
    at_home = Server(house.copied_to(tmp_path / "data"))
    before, after = (Catalog.open(each.settings().catalog_url) for each in (at_home, served))
    try:
        hashed = "not a hash"
        made = [
            each.users.create(house.account.id, "new@example.com", hashed, "New", Role.VIEWER).id
            for each in (before, after)
        ]
        assert made[0] == made[1] == 3
        medias = [
            each.medias.create(house.account.id, MediaChange(name="New")).id
            for each in (before, after)
        ]
        assert medias[0] == medias[1]
    finally:
        before.close()
        after.close()


def test_only_the_sessions_move_when_only_their_place_is_named(
    house: House, new_servers: NewServers, tmp_path: Path
) -> None:
    data = house.copied_to(tmp_path / "data")
    there = new_servers()
    said = ran("migrate", "--from", data, "--to", there.store)
    assert (said["sessions"], said["settings"]["PLAYHEAD_CATALOG"]) == (house.sessions, "")
    names = "--from", data, "--from", there.store
    # And then the catalog after them.
    said = ran("migrate", *names, "--to", there.catalog, "--to", there.store)
    assert (said["sessions"], said["users"]) == (house.sessions, 1)
    store = Store.open(there.store)
    assert store.ask("SELECT count() FROM rollups FINAL WHERE media = ''", {})[0][0] > 2
    store.close()


def test_no_password_is_shown_or_logged(
    house: House, new_servers: NewServers, capfd: pytest.CaptureFixture[str]
) -> None:
    there = new_servers()
    outputs = []
    for store, catalog in (
        (there.store, there.catalog),
        (there.store.replace("5", "6"), there.catalog),
        (there.store, there.catalog.replace("playhead:", "nobody:")),
        (there.store + "x" * 300, there.catalog),
        (there.store.replace("http", "ftp"), there.catalog),
        (there.store, there.store + "2"),
    ):
        words = ["migrate", "--from", str(house.data), "--to", store, "--to", catalog]
        done = CliRunner().invoke(main, words)
        outputs.append(done.output + repr(done.exception))
    said = "".join([*outputs, *capfd.readouterr()])
    for password in (STORE_PASSWORD, CATALOG_PASSWORD):
        for part in (password, password[-5:-1]):
            assert part not in said
    assert "***" in outputs[0]
