"""playhead rollups."""

import time
from typing import Any

import click
import msgspec
from rich.progress import Progress, TaskID

from playhead.catalog import Account
from playhead.cli.options import (
    find_account,
    one_line_errors,
    open_catalog,
    setting_options,
    settings_from,
)
from playhead.cli.progress import session_progress
from playhead.drain import Settler
from playhead.log import configure_logging
from playhead.rooms import lone_settler_of, own_folder
from playhead.store import Store


@click.group()
def rollups() -> None:
    """Make anew what Playhead has summed up ahead, so that it need not read every session."""


@rollups.command("rebuild")
@click.option("--account", "account_key", default="", help="An account's public key; empty: all.")
@setting_options("data", "catalog", "store")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array and nothing else.")
def rebuild(account_key: str, as_json: bool, **given: Any) -> None:
    """Sum up the sessions of an account, or of all, from the beginning.

    Changes no number: what is summed up comes from the sessions, and the server does this by itself
    when it has to. It needs the data folder for itself, so stop the server first.
    """
    configure_logging("warning", "text")
    settings = settings_from(given)
    with one_line_errors(), own_folder(settings.data), open_catalog(settings) as catalog:
        accounts = [find_account(catalog, account_key)] if account_key else catalog.accounts.list()
        store = Store.open(settings.store_dsn)
        try:
            settler = lone_settler_of(settings, store, catalog)
            with session_progress(quiet=as_json) as progress:
                done = [_rebuild(settler, account, progress) for account in accounts]
        finally:
            store.close()
    if as_json:
        click.echo(msgspec.json.encode(done))
    else:
        sessions = sum(each["sessions"] for each in done)
        click.echo(f"{sessions:,} sessions of {len(done)} account(s) are summed up.")


def _rebuild(settler: Settler, account: Account, progress: Progress) -> dict[str, Any]:
    tasks: dict[str, TaskID] = {}
    sessions = 0
    for step in settler.rebuild(account.id, account.timezone, time.time_ns() // 1_000_000):
        if step.what not in tasks:
            tasks[step.what] = progress.add_task(
                f"{account.name}, by {step.what}", total=None, unit="sessions"
            )
        sessions = step.total
        progress.update(tasks[step.what], completed=step.done, total=step.total)
    for task in tasks.values():
        progress.update(task, completed=sessions, total=sessions)
    return {"account": account.key, "sessions": sessions}
