"""The brute-force reader of people and analytics, pinned by examples worked out by hand."""

from datetime import date
from fractions import Fraction
from typing import Any

from oracle import Delivery
from oracle_people import People
from people import DEVICES

# 2026-10-16T18:07:48Z
AT = 1_792_174_068_000
CHROME = next(iter(DEVICES))


def _said(number: int, minutes: int, visitor: str, **fields: Any) -> Delivery:
    at = AT + minutes * 60_000
    beacon = {
        "media": "intro",
        "session": f"{at >> 16:08x}-{at & 0xFFFF:04x}-7000-8000-{number:012x}",
        "seq": 1,
        "sent_at": at,
        "visitor": visitor,
        "duration": 10.0,
        "played": True,
        "watched": [[0, 5, 1]],
        "user_agent": "",
    }
    return Delivery(beacon | fields, at)


def _people(*log: Delivery, timezone: str = "UTC") -> People:
    return People(log, timezone)


def test_who_was_active_last_comes_first_and_who_never_played_at_the_end() -> None:
    people = _people(
        _said(1, 0, "early"),
        _said(2, 5, "late"),
        _said(3, 9, "watcher", played=False, watched=[]),
    )
    assert [row["visitor_key"] for row in people.visitors()] == ["late", "early", "watcher"]
    assert "last_active_at" not in people.visitors()[-1]


def test_a_name_stays_and_the_first_session_with_the_email_is_the_identifying_one() -> None:
    people = _people(
        _said(1, 0, "v", identity={"name": "Ada"}),
        _said(2, 1, "v", identity={"email": "ada@example.com"}, user_agent=CHROME),
        _said(3, 2, "v", identity={"email": "ada@example.com"}),
        _said(4, 3, "v"),
    )
    (visitor,) = people.visitors()
    assert visitor["visitor_identity"]["name"] == "Ada"
    assert visitor["visitor_identity"]["email"] == "ada@example.com"
    assert visitor["identifying_event_key"].endswith("000000000002-intro")
    assert visitor["device"].browser == "Chrome"
    assert visitor["created_at"] == "2026-10-16T18:07:48.000Z"
    assert visitor["last_active_at"] == "2026-10-16T18:10:48.000Z"
    assert {event["email"] for event in people.events()} == {"ada@example.com"}


def test_a_used_form_comes_before_an_action_that_was_used_earlier_in_the_list() -> None:
    call = {"type": "Call to Action", "shown": 4, "converted": 1}
    form = {"type": "email_gate", "shown": 1, "converted": 1, "data": {"email": "x@example.com"}}
    unused = {"type": "form", "shown": 1}
    people = _people(_said(1, 0, "v", actions=[call, unused, form]))
    (event,) = people.events()
    assert (event["conversion_type"], event["conversion_data"]) == ("email_gate", form["data"])
    analytics = people.analytics("intro", date(2026, 10, 16), date(2026, 10, 17))
    assert analytics["cta_conversion_rate"] == Fraction(1, 4)
    assert analytics["form_conversions"] == 1
    assert analytics["engagement_rate"] == Fraction(1, 2)
    assert people.conversions("intro", date(2026, 10, 16), date(2026, 10, 17)) == [
        {
            "first_name": None,
            "last_name": None,
            "email": "x@example.com",
            "converted_at": "2026-10-16T18:07:48.000Z",
        }
    ]


def test_pages_are_without_query_and_sources_are_decoded() -> None:
    url = "https://www.example.com/a?utm_source=a%20b+c&utm_source=d#utm_source=e"
    people = _people(_said(1, 0, "v", page={"url": url, "title": "A"}), _said(2, 1, "v"))
    days = date(2026, 10, 16), date(2026, 10, 17)
    (page,) = people.embed_locations("intro", *days)
    assert (page["embed_url"], page["page_title"], page["loads"]) == (
        "https://www.example.com/a",
        "A",
        1,
    )
    rows = people.traffic("intro", *days, "utm_source")
    assert [(row["utm_source"], row["plays"]) for row in rows] == [("", 1), ("a b c", 1)]


def test_buckets_are_cut_to_the_days_and_begin_at_local_midnight() -> None:
    people = _people(_said(1, 0, "v"), timezone="Asia/Kathmandu")
    rows = people.timeseries("intro", date(2026, 10, 15), date(2026, 10, 20), "weekly")
    assert [(row["timestamp"], row["plays"]) for row in rows] == [
        ("2026-10-14T18:15:00.000Z", 1),
        ("2026-10-18T18:15:00.000Z", 0),
    ]
