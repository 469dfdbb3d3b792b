"""Fields that are missing, mistyped or impossible: 422, and the error names the field."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from playhead.collect.refusals import Reason
from refusing import (
    assert_is_refusal,
    knows_media,
    loads,
    media,
    nothing_kept,
    post_text,
    sums,
    with_literal,
)
from support import TestAccount, beacon

Settle = Callable[[], None]

REQUIRED = ["account", "media", "session", "seq", "sent_at", "played", "watched"]


@pytest.mark.parametrize("field", REQUIRED)
def test_a_required_field_that_is_missing_is_named(
    http: httpx.Client, account: TestAccount, settle: Settle, field: str
) -> None:
    sent = beacon(account)
    del sent[field]
    with nothing_kept(http, account, settle, Reason.FIELD):
        answer = http.post("/collect", json=sent)
        assert_is_refusal(answer, Reason.FIELD, 422, f"{field}: is missing and required")


@pytest.mark.parametrize("field", REQUIRED)
def test_null_is_the_same_as_left_out_for_a_required_field(
    http: httpx.Client, account: TestAccount, settle: Settle, field: str
) -> None:
    with nothing_kept(http, account, settle, Reason.FIELD):
        answer = http.post("/collect", json=beacon(account) | {field: None})
        assert answer.status_code == 422
        assert answer.json()["error"].startswith(f"{field}: ")


@pytest.mark.parametrize(
    "field",
    ["visitor", "duration", "page", "title", "identity", "actions", "player", "quality"],
)
def test_null_is_the_same_as_left_out_for_an_optional_field(
    http: httpx.Client, account: TestAccount, settle: Settle, field: str
) -> None:
    with_null, without = beacon(account) | {field: None}, beacon(account)
    without.pop(field, None)
    assert http.post("/collect", json=with_null).status_code == 204
    assert http.post("/collect", json=without).status_code == 204
    settle()
    assert loads(http, account) == 2


# As JSON literals, because Python's own numbers would hide what is sent.
MISFITS = [
    ("account", "7", "account: expected text, got a whole number"),
    ("account", "[]", "account: expected text, got a list"),
    ("media", "7", "media: expected text, got a whole number"),
    ("media", "true", "media: expected text, got true or false"),
    ("media", "{}", "media: expected text, got an object"),
    ("session", "7", "session: expected a UUID, got a whole number"),
    ("seq", '"1"', "seq: expected a whole number, got text"),
    ("seq", "true", "seq: expected a whole number, got true or false"),
    ("seq", "1.0", "seq: expected a whole number, got one with a decimal point"),
    ("seq", "1e2", "seq: expected a whole number, got one with a decimal point"),
    ("seq", "1e308", "seq: expected a whole number, got one with a decimal point"),
    ("seq", "1e400", "seq: number out of range"),
    ("seq", "-1", "seq: expected a whole number >= 0"),
    ("seq", "65536", "seq: expected a whole number <= 65535"),
    ("seq", "18446744073709551616", "seq: expected a whole number <= 65535"),
    ("seq", "9" * 300, "seq: expected a whole number <= 65535"),
    ("sent_at", "true", "sent_at: expected a whole number, got true or false"),
    ("sent_at", "5.0", "sent_at: expected a whole number, got one with a decimal point"),
    ("sent_at", "-1", "sent_at: expected a whole number >= 0"),
    ("sent_at", "1e400", "sent_at: number out of range"),
    ("visitor", "7", "visitor: expected text or null, got a whole number"),
    ("visitor", '""', "visitor: does not have the form [A-Za-z0-9_.-]{1,64}"),
    ("visitor", '"a b"', "visitor: does not have the form [A-Za-z0-9_.-]{1,64}"),
    ("visitor", '"\u0661"', "visitor: does not have the form [A-Za-z0-9_.-]{1,64}"),
    ("visitor", '"a\\n"', "visitor: does not have the form [A-Za-z0-9_.-]{1,64}"),
    ("visitor", '"a\\u0000"', "visitor: does not have the form [A-Za-z0-9_.-]{1,64}"),
    ("visitor", f'"{"a" * 65}"', "visitor: does not have the form [A-Za-z0-9_.-]{1,64}"),
    ("duration", "true", "duration: expected a number or null, got true or false"),
    ("duration", '"60"', "duration: expected a number or null, got text"),
    ("duration", "0", "duration: expected a number > 0.0"),
    ("duration", "-0", "duration: expected a number > 0.0"),
    ("duration", "-0.0", "duration: expected a number > 0.0"),
    ("duration", "-1", "duration: expected a number > 0.0"),
    ("duration", "1e-400", "duration: expected a number > 0.0"),
    ("duration", "1e308", "duration: expected a number <= 4000000000.0"),
    ("duration", "1e400", "duration: number out of range"),
    ("duration", "-1e400", "duration: number out of range"),
    ("duration", "9" * 300, "duration: expected a number <= 4000000000.0"),
    ("played", "1", "played: expected true or false, got a whole number"),
    ("played", '"true"', "played: expected true or false, got text"),
    ("watched", "{}", "watched: expected a list, got an object"),
    ("watched", '"[]"', "watched: expected a list, got text"),
    ("watched", "[0, 10, 1]", "watched[0]: expected a list, got a whole number"),
    ("watched", "[null]", "watched[0]: expected a list, got null"),
    ("watched", "[[0, 10]]", "watched[0]: expected a list of length 3"),
    ("watched", "[[0, 10, 1, 1]]", "watched[0]: expected a list of length 3"),
    ("watched", '[[0, 1, 1], ["1", 5, 1]]', "watched[1][0]: expected a number, got text"),
    ("watched", "[[0, true, 1]]", "watched[0][1]: expected a number, got true or false"),
    ("watched", "[[0, 1e308, 1]]", "watched[0][1]: expected a number <= 4000000000.0"),
    ("watched", "[[0, 1e400, 1]]", "watched[0][1]: number out of range"),
    ("watched", "[[-0.001, 5, 1]]", "watched[0][0]: expected a number >= 0.0"),
    ("watched", "[[0, 5, 0]]", "watched[0][2]: expected a whole number >= 1"),
    ("watched", "[[0, 5, -1]]", "watched[0][2]: expected a whole number >= 1"),
    ("watched", "[[0, 5, 10001]]", "watched[0][2]: expected a whole number <= 10000"),
    (
        "watched",
        "[[0, 5, 1.0]]",
        "watched[0][2]: expected a whole number, got one with a decimal point",
    ),
    ("watched", "[[0, 5, true]]", "watched[0][2]: expected a whole number, got true or false"),
    ("title", "5", "title: expected text or null, got a whole number"),
    ("page", '"/"', "page: expected an object or null, got text"),
    ("page", '{"url": 5}', "page.url: expected text or null, got a whole number"),
    ("identity", '{"org": "x"}', "identity.org: expected an object or null, got text"),
    ("actions", "{}", "actions: expected a list or null, got an object"),
    ("actions", '[{"id": "x"}]', "actions[0].type: is missing and required"),
    (
        "actions",
        '[{"type": "cta", "shown": -1}]',
        "actions[0].shown: expected a whole number >= 0",
    ),
    ("player", '{"screen": [1]}', "player.screen: expected a list of length 2"),
    ("player", '{"rate": "fast"}', "player.rate: expected a number or null, got text"),
    (
        "quality",
        '{"stalls": 5.0}',
        "quality.stalls: expected a whole number, got one with a decimal point",
    ),
    ("quality", '{"stalled_ms": -1}', "quality.stalled_ms: expected a whole number >= 0"),
]


@pytest.mark.parametrize(("field", "literal", "error"), MISFITS)
def test_a_field_of_the_wrong_kind_or_size_is_named(
    http: httpx.Client,
    account: TestAccount,
    settle: Settle,
    field: str,
    literal: str,
    error: str,
) -> None:
    with nothing_kept(http, account, settle, Reason.FIELD):
        answer = post_text(http, with_literal(beacon(account), field, literal))
        assert_is_refusal(answer, Reason.FIELD, 422, error)


@pytest.mark.parametrize(
    ("watched", "error"),
    [
        ([[10, 0, 1]], "watched[0]: end 0.0 is before start 10.0"),
        ([[5, 5, 1]], "watched[0]: end 5.0 is not after start 5.0"),
        (
            [[0, 5, 1], [4, 6, 1]],
            "watched[1]: start 4.0 is before 5.0, where the piece before it ends",
        ),
        (
            [[5, 6, 1], [0, 1, 1]],
            "watched[1]: start 0.0 is before 6.0, where the piece before it ends",
        ),
        (
            [[0, 5, 1], [0, 5, 1]],
            "watched[1]: start 0.0 is before 5.0, where the piece before it ends",
        ),
        (
            [[0, 50, 1], [10, 20, 1]],
            "watched[1]: start 10.0 is before 50.0, where the piece before it ends",
        ),
        ([[0, 61.01, 1]], "watched[0]: end 61.01 is past the duration 60.0 by over 1 s"),
        ([[0, 5, 1], [70, 80, 1]], "watched[1]: end 80.0 is past the duration 60.0 by over 1 s"),
    ],
)
def test_an_impossible_watch_map_names_the_piece(
    http: httpx.Client, account: TestAccount, settle: Settle, watched: Any, error: str
) -> None:
    with nothing_kept(http, account, settle, Reason.WATCH_MAP):
        answer = http.post("/collect", json=beacon(account, watched=watched))
        assert_is_refusal(answer, Reason.WATCH_MAP, 422, error)


def test_2000_pieces_are_taken_and_2001_are_not(
    http: httpx.Client, account: TestAccount, settle: Settle
) -> None:
    pieces = [[second, second + 0.5, 1] for second in range(2001)]
    with nothing_kept(http, account, settle, Reason.FIELD):
        answer = http.post("/collect", json=beacon(account, duration=2001, watched=pieces))
        assert_is_refusal(answer, Reason.FIELD, 422, "watched: expected a list of length <= 2000")
    sent = beacon(account, duration=2001, watched=pieces[:2000])
    assert http.post("/collect", json=sent).status_code == 204
    settle()
    assert sums(http, account)["hours_watched"] == 0.277777777778


@pytest.mark.parametrize(
    ("watched", "hours"),
    [
        ([], 0),
        ([[0, 5, 1], [5, 6, 1]], 0.00166666666667),
        ([[-0.0, 36, 1]], 0.01),
        ([[0, 36, 10_000]], 100.0),
        # Up to a second past the duration is cut back to it.
        ([[24, 61, 1]], 0.01),
        ([[24, 60, 1], [60.5, 61, 1]], 0.01),
        # Less than half a millisecond is nothing.
        ([[0, 0.0004, 1]], 0),
        ([[0, 36.0004, 1]], 0.01),
    ],
)
def test_what_a_watch_map_may_be(
    http: httpx.Client, account: TestAccount, settle: Settle, watched: Any, hours: float
) -> None:
    assert http.post("/collect", json=beacon(account, watched=watched)).status_code == 204
    settle()
    assert sums(http, account)["hours_watched"] == hours


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "2012",
        "a" * 65,
        "a b",
        "a/b",
        "a.b",
        "../a",
        "\u00e9t\u00e9",
        "a\x00",
        "a\n",
        "-_-",
        "\u0661a",
    ],
)
def test_a_media_id_has_1_to_64_letters_digits_and_hyphens_and_a_letter(
    http: httpx.Client, account: TestAccount, settle: Settle, bad: str
) -> None:
    with nothing_kept(http, account, settle, Reason.MEDIA_ID):
        answer = http.post("/collect", json=beacon(account, media=bad))
        assert_is_refusal(
            answer,
            Reason.MEDIA_ID,
            422,
            f"media: {bad[:80]!r} is not an id "
            "(use 1 to 64 of A-Z a-z 0-9 _ - with at least one letter)",
        )


@pytest.mark.parametrize("good", ["a", "A", "1a", "-a", "_a", "0-9_a", "a" * 64])
def test_such_a_media_id_is_taken_as_it_is(
    http: httpx.Client, account: TestAccount, settle: Settle, good: str
) -> None:
    assert http.post("/collect", json=beacon(account, media=good)).status_code == 204
    settle()
    assert media(http, account, good)["loads"] == 1


def test_long_texts_are_cut_and_never_refused(
    http: httpx.Client, account: TestAccount, settle: Settle
) -> None:
    long = "a" * 5_000
    sent = beacon(
        account,
        title=long,
        page={"url": f"https://example.com/{long[:2500]}", "title": long, "referrer": long},
        identity={"email": long, "name": long},
        player={"name": long, "version": long, "language": long},
        quality={"errors": [long]},
        actions=[{"type": long[:1000], "id": long[:1000]}],
    )
    assert http.post("/collect", json=sent).status_code == 204
    settle()
    shown = http.get("/v1/medias/lesson-1", headers=account.headers).json()
    assert shown["name"] == "a" * 500


def test_nul_and_other_strange_characters_are_taken_and_nul_is_left_out(
    http: httpx.Client, account: TestAccount, settle: Settle
) -> None:
    title = "a\x00b\x1f\u202e\U0001f3ac'\"; DROP TABLE sessions--"
    sent = beacon(account, title=title, page={"url": "\x00", "title": title, "referrer": title})
    assert http.post("/collect", json=sent).status_code == 204
    settle()
    shown = http.get("/v1/medias/lesson-1", headers=account.headers).json()
    assert shown["name"] == "ab\x1f\u202e\U0001f3ac'\"; DROP TABLE sessions--"
    assert loads(http, account) == 1


def test_unknown_fields_are_ignored(
    http: httpx.Client, account: TestAccount, settle: Settle
) -> None:
    sent = beacon(account, page={"url": "https://example.com/", "tomorrow": 1}, tomorrow=[{}])
    assert http.post("/collect", json=sent).status_code == 204
    settle()
    assert loads(http, account) == 1
    assert knows_media(http, account)
