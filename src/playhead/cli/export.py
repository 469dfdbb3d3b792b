"""playhead export."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from playhead.cli.options import (
    find_account,
    one_line_errors,
    open_catalog,
    setting_options,
    settings_from,
)
from playhead.cli.progress import show_steps
from playhead.log import configure_logging
from playhead.rooms import empty_spool, own_folder
from playhead.store import FileFormat, Transfer
from playhead.transfer import Export, open_store

_Day = click.DateTime(formats=["%Y-%m-%d"])


@click.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in FileFormat]),
    default=FileFormat.PARQUET.value,
    show_default=True,
    help="What the files of sessions are.",
)
@click.option("--gzip", "gzipped", is_flag=True, help="Pack files of csv or ndjson.")
@click.option(
    "--account",
    "account_keys",
    multiple=True,
    help="An account's public key; repeatable. None: all.",
)
@click.option(
    "--since",
    type=_Day,
    metavar="YYYY-MM-DD",
    help="First day of sessions, in the account's time zone.",
)
@click.option(
    "--until", type=_Day, metavar="YYYY-MM-DD", help="Last day of sessions, this one included."
)
@setting_options("data", "catalog", "store")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def export(
    folder: Path,
    form: str,
    gzipped: bool,
    account_keys: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Write accounts, projects, medias and every session to files in FOLDER.

    The files explain themselves, 'playhead import' reads them, and so do DuckDB, pandas and
    spreadsheets. Users, tokens and secrets stay here. It needs the data folder for itself, so stop
    the server first.
    """
    configure_logging("warning", "text")
    settings = settings_from(given)
    first, last = since and since.date(), until and until.date()
    if first and last and last < first:
        raise click.UsageError("--until: is before --since")
    with one_line_errors(), own_folder(settings.data), open_catalog(settings) as catalog:
        every = [find_account(catalog, key) for key in dict.fromkeys(account_keys)]
        accounts = every or catalog.accounts.list()
        with open_store(settings.store_dsn) as store:
            empty_spool(settings, store, catalog)
            work = Export(catalog, Transfer(store), folder, FileFormat(form), gzipped=gzipped)
            done = show_steps(work.write(accounts, first, last), quiet=as_json)
    if as_json:
        click.echo(msgspec.json.encode(done))
        return
    click.echo(
        f"{done.sessions:,} sessions of {done.accounts} account(s) are in {folder}"
        f" ({done.files} file(s) of sessions, {done.bytes / 1e6:,.1f} MB in all)."
    )
