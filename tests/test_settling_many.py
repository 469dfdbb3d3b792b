"""Settling where there are many accounts: each has its turn, and none waits for another."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cutting import CutStore
from playhead.catalog import Catalog
from playhead.store import StoreUnavailableError
from rolling import Step, eager_rooms, settle_in, watched_at


@pytest.fixture
def rooms(own_store_dsn: str, tmp_path: Path) -> Iterator[tuple[CutStore, Catalog]]:
    """With no other account than those of the test."""
    with eager_rooms(own_store_dsn, tmp_path) as rooms:
        yield rooms


def test_an_hour_that_begins_for_many_accounts_leaves_the_drain_its_turns(
    rooms: tuple[CutStore, Catalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    houses = [settle_in(rooms) for _ in range(3)]
    settler, now_ms = houses[0].settler, houses[0].now_ms + 60_000
    for house in houses:
        house.do(Step("deliver", viewings=(watched_at(-30),)))
    monkeypatch.setattr("playhead.drain.settler._ACCOUNTS_FOR_S", 0.0)
    turns: list[list[int]] = [[]]
    settle = settler._settle

    def note_and_settle(account: int, *rest: Any) -> None:
        turns[-1].append(account)
        settle(account, *rest)

    monkeypatch.setattr(settler, "_settle", note_and_settle)
    while settler.check(now_ms):
        if len(turns) <= 2 * len(houses):
            # What comes between two accounts goes into the numbers, and late beacons are put right.
            late = houses[len(turns) % len(houses)]
            late.settler = settler
            late.do(Step("deliver", viewings=(watched_at(-31, number=len(turns)),)))
            late.agrees()
        turns.append([])
    assert {account for turn in turns for account in turn} == {house.account for house in houses}
    assert max(map(len, turns)) == 1
    for house in houses:
        house.agrees()
        assert house.is_rolled_up()


def test_an_account_that_cannot_be_settled_keeps_no_other_from_it(
    rooms: tuple[CutStore, Catalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    houses = [settle_in(rooms) for _ in range(3)]
    broken, settler = houses[1], houses[0].settler
    for house in houses:
        house.do(Step("deliver", viewings=(watched_at(-30),)))
    begin = settler._begin

    def begin_or_fail(account: int, *rest: Any) -> None:
        if account == broken.account:
            raise StoreUnavailableError
        begin(account, *rest)

    monkeypatch.setattr(settler, "_begin", begin_or_fail)
    failed = 0
    for _ in range(20):
        try:
            settler.check(houses[0].now_ms + 60_000)
        except StoreUnavailableError:
            failed += 1
    assert failed
    assert [house.is_rolled_up() for house in houses] == [True, False, True]
