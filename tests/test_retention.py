"""Sessions go when their account's days are over, and the numbers are those of what remains."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from cutting import CutStore
from playhead.catalog import Catalog
from playhead.catalog.accounts import AccountChange
from playhead.cli import main
from playhead.stats import Scope, sums
from rolling import HOUR_MS, NOON_MS, House, Step, Viewing, rooms_in, settle_in

EVERY_HOURS, HOURS = 5, 24 * 6
VIEWINGS = [
    Viewing(
        number=number,
        version=1,
        media="short",
        hour=-hour,
        shift_ms=0,
        visitor=f"visitor-{number % 9}",
        played=True,
        duration=40.0,
        pieces=((0, 4_000, 1),),
    )
    for number, hour in enumerate(range(0, HOURS, EVERY_HOURS))
]


@pytest.fixture(scope="module")
def rooms(
    store_dsn: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[CutStore, Catalog]]:
    with rooms_in(store_dsn, tmp_path_factory.mktemp("retention")) as rooms:
        yield rooms


@pytest.fixture
def house(rooms: tuple[CutStore, Catalog]) -> House:
    house = settle_in(rooms)
    house.deliver([viewing.row(house.account) for viewing in VIEWINGS])
    house.settle()
    assert loads(house) == len(VIEWINGS)
    return house


def keep(house: House, days: int, zone: str = "UTC") -> None:
    house.catalog.accounts.change(house.key, AccountChange(keep_days=days, timezone=zone))
    house.zone = zone


def loads(house: House) -> int:
    """As roll-ups and sessions say alike, in every answer."""
    house.agrees()
    return sums(house.questions, Scope(house.account)).loads


def expected(house: House, days: int) -> int:
    """How many began on the local day of now, or on one of so many before."""
    zone = ZoneInfo(house.zone)
    today = datetime.fromtimestamp(house.now_ms / 1000, UTC).astimezone(zone).date()
    started = [NOON_MS + viewing.hour * HOUR_MS + viewing.number for viewing in VIEWINGS]
    days_of = [datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).date() for at in started]
    return sum(day >= today - timedelta(days=days) for day in days_of)


@pytest.mark.parametrize("store_dsn", ["embedded"], indirect=True)
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
@pytest.mark.parametrize("days", [1, 3])
def test_what_began_before_the_oldest_day_that_is_kept_goes(
    house: House, zone: str, days: int
) -> None:
    keep(house, days, zone)
    house.settle()
    assert 0 < expected(house, days) < len(VIEWINGS)
    assert loads(house) == expected(house, days)
    # Each day that passes takes one with it.
    house.now_ms += 24 * HOUR_MS
    house.settle()
    assert loads(house) == expected(house, days)


def test_without_a_number_of_days_all_is_kept(house: House) -> None:
    house.now_ms += 10_000 * HOUR_MS
    house.settle()
    assert loads(house) == len(VIEWINGS)


def test_an_account_keeps_its_own(rooms: tuple[CutStore, Catalog], house: House) -> None:
    other = settle_in(rooms)
    other.deliver([viewing.row(other.account) for viewing in VIEWINGS])
    keep(house, 1)
    house.settle()
    assert loads(house) < len(VIEWINGS)
    assert loads(other) == len(VIEWINGS)


@pytest.mark.parametrize("statement", range(6))
def test_cut_off_at_any_statement_it_is_done_at_the_next_look(house: House, statement: int) -> None:
    keep(house, 2)
    house.do(Step("settle", fails_at=statement))
    house.agrees()
    house.now_ms += HOUR_MS
    house.settle()
    assert loads(house) == expected(house, 2)


def test_an_old_session_that_is_heard_again_goes_again(house: House) -> None:
    keep(house, 1)
    house.settle()
    house.deliver([replace(VIEWINGS[-1], version=2).row(house.account)])
    house.now_ms += HOUR_MS
    house.settle()
    assert loads(house) == expected(house, 1)


def test_the_days_are_chosen_by_command(tmp_path: object) -> None:
    def run(*words: str) -> str:
        done = CliRunner().invoke(main, ["account", *words, "--data", str(tmp_path)])
        return done.output

    run("create", "School", "--keep-days", "400")
    key = run("list").split()[0]
    assert "sessions kept    400 days" in run("show", key)
    assert "sessions kept    for ever" in run("change", key, "--keep-days", "0")
    assert "-1 is not in the range" in run("change", key, "--keep-days", "-1")
