"""What the numbers mean is said in one way: by the API, on the pages and in the documentation."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from playhead.api.app import routers
from playhead.api.openapi import describe
from playhead.stats.registry import METRICS, Metric
from support import TestAccount

ROOT = Path(__file__).parent.parent
DOCUMENT: Any = json.loads(json.dumps(describe(routers())))
NAMES = {metric.name for metric in METRICS}
each = pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)


def test_every_number_has_a_name_and_a_title_of_its_own() -> None:
    assert len(NAMES) == len(METRICS)
    assert len({metric.title for metric in METRICS}) == len(METRICS)


def test_the_api_tells_them_all(http: httpx.Client, account: TestAccount) -> None:
    answer = http.get("/insights/metrics", headers=account.headers)
    assert answer.json() == [
        {name: getattr(metric, name) for name in Metric.__struct_fields__} for metric in METRICS
    ]


@each
def test_the_documentation_says_the_same_sentences_once(metric: Metric) -> None:
    row = f"| {metric.title} | {metric.definition} |\n"
    pages = [(ROOT / "docs" / name).read_text("utf-8") for name in ("concepts.md", "numbers.md")]
    assert sum(page.count(row) for page in pages) == 1


def test_the_documentation_defines_no_other_number() -> None:
    for name in ("concepts.md", "numbers.md"):
        page = (ROOT / "docs" / name).read_text("utf-8")
        for table in re.findall(r"\| number \| meaning \|\n\|---\|---\|\n((?:\|.*\n)+)", page):
            titles = re.findall(r"^\| (.+?) \|", table, re.MULTILINE)
            assert set(titles) <= {metric.title for metric in METRICS}


@each
def test_the_call_that_gives_it_is_one_of_the_api(metric: Metric) -> None:
    path, _, query = metric.api.partition("?")
    for name, parameter in {
        "<media>": "{media_id}",
        "<project>": "{project_id}",
        "<event_key>": "{event_key}",
    }.items():
        path = path.replace(name, parameter)
    operation = DOCUMENT["paths"][path.removesuffix(".json")]["get"]
    parameters = {one["name"] for one in operation["parameters"]} if query else set()
    assert {pair.partition("=")[0] for pair in query.split("&") if pair} <= parameters


@each
def test_a_definition_is_whole_sentences_that_a_table_can_hold(metric: Metric) -> None:
    assert metric.definition.endswith(".")
    assert metric.definition[0].isupper() or metric.definition[0] in "am"
    assert not set("|`\n") & set(metric.definition)


def test_every_number_that_the_pages_explain_is_defined() -> None:
    pages = sorted((ROOT / "web" / "dashboard").rglob("*.tsx"))
    text = "".join(page.read_text("utf-8") for page in pages if "node_modules" not in page.parts)
    explained = set(re.findall(r'<Explain\s+metric="([a-z_]+)"', text))
    explained |= set(re.findall(r'metric=\{[^}]*\? "([a-z_]+)" : "[a-z_]+"\}', text))
    explained |= set(re.findall(r'metric=\{[^}]*\? "[a-z_]+" : "([a-z_]+)"\}', text))
    assert explained
    assert explained <= NAMES
    assert {"loads", "plays", "play_rate", "hours_watched", "visitors", "engagement"} <= NAMES
