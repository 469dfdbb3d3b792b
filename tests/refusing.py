"""How tests look at refusals: the answer, the counter, and that nothing was kept."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from playhead.collect.refusals import Reason
from support import TestAccount

NDJSON = "application/x-ndjson"
NOTHING = {"loads": 0, "load_count": 0, "plays": 0, "play_count": 0, "hours_watched": 0}


def counter(http: httpx.Client, name: str, reason: Reason | None = None) -> float:
    """A counter of /metrics as it stands."""
    series = f'{name}{{reason="{reason.value}"}}' if reason else name
    for line in http.get("/metrics").text.splitlines():
        if line.startswith(f"{series} "):
            return float(line.rpartition(" ")[2])
    raise AssertionError(f"/metrics does not show {series}")


def sums(http: httpx.Client, account: TestAccount) -> dict[str, Any]:
    """The account's loads, plays and hours watched."""
    answer = http.get("/v1/stats/account.json", headers=account.headers)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def loads(http: httpx.Client, account: TestAccount) -> int:
    found: int = sums(http, account)["loads"]
    return found


def media(http: httpx.Client, account: TestAccount, hashed_id: str = "lesson-1") -> dict[str, Any]:
    """The media's numbers."""
    answer = http.get(f"/v1/stats/medias/{hashed_id}.json", headers=account.headers)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def knows_media(http: httpx.Client, account: TestAccount, hashed_id: str = "lesson-1") -> bool:
    return http.get(f"/v1/medias/{hashed_id}", headers=account.headers).status_code == 200


def assert_is_refusal(answer: httpx.Response, reason: Reason, status: int, error: str) -> None:
    """The answer is this refusal, to the letter, and a page of any site may read it."""
    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["playhead-refusal"] == reason.value
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "set-cookie" not in answer.headers


@contextmanager
def nothing_kept(
    http: httpx.Client, account: TestAccount, settle: Callable[[], None], reason: Reason
) -> Iterator[None]:
    """Inside, one beacon is refused for this reason, which is counted, and nothing is written."""
    refused_before = counter(http, "playhead_beacons_refused_total", reason)
    accepted_before = counter(http, "playhead_beacons_accepted_total")
    yield
    assert counter(http, "playhead_beacons_refused_total", reason) == refused_before + 1
    assert counter(http, "playhead_beacons_accepted_total") == accepted_before
    settle()
    assert sums(http, account) == NOTHING
    assert not knows_media(http, account)


def post_text(http: httpx.Client, text: str | bytes, **headers: str) -> httpx.Response:
    """Post a body as it is, declared as JSON."""
    content = text.encode() if isinstance(text, str) else text
    return http.post(
        "/collect", content=content, headers={"content-type": "application/json"} | headers
    )


def post_batch(http: httpx.Client, content: bytes, **headers: str) -> httpx.Response:
    return http.post("/collect/batch", content=content, headers={"content-type": NDJSON} | headers)


def with_literal(beacon: dict[str, Any], field: str, literal: str) -> str:
    """The beacon as JSON text with a field's value written exactly so, be it JSON or not."""
    marked = json.dumps(beacon | {field: "here it comes"})
    return marked.replace('"here it comes"', literal)
