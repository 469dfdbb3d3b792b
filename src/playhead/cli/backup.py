"""playhead backup."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from playhead.backup import Backup, Copying, back_up
from playhead.cli.options import one_line_errors, setting_options, settings_from
from playhead.log import configure_logging
from playhead.rooms import DataInUseError, own_folder
from playhead.transfer import open_store


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@setting_options("data", "catalog", "store")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def backup(folder: Path, as_json: bool, **given: Any) -> None:
    """Copy all that is in the data folder to FOLDER, while the server runs or not.

    What was acknowledged before is in it. 'playhead restore' brings it back, and a server can open
    it as it is.
    """
    configure_logging("warning", "text")
    settings = settings_from(given)
    with one_line_errors(), ExitStack() as rooms:
        store = None
        if not settings.data.is_dir():
            raise click.ClickException(f"--data: there is no folder {settings.data}")
        if not settings.store:
            try:
                rooms.enter_context(own_folder(settings.data))
            except DataInUseError:
                pass  # the server has the store open, and is asked
            else:
                store = rooms.enter_context(open_store(settings.store_dsn))
        done = _show(back_up(settings, folder, store), quiet=as_json)
    if as_json:
        click.echo(msgspec.json.encode(done))
    else:
        sessions, size = done.rows.get("sessions", 0), done.bytes / 1e6
        click.echo(f"{sessions:,} rows of sessions, {size:,.1f} MB in all, are in {folder}.")


def _show(steps: Iterator[Copying | Backup], *, quiet: bool) -> Backup:
    columns = TextColumn("copying the store"), BarColumn(), DownloadColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        task = progress.add_task("", total=None)
        for step in steps:
            if isinstance(step, Backup):
                return step
            progress.update(task, completed=step.done, total=step.total)
    raise AssertionError("a backup ends with what there is")
