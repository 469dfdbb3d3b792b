"""Roll-ups change no answer: whatever was settled, when, and what came late.

The same store is asked twice after every step: with its roll-ups, and as if there were none.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cutting import CutStore
from playhead.catalog import Catalog
from playhead.store import StoreUnavailableError
from rolling import (
    DURATIONS,
    HOUR_MS,
    MEDIAS,
    ZONES,
    Step,
    Viewing,
    rooms_in,
    settle_in,
)


@st.composite
def viewings(draw: st.DrawFn) -> Viewing:
    media = draw(st.sampled_from(MEDIAS))
    borders = sorted(
        draw(st.sets(st.integers(0, 70).map(lambda s: s * 500), min_size=2, max_size=6))
    )
    pieces = tuple(
        (start, end, draw(st.integers(1, 3)))
        for start, end in zip(borders[::2], borders[1::2], strict=False)
    )
    played = draw(st.booleans())
    return Viewing(
        number=draw(st.integers(0, 14)),
        version=draw(st.integers(1, 4)),
        media=media,
        hour=draw(st.sampled_from((-900, -30, -13, -12, -11, -3, -2, -1, 0, 1, 2, 3, 400_000))),
        shift_ms=draw(st.sampled_from((0, 0, 0, 900_000, -12 * HOUR_MS, 24 * 20 * HOUR_MS))),
        visitor=draw(st.sampled_from("abcde")),
        played=played,
        duration=draw(st.sampled_from(DURATIONS[media])),
        pieces=pieces if played else (),
        email=draw(st.sampled_from(("", "", "", "one@example.com", "two@example.com"))),
        browser=draw(st.sampled_from(("", "Firefox", "Safari"))),
    )


deliveries = st.builds(
    Step, st.just("deliver"), viewings=st.lists(viewings(), min_size=1, max_size=8).map(tuple)
)
settlings = st.builds(Step, st.just("settle"), hours=st.integers(0, 4))
steps = st.lists(
    st.one_of(
        deliveries,
        settlings,
        st.builds(
            Step,
            st.sampled_from(("deliver", "settle")),
            viewings=st.lists(viewings(), min_size=1, max_size=4).map(tuple),
            hours=st.integers(0, 2),
            fails_at=st.integers(0, 9),
        ),
        st.builds(Step, st.just("zone"), zone=st.sampled_from(ZONES)),
        st.builds(
            Step,
            st.just("duration"),
            media=st.sampled_from(MEDIAS),
            duration=st.sampled_from((None, 45.0, 1200.5, 1800.0)),
        ),
        st.builds(Step, st.sampled_from(("rebuild", "restart", "drop"))),
    ),
    min_size=3,
    max_size=7,
)


@pytest.fixture(scope="module")
def rooms(
    store_dsn: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[CutStore, Catalog]]:
    with (
        pytest.MonkeyPatch.context() as patch,
        rooms_in(store_dsn, tmp_path_factory.mktemp("rollups")) as rooms,
    ):
        # After one media, who is new to the others is looked up at once, and now.
        patch.setattr("playhead.store.newcomers._SEVERAL", 1)
        patch.setattr(CutStore, "beside", lambda _, work: work())
        yield rooms


worlds = partial(
    settings,
    deadline=None,
    derandomize=True,
    print_blob=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("store_dsn", ["embedded"], indirect=True)
@worlds(max_examples=8)
@given(steps=steps)
def test_roll_ups_change_no_answer_whatever_happens(
    rooms: tuple[CutStore, Catalog], steps: list[Step]
) -> None:
    roll_ups_change_no_answer(rooms, steps)


@pytest.mark.parametrize("store_dsn", ["http"], indirect=True)
@worlds(max_examples=2)
@given(steps=steps)
def test_roll_ups_on_a_server_change_no_answer_whatever_happens(
    rooms: tuple[CutStore, Catalog], steps: list[Step]
) -> None:
    roll_ups_change_no_answer(rooms, steps)


def roll_ups_change_no_answer(rooms: tuple[CutStore, Catalog], steps: list[Step]) -> None:
    house = settle_in(rooms)
    for step in steps:
        house.do(step)
        house.agrees()
    house.settle()
    house.agrees()


def test_hour_after_hour_adds_up(rooms: tuple[CutStore, Catalog]) -> None:
    house = settle_in(rooms)
    watched = [
        Viewing(
            number=number,
            version=1,
            media=MEDIAS[number % 2],
            hour=hour,
            shift_ms=0,
            visitor="abcde"[(number + hour) % 5],
            played=True,
            duration=DURATIONS[MEDIAS[number % 2]][0],
            pieces=((number * 500, 9_000, 2),),
            email="",
            browser="Firefox",
        )
        for hour in range(-30, 5)
        for number in range(5)
    ]
    house.do(Step("deliver", viewings=tuple(watched)))
    house.do(Step("settle"))
    for _ in range(8):
        house.do(Step("settle", hours=1))
        house.agrees()


def test_an_hour_that_begins_for_many_accounts_leaves_the_drain_its_turns(
    rooms: tuple[CutStore, Catalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    houses = [settle_in(rooms) for _ in range(3)]
    settler, now_ms = houses[0].settler, houses[0].now_ms + 60_000
    for house in houses:
        house.do(Step("deliver", viewings=(watched_at(-30),)))
    monkeypatch.setattr("playhead.drain.settler._ACCOUNTS_FOR_S", 0.0)
    turns = 0
    while settler.check(now_ms):
        # What comes between two accounts goes into the numbers, and late beacons are put right.
        late = houses[turns % len(houses)]
        late.settler = settler
        late.do(Step("deliver", viewings=(watched_at(-31, number=turns),)))
        late.agrees()
        turns += 1
    assert turns >= len(houses)
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


def test_who_is_new_stays_right_when_what_was_remembered_is_forgotten(
    rooms: tuple[CutStore, Catalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playhead.store.newcomers._MOST_HELD", 1)
    house = settle_in(rooms)
    house.do(Step("deliver", viewings=(watched_at(-30, number=1), watched_at(-30, number=2))))
    house.settle()
    for number in range(3, 9):
        house.do(Step("deliver", viewings=(watched_at(0, number=number, visitor=f"v{number}"),)))
        house.agrees()


def watched_at(hour: int, number: int = 0, visitor: str = "a") -> Viewing:
    return Viewing(
        number=number,
        version=1,
        media=MEDIAS[0],
        hour=hour,
        shift_ms=0,
        visitor=visitor,
        played=True,
        duration=DURATIONS[MEDIAS[0]][0],
        pieces=((500, 9_000, 1),),
        email="",
        browser="Firefox",
    )
