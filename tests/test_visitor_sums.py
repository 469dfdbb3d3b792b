"""Sums by visitor say what the sessions say, also of those who come late or are somebody else."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import pytest

from cutting import CutError, CutStore
from playhead.catalog import Catalog
from playhead.store import Visitors
from rolling import HOUR_MS, NOON_MS, House, Viewing, rooms_in, settle_in

A_VISIT = Viewing(
    number=1,
    version=1,
    media="short",
    hour=-30,
    shift_ms=0,
    visitor="a",
    played=True,
    duration=60.5,
    pieces=((0, 10_000, 1),),
)


@pytest.fixture(scope="module")
def rooms(
    store_dsn: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[CutStore, Catalog]]:
    with rooms_in(store_dsn, tmp_path_factory.mktemp("visitors")) as rooms:
        yield rooms


@pytest.fixture
def house(rooms: tuple[CutStore, Catalog]) -> House:
    return settle_in(rooms)


def deliver(house: House, *viewings: Viewing) -> None:
    house.deliver([viewing.row(house.account) for viewing in viewings])


def loads(house: House) -> dict[str, int]:
    house.agrees()
    return {each.key: each.loads for each in house.visitors()}


def test_what_has_settled_is_read_from_the_sums(house: House) -> None:
    deliver(house, A_VISIT)
    house.settle()
    found = Visitors(house.store).read(house.account, ["a"])
    assert found is not None
    assert [part.loads for part in found.parts] == [1]
    assert loads(house) == {"a": 1}


def test_a_visitor_who_is_heard_of_late_is_read_from_the_sessions_until_the_row_is_anew(
    house: House,
) -> None:
    deliver(house, A_VISIT)
    house.settle()
    deliver(house, replace(A_VISIT, number=2))
    found = Visitors(house.store).read(house.account, ["a"])
    assert found is not None
    assert found.stale == {"a"}
    assert loads(house) == {"a": 2}
    house.settle()
    found = Visitors(house.store).read(house.account, ["a"])
    assert found is not None
    assert not found.stale
    assert loads(house) == {"a": 2}


def test_a_settled_session_that_becomes_somebody_elses_leaves_its_first_visitor(
    house: House,
) -> None:
    deliver(house, A_VISIT, replace(A_VISIT, number=2))
    house.settle()
    deliver(house, replace(A_VISIT, version=2, visitor="b"))
    assert loads(house) == {"a": 1, "b": 1}
    deliver(house, replace(A_VISIT, number=2, version=2, visitor="b"))
    assert loads(house) == {"b": 2}
    house.settle()
    assert loads(house) == {"b": 2}


def test_sessions_that_come_while_sums_are_made_are_in_them(house: House) -> None:
    deliver(house, A_VISIT)
    make_share = Visitors.make_share

    def and_meanwhile(visitors: Visitors, *share: int) -> None:
        make_share(visitors, *share)
        deliver(house, replace(A_VISIT, number=2), replace(A_VISIT, number=3, visitor="b"))
        deliver(house, replace(A_VISIT, version=2, visitor="c"))

    with patch.object(Visitors, "make_share", and_meanwhile):
        house.settle()
    assert loads(house) == {"a": 1, "b": 1, "c": 1}
    house.settle()
    assert loads(house) == {"a": 1, "b": 1, "c": 1}


@contextmanager
def unmerged(house: House) -> Iterator[None]:
    """Rows that others have replaced stay."""
    house.store.run("SYSTEM STOP MERGES visitors", {})
    try:
        yield
    finally:
        house.store.run("SYSTEM START MERGES visitors", {})


def test_who_is_new_is_told_by_the_newest_of_several_rows(house: House) -> None:
    deliver(house, replace(A_VISIT, hour=-26), replace(A_VISIT, number=2, visitor="b"))
    house.settle()
    with unmerged(house):
        # Of a the first session becomes somebody else's; of b an earlier one settles later, by an
        # id that is from long after its start.
        deliver(house, replace(A_VISIT, hour=-26, version=2, visitor="c"))
        deliver(house, replace(A_VISIT, number=3, hour=-20), replace(A_VISIT, number=5, hour=1))
        deliver(house, replace(A_VISIT, number=4, hour=-2, shift_ms=-40 * HOUR_MS, visitor="b"))
        for _ in range(4):
            house.agrees()
            house.settle()
            house.now_ms += HOUR_MS
    rows = house.store.ask(
        "SELECT visitor, argMax(first_minute, edition), argMax(changed, edition)"
        " FROM visitors WHERE account_id = {account:UInt32} AND visitor != ''"
        " GROUP BY visitor ORDER BY visitor",
        {"account": house.account},
    )
    assert rows == [
        ("a", minute(-20), True),
        ("b", minute(-42), True),
        ("c", minute(-26), True),
    ]


def test_what_an_older_playhead_summed_up_is_made_anew(house: House) -> None:
    deliver(house, A_VISIT)
    house.settle()
    # It knows of no minutes, and so says nothing of them where it says how far it has come.
    house.store.run(
        "INSERT INTO visitors (account_id, visitor, edition, until_ms, stale, sums)"
        " SELECT account_id, visitor, edition + 1, until_ms, stale, sums FROM visitors FINAL"
        " WHERE account_id = {account:UInt32}",
        {"account": house.account},
    )
    house.agrees()
    house.restart()
    assert Visitors(house.store).edge(house.account).until_ms is None
    house.settle()
    assert Visitors(house.store).edge(house.account).until_ms is not None
    (row,) = house.store.ask(
        "SELECT first_minute, changed FROM visitors FINAL"
        " WHERE account_id = {account:UInt32} AND visitor = 'a'",
        {"account": house.account},
    )
    assert row == (minute(-30), False)
    house.agrees()


def minute(hour: int) -> int:
    return (NOON_MS + hour * HOUR_MS) // 60_000


@pytest.fixture
def killed(house: House) -> House:
    """Before it said how far it had come with the two newest of three sessions."""
    deliver(house, A_VISIT)
    house.settle()
    deliver(house, replace(A_VISIT, number=2, hour=-1), replace(A_VISIT, number=3, hour=0))
    house.now_ms += 4 * HOUR_MS
    with patch.object(Visitors, "set_edge", side_effect=CutError), pytest.raises(CutError):
        house.settle()
    return house


def test_a_slice_that_was_written_before_a_kill_counts_once(killed: House) -> None:
    assert loads(killed) == {"a": 3}
    killed.restart()
    killed.settle()
    assert loads(killed) == {"a": 3}


def test_a_slice_that_was_written_before_a_kill_knows_who_is_late(killed: House) -> None:
    killed.restart()
    deliver(killed, replace(A_VISIT, number=2, hour=-1, version=2, visitor="b"))
    assert loads(killed) == {"a": 2, "b": 1}
    killed.settle()
    assert loads(killed) == {"a": 2, "b": 1}


def test_too_many_late_ones_are_summed_up_anew_when_it_is_quiet(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(house, A_VISIT)
    house.settle()
    monkeypatch.setattr("playhead.drain.visitors.MOST_LATE", 1)
    deliver(house, *(replace(A_VISIT, number=n, visitor="abc"[n % 3]) for n in range(2, 8)))
    assert Visitors(house.store).read(house.account, ["a"]) is None
    assert loads(house) == {"a": 3, "b": 2, "c": 2}
    house.settle()
    assert Visitors(house.store).read(house.account, ["a"]) is not None
    assert loads(house) == {"a": 3, "b": 2, "c": 2}
