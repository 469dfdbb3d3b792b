"""A whole Playhead: every room of one data folder, and which request goes where."""

import asyncio
import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Self

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from playhead import metering, tracing
from playhead.addresses import Addresses, is_loopback
from playhead.api import build_api
from playhead.api.services import Services
from playhead.backup import SnapshotDesk
from playhead.catalog import Catalog
from playhead.collect import Collector
from playhead.collect.places import Places
from playhead.collect.visitors import CookielessVisitors
from playhead.dashboard import ASSETS_PREFIX, PAGE_PREFIXES, Pages, TrackerScript
from playhead.drain import Drain, Pace, Retention, Settler, SharedSettler, VisitorSettler
from playhead.errors import OperatorError
from playhead.limits import RateLimit
from playhead.log import get_logger
from playhead.settings import Settings
from playhead.spool import Spool
from playhead.stats.analytics import ACTION_TYPES
from playhead.stats.rolling import Definitions
from playhead.store import (
    Analytics,
    Expiring,
    Insights,
    People,
    Questions,
    Rollups,
    Sessions,
    SettlingStore,
    Store,
    StoreUnavailableError,
    Visitors,
    Watching,
    put_aside,
)

AsgiApp = Callable[..., Awaitable[None]]

# With what server.py gives to requests, under the 10 seconds in which a stopped server is gone.
_DRAIN_MAY_TAKE_S: Final = 4.0
_WHOLE_SPOOL_MAY_TAKE_S: Final = 3600.0
_SECRETS_EVERY_S: Final = 600

_log = get_logger("server")


class DataInUseError(OperatorError):
    """Another process owns the data folder."""


class TurnTakenError(OperatorError):
    """Another process settles the store."""


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


def settler_of(settings: Settings, store: Store, catalog: Catalog) -> Settler:
    """The settler, with the definitions of ``stats``."""
    every_ms = settings.settle_every * 1000
    return Settler(
        SettlingStore(store),
        Rollups(store),
        catalog,
        Definitions(),
        VisitorSettler(Visitors(store), every_ms=every_ms),
        Retention(Expiring(store), Definitions()),
        Pace(after_ms=settings.settle_after * 60_000, every_ms=every_ms),
    )


def empty_spool(settings: Settings, store: Store, catalog: Catalog) -> None:
    """Move what waits in the spool of a data folder, whose server has stopped, into the store.

    Raises:
        SpoolUnavailableError: the spool cannot be opened.
        StoreUnavailableError: something still waits.
    """
    spool = Spool(settings.data / "spool.sqlite", settings.spool_limit * 2**20)
    try:
        if spool.waiting:
            drain = Drain(spool, Sessions(store), catalog, settler_of(settings, store, catalog))
            drain.start()
            drain.close(_WHOLE_SPOOL_MAY_TAKE_S)
        if spool.waiting:
            raise StoreUnavailableError(
                f"{spool.waiting} lines still wait in the spool (run 'playhead serve' until"
                " /readyz says that none does)"
            )
    finally:
        spool.close()


def lone_settler_of(settings: Settings, store: Store, catalog: Catalog) -> Settler:
    """The settler for a command, which nobody may settle beside.

    Raises:
        TurnTakenError: a server that shares the store does.
    """
    if not store.changes.alone:
        see_that_nobody_settles(catalog)
    return settler_of(settings, store, catalog)


def see_that_nobody_settles(catalog: Catalog) -> None:
    """Take the turn that the servers which share a catalog have by turns.

    Raises:
        TurnTakenError: one of them has it.
    """
    if not catalog.turn.mine():
        raise TurnTakenError(
            "store: another Playhead is settling this store; stop every server that uses it first"
        )


def sweep_spool(settings: Settings, store: Store, catalog: Catalog) -> None:
    """Move what waits into the store, as :func:`empty_spool`, and leave no file of the spool.

    Raises:
        SpoolUnavailableError: the spool cannot be opened.
        StoreUnavailableError: something still waits.
    """
    empty_spool(settings, store, catalog)
    for file in settings.data.glob("spool.*"):
        file.unlink()


def sweep_damage(settings: Settings, store: Store) -> None:
    """Leave no file of parts of the embedded store that were damaged and put aside.

    Raises:
        StoreUnavailableError: the store cannot answer.
    """
    if not settings.store:
        put_aside(store, settings.data / "store")
        for folder in settings.data.glob("store.damaged-*"):
            shutil.rmtree(folder)


