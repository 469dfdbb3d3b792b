"""playhead migrate."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import click
import msgspec

from playhead.catalog import Catalog
from playhead.cli.options import one_line_errors
from playhead.cli.progress import show_steps
from playhead.log import configure_logging
from playhead.migrating import (
    Migrated,
    Migration,
    Places,
    Rooms,
    moves_catalog,
    moves_store,
    source_of,
    target_of,
)
from playhead.rooms import empty_spool, lone_settler_of, own_folder, see_that_nobody_settles
from playhead.transfer import open_store

_SHOWN = 20


@click.command()
@click.option(
    "--from",
    "from_names",
    multiple=True,
    required=True,
    envvar="PLAYHEAD_FROM",
    show_envvar=True,
    help="What moves: a data folder, and its servers if it has any; repeatable.",
)
@click.option(
    "--to",
    "to_names",
    multiple=True,
    required=True,
    envvar="PLAYHEAD_TO",
    show_envvar=True,
    help="Where to: http(s)://… for the sessions, postgresql+psycopg://… for the catalog, or a"
    " data folder; repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def migrate(from_names: tuple[str, ...], to_names: tuple[str, ...], as_json: bool) -> None:
    """Move an installation to servers, from one server to another, or back.

    What --to does not name stays where it is. The catalog and every session are copied, sums are
    made anew, and at the end every number of every account, project and media is compared; any
    difference is named and the command ends with 1. What moves is not changed, but that its spool
    is emptied. A migration that was cut off is done by doing it again. Stop every server that uses
    either side first.
    """
    configure_logging("warning", "text")
    with one_line_errors():
        source = source_of(from_names)
        target = target_of(to_names, source)
        with _open(source, target) as work:
            done = show_steps(work.run(), quiet=as_json)
    if as_json:
        click.echo(msgspec.json.encode(msgspec.structs.asdict(done) | {"settings": target.shown()}))
    else:
        _report(done, target)
    if done.differing:
        raise SystemExit(1)


@contextmanager
def _open(source: Places, target: Places) -> Iterator[Migration]:
    """Open both sides, and move what waits in the spools of the source."""
    before, after = source.settings(), target.settings()
    with ExitStack() as rooms:
        for folder in {path.resolve(): path for path in source.folders + target.folders}.values():
            rooms.enter_context(own_folder(folder))
        here = Rooms(
            _open_catalog(rooms, before.catalog_url),
            rooms.enter_context(open_store(before.store_dsn)),
        )
        catalog, store = here.catalog, here.store
        if moves_catalog(source, target):
            catalog = _open_catalog(rooms, after.catalog_url)
        if moves_store(source, target):
            store = rooms.enter_context(open_store(after.store_dsn))
        there = Rooms(catalog, store)
        for each in (here.catalog, there.catalog):
            see_that_nobody_settles(each)
        settler = lone_settler_of(after, there.store, here.catalog)
        for folder in source.folders:
            empty_spool(replace(before, data=folder), here.store, here.catalog)
        yield Migration(here, there, settler)


def _open_catalog(rooms: ExitStack, url: str) -> Catalog:
    catalog = Catalog.open(url)
    rooms.callback(catalog.close)
    return catalog


def _report(done: Migrated, target: Places) -> None:
    click.echo(
        f"{done.accounts:,} account(s) with {done.users:,} user(s), {done.projects:,} project(s)"
        f" and {done.medias:,} media(s), {done.sessions:,} sessions and {done.bot_sessions:,} of"
        " bots are there."
    )
    if done.differing:
        click.echo(f"{done.differing:,} of {done.numbers:,} numbers differ:", err=True)
        for difference in done.differences[:_SHOWN]:
            click.echo(f"  {difference}", err=True)
        click.echo(
            "Do not use it. Run the same command again; nothing was changed where it comes from.",
            err=True,
        )
        return
    click.echo(
        f"{done.numbers:,} numbers were compared, and all are equal. Start the server with these"
        " settings, and the passwords that you gave here:"
    )
    for name, value in target.shown().items():
        click.echo(f"  {name}={value}")
