"""How well medias play: start-up, stalls and errors, by examples by hand."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from support import TestAccount, assert_error, beacon, deliver

pytestmark = pytest.mark.every_store

Settle = Callable[[], None]
Send = Callable[..., None]
Ask = Callable[..., Any]


@pytest.fixture
def send(http: httpx.Client, account: TestAccount, settle: Settle) -> Send:
    """Send sessions with these qualities, and wait until they count."""

    def send(*qualities: dict[str, Any], **changes: Any) -> None:
        lines = [beacon(account, quality=quality, **changes) for quality in qualities]
        deliver(http, account, lines)
        settle()

    return send


@pytest.fixture
def ask(http: httpx.Client, account: TestAccount) -> Ask:
    def ask(**asked: Any) -> Any:
        answer = http.get("/insights/quality", params=asked, headers=account.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


NOTHING: dict[str, Any] = {
    "plays": 0,
    "startup": None,
    "sessions_stalled": 0,
    "stalls": 0,
    "stalled_seconds": 0.0,
    "stalled_share": 0.0,
    "sessions_with_errors": 0,
    "errors": [],
}


def test_nothing_played_is_nothing(ask: Ask) -> None:
    assert ask() == NOTHING


def test_sums_and_shares_are_of_the_sessions_with_a_play(send: Send, ask: Ask) -> None:
    send(
        {"startup_ms": 100, "stalls": 2, "stalled_ms": 1500},
        {"startup_ms": 200, "stalls": 1, "stalled_ms": 1000},
        {"startup_ms": 400},
        {},
    )
    send({"startup_ms": 9000, "stalls": 5, "stalled_ms": 9000}, played=False, watched=[])
    assert ask() == {
        "plays": 4,
        "startup": {"count": 3, "median_ms": 200.0, "p75_ms": 300.0, "p95_ms": 380.0},
        "sessions_stalled": 2,
        "stalls": 3,
        "stalled_seconds": 2.5,
        "stalled_share": pytest.approx(2.5 / 42.5, rel=1e-9),
        "sessions_with_errors": 0,
        "errors": [],
    }


def test_a_startup_of_0_is_one_that_was_not_told(send: Send, ask: Ask) -> None:
    send({"startup_ms": 0}, {})
    assert ask()["startup"] is None
    send({"startup_ms": 7})
    assert ask()["startup"] == {"count": 1, "median_ms": 7.0, "p75_ms": 7.0, "p95_ms": 7.0}


def test_the_median_of_two_lies_between_them(send: Send, ask: Ask) -> None:
    send({"startup_ms": 100}, {"startup_ms": 301})
    assert ask()["startup"]["median_ms"] == 200.5


def test_who_only_waited_has_a_share_of_1(send: Send, ask: Ask) -> None:
    send({"stalls": 1, "stalled_ms": 1}, watched=[], played=True)
    assert ask()["stalled_share"] == 1.0


def test_errors_count_once_in_a_session_with_a_play_or_without(send: Send, ask: Ask) -> None:
    send({"errors": ["NETWORK", "NETWORK", 3]}, {"errors": []})
    send({"errors": ["NETWORK", "DECODE"]}, played=False, watched=[])
    found = ask()
    assert (found["plays"], found["sessions_with_errors"]) == (2, 2)
    assert found["errors"] == [
        {"code": "NETWORK", "sessions": 2},
        {"code": "3", "sessions": 1},
        {"code": "DECODE", "sessions": 1},
    ]
    assert ask(played="true")["sessions_with_errors"] == 1


def test_the_most_frequent_codes_are_told_and_they_are_texts(send: Send, ask: Ask) -> None:
    hostile = "<img src=x onerror=alert(1)>'\"; --"
    send(*({"errors": [f"code-{number:03}", hostile]} for number in range(120)))
    found = ask()
    assert found["sessions_with_errors"] == 120
    assert len(found["errors"]) == 100
    assert found["errors"][0] == {"code": hostile, "sessions": 120}
    assert found["errors"][1]["code"] == "code-000"


def test_a_segment_has_a_quality_of_its_own(send: Send, ask: Ask) -> None:
    send({"startup_ms": 100}, media="one")
    send({"startup_ms": 900}, media="two", visitor="v2")
    assert ask(media_id="one")["startup"]["median_ms"] == 100
    assert ask(visitor_key="v2")["startup"]["median_ms"] == 900
    assert ask(visitor_key="nobody") == NOTHING
    assert ask(start_date="2001-01-01", end_date="2001-01-02") == NOTHING


def test_errors_name_the_parameter(http: httpx.Client, account: TestAccount) -> None:
    answer = http.get("/insights/quality?visitors=old", headers=account.headers)
    assert_error(answer, 422, "visitors: 'old' is not known (use returning or new)")
    answer = http.get("/insights/quality?media_id=nowhere", headers=account.headers)
    assert_error(answer, 404, "no media 'nowhere' in this account")
