"""playhead import."""

from pathlib import Path
from typing import Any

import click
import msgspec

from playhead.cli.options import one_line_errors, open_catalog, setting_options, settings_from
from playhead.cli.progress import show_steps
from playhead.log import configure_logging
from playhead.rooms import lone_settler_of, own_folder
from playhead.store import Transfer
from playhead.transfer import Import, open_store


@click.command("import")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--changed", is_flag=True, help="Files were changed on purpose since they were exported."
)
@setting_options("data", "catalog", "store")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def import_(folder: Path, changed: bool, as_json: bool, **given: Any) -> None:
    """Read what 'playhead export' has written to FOLDER.

    Adds what is missing and keeps the newest of what is there, so the same import once more changes
    nothing, and one that was cut off is simply done again. All files are checked before anything is
    changed. It needs the data folder for itself, so stop the server first.
    """
    configure_logging("warning", "text")
    settings = settings_from(given)
    with one_line_errors(), own_folder(settings.data), open_catalog(settings) as catalog:  # noqa: SIM117
        with open_store(settings.store_dsn) as store:
            settler = lone_settler_of(settings, store, catalog)
            work = Import(catalog, Transfer(store), settler, folder, changed=changed)
            done = show_steps(work.read(), quiet=as_json)
    if as_json:
        click.echo(msgspec.json.encode(done))
        return
    took = sum(done.seconds.values())
    click.echo(
        f"{done.sessions:,} sessions of {done.accounts} account(s) are in {settings.data}"
        f" ({took:,.1f} s). New accounts have no users and no tokens yet: 'playhead user create',"
        " 'playhead token create'."
    )
