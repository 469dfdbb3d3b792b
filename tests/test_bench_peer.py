"""What PostgreSQL answers in the bench is what Playhead answers, so the two may be compared."""

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from bench import stores
from bench.peer import Peer, peer_of
from bench.peer_questions import PeerQuestion, peer_questions
from bench.questions import questions
from bench.servers import Running, serving
from bench.stores import Stored
from rich.progress import Progress

_SESSIONS = 20_000  # so many that each media has some
_DRAWS = 4

Shape = Callable[[Any], Any]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    with pytest.MonkeyPatch.context() as patched, Progress(disable=True) as progress:
        patched.setattr(stores, "_FOLDER", tmp_path_factory.mktemp("bench"))
        yield stores.stored(_SESSIONS, progress)


@pytest.fixture(scope="module")
def peer(store: Stored) -> Iterator[Peer]:
    with peer_of(store) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def playhead(store: Stored, peer: Peer) -> Iterator[Running]:
    assert peer.bytes_on_disk() > _SESSIONS  # it has read the store, which may be served now
    with serving(Path(store.data), store.keys()) as server:
        yield server


def totals(answer: dict[str, Any]) -> list[Any]:
    return [answer["load_count"], answer["play_count"], answer["hours_watched"]]


def media(answer: dict[str, Any]) -> list[Any]:
    players = round(answer["play_rate"] * answer["visitors"])
    return [totals(answer), answer["visitors"], players, answer["engagement"]]


def days(answer: list[dict[str, Any]]) -> list[Any]:
    return [[day["date"], totals(day)] for day in answer]


def graph(answer: dict[str, Any]) -> list[Any]:
    return list(zip(answer["engagement_data"], answer["rewatch_data"], strict=True))


def visitors(answer: list[dict[str, Any]]) -> list[Any]:
    fields = "visitor_key", "load_count", "play_count", "created_at"
    return [[each[field] for field in fields] for each in answer]


def events(answer: list[dict[str, Any]]) -> list[Any]:
    fields = "event_key", "visitor_key", "received_at", "percent_viewed"
    return [[each[field] for field in fields] for each in answer]


def analytics(answer: dict[str, Any]) -> list[Any]:
    players = round(answer["play_rate"] * answer["unique_visitors"])
    sums = [answer["plays"], answer["played_time"], answer["unique_visitors"]]
    return [*sums, players, answer["engagement_rate"]]


def rows(found: list[Any]) -> list[Any]:
    return found


def visitor_rows(found: list[Any]) -> list[Any]:
    return [row[:4] for row in found]


def event_rows(found: list[Any]) -> list[Any]:
    return [[f"{row[0].hex}-{row[1]}", *row[2:5]] for row in found]


# By a word of the question: what of Playhead's answer and of the peer's rows says the same.
SHAPES: dict[str, tuple[Shape, Shape]] = {
    "by_date": (days, rows),
    "engagement": (graph, rows),
    "analytics": (analytics, rows),
    "visitors,": (visitors, visitor_rows),
    "events,": (events, event_rows),
    "media": (media, rows),
    "account": (totals, rows),
}


def leaves(value: Any) -> Iterator[Any]:
    """Numbers and texts, times as the API writes them; fractions are as good as their digits."""
    if isinstance(value, list | tuple):
        for each in value:
            yield from leaves(each)
    elif isinstance(value, datetime):
        yield f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03}Z"
    elif isinstance(value, float):
        yield pytest.approx(value, rel=1e-9)
    else:
        yield str(value) if isinstance(value, date) else value


@pytest.mark.parametrize("question", peer_questions(), ids=lambda question: question.name)
def test_both_answer_the_same(
    question: PeerQuestion, store: Stored, peer: Peer, playhead: Running
) -> None:
    (path_of,) = (each.path for each in questions(store) if each.name == question.name)
    ours, theirs = next(SHAPES[word] for word in SHAPES if word in question.name.split())
    headers = {"Authorization": f"Bearer {playhead.token}"}
    for number in range(_DRAWS):
        path = path_of(random.Random(number))
        answer = httpx.get(f"{playhead.url}{path}", headers=headers).raise_for_status().json()
        expected = leaves(theirs(peer.rows(question, random.Random(number))))
        assert list(leaves(ours(answer))) == list(expected), path
