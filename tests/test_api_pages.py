"""The answers in docs/api are those of a running server; ``make docs`` writes them anew."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import examples

PAGES = sorted(examples.PAGES.glob("*.md"))


@pytest.fixture(scope="module")
def example() -> Iterator[examples.Example]:
    with examples.running() as running:
        yield running


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_what_a_running_server_answers(page: Path, example: examples.Example) -> None:
    text = page.read_text("utf-8")
    assert examples.with_answers(text, example) == text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_example_is_an_error(page: Path) -> None:
    assert '\n{\n  "error":' not in page.read_text("utf-8")
