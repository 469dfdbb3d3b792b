"""playhead demo."""

import asyncio
import os
import secrets
import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click
import msgspec
from click.core import ParameterSource

from playhead.catalog import Catalog, MediaChange, Role, Scope, hash_password
from playhead.cli.options import one_line_errors, setting_options, settings_from
from playhead.cli.simulate import arriving
from playhead.dashboard import CLIP_FILE, DemoPage, demo_files
from playhead.dashboard.demo import MEDIA
from playhead.log import configure_logging
from playhead.rooms import Playhead
from playhead.server import CannotListenError, listen, serve
from playhead.settings import Settings
from playhead.simulate import DEFAULT_MEDIAS, audience, send_history, watch_live

_SESSIONS: Final = 6000
_DAYS: Final = 90
_GROWTH: Final = 1.25
_VIEWERS: Final = 5
_CLIP: Final = "demo-clip"
_EMAIL: Final = "demo@playhead.example"


class DemoState(msgspec.Struct):
    """What a demo remembers from one start to the next."""

    account_key: str
    token: str
    """May do everything; for whoever sees the terminal."""
    page_token: str
    """May only read; the page hands it to whoever opens it."""
    project: str
    user_id: int
    """Whom the pages sign in by themselves, at this machine."""
    audience_sent: bool = False


@click.command()
@setting_options(
    "host",
    "port",
    "data",
    "tracker_path",
    "collect_path",
    "log_level",
    data=Path("data/demo"),
    log_level="warning",
)
@click.option(
    "--sessions", default=_SESSIONS, show_default=True, help="Size of the simulated audience."
)
@click.option(
    "--live/--no-live",
    default=True,
    show_default=True,
    help="Whether some of the audience watches now, as long as the demo runs.",
)
def demo(sessions: int, live: bool, **given: Any) -> None:
    """Show Playhead at work: its pages, a video, and an audience that has watched it.

    Everything is kept in the data folder; remove that and the next start begins anew.
    """
    settings = replace(settings_from(given), geo=str(MEDIA / "places.mmdb"))
    configure_logging(settings.log_level, "text")
    with one_line_errors():
        opened = _listen(settings)
        with opened, Playhead.open(settings) as playhead:
            state = _state(playhead.catalog, settings.data / "demo.json")
            page = DemoPage(
                account_key=state.account_key,
                token=state.page_token,
                media=_CLIP,
                tracker=settings.tracker_path,
                medias=[media.hashed_id for media in DEFAULT_MEDIAS],
            )
            playhead.mount("demo", demo_files(page))
            playhead.sign_in_by_itself(state.user_id)

            async def show(url: str) -> None:
                _say_where_the_clip_is(playhead.catalog, state, url)
                if not state.audience_sent:
                    await _send_audience(playhead, state, url, sessions)
                    state.audience_sent = True
                    _keep(state, settings.data / "demo.json")
                click.echo(_guide(url, state))
                if live:
                    key, token = state.account_key, state.token
                    await watch_live(url, key, token, DEFAULT_MEDIAS, _VIEWERS)

            serve(playhead, opened, beside=show)


def _listen(settings: Settings) -> socket.socket:
    """The usual port, or any free one if that is taken and nobody asked for it."""
    asked = click.get_current_context().get_parameter_source("port")
    try:
        return listen(settings.host, settings.port)
    except CannotListenError:
        if asked is not ParameterSource.DEFAULT:
            raise
        return listen(settings.host, 0)


def _state(catalog: Catalog, path: Path) -> DemoState:
    """The demo's account, made at the first start."""
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=DemoState)
    account = catalog.accounts.create("Demo", _local_timezone())
    _, token = catalog.tokens.create(account.id, "demo")
    _, page_token = catalog.tokens.create(account.id, "demo page", (Scope.READ,))
    # Nobody knows the password, and nobody needs it.
    password = hash_password(secrets.token_urlsafe(32))
    user = catalog.users.create(account.id, _EMAIL, password, "Demo", Role.ADMIN)
    project = catalog.projects.create(account.id, name="Demo course")
    for media in DEFAULT_MEDIAS:
        change = MediaChange(name=media.title, project_id=project.hashed_id)
        catalog.medias.create(account.id, change, hashed_id=media.hashed_id)
    state = DemoState(account.key, token, page_token, project.hashed_id, user.id)
    _keep(state, path)
    return state


def _say_where_the_clip_is(catalog: Catalog, state: DemoState, url: str) -> None:
    """The clip's page plays it above its graph; the port may be another one than last time."""
    account = catalog.accounts.find(state.account_key)
    if account is not None:
        change = MediaChange(url=f"{url}/demo/media/{CLIP_FILE}")
        catalog.medias.change(account.id, _CLIP, change)


def _keep(state: DemoState, path: Path) -> None:
    # It holds a token, so nobody else on this machine may read it.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(state))


def _local_timezone() -> str:
    """This machine's zone, so that "today" in the demo is the reader's today."""
    link = Path("/etc/localtime")
    if link.is_symlink():
        _, found, name = str(link.resolve()).partition("zoneinfo/")
        if found:
            return name.removeprefix("posix/")
    return "UTC"


async def _send_audience(playhead: Playhead, state: DemoState, url: str, sessions: int) -> None:
    now_ms = time.time_ns() // 1_000_000
    crowd = audience(DEFAULT_MEDIAS, sessions, days=_DAYS, now_ms=now_ms, seed=2012, growth=_GROWTH)
    with arriving(sessions) as advance:
        await send_history(url, state.account_key, state.token, crowd, on_sent=advance)
    while playhead.spool.waiting:  # noqa: ASYNC110
        await asyncio.sleep(0.05)


def _guide(url: str, state: DemoState) -> str:
    header = f'-H "Authorization: Bearer {state.token}"'
    paths = (
        "stats/account.json",
        f"stats/projects/{state.project}.json",
        f"stats/medias/{_CLIP}/engagement.json",
    )
    calls = "\n\n".join(f"  curl -s {header} \\\n    {url}/v1/{path}" for path in paths)
    return f"""
Playhead is open for business.

  {click.style("The pages", bold=True)}    {url}/
  {click.style("A video", bold=True)}      {url}/demo/
  {click.style("The API", bold=True)}      {url}/docs
  {click.style("API token", bold=True)}    {state.token}

Play the video and watch its numbers move, there and on the pages. Or ask the API:

{calls}

Ctrl-C ends it; the next start takes seconds."""
