"""by_date: which days a question means, in the account's time zone, and every way to ask wrong."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from refusing import post_batch
from support import TestAccount, beacon, ndjson, session_id

PATH = "/v1/stats/account/by_date.json"
Settle = Callable[[], None]
NewAccount = Callable[..., TestAccount]
# Never the same date, so that a server that forgets the zone is wrong at any hour.
FAR_APART = ["Pacific/Kiritimati", "Etc/GMT+12"]


def dates(http: httpx.Client, account: TestAccount, query: str = "") -> list[str]:
    answer = http.get(f"{PATH}?{query}", headers=account.headers)
    assert answer.status_code == 200, answer.text
    return [row["data_date"] for row in answer.json()]


def error(http: httpx.Client, account: TestAccount, query: str) -> str:
    answer = http.get(f"{PATH}?{query}", headers=account.headers)
    assert answer.status_code == 422
    assert set(answer.json()) == {"error"}
    found: str = answer.json()["error"]
    return found


def while_it_is_one_day(zone: str, ask: Callable[[date], None]) -> None:
    """Ask with today's date; once more if midnight came in between."""
    today = datetime.now(ZoneInfo(zone)).date()
    try:
        ask(today)
    except AssertionError:
        now = datetime.now(ZoneInfo(zone)).date()
        if now == today:
            raise
        ask(now)


@pytest.mark.parametrize("zone", ["UTC", *FAR_APART])
@pytest.mark.parametrize("query", ["", "start_date=", "end_date=&start_date=", "start_date"])
def test_with_no_date_it_is_yesterday_and_today(
    http: httpx.Client, new_account: NewAccount, zone: str, query: str
) -> None:
    account = new_account(zone)

    def ask(today: date) -> None:
        yesterday = today - timedelta(days=1)
        assert dates(http, account, query) == [today.isoformat(), yesterday.isoformat()]

    while_it_is_one_day(zone, ask)


@pytest.mark.parametrize("zone", FAR_APART)
@pytest.mark.parametrize("end", ["", "&end_date="])
def test_with_only_a_start_it_goes_until_today(
    http: httpx.Client, new_account: NewAccount, zone: str, end: str
) -> None:
    account = new_account(zone)

    def ask(today: date) -> None:
        first = today - timedelta(days=3)
        expected = [(today - timedelta(days=n)).isoformat() for n in range(4)]
        assert dates(http, account, f"start_date={first}{end}") == expected
        assert dates(http, account, f"start_date={today}{end}") == [today.isoformat()]

    while_it_is_one_day(zone, ask)


@pytest.mark.parametrize("zone", FAR_APART)
def test_a_start_after_today_has_no_days(
    http: httpx.Client, new_account: NewAccount, zone: str
) -> None:
    account = new_account(zone)

    def ask(today: date) -> None:
        tomorrow = today + timedelta(days=1)
        assert error(http, account, f"start_date={tomorrow}") == (
            f"start_date: {tomorrow} is after today, {today} in {zone}"
        )

    while_it_is_one_day(zone, ask)


@pytest.mark.parametrize("query", ["end_date=2012-10-05", "start_date=&end_date=2012-10-05"])
def test_with_only_an_end_it_is_that_one_day(
    http: httpx.Client, account: TestAccount, query: str
) -> None:
    assert dates(http, account, query) == ["2012-10-05"]


def test_both_dates_are_inclusive_and_the_newest_comes_first(
    http: httpx.Client, account: TestAccount
) -> None:
    assert dates(http, account, "start_date=2012-10-05&end_date=2012-10-08") == [
        "2012-10-08",
        "2012-10-07",
        "2012-10-06",
        "2012-10-05",
    ]
    assert dates(http, account, "start_date=2012-10-05&end_date=2012-10-05") == ["2012-10-05"]


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("", ["2012-10-06", "2012-10-05"]),
        ("&sort_direction=", ["2012-10-06", "2012-10-05"]),
        ("&sort_direction=0", ["2012-10-06", "2012-10-05"]),
        ("&sort_direction=1", ["2012-10-05", "2012-10-06"]),
    ],
)
def test_sort_direction_chooses(
    http: httpx.Client, account: TestAccount, direction: str, expected: list[str]
) -> None:
    query = f"start_date=2012-10-05&end_date=2012-10-06{direction}"
    assert dates(http, account, query) == expected


