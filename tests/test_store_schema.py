"""Tables of an earlier Playhead are brought up to date, and those of a later one left alone."""

import json
from typing import Any

import pytest

from playhead.rows import SessionRow
from playhead.store import (
    Batch,
    People,
    SessionFilter,
    Sessions,
    Store,
    StoreInUseError,
    StoreNewerError,
    StoreUnavailableError,
    VisitorFilter,
    schema,
)
from storing import as_of_version, session_id, session_row
from support import now_ms

ACCOUNT, AT_MS = 7, 1_790_000_000_000
WITHOUT_IDENTIFIED = 7
WITHOUT_SHORT_COLUMNS = 9
WITHOUT_RECENT = 11
DAY_MS = 86_400_000
ODD: list[dict[str, Any]] = [
    {},
    {"ip": "203.0.113.0", "duration": 12.5, "watched_seconds": 25.0, "covered_seconds": 12.5},
    {"ip": "2001:db8::", "started_ms": AT_MS - 900_000, "received_ms": AT_MS - 1_000_000},
    {"ip": "0.0.0.0"},
    {"ip": "::ffff:203.0.113.7", "started_ms": -1, "received_ms": 2**48},
    {"ip": "somewhere", "watched_seconds": 0.001, "covered_seconds": 0.001},
    {"duration": 10.000412, "watched_seconds": 30.001236, "covered_seconds": 10.000412},
    {"duration": 0.0004, "watched_seconds": 0.0004, "covered_seconds": 0.0004},
    {"watched_seconds": 4e9 * 10_000, "covered_seconds": 4e9, "duration": 4e9},
    {"watched_seconds": 2 / 3, "covered_seconds": 1 / 3, "rate": 1.5, "lat": -4.5, "lon": 0.0},
]


def test_who_said_their_email_before_an_update_is_found_after_it(own_store_dsn: str) -> None:
    with as_of_version(WITHOUT_IDENTIFIED):
        earlier = Store.open(own_store_dsn)
        _insert_as_before(earlier, _row(1, 1, "before@example.com"), _row(2, 1, ""))
        earlier.close()
    store = Store.open(own_store_dsn)
    Sessions(store).add(Batch([_row(3, 1, "after@example.com")]))
    expected = {"visitor-1": "before@example.com", "visitor-3": "after@example.com"}
    assert _emails(store) == expected
    assert _with_email(store) == expected.keys()
    store.close()


def test_the_recent_sessions_of_before_an_update_are_in_lists_after_it(own_store_dsn: str) -> None:
    now = now_ms()
    ages_ms = [days * DAY_MS + number for days in (0, 1, 2, 5, 9, 40) for number in range(9)]
    with as_of_version(WITHOUT_RECENT):
        earlier = Store.open(own_store_dsn)
        rows = [
            _row(number, 1, "", at_ms=now - age_ms, media=f"lesson-{number}")
            for number, age_ms in enumerate(ages_ms)
        ]
        Sessions(earlier).add(Batch(rows))
        earlier.close()
    store = Store.open(own_store_dsn)
    people = People(store)
    (kept,) = store.ask("SELECT count() FROM recent_sessions FINAL", {})
    assert kept == (4 * 9,)
    for limit in (20, 99):
        found = people.newest_sessions(ACCOUNT, SessionFilter(), limit=limit)
        assert [each.started_ms for each in found] == [now - age_ms for age_ms in ages_ms][:limit]
    store.close()


def test_sessions_of_an_earlier_table_are_the_same_after_an_update_however_often_it_was_cut(
    own_store_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd_rows = [_odd_row(number, **odd) for number, odd in enumerate(ODD)]
    with as_of_version(WITHOUT_SHORT_COLUMNS):
        earlier = Store.open(own_store_dsn)
        _insert_as_before(earlier, *odd_rows)
        before = _everything(earlier)
        earlier.close()
    *_, moving = schema.STEPS[: WITHOUT_SHORT_COLUMNS + 1]
    assert len(before) == len(ODD)
    for cut_before in range(1, len(moving)):
        with monkeypatch.context() as patch:
            steps = (*schema.STEPS[:WITHOUT_SHORT_COLUMNS], (*moving[:cut_before], "cut off"))
            patch.setattr(schema, "STEPS", steps)
            with pytest.raises((StoreInUseError, StoreUnavailableError)):
                Store.open(own_store_dsn)
    store = Store.open(own_store_dsn)
    assert _everything(store) == before
    store.close()


def test_every_column_of_a_session_is_read_as_it_was_written(own_store_dsn: str) -> None:
    store = Store.open(own_store_dsn)
    rows = [_odd_row(number, **odd) for number, odd in enumerate(ODD)]
    Sessions(store).add(Batch(rows))
    for written, read in zip(map(json.loads, rows), _everything(store), strict=True):
        assert read == dict(zip(SessionRow.__struct_fields__, written, strict=True))
    store.close()


def test_an_email_that_a_newer_beacon_took_back_is_gone(own_store_dsn: str) -> None:
    store = Store.open(own_store_dsn)
    for version, email in enumerate(("first@example.com", "second@example.com", ""), start=1):
        Sessions(store).add(Batch([_row(1, version, email)]))
        assert _emails(store) == ({"visitor-1": email} if email else {})
        assert _with_email(store) == ({"visitor-1"} if email else set())
    store.close()


def test_a_store_of_a_later_playhead_is_refused_and_stays_as_it_is(own_store_dsn: str) -> None:
    store = Store.open(own_store_dsn)
    store.run(schema.WRITE_VERSION, {"version": len(schema.STEPS) + 1})
    store.close()
    for _ in range(2):
        with pytest.raises(StoreNewerError, match="update Playhead"):
            Store.open(own_store_dsn)


def _row(
    number: int, version: int, email: str, *, at_ms: int = AT_MS, media: str = "lesson"
) -> bytes:
    return session_row(
        account_id=ACCOUNT,
        media=media,
        session_ms=at_ms,
        session=session_id(at_ms, number),
        version=version,
        started_ms=at_ms,
        received_ms=at_ms,
        visitor=f"visitor-{number}",
        email=email,
        played=True,
    )


def _odd_row(number: int, **odd: Any) -> bytes:
    given = {"account_id": ACCOUNT, "media": "lesson", "version": 1, "played": True}
    given |= {"started_ms": AT_MS, "received_ms": AT_MS}
    session = session_id(AT_MS + number, number)
    return session_row(session_ms=AT_MS + number, session=session, **(given | odd))


def _insert_as_before(store: Store, *rows: bytes) -> None:
    """Into the table itself, as it was done before version 10."""
    columns = SessionRow.__struct_fields__
    store.insert("sessions", columns, b"\n".join(rows), "JSONCompactEachRow")


def _everything(store: Store) -> list[dict[str, Any]]:
    """All sessions with all their columns."""
    names = SessionRow.__struct_fields__
    sql = f"SELECT {', '.join(names)} FROM sessions FINAL ORDER BY session_ms"
    rows = [dict(zip(names, row, strict=True)) for row in store.ask(sql, {})]
    return [row | {"session": str(row["session"])} for row in rows]


def _emails(store: Store) -> dict[str, str]:
    return People(store).emails(ACCOUNT, [f"visitor-{number}" for number in range(5)])


def _with_email(store: Store) -> set[str]:
    wanted = VisitorFilter(has_email=True)
    return {key[2] for key in People(store).visitor_keys(ACCOUNT, wanted, limit=10)}
