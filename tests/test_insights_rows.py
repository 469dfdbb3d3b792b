"""What is told apart: by every trait, by project as it is now, and in the order asked for."""

from collections.abc import Callable
from typing import Any, get_args

import httpx
import pytest

from playhead.store import Trait
from support import TestAccount, beacon, deliver, session_id

pytestmark = pytest.mark.every_store

Settle = Callable[[], None]
Ask = Callable[..., Any]
MARCH = {"start_date": "2026-03-01", "end_date": "2026-03-31"}
AT = 1_772_445_600_000  # 2 March 2026, 10:00 UTC
KNOWN = {
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0",
    "page": {
        "url": "https://example.com/?utm_source=a&utm_medium=b&utm_campaign=c",
        "referrer": "https://search.example.org/",
    },
    "player": {"language": "de-AT", "screen": [390, 844]},
}
VALUES = {
    "page": "https://example.com/",
    "referrer_domain": "search.example.org",
    "utm_source": "a",
    "utm_medium": "b",
    "utm_campaign": "c",
    "browser": "Firefox",
    "platform": "Linux",
    "device": "desktop",
    "viewer_screen_size": "390x844",
    "language": "de",
}
"""What a server without address databases knows; of places it knows nothing."""


@pytest.fixture
def send(http: httpx.Client, account: TestAccount, settle: Settle) -> Callable[..., None]:
    def send(*sessions: dict[str, Any]) -> None:
        lines = [
            beacon(account, session=session_id(AT), sent_at=AT, received_at=AT) | fields
            for fields in sessions
        ]
        deliver(http, account, lines)
        settle()

    return send


@pytest.fixture
def ask(http: httpx.Client, account: TestAccount) -> Ask:
    def ask(what: str, **asked: Any) -> Any:
        answer = http.get(f"/insights/{what}", params=asked, headers=account.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


@pytest.fixture
def make(http: httpx.Client, account: TestAccount) -> Ask:
    def make(what: str, **body: Any) -> Any:
        answer = http.post(f"/v1/{what}", json=body, headers=account.headers)
        assert answer.is_success, answer.text
        return answer.json()

    return make


@pytest.mark.parametrize("trait", get_args(Trait))
def test_a_trait_is_told_apart_from_what_is_not_known(
    send: Callable[..., None], ask: Ask, trait: str
) -> None:
    send({"visitor": "unknown", "user_agent": ""}, {"visitor": "known", **KNOWN})
    value = VALUES.get(trait)
    rows = ask("breakdown", by=trait)["rows"]
    assert {row["name"] for row in rows} == ({"", value} if value else {""})
    for row in rows:
        found = ask("summary", **{trait: row["name"]})["sums"]
        assert {**found, "name": row["name"], "title": None} == row
    assert ask("summary", **{trait: "never seen"})["sums"]["loads"] == 0
    graph = ask("engagement", media_id="lesson-1", **{trait: value or ""})
    assert graph["plays"] == (1 if value else 2)


def test_all_traits_together_still_find_the_session(send: Callable[..., None], ask: Ask) -> None:
    send({}, {"visitor": "known", **KNOWN})
    nowhere = {"country": "", "region": "", "city": "", "network": ""}
    every = {**VALUES, **nowhere, **MARCH}
    assert ask("summary", **every, visitors="new", played="true")["sums"]["visitors"] == 1
    assert ask("summary", **{**every, "utm_source": "A"})["sums"]["visitors"] == 0


def test_a_moved_media_moves_its_history(
    send: Callable[..., None], ask: Ask, make: Ask, http: httpx.Client, account: TestAccount
) -> None:
    one, other = make("projects", name="One"), make("projects", name="Other")
    make("medias", hashed_id="lesson-1", project_id=one["id"])
    send({}, {"visitor": "visitor-2"})

    def top() -> list[tuple[str, str, int, int]]:
        rows = ask("top", of="projects", **MARCH)
        return [(row["id"], row["name"], row["plays"], sum(row["spark"])) for row in rows]

    assert top() == [(one["hashedId"], "One", 2, 2)]
    body = {"project_id": other["id"]}
    http.put("/v1/medias/lesson-1", json=body, headers=account.headers).raise_for_status()
    assert top() == [(other["hashedId"], "Other", 2, 2)]
    assert ask("summary", project_id=one["hashedId"])["sums"]["loads"] == 0
    assert ask("summary", project_id=other["hashedId"])["sums"]["loads"] == 2


def test_projects_that_are_alike_stand_by_their_names(
    send: Callable[..., None], ask: Ask, make: Ask
) -> None:
    for name, plays, loads in (("C", 1, 2), ("B", 1, 1), ("A", 1, 1), ("D", 2, 2), ("E", 0, 0)):
        project = make("projects", name=name)["id"]
        make("medias", hashed_id=f"media-{name}", project_id=project)
        played = [{"media": f"media-{name}"}] * plays
        send(
            *played,
            *[{"media": f"media-{name}", "played": False, "watched": []}] * (loads - plays),
            {"media": "in-none"},
        )
    rows = ask("top", of="projects", **MARCH)
    assert [row["name"] for row in rows] == ["D", "C", "A", "B"]
    assert ask("top", of="projects", limit=3, **MARCH) == rows[:3]
    rows = ask("top", **MARCH)
    names = ["in-none", "media-D", "media-C", "media-A", "media-B"]
    assert [row["id"] for row in rows] == names


def test_rows_are_sorted_by_what_is_asked_for(send: Callable[..., None], ask: Ask) -> None:
    def viewer(page: str, visitor: str, watched: list[list[float]]) -> dict[str, Any]:
        url = {"url": f"https://example.com/{page}"}
        return {"page": url, "visitor": visitor, "watched": watched, "played": bool(watched)}

    send(
        *[viewer("plays", "one", [[0, 1, 1]])] * 3,
        *[viewer("loads", "one", [])] * 4,
        viewer("hours", "one", [[0, 2, 100]]),
        viewer("engaged", "one", [[0, 60, 1]]),
        *[viewer("visitors", f"v-{number}", []) for number in range(2)],
    )
    orders = {
        "plays": ["plays", "engaged", "hours", "loads", "visitors"],
        "loads": ["loads", "plays", "visitors", "engaged", "hours"],
        "visitors": ["visitors", "plays", "engaged", "hours", "loads"],
        "hours_watched": ["hours", "engaged", "plays", "loads", "visitors"],
        "engagement": ["engaged", "hours", "plays", "loads", "visitors"],
    }
    for order, names in orders.items():
        found = ask("breakdown", by="page", sort_by=order)
        assert [row["name"].rpartition("/")[2] for row in found["rows"]] == names
        few = ask("breakdown", by="page", sort_by=order, limit=2)
        assert (few["total"], few["rows"]) == (5, found["rows"][:2])
