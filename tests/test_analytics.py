"""A media's analytics: parameters, buckets, pages. The numbers are in test_exact_analytics."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from support import TestAccount, beacon, deliver, session_id

Settle = Callable[[], None]
DAYS = {"start_date": "2026-03-01", "end_date": "2026-05-01"}
PATHS = ("", "/timeseries", "/embed_locations", "/traffic", "/languages", "/conversions")
NEEDED = {"/timeseries": {"granularity": "daily"}, "/traffic": {"group_by": "utm_source"}}


def _ask(
    http: httpx.Client, account: TestAccount, path: str, parameters: dict[str, str]
) -> httpx.Response:
    return http.get(
        f"/modern/analytics/medias/lesson-1{path}", params=parameters, headers=account.headers
    )


def _arrive(
    http: httpx.Client, account: TestAccount, settle: Settle, *sessions: tuple[str, dict[str, Any]]
) -> None:
    lines = []
    for moment, fields in sessions:
        at = int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() * 1000)
        made = beacon(account, session=session_id(at), sent_at=at, received_at=at)
        lines.append(made | fields)
    deliver(http, account, lines)
    settle()


@pytest.fixture
def watched(http: httpx.Client, account: TestAccount, settle: Settle) -> TestAccount:
    """An account whose media has one session."""
    _arrive(http, account, settle, ("2026-04-02T10:00", {}))
    return account


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"start_date": ""}, "start_date: is missing"),
        ({"end_date": ""}, "end_date: is missing"),
        ({"start_date": "2026-02-30"}, "start_date: '2026-02-30' is not a date"),
        ({"end_date": "2026-03-01"}, "end_date: 2026-03-01 is not after the start_date"),
        ({"end_date": "2028-03-02"}, "end_date: 2028-03-02 is over 2 years after"),
        ({"start_date": "0001-01-01"}, "start_date: 0001-01-01 is not between 1970 and 9998"),
        ({"end_date": "9999-12-31"}, "end_date: 9999-12-31 is not between 1970 and 9998"),
    ],
    ids=str,
)
def test_bad_dates_are_400_and_named(
    http: httpx.Client, watched: TestAccount, path: str, changes: dict[str, str], expected: str
) -> None:
    answer = _ask(http, watched, path, NEEDED.get(path, {}) | DAYS | changes)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(expected)


@pytest.mark.parametrize(
    ("path", "changes", "expected"),
    [
        ("/timeseries", {"granularity": "hourly"}, "granularity: 'hourly' is not known"),
        ("/timeseries", {"granularity": ""}, "granularity: is missing"),
        ("/traffic", {"group_by": "ip"}, "group_by: 'ip' is not known"),
        ("/traffic", {"sort_by": "played_time"}, "sort_by: 'played_time' is not known"),
        ("/embed_locations", {"sort_direction": "up"}, "sort_direction: 'up' is not known"),
        ("/embed_locations", {"per_page": "0"}, "per_page: '0' is not a whole number from 1"),
        ("/conversions", {"cursor": "abc"}, "cursor: is not one of ours"),
        ("/conversions", {"cursor": "🎬"}, "cursor: is not one of ours"),
    ],
    ids=str,
)
def test_a_bad_parameter_is_400_and_named(
    http: httpx.Client, watched: TestAccount, path: str, changes: dict[str, str], expected: str
) -> None:
    answer = _ask(http, watched, path, NEEDED.get(path, {}) | DAYS | changes)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(expected)


@pytest.mark.parametrize("path", PATHS)
def test_an_unknown_media_is_not_found_and_a_stranger_is_told_nothing(
    http: httpx.Client, watched: TestAccount, new_account: Callable[..., TestAccount], path: str
) -> None:
    parameters = NEEDED.get(path, {}) | DAYS
    assert _ask(http, watched, path, parameters).status_code == 200
    assert _ask(http, new_account(), path, parameters).status_code == 404
    address = f"/modern/analytics/medias/lesson-1{path}"
    assert http.get(address, params=parameters).status_code == 401


@pytest.mark.parametrize(
    ("granularity", "starts"),
    [
        ("weekly", ["2026-03-01", "2026-03-02", "2026-03-09"]),
        ("monthly", ["2026-03-01", "2026-04-01"]),
    ],
)
def test_buckets_begin_with_the_calendars_and_are_cut_to_the_days(
    http: httpx.Client,
    new_account: Callable[..., TestAccount],
    settle: Settle,
    granularity: str,
    starts: list[str],
) -> None:
    account = new_account("Asia/Kathmandu")
    # 18:15 UTC is midnight in Kathmandu.
    _arrive(http, account, settle, ("2026-02-28T18:14:59", {}), ("2026-02-28T18:15", {}))
    answer = _ask(http, account, "/timeseries", DAYS | {"granularity": granularity}).json()
    assert [row["plays"] for row in answer] == [1] + [0] * (len(answer) - 1)
    offset = "18:15:00.000Z"
    for row, start in zip(answer, starts, strict=False):
        day = datetime.fromisoformat(start).toordinal() - 1
        before = datetime.fromordinal(day).date()
        assert row["timestamp"] == f"{before}T{offset}"


def test_conversions_are_read_page_by_page_without_repeating_any(
    http: httpx.Client, account: TestAccount, settle: Settle
) -> None:
    form = {"type": "form", "converted": 1}
    sent = [
        (
            f"2026-04-02T10:{minute:02}",
            {"actions": [form | {"data": {"email": f"{minute}@example.com"}}]},
        )
        for minute in range(7)
    ]
    _arrive(http, account, settle, *sent)
    read: list[str] = []
    cursor, pages = "", 0
    while True:
        answer = _ask(
            http, account, "/conversions", DAYS | {"per_page": "3", "cursor": cursor}
        ).json()
        read += [row["email"] for row in answer["data"]]
        info = answer["page_info"]
        pages += 1
        assert info["has_previous_page"] == (pages > 1)
        if not info["has_next_page"]:
            break
        cursor = info["end_cursor"]
        # What comes in meanwhile is newer than all that is yet to be read.
        _arrive(http, account, settle, ("2026-04-03T10:00", {"actions": [form]}))
    assert read == [f"{minute}@example.com" for minute in reversed(range(7))]


def test_nothing_is_zeros_and_not_an_error(http: httpx.Client, watched: TestAccount) -> None:
    days = {"start_date": "2020-01-01", "end_date": "2020-01-02"}
    assert set(_ask(http, watched, "", days).json().values()) == {0}
    assert _ask(http, watched, "/embed_locations", days).json() == []
    assert _ask(http, watched, "/conversions", days).json() == {
        "data": [],
        "page_info": {
            "has_next_page": False,
            "has_previous_page": False,
            "end_cursor": None,
            "start_cursor": None,
        },
    }


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("https://www.example.com/a", True),
        ("www.example.com/a", True),
        ("https://WWW.example.com/a?x=1#y", True),
        ("http://www.example.com/a", False),
        ("https://www.example.com/", False),
        ("%00'; DROP TABLE sessions", False),
    ],
)
def test_embed_url_filters_one_page(
    http: httpx.Client, account: TestAccount, settle: Settle, given: str, found: bool
) -> None:
    page = {"url": "https://www.example.com/a?utm_source=x#frag", "title": "A"}
    _arrive(http, account, settle, ("2026-04-02T10:00", {"page": page}))
    answer = _ask(http, account, "/embed_locations", DAYS | {"embed_url": given}).json()
    assert [row["embed_url"] for row in answer] == (["https://www.example.com/a"] if found else [])
