"""The newest sessions and visitors are found without looking at all, and none is overlooked."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest

from playhead.store import (
    Batch,
    People,
    Segment,
    SessionFilter,
    SessionKey,
    Sessions,
    Store,
    VisitorFilter,
    Watching,
)
from storing import session_id, session_row
from support import now_ms

ACCOUNT = 7
DAY_MS = 86_400_000
# When each of them started, how far off the clock was that made its id, and who it was.
OLD = [(-500 * DAY_MS + n, 0, f"old-{n}") for n in range(20)]
NEW = [
    (-1, 0, "now"),
    (-2, -400 * DAY_MS, "whose clock is a year slow"),
    (-3, 900 * DAY_MS, "whose clock is years fast"),
    (-2 * DAY_MS, 0, "of the day before yesterday"),
    (-3 * DAY_MS, -DAY_MS * 20_000, "of 1970"),
]


@pytest.fixture(scope="module")
def store(store_dsn: str) -> Iterator[Store]:
    store = Store.open(store_dsn)
    yield store
    store.close()


@pytest.fixture(scope="module")
def now() -> int:
    return now_ms()


@pytest.fixture(scope="module")
def people(store: Store, now: int) -> People:
    lines = []
    for number, (started, off, visitor) in enumerate(NEW + OLD):
        at = now + started + off
        # An older beacon of the same session said that it began just now, and had played.
        lines.append(_row(number, 1, at, now, visitor, played=True))
        lines.append(_row(number, 2, at, now + started, visitor, played=number % 3 != 2))
    Sessions(store).add(Batch(lines))
    return People(store)


def _row(
    number: int,
    version: int,
    session_ms: int,
    started_ms: int,
    visitor: str,
    *,
    played: bool,
    account: int = ACCOUNT,
) -> bytes:
    return session_row(
        account_id=account,
        media=f"lesson-{number % 2}",
        session_ms=session_ms,
        session=session_id(session_ms, number),
        version=version,
        started_ms=started_ms,
        received_ms=started_ms,
        visitor=visitor,
        played=played,
    )


@pytest.mark.parametrize("media", ["", "lesson-0", "lesson-1"])
@pytest.mark.parametrize("limit", range(1, 25))
def test_any_page_of_sessions_is_the_beginning_of_all(
    people: People, limit: int, media: str
) -> None:
    wanted = SessionFilter(media=media)
    whole = people.newest_sessions(ACCOUNT, wanted, limit=1000)
    played = [number for number in range(len(NEW + OLD)) if number % 3 != 2]
    assert len(whole) == sum(not media or media == f"lesson-{number % 2}" for number in played)
    assert people.newest_sessions(ACCOUNT, wanted, limit=limit) == whole[:limit]
    after = people.newest_sessions(ACCOUNT, wanted, limit=limit, after=whole[2].key)
    assert after == whole[3 : 3 + limit]
    offset = people.newest_sessions(ACCOUNT, wanted, limit=limit, offset=2)
    assert offset == whole[2 : 2 + limit]


@pytest.mark.parametrize("limit", [1, 3, 25])
@pytest.mark.parametrize("days", [None, 1, 28, 400, 600])
@pytest.mark.parametrize("medias", [None, ("lesson-0",), ("lesson-0", "lesson-1"), ()])
@pytest.mark.usefixtures("people")
def test_any_page_of_a_segment_is_the_beginning_of_it(
    store: Store,
    now: int,
    medias: tuple[str, ...] | None,
    days: int | None,
    limit: int,
) -> None:
    segment = Segment(medias, () if days is None else ((now - days * DAY_MS, now),), played=True)
    whole = [
        (now + started, session_id(now + started + off, number))
        for number, (started, off, _) in enumerate(NEW + OLD)
        if number % 3 != 2
        and (medias is None or f"lesson-{number % 2}" in medias)
        and (days is None or started >= -days * DAY_MS)
    ]
    whole.sort(reverse=True)
    watching = Watching(store)

    def page(after: SessionKey | None = None) -> list[tuple[int, UUID]]:
        found = watching.newest_sessions(ACCOUNT, segment, limit=limit, after=after)
        return [(each.started_ms, each.session) for each in found]

    assert page() == whole[:limit]
    if whole:
        first = watching.newest_sessions(ACCOUNT, segment, limit=1)[0]
        assert page(after=first.key) == whole[1 : 1 + limit]


@pytest.mark.parametrize(("days", "looks"), [(1, 1), (28, 1), (400, 3)])
@pytest.mark.usefixtures("people")
def test_what_began_within_a_month_is_all_found_at_the_first_look(
    store: Store, now: int, monkeypatch: pytest.MonkeyPatch, days: int, looks: int
) -> None:
    watching, segment = Watching(store), Segment(("lesson-0",), ((now - days * DAY_MS, now),))
    # From here on it is known which weeks there are; a store that others write to as well is asked
    # for them again each second, beside the question, which is no further look.
    watching.newest_sessions(ACCOUNT, segment, limit=100)
    asked = []

    def ask(store: Store, sql: str, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        asked.append(sql)
        return asking(store, sql, parameters)

    asking = Store.ask
    monkeypatch.setattr(Store, "ask", ask)
    assert watching.newest_sessions(ACCOUNT, segment, limit=100)
    assert len([sql for sql in asked if "DISTINCT _partition_id" not in sql]) == looks


@pytest.mark.parametrize("limit", range(1, 28))
def test_any_page_of_visitors_is_the_beginning_of_all(people: People, limit: int) -> None:
    whole = people.visitor_keys(ACCOUNT, VisitorFilter(), limit=1000)
    assert len(whole) == len(NEW + OLD)
    assert people.visitor_keys(ACCOUNT, VisitorFilter(), limit=limit) == whole[:limit]
    for number in (2, 20):
        after = people.visitor_keys(ACCOUNT, VisitorFilter(), limit=limit, after=whole[number])
        assert after == whole[number + 1 : number + 1 + limit]


def test_types_of_forms_alone_are_no_filter(people: People) -> None:
    wanted = VisitorFilter(form_types=("form",))
    assert len(people.visitor_keys(ACCOUNT, wanted, limit=1000)) == len(NEW + OLD)
    assert people.visitor_keys(ACCOUNT, VisitorFilter(has_email=True), limit=1000) == []


def test_the_sessions_of_a_visitor_are_found_wherever_they_lie(people: People) -> None:
    for number, (_, _, visitor) in enumerate(NEW):
        found = people.newest_sessions(ACCOUNT, SessionFilter(visitor=visitor), limit=10)
        assert len(found) == (number % 3 != 2)
        assert [part.loads for part in people.visitor_parts(ACCOUNT, [visitor])] == [1]


def test_what_arrives_between_two_looks_is_seen_in_whatever_week_it_lies(store: Store) -> None:
    account, people, sessions = ACCOUNT + 1, People(store), Sessions(store)
    now = now_ms()
    for number in range(8):
        # Every second clock is some weeks off, so the newest comes into a week that had none.
        at = now - (number % 2) * number * 7 * DAY_MS
        started = now - 100 + number
        row = _row(number, 1, at, started, f"v{number}", played=True, account=account)
        sessions.add(Batch([row]))
        seen = people.newest_sessions(account, SessionFilter(), limit=1)
        assert [each.started_ms for each in seen] == [started]
        visitors = people.visitor_keys(account, VisitorFilter(), limit=1)
        assert visitors == [(started, started, f"v{number}")]


@pytest.mark.parametrize("most", [0, 1000])
def test_who_somebody_said_to_be_is_found_by_few_sessions_and_by_many(
    store: Store, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("playhead.store.people._MOST_NAMED", most)
    account, people, now = ACCOUNT + 2 + most, People(store), now_ms()
    said = [
        ("ada", "ada@example.com", "Ada", -400),
        ("ada", "ada@example.org", "", -20),
        ("ada", "", "", -1),
        ("bob", "", "Bob", -30),
        ("eve", "", "", -2),
    ]
    lines = [
        session_row(
            account_id=account,
            media=f"lesson-{number % 2}",
            session_ms=now + days * DAY_MS,
            session=session_id(now + days * DAY_MS, number),
            version=1,
            started_ms=now + days * DAY_MS,
            received_ms=now,
            played=True,
            visitor=visitor,
            email=email,
            name=name,
        )
        for number, (visitor, email, name, days) in enumerate(said)
    ]
    Sessions(store).add(Batch(lines))
    everybody = ["ada", "bob", "eve", "nobody"]
    assert people.emails(account, everybody) == {"ada": "ada@example.org"}
    found = people.identities(account, everybody)
    assert found == {"ada": ("ada@example.org", "Ada"), "bob": ("", "Bob")}
    assert people.emails(account, ["bob", "eve"]) == {}
