"""What a write token lets a line of a batch say, and nobody else: whose it was, and when."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from refusing import loads, media, post_batch
from support import Server, TestAccount, beacon, ndjson, now_ms, session_id
from tokens import bearer, new_token

DAY_MS = 86_400_000
Settle = Callable[[], None]
# Who may not speak for the account's viewers: each gives the headers of its requests.
BYSTANDERS: Mapping[str, Callable[[Server, TestAccount], dict[str, str]]] = {
    "no token": lambda _server, _account: {},
    "an unknown token": lambda _server, _account: bearer("phd_nobody"),
    "a read token": lambda server, account: bearer(new_token(server, account, "read")[1]),
    "an admin token without write": lambda server, account: bearer(
        new_token(server, account, "read", "admin")[1]
    ),
    "another account's token": lambda server, _account: server.account().headers,
}
bystanders = pytest.mark.parametrize("headers_of", BYSTANDERS.values(), ids=list(BYSTANDERS))


def imported(account: TestAccount, moment: datetime, **changes: Any) -> dict[str, Any]:
    """A session that was received so long ago, a minute after it started."""
    ms = int(moment.timestamp() * 1000)
    times = {"session": session_id(ms), "sent_at": ms + 60_000, "received_at": ms + 60_000}
    return beacon(account, **times, **changes)


def loads_on(http: httpx.Client, account: TestAccount, day: str) -> int:
    answer = http.get(
        "/v1/stats/account/by_date", params={"end_date": day}, headers=account.headers
    )
    found: int = answer.json()[0]["loads"]
    return found


def test_a_write_token_imports_sessions_of_any_age(
    server: Server, http: httpx.Client, account: TestAccount, settle: Settle
) -> None:
    writer = bearer(new_token(server, account, "write")[1])
    lines = [
        imported(account, datetime(2012, 10, 5, 12, tzinfo=UTC)),
        imported(account, datetime(2012, 10, 5, 23, 59, 59, tzinfo=UTC)),
        imported(account, datetime(1999, 12, 31, tzinfo=UTC)),
        imported(account, datetime(1970, 1, 1, tzinfo=UTC)),
    ]
    assert post_batch(http, ndjson(lines), **writer).json() == {"accepted": 4, "rejected": []}
    settle()
    found = {
        day: loads_on(http, account, day)
        for day in ("2012-10-05", "2012-10-06", "1999-12-31", "1970-01-01")
    }
    assert found == {"2012-10-05": 2, "2012-10-06": 0, "1999-12-31": 1, "1970-01-01": 1}


def test_the_clock_of_an_imported_viewer_is_corrected_by_when_it_was_received(
    http: httpx.Client, account: TestAccount, settle: Settle
) -> None:
    moment = datetime(2012, 10, 5, 12, tzinfo=UTC)
    sent = imported(account, moment)
    # The viewer's clock was two days behind when the beacon came in.
    sent["received_at"] += 2 * DAY_MS
    assert post_batch(http, ndjson([sent]), **account.headers).json()["accepted"] == 1
    settle()
    assert loads_on(http, account, "2012-10-05") == 0
    assert loads_on(http, account, "2012-10-07") == 1


def test_with_a_write_token_a_line_may_be_old_without_saying_when_it_was_received(
    http: httpx.Client, account: TestAccount, settle: Settle
) -> None:
    old = now_ms() - 100 * DAY_MS
    line = beacon(account, session=session_id(old))
    assert post_batch(http, ndjson([line]), **account.headers).json()["accepted"] == 1
    settle()
    day = datetime.fromtimestamp(old / 1000, UTC).date().isoformat()
    assert loads_on(http, account, day) == 1


@bystanders
def test_from_anyone_else_an_old_line_is_refused(
    server: Server,
    http: httpx.Client,
    account: TestAccount,
    settle: Settle,
    headers_of: Callable[[Server, TestAccount], dict[str, str]],
) -> None:
    line = beacon(account, session=session_id(now_ms() - 100 * DAY_MS))
    line["received_at"] = now_ms() - 100 * DAY_MS
    answer = post_batch(http, ndjson([line]), **headers_of(server, account))
    assert answer.json() == {
        "accepted": 0,
        "rejected": [
            {
                "line": 1,
                "error": "session: it is more than 35 days old "
                "(older ones are taken by /collect/batch with a token of scope write)",
            }
        ],
    }
    settle()
    assert loads(http, account) == 0


@bystanders
def test_from_anyone_else_a_line_was_received_now_whatever_it_says(
    server: Server,
    http: httpx.Client,
    account: TestAccount,
    settle: Settle,
    headers_of: Callable[[Server, TestAccount], dict[str, str]],
) -> None:
    before = datetime.now(UTC).date()
    line = imported(account, datetime(2012, 10, 5, 12, tzinfo=UTC))
    answer = post_batch(http, ndjson([line]), **headers_of(server, account))
    assert answer.json() == {"accepted": 1, "rejected": []}
    settle()
    assert loads_on(http, account, "2012-10-05") == 0
    # A viewer's clock that is years behind is corrected: this session started just now.
    days = {before, before - timedelta(days=1), datetime.now(UTC).date()}
    assert sum(loads_on(http, account, day.isoformat()) for day in days) == 1


def cookieless(account: TestAccount, ip: str, user_agent: str = "Firefox") -> dict[str, Any]:
    return beacon(account, visitor=..., ip=ip, user_agent=user_agent)


def test_a_write_token_may_say_whose_address_and_browser_it_was(
    http: httpx.Client, account: TestAccount, settle: Settle
) -> None:
    lines = [
        cookieless(account, "203.0.113.1"),
        cookieless(account, "203.0.113.1"),
        cookieless(account, "203.0.113.2"),
        cookieless(account, "2001:db8::1"),
        cookieless(account, "203.0.113.1", "Chrome"),
    ]
    answer = post_batch(http, ndjson(lines), **account.headers)
    assert answer.json() == {"accepted": 5, "rejected": []}
    settle()
    assert media(http, account)["visitors"] == 4


@bystanders
def test_from_anyone_else_address_and_browser_are_the_senders_own(
    server: Server,
    http: httpx.Client,
    account: TestAccount,
    settle: Settle,
    headers_of: Callable[[Server, TestAccount], dict[str, str]],
) -> None:
    lines = [
        cookieless(account, "203.0.113.1"),
        cookieless(account, "203.0.113.2"),
        cookieless(account, "203.0.113.3", "Googlebot/2.1 (+http://www.google.com/bot.html)"),
    ]
    answer = post_batch(http, ndjson(lines), **headers_of(server, account))
    assert answer.json() == {"accepted": 3, "rejected": []}
    settle()
    found = media(http, account)
    assert (found["loads"], found["visitors"]) == (3, 1)


def test_a_write_token_speaks_only_for_its_own_account(
    http: httpx.Client,
    account: TestAccount,
    new_account: Callable[..., TestAccount],
    settle: Settle,
) -> None:
    other = new_account()
    moment = datetime(2012, 10, 5, 12, tzinfo=UTC)
    lines = [imported(account, moment), imported(other, moment)]
    answer = post_batch(http, ndjson(lines), **account.headers)
    assert answer.json() == {"accepted": 2, "rejected": []}
    settle()
    assert loads_on(http, account, "2012-10-05") == 1
    assert loads_on(http, other, "2012-10-05") == 0
    assert loads(http, other) == 1


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("ip", "nowhere", "ip: 'nowhere' is not an IP address"),
        ("ip", "203.0.113.1, 203.0.113.2", "ip: '203.0.113.1, 203.0.113.2' is not an IP address"),
        ("ip", 5, "ip: expected text or null, got a whole number"),
        ("user_agent", [], "user_agent: expected text or null, got a list"),
        (
            "received_at",
            5.0,
            "received_at: expected a whole number, got one with a decimal point",
        ),
        ("received_at", -1, "received_at: expected a whole number >= 0"),
    ],
)
def test_what_an_import_says_is_checked(
    http: httpx.Client, account: TestAccount, field: str, value: Any, error: str
) -> None:
    line = beacon(account) | {field: value}
    answer = post_batch(http, ndjson([line]), **account.headers)
    assert answer.json() == {"accepted": 0, "rejected": [{"line": 1, "error": error}]}


@pytest.mark.parametrize("field", ["ip", "user_agent", "received_at"])
@bystanders
def test_from_anyone_else_even_nonsense_is_ignored(
    server: Server,
    http: httpx.Client,
    account: TestAccount,
    headers_of: Callable[[Server, TestAccount], dict[str, str]],
    field: str,
) -> None:
    line = beacon(account) | {field: {"nonsense": True}}
    answer = post_batch(http, ndjson([line]), **headers_of(server, account))
    assert answer.json() == {"accepted": 1, "rejected": []}


def test_a_cookieless_line_older_than_its_secret_is_refused(
    http: httpx.Client, account: TestAccount
) -> None:
    line = imported(account, datetime(2012, 10, 5, 12, tzinfo=UTC), visitor=...)
    answer = post_batch(http, ndjson([line]), **account.headers)
    assert answer.json()["rejected"] == [
        {
            "line": 1,
            "error": "visitor: is missing, "
            "and the secret of the session's day is destroyed after 48 h",
        }
    ]
