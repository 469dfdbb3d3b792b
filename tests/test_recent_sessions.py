"""What is read of the recent sessions is what all sessions say, whatever clocks and beacons do."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Final
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from playhead.store import (
    Batch,
    Erasing,
    People,
    SessionDetails,
    SessionFilter,
    SessionKey,
    Sessions,
    Store,
    VisitorFilter,
    recent_table,
)
from playhead.store.erasing import Doomed
from playhead.store.expiring import Expiring
from storing import session_id, session_row
from support import now_ms, wait_until

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
MEDIAS: Final = 12
_ACCOUNTS = count(1)


class Reported(Struct, frozen=True):
    """A beacon of session ``number``, which its version makes newer or older than others.

    ``slow_ms``: by how much the viewer's clock was slow when it was sent.
    """

    number: int
    version: int
    slow_ms: int
    played: bool


class World(Struct, frozen=True):
    """When sessions began by their ids, in ms from now, and their beacons as they came."""

    ids_ms: list[int]
    beacons: list[Reported]


CLOCKS = st.one_of(
    st.just(0),
    st.sampled_from([days * DAY_MS for days in (-400, -9, -5, -3, 3, 4, 5, 6, 8, 9, 11, 400)]),
    st.integers(-13, 13).map(lambda days: days * DAY_MS + 900_000),
)
IDS = st.one_of(
    st.integers(-4 * HOUR_MS, 0),
    st.integers(-13 * DAY_MS, DAY_MS),
    st.sampled_from([days * DAY_MS + 1 for days in (-9, -8, -7, -4, -3, -1)]),
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    ids_ms = draw(st.lists(IDS, min_size=1, max_size=30))
    beacon = st.builds(
        Reported,
        number=st.integers(0, len(ids_ms) - 1),
        version=st.integers(1, 4),
        slow_ms=CLOCKS,
        played=st.booleans(),
    )
    # Of beacons with the same number any one may stay, so there are none.
    beacons = draw(
        st.lists(
            beacon, min_size=1, max_size=60, unique_by=lambda each: (each.number, each.version)
        )
    )
    return World(ids_ms, beacons)


@pytest.fixture(scope="module")
def store(store_dsn: str) -> Iterator[Store]:
    store = Store.open(store_dsn)
    yield store
    store.close()


def media_of(number: int) -> str:
    return f"lesson-{number % MEDIAS}"


def visitor_of(number: int) -> str:
    return f"visitor-{number % 7}"


def row(account: int, now: int, id_ms: int, each: Reported) -> bytes:
    started_ms = now + id_ms + each.slow_ms
    return session_row(
        account_id=account,
        media=media_of(each.number),
        session_ms=now + id_ms,
        session=session_id(now + id_ms, each.number),
        version=each.version,
        started_ms=started_ms,
        received_ms=started_ms,
        visitor=visitor_of(each.number),
        page_url=f"beacon {each.version}",
        played=each.played,
    )


def taken(store: Store, world: World, now: int) -> int:
    """The account that has all of it, which came in three batches."""
    account = next(_ACCOUNTS)
    rows = [row(account, now, world.ids_ms[each.number], each) for each in world.beacons]
    for part in range(3):
        if some := rows[part::3]:
            Sessions(store).add(Batch(some))
    return account


def newest(world: World) -> list[Reported]:
    """The newest beacon of each session."""
    found: dict[int, Reported] = {}
    for each in world.beacons:
        if each.number not in found or found[each.number].version < each.version:
            found[each.number] = each
    return list(found.values())


def keys_of(world: World, now: int) -> list[SessionKey]:
    """Sessions with a play, the newest first."""
    found = []
    for each in newest(world):
        id_ms = now + world.ids_ms[each.number]
        key = (id_ms + each.slow_ms, session_id(id_ms, each.number), media_of(each.number))
        found += [key] if each.played else []
    return sorted(found, reverse=True)


def players_of(world: World, now: int) -> list[tuple[int, int, str]]:
    """Visitors who played, the last one first, with their newest play and load."""
    plays: dict[str, int] = {}
    loads: dict[str, int] = {}
    for each in newest(world):
        visitor, started_ms = (
            visitor_of(each.number),
            now + world.ids_ms[each.number] + each.slow_ms,
        )
        loads[visitor] = max(started_ms, loads.get(visitor, started_ms))
        if each.played:
            plays[visitor] = max(started_ms, plays.get(visitor, started_ms))
    return sorted(((plays[name], loads[name], name) for name in plays), reverse=True)


def of_ids(*ids_ms: int) -> World:
    """A session for each, whose two beacons came as they were sent."""
    beacons = [
        Reported(number=number, version=version, slow_ms=0, played=True)
        for number in range(len(ids_ms))
        for version in (1, 2)
    ]
    return World(list(ids_ms), beacons)


# Played lately, says an old beacon that came late from a clock that is slow; it began long ago.
STALE: Final = World(
    [-9 * DAY_MS, -HOUR_MS],
    [
        Reported(number=0, version=2, slow_ms=0, played=True),
        Reported(number=0, version=1, slow_ms=9 * DAY_MS - HOUR_MS // 2, played=True),
        Reported(number=1, version=1, slow_ms=0, played=True),
    ],
)


@settings(deadline=None, max_examples=25)
@given(world=worlds(), size=st.integers(1, 12))
@example(world=STALE, size=1)
def test_lists_are_those_of_a_reader_of_all_beacons(store: Store, world: World, size: int) -> None:
    now = now_ms()
    account, people = taken(store, world, now), People(store)
    expected = keys_of(world, now)
    every = range(0, len(expected) + 1, size)
    for media in ("", media_of(0)):
        some = [key for key in expected if not media or key[2] == media]
        page = people.newest_sessions(account, SessionFilter(media), limit=size)
        assert [each.key for each in page] == some[:size]
    which = SessionFilter()
    for offset in every:
        page = people.newest_sessions(account, which, limit=size, offset=offset)
        assert [each.key for each in page] == expected[offset : offset + size]
    for place in every:
        after = expected[place] if place < len(expected) else None
        if after:
            page = people.newest_sessions(account, which, limit=size, after=after)
            assert [each.key for each in page] == expected[place + 1 : place + 1 + size]
    players = players_of(world, now)
    found = people.visitor_keys(account, VisitorFilter(), limit=size)
    assert found[: len(players)] == players[:size]


@settings(deadline=None, max_examples=25)
@given(world=worlds())
def test_single_sessions_are_as_their_newest_beacon_says(store: Store, world: World) -> None:
    now = now_ms()
    account = taken(store, world, now)
    expected = {
        (session_id(now + world.ids_ms[each.number], each.number), media_of(each.number)): (
            now + world.ids_ms[each.number] + each.slow_ms,
            each.played,
            f"beacon {each.version}",
        )
        for each in newest(world)
    }
    people = People(store)
    assert told(people.sessions(account, list(expected))) == expected
    played = {name: each for name, each in expected.items() if each[1]}
    for size in (len(played) // 2, 99):
        listed = told(people.newest_sessions(account, SessionFilter(), limit=size))
        assert listed.items() <= played.items()
        assert len(listed) == min(size, len(played))


def told(sessions: Sequence[SessionDetails]) -> dict[tuple[UUID, str], tuple[int, bool, str]]:
    return {
        (each.session, each.media): (each.started_ms, each.played, each.page_url)
        for each in sessions
    }


def test_the_recent_are_kept_for_some_days_and_no_others(store: Store) -> None:
    now = now_ms()
    account = taken(store, of_ids(*(-days * DAY_MS + HOUR_MS for days in range(20))), now)
    assert len(recent(store, account)) == 9
    late = row(account, now, -20 * DAY_MS, Reported(99, 1, 20 * DAY_MS - HOUR_MS, played=True))
    Sessions(store).add(Batch([late]))
    assert len(recent(store, account)) == 10


def test_days_that_are_over_go_by_themselves(store: Store) -> None:
    account = next(_ACCOUNTS)
    names = "account_id, media, session_ms, session_b"
    into = f"INSERT INTO {recent_table.TABLE} ({names}) SELECT {account}, 'lesson'"
    for days in (9, 7):
        store.run(f"{into}, {now_ms() - days * DAY_MS}, {days}", {})
    wait_until(lambda: recent(store, account) == [7])


def test_what_is_erased_or_too_old_is_not_among_the_recent_either(store: Store) -> None:
    now, ids_ms = now_ms(), [-hours * HOUR_MS for hours in range(48)]
    account = taken(store, of_ids(*ids_ms), now)
    assert len(recent(store, account)) == 48
    Expiring(store).delete_before(account, now - 36 * HOUR_MS)
    assert len(recent(store, account)) == 37
    Erasing(store).erase(Doomed(account, media=media_of(0)))
    assert {number % MEDIAS for number in recent(store, account)} == set(range(1, MEDIAS))
    Erasing(store).erase(Doomed(account, visitors=(visitor_of(0), visitor_of(1))))
    assert {number % 7 for number in recent(store, account)} == {2, 3, 4, 5, 6}
    Erasing(store).erase(Doomed(account))
    assert recent(store, account) == []


def recent(store: Store, account: int) -> list[int]:
    """The numbers of the sessions that are among the recent ones."""
    sql = f"SELECT toUInt32(session_b) FROM {recent_table.TABLE} FINAL WHERE account_id = {account}"
    return sorted(number for (number,) in store.ask(sql, {}))
