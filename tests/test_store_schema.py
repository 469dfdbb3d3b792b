"""Tables of an earlier Playhead are brought up to date, and those of a later one left alone."""

import pytest

from playhead.store import Batch, People, Sessions, Store, StoreNewerError, VisitorFilter, schema
from storing import session_id, session_row

ACCOUNT, AT_MS = 7, 1_790_000_000_000
WITHOUT_IDENTIFIED = 7


def test_who_said_their_email_before_an_update_is_found_after_it(
    own_store_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(schema, "STEPS", schema.STEPS[:WITHOUT_IDENTIFIED])
        earlier = Store.open(own_store_dsn)
        Sessions(earlier).add(Batch([_row(1, 1, "before@example.com"), _row(2, 1, "")]))
        earlier.close()
    store = Store.open(own_store_dsn)
    Sessions(store).add(Batch([_row(3, 1, "after@example.com")]))
    expected = {"visitor-1": "before@example.com", "visitor-3": "after@example.com"}
    assert _emails(store) == expected
    assert _with_email(store) == expected.keys()
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


def _row(number: int, version: int, email: str) -> bytes:
    return session_row(
        account_id=ACCOUNT,
        media="lesson",
        session_ms=AT_MS,
        session=session_id(AT_MS, number),
        version=version,
        started_ms=AT_MS,
        received_ms=AT_MS,
        visitor=f"visitor-{number}",
        email=email,
        played=True,
    )


def _emails(store: Store) -> dict[str, str]:
    return People(store).emails(ACCOUNT, [f"visitor-{number}" for number in range(5)])


def _with_email(store: Store) -> set[str]:
    wanted = VisitorFilter(has_email=True)
    return {key[2] for key in People(store).visitor_keys(ACCOUNT, wanted, limit=10)}
