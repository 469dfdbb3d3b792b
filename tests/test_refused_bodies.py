"""Bodies that are no beacon: not JSON, not an object, too large, wrongly packed."""

import gzip
import json
from collections.abc import Callable, Iterator

import httpx
import pytest

from playhead.collect.refusals import Reason
from refusing import assert_is_refusal, knows_media, loads, nothing_kept, post_text, with_literal
from support import TestAccount, beacon

KIB = 1024
GZIP = {"content-encoding": "gzip"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{}x",
        b"{} {}",
        b"{'a': 1}",
        b'{"a": 1,}',
        b"// a comment\n{}",
        b"undefined",
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b"\x00",
        b"<html>",
        b"account=x&media=y",
    ],
)
def test_a_body_that_is_not_json_is_400(
    http: httpx.Client, account: TestAccount, settle: Callable[[], None], body: bytes
) -> None:
    with nothing_kept(http, account, settle, Reason.NOT_JSON):
        answer = post_text(http, body)
        assert answer.status_code == 400
        assert answer.json()["error"].startswith("body: is not JSON")


def test_a_good_beacon_after_a_byte_order_mark_is_not_json(
    http: httpx.Client, account: TestAccount, settle: Callable[[], None]
) -> None:
    with nothing_kept(http, account, settle, Reason.NOT_JSON):
        answer = post_text(http, b"\xef\xbb\xbf" + json.dumps(beacon(account)).encode())
        assert answer.status_code == 400


def test_a_good_beacon_with_something_after_it_is_not_json(
    http: httpx.Client, account: TestAccount, settle: Callable[[], None]
) -> None:
    with nothing_kept(http, account, settle, Reason.NOT_JSON):
        assert post_text(http, json.dumps(beacon(account)) + "]").status_code == 400


@pytest.mark.parametrize("text", ["\xff\xfe", "\xed\xa0\x80", "\xc0\x80", "\xf8\x88\x80\x80\x80"])
def test_text_that_is_not_utf_8_is_not_json(
    http: httpx.Client, account: TestAccount, settle: Callable[[], None], text: str
) -> None:
    body = json.dumps(beacon(account, title="HERE")).encode()
    with nothing_kept(http, account, settle, Reason.NOT_JSON):
        answer = post_text(http, body.replace(b"HERE", text.encode("latin-1")))
        assert answer.status_code == 400


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "05", "+5", ".5", "5.", "0x5"])
@pytest.mark.parametrize("field", ["duration", "seq", "sent_at"])
def test_a_number_that_json_does_not_know_is_not_json(
    http: httpx.Client,
    account: TestAccount,
    settle: Callable[[], None],
    field: str,
    literal: str,
) -> None:
    with nothing_kept(http, account, settle, Reason.NOT_JSON):
        answer = post_text(http, with_literal(beacon(account), field, literal))
        assert answer.status_code == 400
        assert answer.json()["error"].startswith("body: is not JSON")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[]", "a list"),
        (b"[{}]", "a list"),
        (b"null", "null"),
        (b"true", "true or false"),
        (b"5", "a whole number"),
        (b'"beacon"', "text"),
    ],
)
def test_json_that_is_not_an_object_is_400(
    http: httpx.Client, account: TestAccount, settle: Callable[[], None], body: bytes, kind: str
) -> None:
    with nothing_kept(http, account, settle, Reason.NOT_AN_OBJECT):
        answer = post_text(http, body)
        assert_is_refusal(
            answer, Reason.NOT_AN_OBJECT, 400, f"body: expected an object, got {kind}"
        )


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("field", ["unknown", "page", "actions"])
def test_nesting_too_deep_to_follow_is_refused(
    http: httpx.Client,
    account: TestAccount,
    settle: Callable[[], None],
    field: str,
    opening: str,
    closing: str,
) -> None:
    deep = opening * 5_000 + "1" + closing * 5_000
    literal = {"actions": f'[{{"type": "cta", "data": {{"a": {deep}}}}}]'}.get(field, deep)
    with nothing_kept(http, account, settle, Reason.NOT_JSON):
        answer = post_text(http, with_literal(beacon(account), field, literal))
        assert_is_refusal(answer, Reason.NOT_JSON, 400, "body: is not JSON: it cannot be decoded")


def test_64_kib_are_taken_and_a_byte_more_is_not(
    http: httpx.Client, account: TestAccount, settle: Callable[[], None]
) -> None:
    sent = json.dumps(beacon(account))
    answer = post_text(http, sent.ljust(64 * KIB + 1))
    assert_is_refusal(answer, Reason.TOO_LARGE, 413, "body: is larger than 64 KiB")
    settle()
    assert loads(http, account) == 0
    assert post_text(http, sent.ljust(64 * KIB)).status_code == 204
    settle()
    assert loads(http, account) == 1