@pytest.mark.parametrize("direction", ["2", "-1", "01", "asc", "1.0", "true", "\u0661", "1 "])
def test_another_sort_direction_is_an_error(
    http: httpx.Client, account: TestAccount, direction: str
) -> None:
    assert error(http, account, f"sort_direction={direction}") == (
        f"sort_direction: {direction!r} is not known (use 1 ascending, 0 descending)"
    )


def test_days_ahead_and_days_before_all_sessions_have_rows_too(
    http: httpx.Client, account: TestAccount
) -> None:
    for day in ("0001-01-01", "1969-12-31", "1970-01-01", "2299-12-31", "9999-12-31"):
        answer = http.get(f"{PATH}?end_date={day}", headers=account.headers)
        assert answer.json() == [
            {
                "data_date": day,
                "date": day,
                "loads": 0,
                "load_count": 0,
                "plays": 0,
                "play_count": 0,
                "hours_watched": 0,
            }
        ]
        # A plain 0, as the seed's clients know it.
        assert '"hours_watched":0}' in answer.text


def test_ten_years_are_answered_and_a_day_more_is_not(
    http: httpx.Client, account: TestAccount
) -> None:
    assert len(dates(http, account, "start_date=2012-10-05&end_date=2022-10-05")) == 3653
    assert error(http, account, "start_date=2012-10-05&end_date=2022-10-06") == (
        "end_date: 2022-10-06 is over 10 years after the start_date 2012-10-05"
    )
    assert len(dates(http, account, "start_date=2012-02-29&end_date=2022-03-01")) == 3654
    assert error(http, account, "start_date=2012-02-29&end_date=2022-03-02") == (
        "end_date: 2022-03-02 is over 10 years after the start_date 2012-02-29"
    )
    assert len(dates(http, account, "start_date=9990-01-01&end_date=9999-12-31")) == 3652


def test_only_a_start_over_ten_years_ago_is_an_error(
    http: httpx.Client, account: TestAccount
) -> None:
    def ask(today: date) -> None:
        assert error(http, account, "start_date=2012-10-05") == (
            f"end_date: {today} is over 10 years after the start_date 2012-10-05"
        )

    while_it_is_one_day("UTC", ask)


def test_an_end_before_the_start_is_an_error(http: httpx.Client, account: TestAccount) -> None:
    assert error(http, account, "start_date=2012-10-06&end_date=2012-10-05") == (
        "end_date: 2012-10-05 is before the start_date 2012-10-06"
    )


# As they stand in the query, and what the parameter then is.
NO_DATES = [
    ("2012-13-01", "2012-13-01"),
    ("2012-00-10", "2012-00-10"),
    ("2012-10-00", "2012-10-00"),
    ("2012-02-30", "2012-02-30"),
    ("2013-02-29", "2013-02-29"),
    ("1900-02-29", "1900-02-29"),
    ("0000-01-01", "0000-01-01"),
    ("2012-1-1", "2012-1-1"),
    ("20121005", "20121005"),
    ("2012-W40-5", "2012-W40-5"),
    ("2012-279", "2012-279"),
    ("12-10-05", "12-10-05"),
    ("10/05/2012", "10/05/2012"),
    ("2012-10-05T00:00:00Z", "2012-10-05T00:00:00Z"),
    ("%2B2012-10-05", "+2012-10-05"),
    ("-2012-10-05", "-2012-10-05"),
    ("12012-10-05", "12012-10-05"),
    ("2012-10-05%20", "2012-10-05 "),
    ("%202012-10-05", " 2012-10-05"),
    ("2012-10-05%0A", "2012-10-05\n"),
    ("2012-10-05%00", "2012-10-05\x00"),
    ("%00", "\x00"),
    ("%FF", "\ufffd"),
    ("%E2%80%8E2012-10-05", "\u200e2012-10-05"),
    # Digits to Python, not to the contract.
    ("%D9%A2%D9%A0%D9%A1%D9%A2-10-05", "\u0662\u0660\u0661\u0662-10-05"),
    ("2012%E2%80%9010%E2%80%9005", "2012\u201010\u201005"),
    ("today", "today"),
    ("null", "null"),
    ("0", "0"),
    ("1349395200", "1349395200"),
    ("2012-10-05'--", "2012-10-05'--"),
    ("'%3B%20DROP%20TABLE%20sessions%3B--", "'; DROP TABLE sessions;--"),
    ("{day:Date}", "{day:Date}"),
    ("../../etc/passwd", "../../etc/passwd"),
    ("9" * 2000, "9" * 80),
]


