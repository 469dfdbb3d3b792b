"""A collector behind a real socket, with a spool that commits when the test says so."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import msgspec
import uvloop

from playhead.catalog import Catalog
from playhead.collect import Collector
from playhead.collect.direct import direct_protocol
from playhead.collect.places import Places
from playhead.collect.visitors import CookielessVisitors
from playhead.server import _Server, http_config, listen
from playhead.settings import Settings
from playhead.spool import Done, Entry, Spool, SpoolFullError, SpoolUnavailableError
from support import wait_until


@dataclass
class HeldSpool:
    """Takes lines as the spool does; while ``held``, nothing is on disk until ``commit``."""

    held: bool = False
    full: bool = False
    kept: list[Entry] = field(default_factory=list)
    waiting: list[tuple[Sequence[Entry], Done, asyncio.AbstractEventLoop]] = field(
        default_factory=list
    )

    def append(self, entries: Sequence[Entry], done: Done, loop: asyncio.AbstractEventLoop) -> None:
        if self.full:
            raise SpoolFullError("too many beacons are waiting for the store")
        self.waiting.append((entries, done, loop))
        if not self.held:
            self.commit()

    def commit(self, error: SpoolUnavailableError | None = None) -> None:
        waiting, self.waiting = self.waiting, []
        for entries, done, loop in waiting:
            if error is None:
                self.kept += entries
            loop.call_soon_threadsafe(done, error)

    def commit_when(self, requests: int) -> None:
        wait_until(lambda: len(self.waiting) == requests)
        self.commit()


@dataclass
class Collecting:
    """A collector that answers at a port."""

    spool: HeldSpool
    catalog: Catalog
    server: _Server
    port: int
    long_way: int = 0
    """How many requests went the long way."""

    def connect(self) -> socket.socket:
        opened = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened

    def ask(self, *pieces: bytes, pause_s: float = 0.0) -> bytes:
        """Send pieces; all that comes back until the server closes the connection."""
        with self.connect() as opened:
            # Who refuses at the head of a request need not wait for the rest of it.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                for piece in pieces:
                    opened.sendall(piece)
                    time.sleep(pause_s)
            return read_all(opened)


def read_all(opened: socket.socket) -> bytes:
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := opened.recv(65_536):
            found += piece
    return found


def request(body: bytes | str | dict[str, Any], *headers: str, target: str = "/collect") -> bytes:
    """``POST /collect`` as bytes."""
    if not isinstance(body, bytes):
        body = body.encode() if isinstance(body, str) else msgspec.json.encode(body)
    lines = [f"POST {target} HTTP/1.1", "Host: x", "Content-Type: text/plain", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


CLOSE = "Connection: close"


@contextmanager
def collecting(
    data: Path, protocol: type[asyncio.Protocol] | None = None, **settings: Any
) -> Iterator[Collecting]:
    """Run a collector in a thread of its own, with the short way unless told otherwise."""
    given = Settings(data=data, **settings)
    catalog = Catalog.open(given.catalog_url)
    visitors = CookielessVisitors(catalog)
    visitors.load(time.time_ns() // 1_000_000)
    spool = HeldSpool()
    collector = Collector(given, cast("Spool", spool), catalog, visitors, Places(()))

    def app(scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        made.long_way += 1
        batch = scope["path"].endswith("/batch")
        return (collector.collect_batch if batch else collector.collect)(scope, receive, send)

    opened = listen("127.0.0.1", 0)
    server = _Server(http_config(app, protocol or direct_protocol()))
    made = Collecting(spool, catalog, server, opened.getsockname()[1])
    thread = threading.Thread(
        target=lambda: uvloop.run(server.serve(sockets=[opened])), name="collecting"
    )
    thread.start()
    try:
        wait_until(lambda: server.started)
        yield made
    finally:
        server.should_exit = True
        thread.join()
        opened.close()
        catalog.close()
