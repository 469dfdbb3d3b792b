"""playhead restore."""

from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

from playhead import backup
from playhead.cli.options import one_line_errors, setting_options, settings_from
from playhead.log import configure_logging
from playhead.rooms import own_folder


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@setting_options("data")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def restore(folder: Path, as_json: bool, **given: Any) -> None:
    """Bring back what 'playhead backup' has written to FOLDER, into an empty data folder.

    The backup is left as it is. At the end all of it is seen to be there and whole.
    """
    configure_logging("warning", "text")
    settings = settings_from(given)
    with (
        one_line_errors(),
        own_folder(settings.data),
        Console(stderr=True, quiet=as_json).status("copying"),
    ):
        done = backup.restore(folder, settings)
    if as_json:
        click.echo(msgspec.json.encode(done))
    else:
        click.echo(
            f"{done.rows.get('sessions', 0):,} rows of sessions, as of {done.taken_at}, are in"
            f" {settings.data}."
        )
