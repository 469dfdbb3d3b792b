"""Every reason to refuse a beacon: its status, its words, its counter, and nothing is written."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

import test_bounds
import test_refused_outages
import test_refused_senders
import test_signed_beacons
from playhead.collect.refusals import Reason
from refusing import (
    NDJSON,
    assert_is_refusal,
    counter,
    knows_media,
    loads,
    nothing_kept,
    post_text,
)
from support import Server, TestAccount, beacon, now_ms, session_id

DAY_MS = 86_400_000
JSON = "application/json"


@dataclass(frozen=True)
class Case:
    """A good beacon with one thing wrong, and the answer to it."""

    reason: Reason
    status: int
    error: str
    changes: Callable[[], dict[str, Any]] = dict
    body: bytes | None = None
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": JSON})
    account: dict[str, Any] = field(default_factory=dict)


CASES = [
    Case(
        Reason.METHOD,
        405,
        "method: GET is not taken here (use POST)",
        method="GET",
        body=b"ignored",
    ),
    Case(
        Reason.CONTENT_TYPE,
        415,
        "content-type: 'text/html' is not taken here (use application/json or text/plain)",
        headers={"content-type": "text/html"},
    ),
    Case(
        Reason.CONTENT_ENCODING,
        415,
        "content-encoding: 'br' is not known (use gzip)",
        headers={"content-type": JSON, "content-encoding": "br"},
    ),
    Case(Reason.TOO_LARGE, 413, "body: is larger than 64 KiB", body=b" " * (64 * 1024 + 1)),
    Case(Reason.NOT_JSON, 400, "body: is not JSON: Input data was truncated", body=b""),
    Case(Reason.NOT_AN_OBJECT, 400, "body: expected an object, got a list", body=b"[]"),
    Case(
        Reason.FIELD,
        422,
        "seq: expected a whole number <= 65535",
        changes=lambda: {"seq": 65_536},
    ),
    Case(
        Reason.MEDIA_ID,
        422,
        "media: '2012' is not an id (use 1 to 64 of A-Z a-z 0-9 _ - with at least one letter)",
        changes=lambda: {"media": "2012"},
    ),
    Case(
        Reason.SESSION_ID,
        422,
        "session: 22ef9bfc-757b-4782-8a21-8ac0c0e66000 is not a UUID of version 7",
        changes=lambda: {"session": "22ef9bfc-757b-4782-8a21-8ac0c0e66000"},
    ),
    Case(
        Reason.WATCH_MAP,
        422,
        "watched[2]: end 14.0 is before start 15.5",
        changes=lambda: {"watched": [[0, 5, 1], [5, 7, 2], [15.5, 14, 1]]},
    ),
    Case(
        Reason.ACCOUNT,
        403,
        "account: 'nobody' is not known",
        changes=lambda: {"account": "nobody"},
    ),
    Case(
        Reason.DOMAIN,
        403,
        "page.url: 'elsewhere.org' is not among the account's allowed domains",
        changes=lambda: {"page": {"url": "https://elsewhere.org/"}},
        account={"allowed_domains": ["example.com"]},
    ),
    Case(
        Reason.MEDIA_UNKNOWN,
        422,
        "media: 'lesson-1' is not known (this account adds medias by hand)",
        account={"registers_medias": False},
    ),
    Case(
        Reason.TOO_OLD,
        422,
        "session: it is more than 35 days old "
        "(older ones are taken by /collect/batch with a token of scope write)",
        changes=lambda: {"session": session_id(now_ms() - 36 * DAY_MS)},
    ),
    Case(
        Reason.TOO_FAR_AHEAD,
        422,
        "session: its time is more than 24 h ahead, even with the clock corrected by sent_at",
        changes=lambda: {"session": session_id(now_ms() + 25 * 3_600_000)},
    ),
    Case(
        Reason.SECRET_GONE,
        422,
        "visitor: is missing, and the secret of the session's day is destroyed after 48 h",
        changes=lambda: {"visitor": ..., "session": session_id(now_ms() - 3 * DAY_MS)},
    ),
]

# Those that need a server in trouble, or a sender from elsewhere, have a test of their own.
ELSEWHERE = {
    Reason.TOO_MANY: test_refused_senders.test_an_address_over_the_limit_is_told_when_to_come_back,
    Reason.SIGNATURE: test_signed_beacons.test_what_the_accounts_server_has_not_signed_is_refused,
    Reason.EXPIRED: test_signed_beacons.test_an_expired_key_begins_no_session,
    Reason.BUSY: test_bounds.test_batches_that_come_in_slowly_hold_only_so_much_memory_together,
    Reason.SPOOL_FULL: test_refused_outages.test_a_full_spool_refuses_and_keeps_what_it_took,
    Reason.SPOOL_UNAVAILABLE: test_refused_outages.test_a_full_disk_refuses_and_keeps_nothing,
    Reason.CATALOG_UNAVAILABLE: (
        test_refused_outages.test_without_the_catalog_only_known_accounts_are_taken
    ),
}


def test_every_reason_has_a_test() -> None:
    assert {case.reason for case in CASES} | set(ELSEWHERE) == set(Reason)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.reason.value)
def test_a_refusal_names_what_is_wrong_is_counted_and_leaves_nothing_behind(
    server: Server, http: httpx.Client, settle: Callable[[], None], case: Case
) -> None:
    account = server.account(**case.account)
    sent = beacon(account) | case.changes()
    sent = {name: value for name, value in sent.items() if value is not ...}
    body: dict[str, Any] = {"json": sent} if case.body is None else {"content": case.body}
    with nothing_kept(http, account, settle, case.reason):
        answer = http.request(case.method, "/collect", headers=case.headers, **body)
        assert_is_refusal(answer, case.reason, case.status, case.error)


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.body is None and case.status not in {405, 415}],
    ids=lambda case: case.reason.value,
)
def test_a_batch_refuses_the_line_with_the_same_words_and_the_same_counter(
    server: Server, http: httpx.Client, settle: Callable[[], None], case: Case
) -> None:
    account = server.account(**case.account)
    sent = beacon(account) | case.changes()
    sent = {name: value for name, value in sent.items() if value is not ...}
    with nothing_kept(http, account, settle, case.reason):
        answer = http.post("/collect/batch", headers={"content-type": NDJSON}, json=sent)
        assert answer.json() == {"accepted": 0, "rejected": [{"line": 1, "error": case.error}]}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE"])
@pytest.mark.parametrize("path", ["/collect", "/collect/batch"])
def test_only_post_is_taken(http: httpx.Client, method: str, path: str) -> None:
    answer = http.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST, OPTIONS"
    assert answer.headers["playhead-refusal"] == "method"


@pytest.mark.parametrize("path", ["/collect", "/collect/batch"])
def test_a_pre_flight_allows_every_origin(http: httpx.Client, path: str) -> None:
    refused_before = counter(http, "playhead_beacons_refused_total", Reason.METHOD)
    asked = {
        "origin": "https://example.com",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    answer = http.options(path, headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "POST"
    assert "content-type" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in answer.headers
    assert counter(http, "playhead_beacons_refused_total", Reason.METHOD) == refused_before


def test_an_accepted_beacon_sets_no_cookie_and_any_page_may_read_the_answer(
    http: httpx.Client, account: TestAccount
) -> None:
    answer = http.post("/collect", json=beacon(account), headers={"cookie": "a=b"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/plain",
        "text/plain;charset=UTF-8",
        "APPLICATION/JSON; charset=utf-8",
    ],
)
def test_what_browsers_send_without_a_pre_flight_is_taken(
    http: httpx.Client, account: TestAccount, content_type: str
) -> None:
    answer = http.post("/collect", json=beacon(account), headers={"content-type": content_type})
    assert answer.status_code == 204


@pytest.mark.parametrize(
    "content_type",
    ["", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx", NDJSON],
)
def test_another_content_type_is_refused(
    http: httpx.Client, account: TestAccount, content_type: str
) -> None:
    answer = http.post("/collect", json=beacon(account), headers={"content-type": content_type})
    assert_is_refusal(
        answer,
        Reason.CONTENT_TYPE,
        415,
        f"content-type: {content_type!r} is not taken here (use application/json or text/plain)",
    )


@pytest.mark.parametrize("path", ["/collect/", "/collect.json", "/Collect", "/collect/batch/"])
def test_nothing_is_taken_beside_the_two_addresses(
    http: httpx.Client, account: TestAccount, path: str
) -> None:
    answer = http.post(path, json=beacon(account))
    assert (answer.status_code, answer.json()) == (
        404,
        {"error": "there is nothing at this address"},
    )


def test_a_refused_beacon_does_not_hold_up_the_next_good_one_of_its_session(
    http: httpx.Client, account: TestAccount, settle: Callable[[], None]
) -> None:
    sent = beacon(account)
    assert post_text(http, "{").status_code == 400
    assert http.post("/collect", json=sent | {"watched": [[9, 1, 1]]}).status_code == 422
    assert http.post("/collect", json=sent).status_code == 204
    settle()
    assert loads(http, account) == 1
    assert knows_media(http, account)