@pytest.mark.parametrize("name", ["start_date", "end_date"])
@pytest.mark.parametrize(("given", "shown"), NO_DATES)
def test_what_is_not_a_date_is_named(
    http: httpx.Client, account: TestAccount, name: str, given: str, shown: str
) -> None:
    expected = f"{name}: {shown!r} is not a date (use YYYY-MM-DD)"
    assert error(http, account, f"{name}={given}") == expected


@pytest.mark.parametrize("leap_day", ["2012-02-29", "2000-02-29", "0004-02-29"])
def test_leap_days_are_dates(http: httpx.Client, account: TestAccount, leap_day: str) -> None:
    assert dates(http, account, f"end_date={leap_day}") == [leap_day]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("start_date=2012-10-05&start_date=2012-10-05", "start_date"),
        ("end_date=2012-10-05&end_date=2012-10-06", "end_date"),
        ("start_date=&start_date=2012-10-05", "start_date"),
        ("sort_direction=1&sort_direction=0", "sort_direction"),
    ],
)
def test_a_parameter_is_given_once(
    http: httpx.Client, account: TestAccount, query: str, name: str
) -> None:
    assert error(http, account, query) == f"{name}: is given 2 times (use it once)"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/stats/account/by_date",
        "/v1/stats/medias/{media}/by_date",
        "/v1/stats/projects/{project}/by_date",
    ],
)
@pytest.mark.parametrize("ending", ["", ".json"])
def test_all_three_endpoints_take_the_same_dates(
    http: httpx.Client, account: TestAccount, path: str, ending: str
) -> None:
    made: dict[str, Any] = {
        kind: http.post(f"/v1/{kind}s", headers=account.headers, json={"name": "x"}).json()["id"]
        for kind in ("media", "project")
    }
    address = path.format(**made) + ending
    days = {"start_date": "2012-10-05", "end_date": "2012-10-06"}
    answer = http.get(address, params=days, headers=account.headers)
    assert [row["data_date"] for row in answer.json()] == ["2012-10-06", "2012-10-05"]
    answer = http.get(address, params={"start_date": "%"}, headers=account.headers)
    assert answer.json() == {"error": "start_date: '%' is not a date (use YYYY-MM-DD)"}


def test_unknown_parameters_are_ignored(http: httpx.Client, account: TestAccount) -> None:
    query = "end_date=2012-10-05&START_DATE=x&start_date[]=x&date=x&%00=%00"
    assert dates(http, account, query) == ["2012-10-05"]


def session_at(account: TestAccount, moment: datetime) -> dict[str, Any]:
    ms = int(moment.timestamp() * 1000)
    times = {"session": session_id(ms), "sent_at": ms, "received_at": ms}
    return beacon(account, duration=3600, watched=[[0, 1800, 1]], **times)


@pytest.mark.parametrize(
    ("zone", "last_of_the_5th"),
    [
        ("UTC", datetime(2012, 10, 5, 23, 59, 59, 999_000, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2012, 10, 5, 18, 14, 59, 999_000, tzinfo=UTC)),
        ("America/St_Johns", datetime(2012, 10, 6, 2, 29, 59, 999_000, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2012, 10, 5, 13, 29, 59, 999_000, tzinfo=UTC)),
        ("Pacific/Kiritimati", datetime(2012, 10, 5, 9, 59, 59, 999_000, tzinfo=UTC)),
    ],
)
def test_a_session_belongs_to_the_day_on_which_it_started_where_the_account_is(
    http: httpx.Client,
    new_account: NewAccount,
    settle: Settle,
    zone: str,
    last_of_the_5th: datetime,
) -> None:
    account = new_account(zone)
    first_of_the_6th = last_of_the_5th + timedelta(milliseconds=1)
    lines = [session_at(account, moment) for moment in (last_of_the_5th, first_of_the_6th)]
    lines.append(session_at(account, first_of_the_6th + timedelta(hours=1)))
    assert post_batch(http, ndjson(lines), **account.headers).json()["accepted"] == 3
    settle()
    answer = http.get(
        PATH,
        params={"start_date": "2012-10-04", "end_date": "2012-10-07"},
        headers=account.headers,
    )
    assert [(row["date"], row["plays"], row["hours_watched"]) for row in answer.json()] == [
        ("2012-10-07", 0, 0),
        ("2012-10-06", 2, 1.0),
        ("2012-10-05", 1, 0.5),
        ("2012-10-04", 0, 0),
    ]
