"""playhead erase."""

import time
from typing import Any

import click
import msgspec
from rich.console import Console

from playhead.catalog import Account, Catalog
from playhead.cli.options import (
    find_account,
    one_line_errors,
    open_catalog,
    setting_options,
    settings_from,
)
from playhead.drain import see_to_notes
from playhead.erasing import STAGES, Erased, Erasure
from playhead.log import configure_logging
from playhead.rooms import lone_settler_of, own_folder, sweep_damage, sweep_spool
from playhead.store import Doomed, Erasing
from playhead.transfer import open_store


@click.command()
@click.option(
    "--visitor", default="", help="A visitor's key, or an email: every visitor who gave it."
)
@click.option("--media", default="", help="A media's hashed id.")
@click.option(
    "--account",
    "account_key",
    default="",
    help="An account's public key. Alone: all of it; else whose visitor or media it is.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@setting_options("data", "catalog", "store", "spool_limit")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def erase(
    visitor: str, media: str, account_key: str, yes: bool, as_json: bool, **given: Any
) -> None:
    """Erase a visitor, a media or an account, so that no file holds anything of it.

    It cannot be undone. Numbers are then those of what remains. What was backed up or exported
    before is not reached. It needs the data folder for itself, so stop the server first. An erasure
    that was cut off is done by doing it again.
    """
    if visitor and media:
        raise click.UsageError("--visitor and --media: give one of them")
    if not (visitor or media or account_key):
        raise click.UsageError("say what to erase: --visitor, --media or --account")
    configure_logging("warning", "text")
    settings = settings_from(given)
    with one_line_errors(), own_folder(settings.data), open_catalog(settings) as catalog:  # noqa: SIM117
        with open_store(settings.store_dsn) as store:
            settler = lone_settler_of(settings, store, catalog)
            sweep_spool(settings, store, catalog)
            while see_to_notes(settler, catalog.settling_notes, time.time_ns() // 1_000_000):
                pass
            account = _account(catalog, account_key)
            erasing = Erasing(store)
            doomed = _doomed(erasing, account, visitor, media)
            if not yes:
                _ask(account, doomed, erasing.sessions(doomed))
            sweep_damage(settings, store)
            done = _run(Erasure(catalog, erasing, settler), account, doomed, quiet=as_json)
    if as_json:
        click.echo(msgspec.json.encode(done))
        return
    click.echo(f"{done.sessions:,} sessions of account {done.account} are erased.")
    if not done.files_gone:
        click.echo("The database server will remove their files within minutes.", err=True)


def _account(catalog: Catalog, key: str) -> Account:
    if key:
        return find_account(catalog, key)
    accounts = catalog.accounts.list()
    if len(accounts) != 1:
        raise click.UsageError(
            f"--account: say whose it is, there are {len(accounts)} (see 'playhead account list')"
        )
    return accounts[0]


def _doomed(erasing: Erasing, account: Account, visitor: str, media: str) -> Doomed:
    if not visitor:
        return Doomed(account.id, media=media)
    visitors = erasing.visitors_named(account.id, visitor)
    if not visitors:
        raise click.ClickException(f"--visitor: nobody in {account.name} is known by {visitor!r}")
    return Doomed(account.id, tuple(visitors))


def _ask(account: Account, doomed: Doomed, sessions: int) -> None:
    if doomed.visitors:
        what = f"{len(doomed.visitors):,} visitor(s)"
    else:
        what = f"the media {doomed.media}" if doomed.media else "all of it"
    click.confirm(f"Erase {what} of {account.name}, {sessions:,} sessions, for good?", abort=True)


def _run(erasure: Erasure, account: Account, doomed: Doomed, *, quiet: bool) -> Erased:
    console = Console(stderr=True, quiet=quiet)
    with console.status("") as status:
        for step in erasure.run(account, doomed):
            if isinstance(step, Erased):
                return step
            status.update(STAGES[step])
    raise AssertionError("an erasure ends with what it has erased")
