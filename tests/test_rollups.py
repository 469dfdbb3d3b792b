"""Roll-ups change no answer: whatever was settled, when, and what came late.

The same store is asked twice after every step: with its roll-ups, and as if there were none.
"""

from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cutting import CutStore
from playhead.catalog import Catalog
from rolling import (
    DURATIONS,
    HOUR_MS,
    MEDIAS,
    ZONES,
    Step,
    Viewing,
    eager_rooms,
    settle_in,
    watched_at,
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
    with eager_rooms(store_dsn, tmp_path_factory.mktemp("rollups")) as rooms:
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
