"""Sessions are listed one by one, with or without a play; a list may be read while it grows."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from support import (
    Server,
    TestAccount,
    assert_error,
    beacon,
    deliver,
    new_user,
    now_ms,
    session_id,
    sign_in,
)
from tokens import new_token

pytestmark = pytest.mark.every_store

Settle = Callable[[], None]
Ask = Callable[..., Any]
Send = Callable[..., None]

HOUR_MS = 3_600_000
HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "{{constructor}} ${1} %s %",
    "\u202egnp.exe \u0000 \u200b",
    "'; DROP TABLE sessions; --",
    "\\u0022 \\ \n\t",
]


@pytest.fixture
def send(http: httpx.Client, account: TestAccount, settle: Settle) -> Send:
    """Send beacons, each as received when its session started, and wait until they count."""

    def send(*beacons: dict[str, Any]) -> None:
        lines = []
        for changes in beacons:
            at = changes.get("at", now_ms())
            made = {"session": session_id(at), "sent_at": at, "received_at": at} | changes
            made.pop("at", None)
            lines.append(beacon(account, **made))
        deliver(http, account, lines)
        settle()

    return send


@pytest.fixture
def ask(http: httpx.Client, account: TestAccount) -> Ask:
    def ask(**asked: Any) -> Any:
        answer = http.get("/insights/sessions", params=asked, headers=account.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


def who(answer: Any) -> list[str]:
    return [session["visitor_key"] for session in answer["sessions"]]


def test_nobody_yet_is_an_empty_list(ask: Ask) -> None:
    assert ask() == {"sessions": [], "cursor": None}


def test_a_session_tells_what_its_newest_beacon_told(send: Send, ask: Ask) -> None:
    at = now_ms() - HOUR_MS
    send(
        {
            "at": at,
            "duration": 60.5,
            "watched": [[0, 10, 1], [10, 20.25, 3]],
            "page": {"url": "https://www.example.com/a?b#c", "title": "A", "referrer": "x"},
            "identity": {"email": "ada@example.com", "name": "Ada"},
            "actions": [{"type": "form", "shown": 2, "converted": 1, "data": {"a": 1}}],
            "player": {"language": "de-AT", "screen": [1920, 1080]},
            "quality": {"startup_ms": 250, "stalls": 2, "stalled_ms": 1250, "errors": ["x", 3]},
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0",
        }
    )
    (found,) = ask()["sessions"]
    assert found.pop("event_key").endswith("-lesson-1")
    assert round(datetime.fromisoformat(found.pop("started_at")).timestamp() * 1000) == at
    assert found == {
        "media_id": "lesson-1",
        "media_name": "lesson-1",
        "visitor_key": "visitor-1",
        "visitor_name": "Ada",
        "visitor_email": "ada@example.com",
        "played": True,
        "duration": 60.5,
        "watched_seconds": 40.75,
        "percent_viewed": 20.25 / 60.5,
        "watched": [[0.0, 10.0, 1], [10.0, 20.25, 3]],
        "page_url": "https://www.example.com/a?b#c",
        "page_title": "A",
        "referrer": "x",
        "country": "",
        "region": "",
        "city": "",
        "network": "",
        "browser": "Firefox",
        "browser_version": "141.0",
        "platform": "Linux",
        "device": "desktop",
        "language": "de-AT",
        "screen": "1920x1080",
        "startup_ms": 250,
        "stalls": 2,
        "stalled_seconds": 1.25,
        "errors": ["x", "3"],
        "actions": [{"type": "form", "shown": 2, "converted": 1}],
        "watching": False,
    }


def test_a_live_stream_has_no_duration_and_no_share(send: Send, ask: Ask) -> None:
    send({"duration": ..., "watched": [[0, 100, 1]]})
    (found,) = ask()["sessions"]
    assert (found["duration"], found["percent_viewed"]) == (None, None)
    assert found["watched_seconds"] == 100
    assert found["watching"] is True


def test_a_visitor_is_called_what_the_newest_session_says(send: Send, ask: Ask) -> None:
    now = now_ms()
    send(
        {"at": now - 3 * HOUR_MS, "identity": {"email": "old@example.com", "name": "Old"}},
        {"at": now - 2 * HOUR_MS, "identity": {"email": "new@example.com"}},
        {"at": now - HOUR_MS},
        {"at": now, "visitor": "somebody-else"},
    )
    assert [(row["visitor_email"], row["visitor_name"]) for row in ask()["sessions"]] == [
        (None, None),
        *[("new@example.com", "Old")] * 3,
    ]


def test_every_session_is_read_once_while_others_arrive(send: Send, ask: Ask) -> None:
    start = now_ms() - HOUR_MS
    first = [{"at": start + number, "visitor": f"v{number}"} for number in range(11)]
    for one in first:
        one["session"] = session_id(start + int(str(one["visitor"])[1:]))
    send(*first)
    read: list[str] = []
    cursor: dict[str, str] = {}
    for turn in range(5):
        page = ask(limit=3, **cursor)
        read += who(page)
        # Newer ones, and further beacons of those that were read and of those that were not.
        again = [one | {"seq": 2 + turn} for one in first]
        send({"visitor": f"late-{turn}"}, *again)
        if page["cursor"] is None:
            break
        cursor = {"cursor": page["cursor"]}
    assert read == [f"v{number}" for number in reversed(range(11))]


def test_sessions_that_started_at_once_are_all_read(send: Send, ask: Ask) -> None:
    at = now_ms() - HOUR_MS
    same = session_id(at)
    send(
        *({"at": at, "visitor": f"v{number}"} for number in range(5)),
        *({"at": at, "session": same, "media": f"m-{n}", "visitor": f"w{n}"} for n in range(3)),
    )
    read: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = ask(limit=1, **cursor)
        read += who(page)
        if page["cursor"] is None:
            break
        cursor = {"cursor": page["cursor"]}
    assert sorted(read) == sorted([*(f"v{n}" for n in range(5)), *(f"w{n}" for n in range(3))])
    assert [visitor for visitor in read if visitor.startswith("w")] == ["w2", "w1", "w0"]


def test_a_page_has_at_most_100(send: Send, ask: Ask) -> None:
    send(*({"visitor": f"v{number}"} for number in range(101)))
    assert len(ask()["sessions"]) == 25
    assert len(ask(limit=100_000)["sessions"]) == 100


def test_a_session_beyond_the_calendar_does_not_spoil_the_list(
    http: httpx.Client, account: TestAccount, send: Send, ask: Ask
) -> None:
    far = 2**48 - 1
    send({"at": far, "visitor": "far"}, {"visitor": "near"})
    found = ask()
    assert who(found) == ["far", "near"]
    assert found["sessions"][0]["started_at"] == "9999-12-31T23:59:59.999Z"
    assert who(ask(cursor=ask(limit=1)["cursor"])) == ["near"]
    for what in ("events", "visitors"):
        assert len(http.get(f"/v1/stats/{what}", headers=account.headers).json()) == 2


def test_texts_are_texts_whatever_they_say(send: Send, ask: Ask) -> None:
    now = now_ms()
    send(
        *(
            {
                "at": now - number,
                "visitor": f"v{number}",
                "page": {"url": text, "title": text, "referrer": text},
                "identity": {"email": text, "name": text},
                "player": {"language": text},
                "quality": {"errors": [text]},
                "actions": [{"type": text}],
            }
            for number, text in enumerate(HOSTILE)
        )
    )
    found = ask()["sessions"]
    assert len(found) == len(HOSTILE)
    for row, sent in zip(found, HOSTILE, strict=True):
        text = sent.replace("\u0000", "")
        names = ("page_url", "page_title", "referrer", "language", "visitor_name", "visitor_email")
        assert {row[name] for name in names} == {text}
        assert row["errors"] == [text]
        assert row["actions"][0]["type"] == text
        assert who(ask(page=row["page_url"].split("?")[0].split("#")[0])) == [row["visitor_key"]]


def test_who_asks_sees_only_the_own_account(
    http: httpx.Client, new_account: Callable[..., TestAccount], send: Send, ask: Ask
) -> None:
    send({}, {})
    cursor = ask(limit=1)["cursor"]
    stranger = new_account()
    for address in ("/insights/sessions", f"/insights/sessions?cursor={cursor}"):
        answer = http.get(address, headers=stranger.headers)
        assert answer.json() == {"sessions": [], "cursor": None}


@pytest.mark.parametrize("what", ["sessions", "quality", "live", "metrics"])
def test_who_may_read_may_ask(server: Server, account: TestAccount, what: str) -> None:
    user = new_user(server, account, role="viewer")
    with httpx.Client(base_url=server.url) as browser:
        assert browser.get(f"/insights/{what}").status_code == 401
        sign_in(browser, user.email)
        assert browser.get(f"/insights/{what}").status_code == 200
        _, writer = new_token(server, account, "write")
        headers = {"Authorization": f"Bearer {writer}"}
        assert browser.get(f"/insights/{what}", headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        ("limit=0", 422, "limit: '0' is not a whole number from 1"),
        ("limit=ten", 422, "limit: 'ten' is not a whole number from 1"),
        ("limit=²", 422, "limit: '²' is not a whole number from 1"),
        ("cursor=nonsense", 422, "cursor: is not one of ours (use the cursor of the last answer)"),
        ("cursor=ж", 422, "cursor: is not one of ours (use the cursor of the last answer)"),
        ("cursor=MSAxIDE=", 422, "cursor: is not one of ours (use the cursor of the last answer)"),
        ("media_id=nowhere", 404, "no media 'nowhere' in this account"),
        ("project_id=nowhere", 404, "no project 'nowhere' in this account"),
        ("played=maybe", 422, "played: 'maybe' is not known (use true or false)"),
        ("start_date=today", 422, "start_date: 'today' is not a date (use YYYY-MM-DD)"),
        ("limit=1&limit=2", 422, "limit: is given 2 times (use it once)"),
    ],
)
def test_errors_name_the_parameter(
    http: httpx.Client, account: TestAccount, query: str, status: int, error: str
) -> None:
    answer = http.get(f"/insights/sessions?{query}", headers=account.headers)
    assert_error(answer, status, error)


def test_days_are_those_of_the_start(send: Send, ask: Ask) -> None:
    send({"at": now_ms() - 48 * HOUR_MS, "visitor": "then"}, {"visitor": "now"})
    day = datetime.fromtimestamp((now_ms() - 48 * HOUR_MS) / 1000, UTC).date()
    assert who(ask(start_date=str(day), end_date=str(day))) == ["then"]
    assert who(ask(start_date=str(day))) == ["now", "then"]
    assert who(ask()) == ["now", "then"]
