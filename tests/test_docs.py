"""What the documentation promises is there, and what is there is documented."""

import dataclasses
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from playhead.cli import main
from playhead.collect.refusals import Reason, Refusal
from playhead.settings import Settings
from playhead.store import SESSION_COLUMNS
from playhead.store.columns import Column

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "web" / "README.md"])


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


@pytest.mark.parametrize("field", dataclasses.fields(Settings), ids=lambda field: field.name)
def test_every_setting_is_documented_with_its_default(field: "dataclasses.Field[object]") -> None:
    option = f"--{field.name.replace('_', '-')}"
    default = f"`{field.default}`" if str(field.default) else ""
    row = f"| `{option}` | `PLAYHEAD_{field.name.upper()}` | {default} | {field.metadata['help']} |"
    assert row in page("operating.md")


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_is_documented_with_its_status(reason: Reason) -> None:
    assert f"| `{reason.value}` | {Refusal(reason, '').status} |" in page("refusals.md")


@pytest.mark.parametrize("column", SESSION_COLUMNS, ids=lambda column: column.name)
def test_every_column_of_an_export_is_documented(column: Column) -> None:
    row = rf"\| `{column.name}` \| [a-z ]+ \| {re.escape(column.meaning)} \|"
    assert re.search(row, page("export.md"))


def test_every_dependency_is_documented_with_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    for requirement in wanted:
        name = re.match(r"[A-Za-z0-9_-]+", requirement)
        assert name is not None
        assert name.group() in page("dependencies.md")


@pytest.mark.parametrize("found", PAGES, ids=lambda found: str(found.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(found: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", found.read_text("utf-8")):
        if not target.startswith("http"):
            assert (found.parent / target).exists(), target


def test_every_page_is_in_the_index() -> None:
    index = page("README.md")
    for found in (ROOT / "docs").rglob("*.md"):
        name = found.relative_to(ROOT / "docs")
        assert name == Path("README.md") or f"]({name})" in index


def test_make_targets_that_the_documentation_names_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for found in PAGES:
        for target in re.findall(r"(?:^|`)make ([a-z]+)", found.read_text("utf-8"), re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), (found.name, target)


def test_commands_that_the_documentation_names_exist() -> None:
    text = " ".join(found.read_text("utf-8") for found in PAGES)
    for command in set(re.findall(r"playhead ((?:account|token|user) [a-z]+|[a-z]+)\b", text)):
        words = command.split()
        if words[0] in main.commands:
            assert CliRunner().invoke(main, [*words, "--help"]).exit_code == 0, command


@pytest.mark.parametrize("command", [[], *([name] for name in main.commands)], ids=str)
def test_help_says_what_a_command_is_for(command: list[str]) -> None:
    shown = CliRunner().invoke(main, [*command, "--help"])
    assert shown.exit_code == 0
    assert len(shown.output.splitlines()) > 5
