"""Answering requests over HTTP, from a socket to a clean end."""

import asyncio
import contextlib
import gc
import logging
import resource
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from playhead.addresses import Addresses, is_loopback
from playhead.collect.bounded import Bounds
from playhead.collect.direct import direct_protocol
from playhead.errors import OperatorError
from playhead.log import get_logger
from playhead.rooms import Playhead
from playhead.settings import Settings

# With the time that rooms.py gives to the drain, under the 10 seconds in which a stopped server
# has to be gone.
_REQUESTS_MAY_TAKE_S: Final = 3
_ATTEMPTS_WAITING: Final = 2048

# In each of its rounds, which take tens of milliseconds under load, the event loop lets a single
# newcomer in from each listening socket: 300 at once waited for up to 4 seconds, and with so many
# sockets for less than 0.4.
_LISTENERS: Final = 16

# The engine has a file open for each column of what it reads and merges.
_FILES_OF_OUR_OWN: Final = 1024
_MOST_FILES: Final = 65_536

_log = get_logger("server")


class CannotListenError(OperatorError):
    """The address cannot be listened on."""


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


def listeners(opened: socket.socket) -> list[socket.socket]:
    """A listening socket, several times, so that many are let in at once; the server closes all."""
    return [opened, *(opened.dup() for _ in range(_LISTENERS - 1))]


def url_of(opened: socket.socket) -> str:
    """The URL of a listening socket, one that a browser on this machine can open."""
    host, port = opened.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def http_config(
    app: Callable[..., Any], protocol: type[asyncio.Protocol] = HttpToolsProtocol
) -> uvicorn.Config:
    """How an ASGI application is served here; the bench's yardstick is served alike."""
    # It warns of every request that cannot be read, of which a stranger can send any number.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    return uvicorn.Config(
        app,
        # Said, not guessed: a plain function that gives something to await saves a step.
        interface="asgi3",
        http=protocol,
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


def leave_the_old_alone() -> None:
    """Tell the garbage collector that what is there by now stays for good.

    Looking through it again and again would take a fifth of the time of a beacon.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


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
    leave_the_old_alone()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(playhead, opened, beside))


def _bounds_of(settings: Settings) -> Bounds:
    """The limits of connections, of which the engine's and the spool's files must not run out."""
    trusts = Addresses(settings.proxy_networks()).trusts
    files = raise_file_limit()
    most = files - min(_FILES_OF_OUR_OWN, files // 2)
    if most < settings.connections:
        _log.warning("server.few_files", connections=most, advice="raise the limit: ulimit -n")
    most = min(most, settings.connections)
    return Bounds(
        most,
        # Where there are few, a single address must not have them all.
        min(settings.address_connections, max(1, most // 2)),
        lambda address: is_loopback(address) or trusts(address),
    )


def raise_file_limit() -> int:
    """Let this process have as many files as the system allows; how many that is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return _MOST_FILES if soft == resource.RLIM_INFINITY else soft


async def _serve(
    playhead: Playhead,
    opened: socket.socket,
    beside: Callable[[str], Awaitable[None]] | None,
) -> None:
    server = _Server(http_config(playhead, direct_protocol(_bounds_of(playhead.settings))))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, server, number)
    async with playhead.housekeeping():
        running = asyncio.create_task(server.serve(sockets=listeners(opened)))
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
