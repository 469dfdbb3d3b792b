"""A question about some days reads few weeks, and says what all of them say."""

from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from playhead.store import Batch, Insights, QuestionTooHeavyError, Segment, Sessions, Store
from storing import session_id, session_row

DAY_MS: Final = 86_400_000
BEGIN_MS: Final = 1_750_000_000_000
VISITORS: Final = 4
_ACCOUNTS = count(1)


class Reported(Struct, frozen=True):
    """A beacon of session ``number``; ``wrong_ms`` puts the viewer's clock right."""

    number: int
    version: int
    wrong_ms: int


class World(Struct, frozen=True):
    """The times in the ids of some sessions, and their beacons in the parts in which they came."""

    ids_ms: list[int]
    parts: list[list[Reported]]

    def newest(self) -> dict[int, Reported]:
        """The newest beacon of each session."""
        said = [beacon for part in self.parts for beacon in part]
        return {each.number: each for each in sorted(said, key=lambda beacon: beacon.version)}

    def started(self, number: int) -> int:
        """When a session started, by its newest beacon."""
        return self.ids_ms[number] + self.newest()[number].wrong_ms


@st.composite
def worlds(draw: st.DrawFn) -> World:
    ids = st.sampled_from(range(100)).map(lambda day: BEGIN_MS + day * DAY_MS)
    ids_ms = draw(st.lists(ids, min_size=8, max_size=16))
    wrong = st.one_of(st.just(0), st.integers(-60, 60).map(lambda days: days * DAY_MS))
    said = [
        Reported(number, version, wrong_ms)
        for number in range(len(ids_ms))
        for version, wrong_ms in enumerate(draw(st.lists(wrong, min_size=1, max_size=3)))
    ]
    said = draw(st.permutations(said))
    cut = draw(st.integers(0, len(said)))
    return World(ids_ms, [said[:cut], said[cut:]])


@pytest.fixture(scope="module")
def store(store_dsn: str) -> Iterator[Store]:
    store = Store.open(store_dsn)
    yield store
    store.close()


def row(account: int, at_ms: int, beacon: Reported) -> bytes:
    """Every third session is of another media, and there are few visitors."""
    return session_row(
        account_id=account,
        media="one" if beacon.number % 3 else "other",
        session_ms=at_ms,
        session=session_id(at_ms, beacon.number),
        version=beacon.version,
        started_ms=at_ms + beacon.wrong_ms,
        received_ms=at_ms + beacon.wrong_ms,
        visitor=f"v{beacon.number % VISITORS}",
        played=True,
    )


def taken(store: Store, world: World) -> int:
    """The account that has all of it."""
    account = next(_ACCOUNTS)
    for part in filter(None, world.parts):
        rows = [row(account, world.ids_ms[each.number], each) for each in part]
        Sessions(store).add(Batch(rows))
    return account


MOVED_AWAY: Final = World([BEGIN_MS], [[Reported(0, 1, 0)], [Reported(0, 2, 30 * DAY_MS)]])
"""Before its newest beacon it was among the days below."""


@given(world=worlds(), begin=st.integers(-70, 160), days=st.sampled_from([1, 7, 40, 186, 187, 400]))
@example(world=MOVED_AWAY, begin=0, days=7)
@example(world=World(MOVED_AWAY.ids_ms, MOVED_AWAY.parts[::-1]), begin=30, days=7)
@settings(deadline=None, max_examples=40)
def test_sessions_count_on_the_days_that_their_newest_beacon_says(
    store: Store, world: World, begin: int, days: int
) -> None:
    account = taken(store, world)
    first_ms = BEGIN_MS + begin * DAY_MS
    starts = {number: world.started(number) for number in world.newest()}
    inside = {n for n, at_ms in starts.items() if 0 <= at_ms - first_ms < days * DAY_MS}
    earlier = {n % VISITORS for n, at_ms in starts.items() if at_ms < first_ms}
    insights, times = Insights(store), ((first_ms, first_ms + days * DAY_MS),)

    assert insights.numbers(account, Segment(times=times)).loads == len(inside)
    of_one = Segment(medias=("one",), times=times)
    assert insights.numbers(account, of_one).loads == sum(n % 3 > 0 for n in inside)
    found = insights.by_returning(account, Segment(times=times))
    assert {is_returning: numbers.loads for is_returning, numbers in found.items()} == Counter(
        number % VISITORS in earlier for number in inside
    )


# All who were there before, and of a day afterwards as many of them as of others.
BEFORE: Final = 800_000
ON_THE_DAY: Final = 100
FILL: Final = f"""
INSERT INTO sessions_in
    (account_id, media, session_ms, session, version, started_ms, visitor, played)
SELECT
    1, 'one', {BEGIN_MS} + if(number < {BEFORE}, 0, {DAY_MS}) AS at_ms, generateUUIDv4(), 1, at_ms,
    concat('somebody-', toString(number % ({BEFORE} + {ON_THE_DAY}))), true
FROM numbers({BEFORE} + 2 * {ON_THE_DAY})
"""
BY_NAME: Final = "SELECT count() FROM sessions WHERE visitor IN (SELECT visitor FROM sessions)"


def test_all_who_were_there_before_need_not_fit_what_a_question_may_use(tmp_path: Path) -> None:
    store = Store.open(f"chdb://{tmp_path}/store", threads=1, memory_mib=60)
    try:
        store.work(FILL, {})
        day = ((BEGIN_MS + DAY_MS, BEGIN_MS + 2 * DAY_MS),)
        found = Insights(store).by_returning(1, Segment(times=day))
        assert found[False].visitors == found[True].visitors == ON_THE_DAY
        with pytest.raises(QuestionTooHeavyError):
            store.ask(BY_NAME, {})
    finally:
        store.close()
