"""What one connection, one address and all of them may cost, whoever is at the other end.

Uvicorn's protocol waits for ever: for the first byte, for the rest of a head or of a body, and for
whoever does not read; it takes heads of any size and as many requests at once as fit a read.
Nothing is timed for each request: once a second all connections are looked at.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from prometheus_client import Counter, Gauge
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from playhead.addresses import is_loopback, neighbourhood

MOST_HEAD_BYTES: Final = 64 * 1024
MOST_HEADERS: Final = 200
MOST_PIPELINED: Final = 20
_LOOK_EVERY_S: Final = 1.0
_CLOSING_MAY_TAKE_S: Final = 30.0

_OPEN: Final = Gauge("playhead_connections", "Connections that are open.")
_CLOSED: Final = Counter(
    "playhead_connections_closed", "Connections that were closed at a limit.", ["reason"]
)


class Bounds:
    """The limits of one server, and its connections. For the event loop only."""

    def __init__(
        self,
        most: int = 10_000,
        of_address: int = 1000,
        is_exempt: Callable[[str], bool] = is_loopback,
        *,
        head_s: float = 20.0,
        request_s: float = 120.0,
        unread_s: float = 300.0,
    ) -> None:
        """Begin.

        Args:
            most: connections at once.
            of_address: connections at once of one address (of IPv6, its /64); 0: no limit.
            is_exempt: whether an address is a proxy's, or this machine's, which may have all.
            head_s: how long a connection may take until the head of its request is there.
            request_s: how long a whole request may take to come.
            unread_s: how long an answer may lie without being read.
        """
        self.most = most
        self.of_address = of_address
        self.is_exempt = is_exempt
        self.head_s = head_s
        self.request_s = request_s
        self.unread_s = unread_s
        self._open: set[BoundedProtocol] = set()
        self._of: dict[str, int] = {}
        self._looking = False

    def enter(self, protocol: "BoundedProtocol", address: str) -> str | None:
        """Count a connection; why it has to be closed again, None when it may stay."""
        if len(self._open) >= self.most:
            return "too_many"
        if self.of_address and not self.is_exempt(address):
            near = neighbourhood(address)
            if self._of.get(near, 0) >= self.of_address:
                return "of_address"
            self._of[near] = self._of.get(near, 0) + 1
            protocol.counted_as = near
        self._open.add(protocol)
        _OPEN.inc()
        if not self._looking:
            self._looking = True
            protocol.loop.call_later(_LOOK_EVERY_S, self._look, protocol.loop)
        return None

    def leave(self, protocol: "BoundedProtocol") -> None:
        """A connection has ended."""
        if protocol not in self._open:
            return
        self._open.remove(protocol)
        _OPEN.dec()
        near = protocol.counted_as
        if near is not None:
            left = self._of[near] - 1
            if left:
                self._of[near] = left
            else:
                del self._of[near]

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for protocol in tuple(self._open):
            protocol.look(now)
        self._looking = bool(self._open)
        if self._looking:
            loop.call_later(_LOOK_EVERY_S, self._look, loop)


class _BeyondBoundsError(Exception):
    """Ends the parsing of what came in."""


class BoundedProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, bounded."""

    _bounds: Bounds

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.counted_as: str | None = None
        self.peer = ""
        # Whether the client owes something, and since when a look has found that so.
        self._owes = self._in_head = True
        self._owes_since = self._unread_since = 0.0
        self._began_here = False
        # Of what has come in: the newest piece; and of a head that comes in several, the piece in
        # which it began and how much has come since.
        self._chunk = self._first = self._head_bytes = 0
        self._refusal = 400

    def connection_made(self, transport: Any) -> None:
        """Let the connection in, if there is room."""
        super().connection_made(transport)
        self.peer = self.client[0] if self.client else ""
        refused = self._bounds.enter(self, self.peer)
        if refused is not None:
            _CLOSED.labels(refused).inc()
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room for another one."""
        super().connection_lost(exc)
        self._bounds.leave(self)

    def data_received(self, data: bytes) -> None:
        """Take what came in, unless it makes the head too large."""
        self._chunk = len(data)
        self._began_here = False
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        if self._began_here:
            self._first = len(data)
        else:
            # The parser keeps what is not a whole header yet.
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self._refuse("head", 431)
                self.send_400_response("")

    def on_message_begin(self) -> None:
        """Begin a request."""
        if len(self.pipeline) >= MOST_PIPELINED:
            self._refuse("pipelined", 400)
            raise _BeyondBoundsError
        self._owes = self._in_head = self._began_here = True
        self._owes_since = 0.0
        self._first = self._head_bytes = 0
        super().on_message_begin()

    def end_head(self) -> None:
        """The head is there."""
        self._in_head = False
        large = self._chunk + self._first + self._head_bytes > MOST_HEAD_BYTES
        if len(self.headers) > MOST_HEADERS or (large and self._size() > MOST_HEAD_BYTES):
            self._refuse("head", 431)
            raise _BeyondBoundsError

    def end_request(self) -> None:
        """The request is there."""
        self._owes = False

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read; in the middle of an answer there is nothing to say."""
        if not self.cycle.response_complete:
            self.transport.close()
        elif self._refusal == 400:
            super().send_400_response(msg)
        else:
            head = STATUS_LINE[self._refusal] + b"content-length: 0\r\nconnection: close\r\n\r\n"
            self.transport.write(head)
            self.transport.close()

    def look(self, now: float) -> None:
        """Close the connection if its client takes too long."""
        closing = self.transport.is_closing()
        if closing or self.flow.write_paused:
            self._unread_since = self._unread_since or now
            limit_s = _CLOSING_MAY_TAKE_S if closing else self._bounds.unread_s
            if now - self._unread_since > limit_s:
                _CLOSED.labels("unread").inc()
                self.transport.abort()
            return
        self._unread_since = 0.0
        # A request that comes while another is answered may wait; who sends it is not slow.
        answering = not self.cycle.response_complete
        waits = self.flow.read_paused or self.pipeline or (self._in_head and answering)
        if not self._owes or waits:
            self._owes_since = 0.0
            return
        self._owes_since = self._owes_since or now
        limit_s = self._bounds.head_s if self._in_head else self._bounds.request_s
        if now - self._owes_since > limit_s:
            _CLOSED.labels("slow").inc()
            self.transport.close()

    def _size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _refuse(self, reason: str, status: int) -> None:
        _CLOSED.labels(reason).inc()
        self._refusal = status
