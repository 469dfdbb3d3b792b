"""Who is watching now: whose newest beacon of a session with a play is at most 30 seconds old."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from support import TestAccount, assert_error, beacon, deliver, ndjson, now_ms, session_id

Settle = Callable[[], None]
NEVER = {"watching": 0, "sessions": [], "last_beacon_at": None}


@pytest.fixture
def send(http: httpx.Client, account: TestAccount, settle: Settle) -> Callable[..., None]:
    """Send beacons that were received so many seconds ago, and wait until they count."""

    def send(*seconds_and_changes: tuple[float, dict[str, Any]]) -> None:
        lines = []
        for seconds, changes in seconds_and_changes:
            at = now_ms() - int(seconds * 1000)
            made = {"session": session_id(at), "sent_at": at, "received_at": at} | changes
            lines.append(beacon(account, **made))
        deliver(http, account, lines)
        settle()

    return send


@pytest.fixture
def live(http: httpx.Client, account: TestAccount) -> Callable[..., Any]:
    def ask(**asked: str) -> Any:
        answer = http.get("/insights/live", params=asked, headers=account.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


def who(answer: Any) -> list[str]:
    return [session["visitor_key"] for session in answer["sessions"]]


def without_at(answer: Any) -> Any:
    return {name: value for name, value in answer.items() if name != "at"}


def test_a_session_is_watched_until_30_seconds_after_its_newest_beacon(
    send: Callable[..., None], live: Callable[..., Any]
) -> None:
    send((29, {"visitor": "heard"}), (31, {"visitor": "gone"}))
    found = live()
    # On a slow machine the first, too, may be gone by now: the answer says when that is.
    heard = ms(found["at"]) - ms(found["last_beacon_at"]) <= 30_000
    assert who(found) == ["heard"] * heard
    assert found["watching"] == heard
    assert all(session["watching"] for session in found["sessions"])


def test_the_border_is_at_30_seconds_to_the_millisecond(
    http: httpx.Client, account: TestAccount, settle: Settle, live: Callable[..., Any]
) -> None:
    now = now_ms()
    received = [now - 28_000 - number * 100 for number in range(60)]
    lines = [beacon(account, session=session_id(at), sent_at=at, received_at=at) for at in received]
    headers = {"content-type": "application/x-ndjson"} | account.headers
    http.post("/collect/batch", content=ndjson(lines), headers=headers).raise_for_status()
    settle()
    for _ in range(5):
        found = live()
        at = ms(found["at"])
        assert found["watching"] == sum(at - one <= 30_000 for one in received)


def test_a_beacon_from_the_tracker_counts_at_once(
    http: httpx.Client, account: TestAccount, settle: Settle, live: Callable[..., Any]
) -> None:
    before = now_ms()
    assert http.post("/collect", json=beacon(account)).status_code == 204
    settle()
    found = live()
    assert who(found) == ["visitor-1"]
    assert before <= ms(found["last_beacon_at"]) <= ms(found["at"]) <= now_ms()


def test_a_load_without_a_play_is_a_beacon_but_watches_nothing(
    send: Callable[..., None], live: Callable[..., Any]
) -> None:
    send((1, {"played": False, "watched": []}))
    found = live()
    assert (found["watching"], found["sessions"]) == (0, [])
    assert ms(found["at"]) - ms(found["last_beacon_at"]) >= 1000


def test_the_last_beacon_is_told_however_old_it_is(
    send: Callable[..., None], live: Callable[..., Any]
) -> None:
    send((3600, {}), (86_400 * 400, {}))
    found = live()
    assert (found["watching"], found["sessions"]) == (0, [])
    assert 3_600_000 <= ms(found["at"]) - ms(found["last_beacon_at"]) < 3_700_000


def test_the_last_beacon_is_right_whatever_arrives_between_two_questions(
    send: Callable[..., None], live: Callable[..., Any]
) -> None:
    def ago() -> int:
        found = live()
        return round((ms(found["at"]) - ms(found["last_beacon_at"])) / 60_000)

    session = session_id(now_ms() - 3_600_000)
    send((3000, {"session": session, "seq": 1}), (4800, {}))
    assert ago() == 50
    send((3600, {}), (2400, {}), (4200, {}))
    assert ago() == 40
    send((1200, {"session": session, "seq": 2}))
    assert ago() == 20
    # An import may say that the newest beacon of all was an earlier one.
    send((3300, {"session": session, "seq": 3}))
    assert ago() == 40
    send((1, {"visitor": "now"}))
    assert who(live()) == ["now"]


def test_what_is_from_the_future_is_not_watched_yet(
    send: Callable[..., None], live: Callable[..., Any]
) -> None:
    send((-7200, {}))
    assert without_at(live()) == NEVER


def test_only_the_newest_beacon_of_a_session_counts(
    send: Callable[..., None], live: Callable[..., Any]
) -> None:
    session = session_id()
    send((90, {"session": session, "seq": 5, "visitor": "v"}))
    # One that was on its way for a minute and a half says nothing of now.
    send((1, {"session": session, "seq": 4, "visitor": "v"}))
    assert live()["watching"] == 0
    send((1, {"session": session, "seq": 6, "visitor": "v"}))
    assert who(live()) == ["v"]


def test_a_viewer_whose_clock_is_off_by_years_is_watching_all_the_same(
    send: Callable[..., None], live: Callable[..., Any]
) -> None:
    for years in (-5, 3):
        at = now_ms() + years * 365 * 86_400_000
        send((0, {"session": session_id(at), "sent_at": at, "visitor": f"{years}-years"}))
    assert sorted(who(live())) == ["-5-years", "3-years"]


def test_the_last_heard_comes_first_and_at_most_20_are_shown(
    send: Callable[..., None], live: Callable[..., Any]
) -> None:
    send(*((number / 100, {"visitor": f"v{number}"}) for number in range(25)))
    found = live()
    assert found["watching"] == 25
    assert who(found) == [f"v{number}" for number in range(20)]


def test_one_media_or_one_project_may_be_asked_for(
    http: httpx.Client, account: TestAccount, send: Callable[..., None], live: Callable[..., Any]
) -> None:
    def made(**body: str) -> Any:
        return http.post("/v1/projects", json=body, headers=account.headers).json()["hashedId"]

    course, empty = made(name="Course"), made(name="Empty")
    body = {"hashed_id": "one", "name": "One", "project_id": course}
    http.post("/v1/medias", json=body, headers=account.headers).raise_for_status()
    send((1, {"media": "one", "visitor": "a"}), (2, {"media": "two", "visitor": "b"}))
    assert who(live()) == ["a", "b"]
    assert who(live(media_id="two")) == ["b"]
    assert who(live(project_id=course)) == ["a"]
    assert who(live(project_id=course, media_id="one")) == ["a"]
    assert live(media_id="one")["sessions"][0]["media_name"] == "One"
    for nothing in (
        {"project_id": course, "media_id": "two"},
        {"project_id": empty},
        {"media_id": "not-yet-known"},
        {"media_id": "<script>'; --"},
    ):
        assert without_at(live(**nothing)) == NEVER


def test_other_accounts_are_not_seen(
    http: httpx.Client,
    new_account: Callable[..., TestAccount],
    send: Callable[..., None],
    live: Callable[..., Any],
) -> None:
    send((0, {}))
    assert live()["watching"] == 1
    stranger = new_account()
    answer = http.get("/insights/live?media_id=lesson-1", headers=stranger.headers)
    assert without_at(answer.json()) == NEVER


def test_an_unknown_project_is_an_error_that_names_it(
    http: httpx.Client, account: TestAccount
) -> None:
    answer = http.get("/insights/live?project_id=nowhere", headers=account.headers)
    assert_error(answer, 404, "no project 'nowhere' in this account")


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
