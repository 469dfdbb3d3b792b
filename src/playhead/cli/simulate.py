"""playhead simulate."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from playhead.catalog import MEDIA_ID
from playhead.cli.options import one_line_errors, open_catalog, setting_options, settings_from
from playhead.settings import Settings
from playhead.simulate import (
    DEFAULT_MEDIAS,
    SendReport,
    SimulatedMedia,
    SimulatedSession,
    audience,
    send_audience,
)

_MOST_DAYS: Final = 30
_DEFAULT_SECONDS: Final = 120.0


class _Media(click.ParamType[Any]):
    """``ID``, ``ID:SECONDS`` or ``ID:SECONDS:TITLE``."""

    name = "ID[:SECONDS[:TITLE]]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> SimulatedMedia:
        hashed_id, _, rest = str(value).partition(":")
        seconds, _, title = rest.partition(":")
        try:
            duration = float(seconds) if seconds else _DEFAULT_SECONDS
        except ValueError:
            self.fail(f"{seconds!r} is not a number of seconds", param, ctx)
        if not MEDIA_ID.match(hashed_id):
            self.fail(f"{hashed_id!r} is not a media's id", param, ctx)
        if not 1 <= duration <= 86_400:
            self.fail(f"{seconds} seconds are too few or too many (use 1 to 86400)", param, ctx)
        return SimulatedMedia(hashed_id, title or hashed_id, duration)


@click.command()
@click.option(
    "--url",
    default=f"http://{Settings.host}:{Settings.port}",
    show_default=True,
    help="The server to send to; with a path, the address of its collector.",
)
@click.option(
    "--account",
    help="The account's public key. None: the one account in the data folder.",
)
@click.option(
    "--sessions",
    default=2000,
    show_default=True,
    type=click.IntRange(min=1),
    help="How many sessions.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    help="Sessions a second. None: as fast as the server takes them.",
)
@click.option(
    "--days",
    default=14,
    show_default=True,
    type=click.IntRange(1, _MOST_DAYS),
    help="Over how many days up to now they are spread.",
)
@click.option("--seed", default=1, show_default=True, help="Another seed gives another audience.")
@click.option(
    "--media",
    "medias",
    multiple=True,
    type=_Media(),
    help="A media to watch; repeatable. None: a small course.",
)
@setting_options("data", "catalog")
def simulate(
    url: str,
    account: str | None,
    sessions: int,
    rate: float | None,
    days: int,
    seed: int,
    medias: tuple[SimulatedMedia, ...],
    **given: Any,
) -> None:
    """Send an audience of simulated viewers to a server.

    They arrive over several days, on many devices, lose interest, skip, go back and watch parts
    again. Each is sent through the front door, as a player's beacon.
    """
    key = account or _only_account(settings_from(given))
    now_ms = time.time_ns() // 1_000_000
    crowd = audience(medias or DEFAULT_MEDIAS, sessions, days=days, now_ms=now_ms, seed=seed)
    with one_line_errors():
        report = asyncio.run(send_with_progress(url, key, crowd, total=sessions, rate=rate))
    click.echo(f"{report.sent:,} sessions sent in {report.seconds:.1f} s")


async def send_with_progress(
    url: str,
    account_key: str,
    sessions: Iterable[SimulatedSession],
    *,
    total: int,
    rate: float | None,
) -> SendReport:
    """Send an audience, with a progress bar where somebody looks.

    Raises:
        SendError: the server is not there or refuses.
    """
    with arriving(total) as advance:
        return await send_audience(
            url, account_key, sessions, rate=rate, on_sent=lambda: advance(1)
        )


@contextmanager
def arriving(total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar where somebody looks; what it gives is told how many have come."""
    console = Console(stderr=True)
    columns = (
        TextColumn("An audience arrives"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("sessions", total=total)
        yield lambda many: progress.advance(bar, many)


def _only_account(settings: Settings) -> str:
    keys: list[str] = []
    # A folder that is not there must not come into being by being asked.
    if settings.catalog or settings.data.exists():
        with open_catalog(settings) as catalog:
            keys = [account.key for account in catalog.accounts.list()]
    if len(keys) != 1:
        found = "no account" if not keys else f"{len(keys)} accounts"
        raise click.ClickException(
            f"--account: is needed, because {settings.data} has {found} "
            "(see 'playhead account list')"
        )
    return keys[0]
