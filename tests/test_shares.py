"""Questions share the memory that one may have, and who needs all of it gets it, one at a time."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from playhead.store import Store, StoreUnavailableError
from playhead.store.errors import NeedsMoreMemoryError
from playhead.store.shares import Shares

MIB: Final = 90
OF_ONE_AND_A_HALF_SHARES: Final = "SELECT length(groupArray(number)) FROM numbers(4000000)"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("store")
    store = Store.open(f"chdb://{folder}/store", threads=4, memory_mib=MIB, seconds=10)
    yield store
    store.close()


def test_what_needs_more_than_a_share_is_answered_to_all_who_ask_at_once(store: Store) -> None:
    with ThreadPoolExecutor(8) as askers:
        asked = [askers.submit(store.ask, OF_ONE_AND_A_HALF_SHARES, {}) for _ in range(8)]
        assert [each.result()[0][0] for each in asked] == [4_000_000] * 8


class Questions:
    """Who was asked beside others and who alone, and how many were alone at the same time."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.shares = Shares(0.05, lambda: self.now_s)
        self.asked: list[str] = []
        self.at_once = self.most_at_once = 0
        self.held: Callable[[], Any] = lambda: None

    def beside(self) -> str:
        """Needs more than its share."""
        self.asked.append("beside")
        raise NeedsMoreMemoryError

    def alone(self) -> str:
        """Answers, when it is let go."""
        self.asked.append("alone")
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.held()
        self.at_once -= 1
        return "all of it"

    def ask(self, sql: str = "q", **parameters: Any) -> str:
        """A question that needs it all."""
        return self.shares.ask(sql, parameters, self.beside, self.alone)


@pytest.fixture
def questions() -> Questions:
    return Questions()


def test_who_needs_little_waits_for_nobody(questions: Questions) -> None:
    def asked_meanwhile() -> str:
        return questions.shares.ask("small", {}, lambda: "a share", questions.alone)

    found: list[str] = []
    questions.held = lambda: found.append(asked_meanwhile())
    assert questions.ask() == "all of it"
    assert found == ["a share"]


def test_only_one_at_a_time_has_it_all(questions: Questions) -> None:
    questions.shares = Shares(10)
    # Long enough for the others to come in, if they could.
    questions.held = lambda: time.sleep(0.05)
    barrier = threading.Barrier(4)

    def ask(number: int) -> str:
        barrier.wait()
        return questions.ask(str(number))

    with ThreadPoolExecutor(4) as askers:
        assert list(askers.map(ask, range(4))) == ["all of it"] * 4
    assert questions.most_at_once == 1


def test_whose_turn_does_not_come_is_told_that_the_store_is_busy(questions: Questions) -> None:
    def meanwhile() -> None:
        with pytest.raises(StoreUnavailableError, match="busy"):
            questions.ask("another")

    questions.held = meanwhile
    assert questions.ask() == "all of it"


def test_who_would_rather_come_later_has_the_turn_only_if_nobody_has_it(
    questions: Questions,
) -> None:
    free: list[bool] = []

    def try_it() -> None:
        with questions.shares.turn_if_free() as ours:
            free.append(ours)

    questions.held = try_it
    questions.ask()
    try_it()
    assert free == [False, True]


def test_nor_does_it_come_before_who_waits(questions: Questions) -> None:
    came: list[str] = []

    def wait_for_it() -> None:
        questions.held = lambda: came.append("the question")
        questions.ask()

    questions.shares = Shares(10)
    with ThreadPoolExecutor(1) as askers:
        with questions.shares.turn_if_free():
            asked = askers.submit(wait_for_it)
            while not questions.shares._waiting:
                time.sleep(0.001)
        while not came:
            with questions.shares.turn_if_free() as ours:
                if ours:
                    came.append("the other")
        asked.result()
    assert came[0] == "the question"


def test_a_turn_ends_with_an_error_too(questions: Questions) -> None:
    def fail() -> None:
        raise StoreUnavailableError("gone")

    questions.held = fail
    with pytest.raises(StoreUnavailableError, match="gone"):
        questions.ask()
    questions.held = lambda: None
    assert questions.ask() == "all of it"


def test_it_is_not_tried_in_vain_again_for_a_minute_whatever_the_days(
    questions: Questions,
) -> None:
    questions.ask(account=1, medias=["a"], from_ms=1)
    questions.now_s = 59
    questions.ask(account=1, medias=["a"], from_ms=2)
    assert questions.asked == ["beside", "alone", "alone"]
    questions.asked.clear()
    questions.now_s = 61
    questions.ask(account=1, medias=["a"], from_ms=3)
    assert questions.asked == ["beside", "alone"]


@pytest.mark.parametrize(
    ("sql", "parameters"),
    [("r", {"account": 1}), ("q", {"account": 2}), ("q", {"account": 1, "medias": ["b"]})],
)
def test_others_are_tried_beside_first(
    questions: Questions, sql: str, parameters: dict[str, Any]
) -> None:
    questions.ask(account=1)
    questions.asked.clear()
    questions.ask(sql, **parameters)
    assert questions.asked == ["beside", "alone"]