def _sharing_settler_of(
    settings: Settings, store: Store, catalog: Catalog
) -> Settler | SharedSettler:
    settler = settler_of(settings, store, catalog)
    if store.changes.alone:
        return settler
    after_ms = settings.settle_after * 60_000
    return SharedSettler(settler, Visitors(store), catalog, after_ms=after_ms)


class Playhead:
    """The rooms of one process, opened in the order in which they need each other."""

    def __init__(self, settings: Settings, rooms: contextlib.ExitStack) -> None:
        """Open everything in ``settings.data``.

        Raises:
            TracesUnavailableError: traces are wanted, and cannot be made.
            DataInUseError: another process owns the folder.
            SpoolUnavailableError: the spool cannot be opened.
            CatalogUnavailableError: the catalog cannot be opened.
            StoreInUseError: the embedded store cannot be opened.
            StoreUnavailableError: the store does not answer.
        """
        rooms.enter_context(tracing.exported(settings.traces))
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
        if not settings.store:
            put_aside(self._store, settings.data / "store")
        self.spool = Spool(settings.data / "spool.sqlite", settings.spool_limit * 2**20)
        rooms.callback(self.spool.close)
        settler = _sharing_settler_of(settings, self._store, self.catalog)
        between = () if settings.store else (SnapshotDesk(settings.data, self._store).look,)
        self._drain = Drain(self.spool, Sessions(self._store), self.catalog, settler, *between)
        rooms.callback(self._drain.close, _DRAIN_MAY_TAKE_S)
        metering.watch(self.spool, self._drain)
        self._visitors = CookielessVisitors(self.catalog)
        self._visitors.load(_now_ms())
        self._places = Places(settings.geo_files())
        collector = Collector(settings, self.spool, self.catalog, self._visitors, self._places)
        self._services = Services(
            self.catalog,
            Questions(self._store),
            People(self._store),
            Analytics(self._store, ACTION_TYPES),
            Insights(self._store),
            Watching(self._store),
            self._store.changes,
            RateLimit(settings.api_limit),
            RateLimit(settings.api_limit),
            settings.public_url,
            settings.tracker_path,
            Addresses(settings.proxy_networks()),
        )
        self._api: AsgiApp = metering.timed(tracing.traced(build_api(self._services)))
        self._rooms: dict[str, AsgiApp] = {
            settings.tracker_path: TrackerScript(settings.collect_path),
            f"{settings.tracker_path}/more": TrackerScript(settings.collect_path, more=True),
            "/healthz": _alive,
            "/readyz": self._ready,
            "/metrics": _metrics,
        }
        for path in ("/collect", settings.collect_path):
            self._rooms[path] = collector.collect
            self._rooms[f"{path}/batch"] = collector.collect_batch
        self._asker = ThreadPoolExecutor(1, "ready")
        self._asking: asyncio.Future[Any] | None = None
        self._mounted: dict[str, AsgiApp] = dict.fromkeys([*PAGE_PREFIXES, ASSETS_PREFIX], Pages())
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

    def sign_in_by_itself(self, user_id: int) -> None:
        """Sign this user in without a password, for a demo; only whoever sits at this machine."""
        self._services.self_sign_in.user_id = user_id

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
                await asyncio.to_thread(self._places.refresh)
            except Exception as error:  # noqa: BLE001
                _log.warning("server.housekeeping_failed", error=str(error))

    async def _ready(self, _scope: Any, _receive: Any, send: Any) -> None:
        # Whoever asks while the store is slow hears the same answer; none queues behind another.
        if self._asking is None or self._asking.done():
            loop = asyncio.get_running_loop()
            self._asking = loop.run_in_executor(self._asker, self._store.ask, "SELECT 1", {})
        try:
            await asyncio.shield(self._asking)
        except StoreUnavailableError as error:
            await _answer(send, 503, {"status": str(error), "waiting": self.spool.waiting})
        else:
            await _answer(send, 200, {"status": "ready", "waiting": self.spool.waiting})


def _api_scope(scope: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The API's paths work with and without ``.json``."""
    path: str = scope["path"]
    if path.startswith(("/v1/", "/modern/")) and path.endswith(".json"):
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
