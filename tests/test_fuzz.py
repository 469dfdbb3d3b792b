"""Whatever bytes come, the server answers as documented and goes on: no 500, no hang, no leak.

Bounded here; ``make fuzz SECONDS_EACH=600`` goes on for as long as it is told.
"""

import json
import os
import random
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from support import Server, TestAccount, beacon, ndjson

SECONDS = float(os.environ.get("PLAYHEAD_FUZZ_SECONDS", "4"))
COLLECT = {204, 400, 403, 404, 413, 415, 422, 429}
API = {200, 304, 400, 401, 403, 404, 405, 406, 413, 415, 422, 429}
VALUES: list[Any] = [
    None, True, -1, 0, 2**31, 2**53 + 1, 2**64, -(2**70), 1e308, -0.0, 1e-320, "", "\x00",
    "é😀" * 300,
    "'; DROP TABLE sessions; --", "{account:UInt32}", "%s%n", [], [[]], {}, {"a": {"b": []}},
    "2026-02-30", "0001-01-01", "9999-12-31", "Infinity", [[0, 1, 1]] * 2001, [[1, 0, 1]],
]  # fmt: skip
PATHS = [
    "/v1/stats/account", "/v1/stats/account/by_date", "/v1/stats/medias/lesson-1",
    "/v1/stats/medias/lesson-1/by_date", "/v1/stats/medias/lesson-1/engagement",
    "/v1/stats/visitors", "/v1/stats/events", "/modern/analytics/medias/lesson-1",
    "/modern/analytics/medias/lesson-1/timeseries", "/modern/analytics/medias/lesson-1/traffic",
    "/insights/summary", "/insights/timeseries", "/v1/medias", "/v1/projects",
]  # fmt: skip
NAMES = [
    "start_date", "end_date", "page", "per_page", "media_id", "visitor_key", "search", "filter",
    "group_by", "granularity", "sort_by", "sort_direction", "interval", "country", "limit", "_",
]  # fmt: skip


def damaged(chance: random.Random, whole: bytes) -> bytes:
    """Some bytes of a good body changed, cut, doubled or put elsewhere."""
    body = bytearray(whole)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(body) + 1)
        match chance.randrange(5):
            case 0:
                body[at : at + 1] = chance.randbytes(1)
            case 1:
                del body[at : at + chance.randint(1, 20)]
            case 2:
                body[at:at] = body[at : at + chance.randint(1, 200)]
            case 3:
                body[at:at] = chance.choice([b"[" * 2000, b'{"a":' * 500, b"\xff\xfe", b"\\ud800"])
            case _:
                del body[at:]
    return bytes(body)


def mistaken(chance: random.Random, account: TestAccount) -> dict[str, Any]:
    """A good beacon with some fields of it holding what they should not."""
    made = beacon(account)
    made |= {"page": {}, "identity": {}, "player": {}, "quality": {}, "actions": [{"type": "form"}]}
    for _ in range(chance.randint(1, 4)):
        made[chance.choice(list(made))] = chance.choice(VALUES)
    return made


@pytest.fixture
def chance() -> random.Random:
    seed = int(os.environ.get("PLAYHEAD_FUZZ_SEED", "7"))
    return random.Random(seed)


def until_it_is_over() -> Iterator[int]:
    ends, number = time.monotonic() + SECONDS, 0
    while time.monotonic() < ends:
        yield number
        number += 1
    assert number > 20


def test_any_bytes_as_a_beacon(
    http: httpx.Client, account: TestAccount, chance: random.Random
) -> None:
    whole = json.dumps(beacon(account)).encode()
    for number in until_it_is_over():
        body = damaged(chance, whole)
        if number % 3 == 0:
            body = json.dumps(mistaken(chance, account)).encode("utf-8", "surrogatepass")
        kind = chance.choice(["application/json", "text/plain", "text/plain;charset=UTF-8"])
        answer = http.post("/collect", content=body, headers={"content-type": kind})
        assert answer.status_code in COLLECT, body
        assert answer.status_code == 204 or answer.json()["error"], body


def test_any_bytes_as_a_batch(
    http: httpx.Client, account: TestAccount, chance: random.Random
) -> None:
    headers = {"content-type": "application/x-ndjson"} | account.headers
    for _ in until_it_is_over():
        good = [mistaken(chance, account) for _ in range(chance.randint(1, 20))]
        lines = damaged(chance, ndjson(good))
        answer = http.post("/collect/batch", content=lines, headers=headers)
        assert answer.status_code in COLLECT | {200}, lines
        if answer.status_code == 200:
            said = answer.json()
            assert said["accepted"] + len(said["rejected"]) <= lines.count(b"\n") + 1


def test_any_parameters_of_any_question(
    http: httpx.Client, account: TestAccount, server: Server, chance: random.Random
) -> None:
    assert http.post("/collect", json=beacon(account)).status_code == 204
    server.settle()
    for _ in until_it_is_over():
        wanted = {
            chance.choice(NAMES): str(chance.choice(VALUES))[:500]
            for _ in range(chance.randint(1, 4))
        }
        path = chance.choice(PATHS)
        answer = http.get(path, params=wanted, headers=account.headers)
        assert answer.status_code in API, (path, wanted, answer.text)
        assert answer.is_success or answer.json()["error"], (path, wanted)


def test_after_all_that_numbers_are_as_ever(
    http: httpx.Client, account: TestAccount, server: Server
) -> None:
    assert http.post("/collect", json=beacon(account)).status_code == 204
    server.settle()
    shown = http.get("/v1/stats/account", headers=account.headers).json()
    assert (shown["load_count"], shown["play_count"]) == (1, 1)
