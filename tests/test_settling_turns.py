"""Summing up takes turns with questions that need all the memory that one may have."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from playhead.store.errors import NeedsMoreMemoryError, StoreBusyError
from rolling import House, Step, eager_rooms, settle_in, watched_at

A_MINUTE_MS = 60_000


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[House]:
    """With sessions that are due, in an embedded store."""
    dsn = f"chdb://{tmp_path_factory.mktemp('embedded')}/store"
    with eager_rooms(dsn, tmp_path) as rooms:
        house = settle_in(rooms)
        house.do(Step("deliver", viewings=(watched_at(-30),)))
        yield house


def needs_it_all() -> None:
    raise NeedsMoreMemoryError


def test_a_question_that_needs_it_all_goes_first(house: House) -> None:
    def meanwhile() -> None:
        assert not house.settler.check(house.now_ms + A_MINUTE_MS)
        assert not house.is_rolled_up()

    house.store._shares.ask("q", {}, needs_it_all, meanwhile)
    house.settle()
    assert house.is_rolled_up()
    house.agrees()


def test_but_it_does_not_wait_for_ever(house: House) -> None:
    def meanwhile() -> None:
        for waited_ms in range(0, 2 * A_MINUTE_MS, 1_000):
            house.settler.check(house.now_ms + waited_ms)
        assert house.is_rolled_up()

    house.store._shares.ask("q", {}, needs_it_all, meanwhile)
    house.agrees()


def test_while_it_is_at_it_whoever_needs_it_all_waits(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares = house.store._shares
    monkeypatch.setattr(shares, "_wait_s", 0.05)
    replace = house.settler._store.replace
    refused = []

    def meanwhile(*args: object, **others: object) -> None:
        with pytest.raises(StoreBusyError):
            shares.ask("q", {}, needs_it_all, list)
        refused.append(shares.ask("small", {}, lambda: "a share", needs_it_all))
        replace(*args, **others)  # type: ignore[arg-type]

    monkeypatch.setattr(house.settler._store, "replace", meanwhile)
    house.settle()
    assert house.is_rolled_up()
    assert refused == ["a share"]
    assert shares.ask("q", {}, needs_it_all, lambda: "all of it") == "all of it"
