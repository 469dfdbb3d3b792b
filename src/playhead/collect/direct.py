"""The short way for ``POST /collect``: no task and no future while a beacon waits for the disk.

The long way is an ASGI task for each request. Hundreds of them lie open until the next commit, and
making, waking and ending them costs more than all that is done with the beacon. So this protocol
recognises a plain request of which everything came at once, has it taken by a plain call, and
when its lines are on disk writes the answer straight to the connection. All else goes the long
way: what is longer, comes in pieces, has to be looked up or is refused for its head.

A head that was read before is not read again (heads.py), and requests are taken some at a time:
the code of a connection and that of a beacon do not fit the processor's nearest caches together,
and going from one to the other with each request took a quarter of its time.

Nothing about beacons is known here. Which paths have a short way, the application says: it finds
a :data:`Rooms` among the extensions of a request's scope and enters its room.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from playhead.collect import http
from playhead.collect.bounded import BoundedProtocol, Bounds
from playhead.collect.heads import KnownHeads, cut

Answer = Callable[[http.App | None], None]
"""Ends a request: with a 204, or with whatever the application answers instead."""

Take = Callable[[str, bytes, Answer], http.App | None]
"""Takes the peer's address and the body. None: it calls the answer later, on the event loop; else
the application that has to answer now."""

Room = Callable[[http.Headers], Take | None]
"""What takes requests with such a head; None: they go the long way. A head is asked about once."""

Rooms = dict[bytes, Room]
"""The rooms with a short way, by path."""

EXTENSION: Final = "playhead.direct"

# About a millisecond, in which nobody else gets a turn.
_MOST_IN_A_TURN: Final = 32

# Of the scope, an application that answers instead needs no more than uvicorn itself does.
_SCOPE: Final = cast("Any", {"type": "http", "method": "POST"})


class _Waiting(RequestResponseCycle):
    """What uvicorn sees of a request on the short way: one that is not answered yet.

    So it queues what is pipelined behind it, and a server that stops waits for it.
    """

    # Uvicorn sets it when the connection is lost; nobody waits for it.
    message_event = asyncio.Event()

    def __init__(self) -> None:
        self.disconnected = False
        self.keep_alive = True
        self.response_complete = True


class _Head:
    """The head of a 204, as uvicorn would write it; made anew when the second changes."""

    def __init__(self) -> None:
        self._made_of: list[tuple[bytes, bytes]] | None = None
        self._head = b""

    def of(self, default_headers: list[tuple[bytes, bytes]]) -> bytes:
        if default_headers is not self._made_of:
            lines = [
                b"%b: %b\r\n" % header for header in (*default_headers, *http.NO_CONTENT_HEADERS)
            ]
            self._head = b"".join((STATUS_LINE[204], *lines))
            self._made_of = default_headers
        return self._head


_head: Final = _Head()


class _Turn:
    """Requests of one server that have come and are taken together, soon."""

    def __init__(self) -> None:
        self._requests: list[tuple[DirectProtocol, Take, bytes]] = []

    def add(self, protocol: "DirectProtocol", take: Take, body: bytes) -> None:
        """A request has come."""
        if not self._requests:
            protocol.loop.call_soon(self._take)
        self._requests.append((protocol, take, body))
        if len(self._requests) >= _MOST_IN_A_TURN:
            self._take()

    def _take(self) -> None:
        requests, self._requests = self._requests, []
        for protocol, take, body in requests:
            protocol.have_taken(take, body)


class DirectProtocol(BoundedProtocol):
    """Uvicorn's protocol with the short way in it. Serve one application with it only."""

    _rooms: Rooms
    _heads: KnownHeads[Take]
    _turn: _Turn
    scope: Any
    headers: Any

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._extensions = {EXTENSION: self._rooms}
        self.cycle = self._waiting = _Waiting()
        self._room: Room | None = None
        self._take: Take | None = None
        self._body = b""
        self._idle_since = 0.0
        self._is_between = True

    def data_received(self, data: bytes) -> None:
        """Take what came in; a request of which only a part is there goes the long way."""
        whole = cut(data) if self._is_between and self._is_ready() else None
        if whole is not None:
            take = self._heads.meaning_of(whole[0])
            if take is not None:
                self._unset_keepalive_if_required()
                self.end_request()
                self._take_soon(take, whole[1], keep_alive=True)
                return
        self._take = None
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._room is not None:
            self._go_the_long_way()
        elif whole is not None:
            self._remember(whole[0])

    def _remember(self, head: bytes) -> None:
        """Remember the head of what has just come, if it went the short way."""
        if self._take is not None and self._waiting.keep_alive:
            self._heads.learn(head, self._take)

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._is_between = False
        self.scope["extensions"] = self._extensions

    def on_headers_complete(self) -> None:
        """Choose the way."""
        self.end_head()
        self._room = self._rooms.get(self.url)
        if self._room is None:
            super().on_headers_complete()
        elif self._is_plain():
            self._body = b""
            self.scope["method"] = "POST"
        else:
            self._go_the_long_way()

    def _is_plain(self) -> bool:
        parser = self.parser
        return (
            parser.get_method() == b"POST"
            and parser.get_http_version() == "1.1"
            and not self.expect_100_continue
            and not parser.should_upgrade()
            and self._is_ready()
        )

    def _is_ready(self) -> bool:
        """Whether a request would be answered at once.

        What is pipelined waits for its turn, as uvicorn has it, and a client that does not read
        its answers gets no more of them.
        """
        return self.cycle.response_complete and not self.flow.write_paused

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        if self._room is not None:
            if not self._body:
                self._body = body
                return
            self._go_the_long_way()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Have the request taken, if it is on the short way."""
        self.end_request()
        self._is_between = True
        room = self._room
        self._take = _room_entered(room, self.headers) if room is not None else None
        if self._take is None:
            if room is not None:
                self._go_the_long_way()
            super().on_message_complete()
            return
        self._room = None
        body, self._body = self._body, b""
        self.scope = self.headers = None
        self._take_soon(self._take, body, keep_alive=self.parser.should_keep_alive())

    def _take_soon(self, take: Take, body: bytes, *, keep_alive: bool) -> None:
        waiting = self._waiting
        waiting.keep_alive = keep_alive
        waiting.response_complete = False
        self.cycle = waiting
        self._turn.add(self, take, body)

    def have_taken(self, take: Take, body: bytes) -> None:
        """Have the request that waits taken.

        While it waits for the disk, only its lines do: 500 open requests would not fit the caches.
        """
        try:
            instead = take(self.peer, body, self._answer)
        except Exception as error:  # noqa: BLE001
            instead = _raising(error)
        if instead is not None:
            self._start(instead)

    def _go_the_long_way(self) -> None:
        """Let uvicorn have the request, as if it had from the beginning."""
        self._room = None
        super().on_headers_complete()
        if self._body:
            super().on_body(self._body)
            self._body = b""

    def _answer(self, instead: http.App | None) -> None:
        """End the request that waits."""
        waiting = self._waiting
        if instead is not None:
            self._start(instead)
            return
        waiting.response_complete = True
        if self.transport.is_closing():
            return
        head = _head.of(self.server_state.default_headers)
        if waiting.keep_alive:
            self.transport.write(head + b"\r\n")
        else:
            self.transport.write(head + b"connection: close\r\n\r\n")
            self.transport.close()
        self.on_response_complete()

    # A timer for each answer, cancelled by the next request, would cost a microsecond each. So one
    # runs on for as long as the connection lives, and looks when it is due whether it really is.

    def on_response_complete(self) -> None:
        """Go on after an answer."""
        if self.timeout_keep_alive_task is None or self.pipeline or self.transport.is_closing():
            super().on_response_complete()
        else:
            self.server_state.total_requests += 1
            self.flow.resume_reading()
        self._idle_since = self.loop.time()

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection if nothing came for long."""
        self.timeout_keep_alive_task = None
        if not self._idle_since:
            return  # a request is on its way; its answer starts a timer again
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left <= 0:
            super().timeout_keep_alive_handler()
        else:
            self.timeout_keep_alive_task = self.loop.call_later(
                left, self.timeout_keep_alive_handler
            )

    def _unset_keepalive_if_required(self) -> None:
        self._idle_since = 0.0

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection; its timer must not keep it in memory."""
        super().connection_lost(exc)
        super()._unset_keepalive_if_required()

    def _start(self, app: http.App) -> None:
        """Have the waiting request answered by an application, which gets no body any more."""
        waiting = self._waiting
        cycle = RequestResponseCycle(
            scope=_SCOPE,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,  # it would want the whole scope
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=waiting.keep_alive,
            on_response=self.on_response_complete,
        )
        cycle.more_body = False
        cycle.disconnected = self.transport.is_closing()
        if self.cycle is waiting:
            self.cycle = cycle
        waiting.response_complete = True
        self._start_asgi_task(cycle, cast("Any", app))


def direct_protocol(bounds: Bounds | None = None) -> type[DirectProtocol]:
    """The protocol for a server, which has rooms and bounds of its own."""
    own = {"_rooms": {}, "_heads": KnownHeads(), "_turn": _Turn(), "_bounds": bounds or Bounds()}
    return type("DirectProtocol", (DirectProtocol,), own)


def _room_entered(room: Room, headers: http.Headers) -> Take | None:
    try:
        return room(headers)
    except Exception as error:  # noqa: BLE001
        # Raised here, the parser would take it for the sender's fault.
        instead = _raising(error)
        return lambda _peer, _body, _answer: instead


def _raising(error: Exception) -> http.App:
    async def app(*_: Any) -> None:
        raise error

    return app
