"""Texts that were cut in the middle of a character are kept, and nothing is refused for them."""

import json
from collections.abc import Callable

import httpx
import pytest

from playhead.collect.characters import whole_characters
from support import TestAccount, beacon

HALF = "\ud83c"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (rb'"\ud83c\udfac"', "🎬"),
        (rb'"\ud83c"', "\ufffd"),
        (rb'"a\uDFACb"', "a\ufffdb"),
        (rb'"\ud83c\ud83c\udfac"', "\ufffd🎬"),
        (rb'"\udfac\ud83c"', "\ufffd\ufffd"),
        (rb'"\\ud83c"', "\\ud83c"),
        (rb'"\\\ud83c"', "\\\ufffd"),
        ('"é🎬"'.encode(), "é🎬"),
    ],
)
def test_half_a_character_becomes_the_sign_for_an_unknown_one(written: bytes, read: str) -> None:
    assert json.loads(whole_characters(written)) == read


@pytest.mark.parametrize("path", ["/collect", "/collect/batch", "import"])
def test_a_title_cut_inside_an_emoji_is_kept(
    http: httpx.Client, account: TestAccount, settle: Callable[[], None], path: str
) -> None:
    sent = json.dumps(beacon(account, title=f"Take one {HALF}", page={"title": HALF}))
    headers = {"content-type": "application/json"}
    if path != "/collect":
        headers["content-type"] = "application/x-ndjson"
    if path == "import":
        path, headers = "/collect/batch", headers | account.headers
    answer = http.post(path, content=sent, headers=headers)
    assert answer.is_success, answer.text
    settle()
    shown = http.get("/v1/medias/lesson-1", headers=account.headers).json()
    assert shown["name"] == "Take one \ufffd"


def test_what_is_broken_besides_is_still_named(http: httpx.Client, account: TestAccount) -> None:
    sent = json.dumps(beacon(account, title=HALF, played="yes"))
    answer = http.post("/collect", content=sent, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("played: ")
