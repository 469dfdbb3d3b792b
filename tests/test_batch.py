"""POST /collect/batch: many beacons at once, and what a write token lets a line say."""

import gzip
import json
from collections.abc import Callable

import httpx
import pytest

from playhead.collect.refusals import Reason
from refusing import NOTHING, assert_is_refusal, counter, loads, post_batch, sums
from support import TestAccount, beacon, ndjson, session_id

MIB = 1024 * 1024
Settle = Callable[[], None]


def test_every_line_is_a_beacon(http: httpx.Client, account: TestAccount, settle: Settle) -> None:
    answer = post_batch(http, ndjson([beacon(account) for _ in range(300)]))
    assert (answer.status_code, answer.json()) == (200, {"accepted": 300, "rejected": []})
    settle()
    assert loads(http, account) == 300


def test_a_bad_line_is_named_and_the_others_are_taken(
    http: httpx.Client, account: TestAccount, settle: Settle
) -> None:
    refused_before = counter(http, "playhead_beacons_refused_total", Reason.NOT_JSON)
    lines = [
        json.dumps(beacon(account)),
        "{",
        json.dumps(beacon(account, watched=[[0, 5, 1], [5, 7, 2], [15.5, 14, 1]])),
        json.dumps(beacon(account)),
        json.dumps(beacon(account) | {"account": "nobody"}),
        "[]",
        "\ufeff" + json.dumps(beacon(account)),
        json.dumps(beacon(account)),
    ]
    answer = post_batch(http, "\n".join(lines).encode())
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "accepted": 3,
            "rejected": [
                {"line": 2, "error": "body: is not JSON: Input data was truncated"},
                {"line": 3, "error": "watched[2]: end 14.0 is before start 15.5"},
                {"line": 5, "error": "account: 'nobody' is not known"},
                {"line": 6, "error": "body: expected an object, got a list"},
                {
                    "line": 7,
                    "error": "body: is not JSON: JSON is malformed: invalid character (byte 0)",
                },
            ],
        },
    )
    assert counter(http, "playhead_beacons_refused_total", Reason.NOT_JSON) == refused_before + 2
    settle()
    assert loads(http, account) == 3


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n", "\n \t\r\n"])
def test_lines_may_end_in_either_way_and_blank_ones_only_count_as_numbers(
    http: httpx.Client, account: TestAccount, settle: Settle, end: str
) -> None:
    lines = [json.dumps(beacon(account)), json.dumps(beacon(account)), "?"]
    answer = post_batch(http, end.join(["", *lines, ""]).encode())
    assert answer.json()["accepted"] == 2
    # The first line is blank, so the third beacon stands on line 4, or on 7 with blanks between.
    number = 4 if end.count("\n") == 1 else 7
    assert [rejected["line"] for rejected in answer.json()["rejected"]] == [number]
    settle()
    assert loads(http, account) == 2


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n\r\n  \n"])
def test_a_batch_without_lines_is_no_error(http: httpx.Client, content: bytes) -> None:
    answer = post_batch(http, content)
    assert (answer.status_code, answer.json()) == (200, {"accepted": 0, "rejected": []})


def test_a_batch_in_which_nothing_is_good_keeps_nothing(
    http: httpx.Client, account: TestAccount, settle: Settle
) -> None:
    answer = post_batch(http, b"{}\n5\n")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "accepted": 0,
            "rejected": [
                {"line": 1, "error": "account: is missing and required"},
                {"line": 2, "error": "body: expected an object, got a whole number"},
            ],
        },
    )
    settle()
    assert sums(http, account) == NOTHING


def test_the_same_session_twice_in_a_batch_is_one_session_and_the_newest_wins(
    http: httpx.Client, account: TestAccount, settle: Settle
) -> None:
    session = session_id()
    lines = [
        beacon(account, session=session, seq=7, watched=[[0, 36, 1]]),
        beacon(account, session=session, seq=3, watched=[[0, 18, 1]]),
        beacon(account, session=session, seq=7, watched=[[0, 54, 1]]),
    ]
    assert post_batch(http, ndjson(lines)).json() == {"accepted": 3, "rejected": []}
    settle()
    found = sums(http, account)
    assert (found["loads"], found["hours_watched"]) == (1, 0.01)


def test_gzip_is_taken(http: httpx.Client, account: TestAccount, settle: Settle) -> None:
    packed = gzip.compress(ndjson([beacon(account) for _ in range(50)]))
    answer = post_batch(http, packed, **{"content-encoding": "gzip"})
    assert answer.json() == {"accepted": 50, "rejected": []}
    settle()
    assert loads(http, account) == 50


def test_16_mib_are_taken_and_a_byte_more_is_not(
    http: httpx.Client, account: TestAccount, settle: Settle
) -> None:
    lines = ndjson([beacon(account)]) + b"\n"
    answer = post_batch(http, lines.ljust(16 * MIB + 1))
    assert_is_refusal(answer, Reason.TOO_LARGE, 413, "body: is larger than 16384 KiB")
    packed = gzip.compress(lines.ljust(16 * MIB + 1), 1)
    answer = post_batch(http, packed, **{"content-encoding": "gzip"})
    assert_is_refusal(answer, Reason.TOO_LARGE, 413, "body: is larger than 16384 KiB")
    settle()
    assert loads(http, account) == 0
    packed = gzip.compress(lines.ljust(16 * MIB), 1)
    answer = post_batch(http, packed, **{"content-encoding": "gzip"})
    assert answer.json()["accepted"] == 1


def test_half_of_a_packed_batch_does_not_pass_for_all_of_it(
    http: httpx.Client, account: TestAccount, settle: Settle
) -> None:
    lines = ndjson([beacon(account) for _ in range(50)]) + b"\n"
    unpack = {"content-encoding": "gzip"}
    cut = post_batch(http, gzip.compress(lines)[:-100], **unpack)
    assert_is_refusal(
        cut, Reason.CONTENT_ENCODING, 415, "content-encoding: the gzip stream ends too early"
    )
    two = post_batch(http, gzip.compress(lines) + gzip.compress(lines), **unpack)
    assert_is_refusal(
        two,
        Reason.CONTENT_ENCODING,
        415,
        "content-encoding: the body goes on where its gzip stream ends (send a single one)",
    )
    settle()
    assert loads(http, account) == 0


def test_a_line_may_be_as_large_as_a_beacon(http: httpx.Client, account: TestAccount) -> None:
    line = ndjson([beacon(account)])
    answer = post_batch(http, line.ljust(64 * 1024) + b"\n" + line.ljust(64 * 1024 + 1))
    assert answer.json() == {
        "accepted": 1,
        "rejected": [{"line": 2, "error": "line: is larger than 64 KiB"}],
    }


def test_the_content_type_is_ndjson(http: httpx.Client, account: TestAccount) -> None:
    answer = post_batch(http, ndjson([beacon(account)]), **{"content-type": "application/json"})
    assert answer.status_code == 415
    assert answer.headers["playhead-refusal"] == "content_type"
