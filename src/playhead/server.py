"""A running Playhead: every room opened, one process, one port."""

import asyncio
import contextlib
import fcntl
import gc
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any, Final, Self

import msgspec
import uvicorn
import uvloop
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from playhead.api import build_api
from playhead.api.services import Services
from playhead.catalog import Catalog
from playhead.collect import Collector
from playhead.collect.addresses import is_loopback
from playhead.collect.visitors import CookielessVisitors
from playhead.dashboard import TrackerScript
from playhead.drain import Drain
from playhead.limits import RateLimit
from playhead.log import get_logger
from playhead.settings import Settings
from playhead.spool import Spool
from playhead.store import Questions, Sessions, Store, StoreUnavailableError

AsgiApp = Callable[..., Awaitable[None]]

# Together under the 10 seconds in which a stopped server has to be gone.
_REQUESTS_MAY_TAKE_S: Final = 3
_DRAIN_MAY_TAKE_S: Final = 4.0
_SECRETS_EVERY_S: Final = 600
_ATTEMPTS_WAITING: Final = 2048

_log = get_logger("server")


class DataInUseError(Exception):
    """Another process owns the data folder."""


class CannotListenError(Exception):
    """The address cannot be listened on."""


@contextlib.contextmanager
def own_folder(folder: Path) -> Iterator[None]:
    """Own a data folder for as long as the context lasts.

    Raises:
        DataInUseError: another process does, or the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a+")
    except OSError as error:
        raise DataInUseError(f"data: cannot use {folder}: {error.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise DataInUseError(
                f"data: {folder} is in use by another Playhead (process {lock.read().strip()}); "
                "stop it or choose another folder with --data"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


class Playhead:
    """The rooms of one process, opened in the order in which they need each other."""

    def __init__(self, settings: Settings, rooms: contextlib.ExitStack) -> None:
        """Open everything in ``settings.data``.

        Raises:
            DataInUseError: another process owns the folder.
            SpoolUnavailableError: the spool cannot be opened.
            CatalogUnavailableError: the catalog cannot be opened.
            StoreInUseError: the embedded store cannot be opened.
            StoreUnavailableError: the store does not answer.
        """
        rooms.enter_context(own_folder(settings.data))
        self.settings = settings
        self.catalog = Catalog.open(settings.catalog_url)
        rooms.callback(self.catalog.close)
        self._store = Store.open(
            settings.store_dsn,
            threads=settings.store_threads,
            memory_mib=settings.store_memory,
            seconds=settings.store_seconds,
        )
        rooms.callback(self._store.close)
        self.spool = Spool(settings.data / "spool.sqlite", settings.spool_limit * 2**20)
        rooms.callback(self.spool.close)
        self._drain = Drain(self.spool, Sessions(self._store), self.catalog)
        rooms.callback(self._drain.close, _DRAIN_MAY_TAKE_S)
        self._visitors = CookielessVisitors(self.catalog)
        self._visitors.load(_now_ms())
        collector = Collector(settings, self.spool, self.catalog, self._visitors)
        questions = Questions(self._store)
        self._api: AsgiApp = build_api(
            Services(self.catalog, questions, RateLimit(settings.api_limit))
        )
        self._rooms: dict[str, AsgiApp] = {
            settings.tracker_path: TrackerScript(settings.collect_path),
            "/healthz": _alive,
            "/readyz": self._ready,
            "/metrics": _metrics,
        }
        for path in ("/collect", settings.collect_path):
            self._rooms[path] = collector.collect
            self._rooms[f"{path}/batch"] = collector.collect_batch
        self._mounted: dict[str, AsgiApp] = {}
        self._drain.start()

    @classmethod
    @contextlib.contextmanager
    def open(cls, settings: Settings) -> Iterator[Self]:
        """Open everything; close it in the opposite order, what is on its way first moved on."""
        with contextlib.ExitStack() as rooms:
            rooms.callback(_log.info, "server.stopped")
            yield cls(settings, rooms)

    def mount(self, prefix: str, app: AsgiApp) -> None:
        """Serve an application under a first path segment, like ``demo``."""
        self._mounted[prefix] = app

    def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> Awaitable[None]:
        """Send a request to its room."""
        path: str = scope["path"]
        room = self._rooms.get(path) or self._mounted.get(path[1:].partition("/")[0])
        return room(scope, receive, send) if room else self._api(_api_scope(scope), receive, send)

    @contextlib.asynccontextmanager
    async def housekeeping(self) -> AsyncIterator[None]:
        """Do now and then what nobody asks for, as long as the context lasts."""
        task = asyncio.create_task(self._keep_house())
        try:
            yield
        finally:
            task.cancel()

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(_SECRETS_EVERY_S)
            try:
                await asyncio.to_thread(self._visitors.load, _now_ms())
            except Exception as error:  # noqa: BLE001
                _log.warning("server.housekeeping_failed", error=str(error))

    async def _ready(self, _scope: Any, _receive: Any, send: Any) -> None:
        try:
            await asyncio.to_thread(self._store.ask, "SELECT 1", {})
        except StoreUnavailableError as error:
            await _answer(send, 503, {"status": str(error), "waiting": self.spool.waiting})
        else:
            await _answer(send, 200, {"status": "ready", "waiting": self.spool.waiting})


class _Server(uvicorn.Server):
    """Uvicorn that says when it answers, and leaves signals to us.

    Its own handlers would raise a caught signal again, before the drain could finish.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell whoever waits."""
        await super().startup(sockets)
        self.answering.set()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 picks a free one.

    Raises:
        CannotListenError: naming the address and the reason.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        opened = socket.socket(family, kind, protocol)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
    except OSError as error:
        raise CannotListenError(
            f"cannot listen on {host}:{port}: {error.strerror} (choose another with --port)"
        ) from None
    return opened


def url_of(opened: socket.socket) -> str:
    """The URL of a listening socket, one that a browser on this machine can open."""
    host, port = opened.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    playhead: Playhead,
    opened: socket.socket,
    beside: Callable[[str], Awaitable[None]] | None = None,
) -> None:
    """Answer requests until SIGTERM or SIGINT.

    Args:
        playhead: the rooms.
        opened: a socket from :func:`listen`.
        beside: runs beside the server once it answers; gets its URL.
    """
    # What is there by now stays for good. Looking through it again and again for garbage would
    # take a fifth of the time of a beacon.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(playhead, opened, beside))


async def _serve(
    playhead: Playhead,
    opened: socket.socket,
    beside: Callable[[str], Awaitable[None]] | None,
) -> None:
    config = uvicorn.Config(
        playhead,
        # Said, not guessed: a plain function that gives something to await saves a step.
        interface="asgi3",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        # Forwarded addresses are the collector's business, which knows whom to trust.
        proxy_headers=False,
        server_header=False,
        backlog=_ATTEMPTS_WAITING,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_REQUESTS_MAY_TAKE_S,
    )
    server = _Server(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, server, number)
    async with playhead.housekeeping():
        running = asyncio.create_task(server.serve(sockets=[opened]))
        await server.answering.wait()
        url = url_of(opened)
        _log.info("server.listening", url=url, data=str(playhead.settings.data))
        companion = asyncio.create_task(_companion(beside, url, server)) if beside else None
        await running
        if companion is not None:
            companion.cancel()
            await asyncio.wait([companion])
            if not companion.cancelled() and (error := companion.exception()):
                raise error


async def _companion(
    beside: Callable[[str], Awaitable[None]], url: str, server: uvicorn.Server
) -> None:
    try:
        await beside(url)
    except Exception:
        server.should_exit = True
        raise


def _stop(server: uvicorn.Server, number: int) -> None:
    _log.info("server.stopping", signal=signal.Signals(number).name)
    server.should_exit = True


def _api_scope(scope: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The API's paths work with and without ``.json``."""
    path: str = scope["path"]
    if path.startswith("/v1/") and path.endswith(".json"):
        return {**scope, "path": path[: -len(".json")], "raw_path": scope["raw_path"][:-5]}
    return scope


async def _alive(_scope: Any, _receive: Any, send: Any) -> None:
    await _answer(send, 200, {"status": "alive"})


async def _metrics(scope: MutableMapping[str, Any], _receive: Any, send: Any) -> None:
    """For Prometheus on this machine; a stranger does not see that there is anything."""
    if scope["client"] and is_loopback(scope["client"][0]):
        await _answer(send, 200, generate_latest(), CONTENT_TYPE_LATEST)
    else:
        await _answer(send, 404, {"error": "there is nothing at this address"})


async def _answer(
    send: Any, status: int, body: object, content_type: str = "application/json"
) -> None:
    encoded = body if isinstance(body, bytes) else msgspec.json.encode(body)
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(encoded)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": encoded})


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