def test_a_large_body_is_refused_also_when_it_does_not_say_its_length(
    http: httpx.Client, account: TestAccount, settle: Callable[[], None]
) -> None:
    def chunks() -> Iterator[bytes]:
        yield json.dumps(beacon(account)).encode()
        for _ in range(64):
            yield b" " * KIB

    with nothing_kept(http, account, settle, Reason.TOO_LARGE):
        answer = http.post(
            "/collect", content=chunks(), headers={"content-type": "application/json"}
        )
        assert_is_refusal(answer, Reason.TOO_LARGE, 413, "body: is larger than 64 KiB")


def test_a_chunked_body_within_the_limit_is_taken(
    http: httpx.Client, account: TestAccount, settle: Callable[[], None]
) -> None:
    def bytewise() -> Iterator[bytes]:
        for byte in json.dumps(beacon(account)).encode():
            yield bytes([byte])

    answer = http.post("/collect", content=bytewise(), headers={"content-type": "text/plain"})
    assert answer.status_code == 204
    settle()
    assert loads(http, account) == 1


def test_gzip_is_taken(
    http: httpx.Client, account: TestAccount, settle: Callable[[], None]
) -> None:
    packed = gzip.compress(json.dumps(beacon(account)).encode())
    assert post_text(http, packed, **GZIP).status_code == 204
    settle()
    assert loads(http, account) == 1


def test_a_gzip_bomb_is_refused(
    http: httpx.Client, account: TestAccount, settle: Callable[[], None]
) -> None:
    bomb = gzip.compress(json.dumps(beacon(account)).encode() + b" " * 50_000_000)
    assert len(bomb) < 64 * KIB
    with nothing_kept(http, account, settle, Reason.TOO_LARGE):
        answer = post_text(http, bomb, **GZIP)
        assert_is_refusal(answer, Reason.TOO_LARGE, 413, "body: is larger than 64 KiB")


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda packed: b"{}" + packed, "the body is not gzip"),
        (lambda packed: packed[:-1], "the gzip stream ends too early"),
        (lambda packed: packed[:40], "the gzip stream ends too early"),
        (lambda packed: packed[:0], "the gzip stream ends too early"),
        (lambda packed: packed[:-8] + bytes(8), "the body is not gzip"),
        (
            lambda packed: packed + packed,
            "the body goes on where its gzip stream ends (send a single one)",
        ),
        (
            lambda packed: packed + b"\n",
            "the body goes on where its gzip stream ends (send a single one)",
        ),
    ],
)
def test_a_body_that_is_not_one_whole_gzip_stream_is_refused(
    http: httpx.Client,
    account: TestAccount,
    settle: Callable[[], None],
    spoil: Callable[[bytes], bytes],
    error: str,
) -> None:
    packed = gzip.compress(json.dumps(beacon(account)).encode())
    with nothing_kept(http, account, settle, Reason.CONTENT_ENCODING):
        answer = post_text(http, spoil(packed), **GZIP)
        assert_is_refusal(answer, Reason.CONTENT_ENCODING, 415, f"content-encoding: {error}")


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "x"])
def test_another_packing_is_refused(
    http: httpx.Client, account: TestAccount, settle: Callable[[], None], encoding: str
) -> None:
    with nothing_kept(http, account, settle, Reason.CONTENT_ENCODING):
        answer = post_text(http, json.dumps(beacon(account)), **{"content-encoding": encoding})
        assert_is_refusal(
            answer,
            Reason.CONTENT_ENCODING,
            415,
            f"content-encoding: {encoding!r} is not known (use gzip)",
        )


def test_of_two_fields_with_one_name_the_last_counts(
    http: httpx.Client, account: TestAccount, settle: Callable[[], None]
) -> None:
    twice = '{"media": "first-1", ' + json.dumps(beacon(account, media="last-1")).lstrip("{")
    assert post_text(http, twice).status_code == 204
    settle()
    assert not knows_media(http, account, "first-1")
    assert knows_media(http, account, "last-1")


def test_a_client_that_goes_away_in_the_middle_leaves_nothing_behind(
    http: httpx.Client, account: TestAccount, settle: Callable[[], None]
) -> None:
    def cut_off() -> Iterator[bytes]:
        yield json.dumps(beacon(account)).encode()
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        http.post("/collect", content=cut_off(), headers={"content-type": "application/json"})
    settle()
    assert loads(http, account) == 0
