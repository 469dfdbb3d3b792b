"""What the pages ask for: parameters, errors, days and names. The numbers: test_exact_insights."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from support import (
    Server,
    TestAccount,
    assert_error,
    beacon,
    deliver,
    new_user,
    session_id,
    sign_in,
)
from tokens import new_token

Settle = Callable[[], None]
Send = Callable[..., None]
DAYS = {"start_date": "2026-03-01", "end_date": "2026-03-07"}
NEEDED: dict[str, dict[str, str]] = {
    "summary": {},
    "timeseries": DAYS,
    "breakdown": {"by": "country"},
    "top": DAYS,
    "engagement": {"media_id": "lesson-1"},
    "actions": {},
}
NOTHING = {
    "loads": 0,
    "plays": 0,
    "play_rate": 0.0,
    "hours_watched": 0.0,
    "visitors": 0,
    "engagement": 0.0,
}


@pytest.fixture
def send(http: httpx.Client, settle: Settle) -> Send:
    """Let sessions arrive, each at its moment (UTC), and wait until they count."""

    def send(account: TestAccount, *sessions: tuple[str, dict[str, Any]]) -> None:
        lines = []
        for moment, fields in sessions:
            at = int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() * 1000)
            made = beacon(account, session=session_id(at), sent_at=at, received_at=at)
            lines.append(made | fields)
        deliver(http, account, lines)
        settle()

    return send


@pytest.fixture
def watched(account: TestAccount, send: Send) -> TestAccount:
    """An account whose media has one session."""
    send(account, ("2026-03-02T10:00", {}))
    return account


@pytest.fixture
def get(http: httpx.Client) -> Callable[..., Any]:
    def get(account: TestAccount, path: str, **asked: Any) -> Any:
        answer = http.get(f"/insights/{path}", params=asked, headers=account.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return get


@pytest.mark.parametrize("path", NEEDED)
@pytest.mark.parametrize(
    ("changes", "status", "expected"),
    [
        ({"start_date": "2026-02-30"}, 422, "start_date: '2026-02-30' is not a date"),
        ({"end_date": "1.3.2026"}, 422, "end_date: '1.3.2026' is not a date"),
        ({**DAYS, "end_date": "2026-02-28"}, 422, "end_date: 2026-02-28 is before the start_date"),
        ({**DAYS, "start_date": "2016-03-06"}, 422, "end_date: 2026-03-07 is over 10 years after"),
        ({"start_date": "9998-01-01", "end_date": ""}, 422, "start_date: 9998-01-01 is after"),
        ({"visitors": "old"}, 422, "visitors: 'old' is not known (use returning or new)"),
        ({"played": "yes"}, 422, "played: 'yes' is not known (use true or false)"),
        ({"country": "x" * 2049}, 422, "country: is longer than 2048 characters"),
        ({"page": "x" * 2049}, 422, "page: is longer than 2048 characters"),
        ({"project_id": "nowhere"}, 404, "no project 'nowhere' in this account"),
        ({"media_id": "nothing"}, 404, "no media 'nothing' in this account"),
    ],
    ids=str,
)
def test_what_is_wrong_with_the_sessions_asked_for_is_named(
    http: httpx.Client,
    watched: TestAccount,
    path: str,
    changes: dict[str, str],
    status: int,
    expected: str,
) -> None:
    asked = NEEDED[path] | changes
    answer = http.get(f"/insights/{path}", params=asked, headers=watched.headers)
    assert answer.status_code == status
    assert answer.json()["error"].startswith(expected)


@pytest.mark.parametrize(
    ("path", "changes", "expected"),
    [
        ("timeseries", {"interval": "minute"}, "interval: 'minute' is not known (use hour, day, "),
        ("timeseries", {"start_date": "", "end_date": ""}, "start_date: is missing"),
        ("timeseries", {"start_date": ""}, "start_date: is missing"),
        (
            "timeseries",
            {"interval": "hour", "end_date": "2026-03-09"},
            "interval: hour is for at most 8 days (use day)",
        ),
        ("breakdown", {"by": ""}, "by: is missing (use page, referrer_domain, "),
        ("breakdown", {"by": "visitor_key"}, "by: 'visitor_key' is not known"),
        ("breakdown", {"sort_by": "name"}, "sort_by: 'name' is not known (use plays, loads, "),
        ("breakdown", {"limit": "0"}, "limit: '0' is not a whole number from 1"),
        ("breakdown", {"limit": "ten"}, "limit: 'ten' is not a whole number from 1"),
        ("breakdown", {"limit": "²"}, "limit: '²' is not a whole number from 1"),
        ("top", {"of": "pages"}, "of: 'pages' is not known (use medias, projects)"),
        ("top", {"start_date": "", "end_date": ""}, "start_date: is missing"),
        ("top", {"limit": "-1"}, "limit: '-1' is not a whole number from 1"),
        ("engagement", {"media_id": ""}, "media_id: is missing (the graph is one media's)"),
    ],
    ids=str,
)
def test_a_bad_parameter_is_422_and_named(
    http: httpx.Client, watched: TestAccount, path: str, changes: dict[str, str], expected: str
) -> None:
    asked = NEEDED[path] | changes
    answer = http.get(f"/insights/{path}", params=asked, headers=watched.headers)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith(expected)


def test_a_condition_that_is_given_twice_is_not_guessed(
    http: httpx.Client, watched: TestAccount
) -> None:
    answer = http.get("/insights/summary?country=DE&country=AT", headers=watched.headers)
    assert_error(answer, 422, "country: is given 2 times (use it once)")


@pytest.mark.parametrize("path", NEEDED)
def test_who_may_read_is_asked_first(
    http: httpx.Client, server: Server, watched: TestAccount, path: str
) -> None:
    def ask(**headers: str) -> int:
        return http.get(f"/insights/{path}", params=NEEDED[path], headers=headers).status_code

    assert ask() == 401
    assert ask(**watched.headers) == 200
    _, only_writes = new_token(server, watched, "write")
    assert ask(Authorization=f"Bearer {only_writes}") == 403
    viewer = new_user(server, watched, role="viewer")
    with httpx.Client(base_url=server.url) as browser:
        sign_in(browser, viewer.email)
        answer = browser.get(f"/insights/{path}", params=NEEDED[path])
        assert answer.status_code == 200


def test_other_accounts_are_neither_seen_nor_counted(
    http: httpx.Client,
    watched: TestAccount,
    new_account: Callable[..., TestAccount],
    get: Callable[..., Any],
) -> None:
    stranger = new_account()
    assert get(watched, "summary")["sums"]["loads"] == 1
    assert get(stranger, "summary") == {
        "start_date": None,
        "end_date": None,
        "sums": NOTHING,
        "before": None,
    }
    assert get(stranger, "top", **DAYS) == []
    answer = http.get(
        "/insights/engagement", params={"media_id": "lesson-1"}, headers=stranger.headers
    )
    assert answer.status_code == 404


def test_nothing_is_zeros_and_not_an_error(watched: TestAccount, get: Callable[..., Any]) -> None:
    nobody = {**DAYS, "visitor_key": "nobody"}
    assert get(watched, "summary", **nobody) == {
        **DAYS,
        "sums": NOTHING,
        "before": {"start_date": "2026-02-22", "end_date": "2026-02-28", "sums": NOTHING},
    }
    buckets = get(watched, "timeseries", **nobody)["buckets"]
    assert [row["date"] for row in buckets] == [f"2026-03-0{day}" for day in range(1, 8)]
    assert all(row.items() >= NOTHING.items() for row in buckets)
    for by in ("country", "media", "visitors"):
        assert get(watched, "breakdown", by=by, **nobody) == {"by": by, "total": 0, "rows": []}
    assert get(watched, "top", **nobody) == get(watched, "top", of="projects", **nobody) == []
    assert get(watched, "engagement", media_id="lesson-1", **nobody) == {
        "media_id": "lesson-1",
        "duration": 60.0,
        "cell_seconds": 1.0,
        "plays": 0,
        "engagement": 0.0,
        "engagement_data": [0] * 60,
        "rewatch_data": [0] * 60,
        "drop_offs": [],
        "rewatched": [],
    }
    assert get(watched, "actions", **nobody) == []


def test_a_live_stream_has_no_graph(
    account: TestAccount, send: Send, get: Callable[..., Any]
) -> None:
    send(account, ("2026-03-02T10:00", {"duration": None}))
    found = get(account, "engagement", media_id="lesson-1")
    assert (found["duration"], found["cell_seconds"], found["plays"]) == (None, 1.0, 1)
    assert found["engagement_data"] == found["rewatch_data"] == []


def test_only_a_start_is_until_today_only_an_end_is_that_day(
    new_account: Callable[..., TestAccount], send: Send, get: Callable[..., Any]
) -> None:
    account = new_account("Pacific/Kiritimati")
    now = datetime.now(UTC)
    send(
        account,
        (now.replace(tzinfo=None).isoformat(), {}),
        ("2026-03-02T10:00", {}),  # 3 March there
    )
    # This test may run over a midnight.
    zone = ZoneInfo("Pacific/Kiritimati")
    todays = {str(now.astimezone(zone).date())}
    found = get(account, "summary", start_date="2026-03-03")
    todays.add(str(datetime.now(zone).date()))
    assert found["end_date"] in todays
    assert found["sums"]["loads"] == 2
    only = get(account, "summary", end_date="2026-03-03")
    assert (only["start_date"], only["end_date"]) == ("2026-03-03", "2026-03-03")
    assert only["sums"]["loads"] == 1
    assert get(account, "summary", end_date="2026-03-02")["sums"]["loads"] == 0
    every = get(account, "summary")
    assert (every["start_date"], every["before"]) == ("2026-03-03", None)
    assert every["end_date"] in todays


@pytest.mark.parametrize(
    ("moment", "years"), [("1975-06-01T00:00", 10), ("9999-12-31T23:59", 0), ("2100-01-01", 0)]
)
def test_all_time_can_be_asked_for_by_its_days_whatever_was_imported(
    new_account: Callable[..., TestAccount],
    send: Send,
    get: Callable[..., Any],
    moment: str,
    years: int,
) -> None:
    account = new_account("Pacific/Kiritimati")
    send(account, (moment, {}))
    every = get(account, "summary")
    assert every["sums"]["loads"] == 1
    first, last = (datetime.fromisoformat(every[name]) for name in ("start_date", "end_date"))
    assert round((last - first) / timedelta(days=365.25)) == years
    buckets = get(
        account,
        "timeseries",
        interval="month",
        start_date=every["start_date"],
        end_date=every["end_date"],
    )["buckets"]
    assert buckets[0]["date"] == every["start_date"]


def test_before_the_calendar_there_is_nothing_to_compare_with(
    watched: TestAccount, get: Callable[..., Any]
) -> None:
    found = get(watched, "summary", start_date="0001-01-02", end_date="0001-01-03")
    assert found["before"] is None


def test_an_empty_trait_asks_for_what_is_not_known(
    account: TestAccount, send: Send, get: Callable[..., Any]
) -> None:
    send(
        account,
        ("2026-03-02T10:00", {"player": {"language": "de-AT"}}),
        ("2026-03-02T11:00", {"player": {"language": "de"}}),
        ("2026-03-02T12:00", {}),
    )

    def loads(**asked: str) -> int:
        found: int = get(account, "summary", **asked)["sums"]["loads"]
        return found

    assert loads() == 3
    assert loads(language="de") == 2
    assert loads(language="") == 1
    assert loads(language="de-AT") == 0
    # As a condition on no trait, an empty value is none.
    assert loads(visitor_key="", visitors="", played="", media_id="", project_id="") == 3


@pytest.mark.parametrize(
    "value", ["'; DROP TABLE sessions; --", "\\", "%", "{trait_0:String}", "ж🎬", "a\u0000b", "\n"]
)
def test_hostile_values_find_what_has_them_and_nothing_else(
    account: TestAccount, send: Send, get: Callable[..., Any], value: str
) -> None:
    named = {"org": {}, "name": "x"}
    page = {"url": f"https://www.example.com/{value.strip() or 'x'}"}
    send(account, ("2026-03-02T10:00", {"page": page, "identity": named}))
    send(account, ("2026-03-02T10:00", {"page": {"url": "https://www.example.com/other"}}))
    rows = get(account, "breakdown", by="page", sort_by="visitors")["rows"]
    assert len(rows) == 2
    for row in rows:
        found = get(account, "breakdown", by="page", page=row["name"])
        assert [other["name"] for other in found["rows"]] == [row["name"]]
    for trait in ("country", "referrer_domain", "utm_source", "browser", "language"):
        assert get(account, "summary", **{trait: value})["sums"] == NOTHING


def test_a_media_is_meant_by_either_id_and_only_within_the_project_asked_for(
    http: httpx.Client, account: TestAccount, send: Send, get: Callable[..., Any]
) -> None:
    def make(what: str, **body: Any) -> Any:
        return http.post(f"/v1/{what}", json=body, headers=account.headers).json()

    course, empty = make("projects", name="Course"), make("projects", name="Empty")
    inside = make("medias", hashed_id="inside", name="Inside", project_id=course["id"])
    make("medias", hashed_id="outside", name="Outside")
    for media in ("inside", "outside"):
        send(account, ("2026-03-02T10:00", {"media": media}))

    def loads(**asked: Any) -> int:
        found: int = get(account, "summary", **asked)["sums"]["loads"]
        return found

    assert loads() == 2
    for project in (course["id"], course["hashedId"]):
        assert loads(project_id=project) == 1
        assert loads(project_id=project, media_id=inside["id"]) == 1
        assert loads(project_id=project, media_id="outside") == 0
    assert loads(project_id=empty["id"]) == 0
    graph = get(account, "engagement", media_id="outside", project_id=course["id"])
    assert (graph["plays"], sum(graph["engagement_data"]), graph["duration"]) == (0, 0, 60.0)
    assert [row["id"] for row in get(account, "top", **DAYS, of="projects")] == [course["hashedId"]]


def test_a_deleted_media_keeps_its_place_and_its_last_name_but_leaves_its_project(
    http: httpx.Client, account: TestAccount, send: Send, get: Callable[..., Any]
) -> None:
    project = http.post("/v1/projects", json={"name": "P"}, headers=account.headers).json()["id"]
    for media in ("gone", "kept"):
        body = {"hashed_id": media, "name": f"<b>{media}</b>", "project_id": project}
        http.post("/v1/medias", json=body, headers=account.headers).raise_for_status()
    send(account, *[("2026-03-02T10:00", {"media": media}) for media in ("gone", "gone", "kept")])
    http.delete("/v1/medias/gone", headers=account.headers).raise_for_status()
    assert get(account, "summary")["sums"]["loads"] == 3
    rows = get(account, "breakdown", by="media")["rows"]
    assert [(row["name"], row["title"]) for row in rows] == [
        ("gone", "<b>gone</b>"),
        ("kept", "<b>kept</b>"),
    ]
    assert [(row["id"], row["name"], row["plays"]) for row in get(account, "top", **DAYS)] == [
        ("gone", "<b>gone</b>", 2),
        ("kept", "<b>kept</b>", 1),
    ]
    assert [row["loads"] for row in get(account, "top", **DAYS, of="projects")] == [1]
    answer = http.get("/insights/summary?media_id=gone", headers=account.headers)
    assert_error(answer, 404, "no media 'gone' in this account")


def test_new_and_returning_are_of_all_medias_and_of_the_days_asked_for(
    account: TestAccount, send: Send, get: Callable[..., Any]
) -> None:
    send(
        account,
        ("2026-02-28T23:59:59", {"visitor": "back", "media": "another"}),
        ("2026-03-01T00:00:00", {"visitor": "back"}),
        ("2026-03-01T00:00:00", {"visitor": "twice"}),
        ("2026-03-05T00:00:00", {"visitor": "twice"}),
        ("2026-03-09T00:00:00", {"visitor": "later"}),
    )
    rows = get(account, "breakdown", by="visitors", media_id="lesson-1", **DAYS)["rows"]
    assert [(row["name"], row["loads"], row["visitors"]) for row in rows] == [
        ("new", 2, 1),
        ("returning", 1, 1),
    ]
    # Over other days they are others.
    days = {"start_date": "2026-03-05", "end_date": "2026-03-09"}
    rows = get(account, "breakdown", by="visitors", **days)["rows"]
    assert [(row["name"], row["loads"]) for row in rows] == [("new", 1), ("returning", 1)]
    # Before all time there was nobody.
    rows = get(account, "breakdown", by="visitors")["rows"]
    assert [(row["name"], row["visitors"]) for row in rows] == [("new", 3)]


@pytest.mark.parametrize(
    ("zone", "day", "hours", "first", "last"),
    [
        ("UTC", "2026-03-29", 24, "2026-03-29T00:00:00+00:00", "2026-03-29T23:00:00+00:00"),
        (
            "Europe/Berlin",
            "2026-03-29",
            23,
            "2026-03-29T00:00:00+01:00",
            "2026-03-29T23:00:00+02:00",
        ),
        (
            "Europe/Berlin",
            "2026-10-25",
            25,
            "2026-10-25T00:00:00+02:00",
            "2026-10-25T23:00:00+01:00",
        ),
        # The day begins at 1:00.
        (
            "Africa/Cairo",
            "2024-04-26",
            23,
            "2024-04-26T01:00:00+03:00",
            "2024-04-26T23:00:00+03:00",
        ),
        # Half an hour longer.
        (
            "Australia/Lord_Howe",
            "2024-04-07",
            25,
            "2024-04-07T00:00:00+11:00",
            "2024-04-07T23:30:00+10:30",
        ),
    ],
)
def test_a_day_has_as_many_hours_as_its_clocks_showed(
    new_account: Callable[..., TestAccount],
    get: Callable[..., Any],
    zone: str,
    day: str,
    hours: int,
    first: str,
    last: str,
) -> None:
    found = get(new_account(zone), "timeseries", interval="hour", start_date=day, end_date=day)
    starts = [row["start"] for row in found["buckets"]]
    assert (len(starts), starts[0], starts[-1]) == (hours, first, last)
    assert {row["date"] for row in found["buckets"]} == {day}


def test_hours_are_for_8_days_and_buckets_for_any(
    watched: TestAccount, get: Callable[..., Any]
) -> None:
    days = {"start_date": "2026-03-01", "end_date": "2026-03-08"}
    assert len(get(watched, "timeseries", interval="hour", **days)["buckets"]) == 8 * 24
    days = {"start_date": "2017-01-15", "end_date": "2027-01-14"}
    for interval, count in (("month", 121), ("week", 523), ("day", 3652)):
        buckets = get(watched, "timeseries", interval=interval, **days)["buckets"]
        assert len(buckets) == count
        assert sum(row["loads"] for row in buckets) == 1


def test_equal_rows_stand_by_their_names_and_a_great_limit_is_1000(
    account: TestAccount, send: Send, get: Callable[..., Any]
) -> None:
    pages = [f"https://www.example.com/{number:04}" for number in range(1005)]
    send(
        account,
        *[("2026-03-02T10:00", {"page": {"url": url}, "visitor": url[-4:]}) for url in pages],
    )
    for sort_by in ("plays", "loads", "visitors", "hours_watched", "engagement"):
        found = get(account, "breakdown", by="page", sort_by=sort_by, limit=999_999)
        assert found["total"] == 1005
        assert [row["name"] for row in found["rows"]] == pages[:1000]
    assert len(get(account, "breakdown", by="page")["rows"]) == 10


def test_sparks_are_of_days_then_of_weeks_then_of_months(
    watched: TestAccount, get: Callable[..., Any]
) -> None:
    def spark(end_date: str) -> list[int]:
        found: list[int] = get(watched, "top", start_date="2026-03-01", end_date=end_date)[0][
            "spark"
        ]
        return found

    assert spark("2026-05-01") == [0, 1, *[0] * 60]
    # A Sunday, and weeks from Mondays.
    assert spark("2026-05-02") == [0, 1, *[0] * 8]
    assert len(spark("2028-02-29")) == 106
    assert spark("2028-03-01") == [1, *[0] * 24]
