"""A question that is too heavy is cut off, says so, and takes nothing else with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from playhead.store import QuestionTooHeavyError, Store

_LARGE = "SELECT length(groupArray(number)) FROM numbers(100000000)"
_LONG = "SELECT sum(cityHash64(toString(number))) FROM numbers(4000000000)"

_MANY_GROUPS = "SELECT count() FROM (SELECT number FROM numbers(3000000) GROUP BY number)"
_WRITTEN = "SELECT value FROM system.events WHERE event = 'ExternalAggregationWritePart'"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"chdb://{tmp_path}/store", threads=1, memory_mib=50, seconds=1)
    yield store
    store.close()


@pytest.mark.parametrize(("question", "limit"), [(_LARGE, "memory"), (_LONG, "time")])
def test_what_is_over_a_limit_is_cut_off_and_the_next_question_is_answered(
    store: Store, question: str, limit: str
) -> None:
    with pytest.raises(QuestionTooHeavyError, match=f"needs more {limit} than one question"):
        store.ask(question, {})
    assert store.ask("SELECT 1", {})[0][0] == 1


def test_whoever_inserts_has_no_limit(store: Store) -> None:
    assert store.work("SELECT count() FROM numbers(2000000000) WHERE number % 7 = 3", {})


def test_whoever_inserts_goes_on_on_disk_instead_of_taking_more_memory(store: Store) -> None:
    def written() -> int:
        found = store.work(_WRITTEN, {})
        return int(found[0][0]) if found else 0

    before = written()
    assert store.work(_MANY_GROUPS, {})[0][0] == 3_000_000
    assert written() > before


def test_memory_is_given_back_while_questions_are_asked(store: Store) -> None:
    store.ask("SELECT groupArray(number) FROM numbers(500000)", {})
    store.give_back_memory()
    assert store.ask("SELECT 1", {})[0][0] == 1
