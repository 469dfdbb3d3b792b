"""playhead doctor."""

import sys
from typing import Any

import click
import msgspec

from playhead.cli.options import setting_options, settings_from
from playhead.doctor import Finding, examine
from playhead.log import configure_logging

_MARKS = {"ok": ("ok  ", "green"), "warning": ("WARN", "yellow"), "failure": ("FAIL", "red")}


@click.command()
@setting_options()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array and nothing else.")
def doctor(as_json: bool, **given: Any) -> None:
    """Look the installation over and say what to do, while the server runs or not.

    Give it the settings that the server has. It ends with 1 when something fails.
    """
    configure_logging("error", "text")
    found: list[Finding] = []
    for finding in examine(settings_from(given)):
        found.append(finding)
        if not as_json:
            _show(finding)
    if as_json:
        click.echo(msgspec.json.encode(found))
    if any(finding.level == "failure" for finding in found):
        sys.exit(1)


def _show(finding: Finding) -> None:
    mark, colour = _MARKS[finding.level]
    click.echo(f"{click.style(mark, fg=colour)}  {finding.what}: {finding.found}")
    if finding.advice:
        click.echo(f"      {finding.advice}")
