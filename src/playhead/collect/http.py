"""The collector's share of HTTP: reading requests and answering them, with CORS open."""

import zlib
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

import msgspec

from playhead.collect.refusals import Reason, Refusal

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
"""As ASGI has them: names in lower case."""

# No cookie is read or set, so any page may report (contract/beacon.md, Request).
_ANY_ORIGIN: Final = (b"access-control-allow-origin", b"*")
_CORS: Final = (
    _ANY_ORIGIN,
    (b"access-control-expose-headers", b"retry-after"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
_PREFLIGHT: Final = (
    *_CORS,
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", b"authorization, content-type, content-encoding"),
    (b"access-control-max-age", b"86400"),
)
# The one answer that is counted in thousands a second says no more than a browser needs.
NO_CONTENT_HEADERS: Final = (_ANY_ORIGIN,)
_NO_CONTENT: Final = {"type": "http.response.start", "status": 204, "headers": NO_CONTENT_HEADERS}
_PREFLIGHT_START: Final = {"type": "http.response.start", "status": 204, "headers": _PREFLIGHT}
_EMPTY: Final = {"type": "http.response.body", "body": b""}


_RETRY_S: Final = 5


class RequestHeaders(msgspec.Struct, gc=False):
    """The few headers that matter to a beacon."""

    content_type: str
    content_encoding: bytes
    content_length: int
    user_agent: str
    forwarded_for: str
    origin: str
    country: str
    """What a proxy says, if it is one."""


def read_headers(headers: Headers, country_header: bytes = b"") -> RequestHeaders:
    """Pick the headers out.

    Args:
        headers: of a request.
        country_header: the name of the one with the visitor's country; empty: there is none.
    """
    get = dict(headers).get
    forwarded_for = get(b"x-forwarded-for")
    content_length = get(b"content-length", b"")
    return RequestHeaders(
        content_type=_media_type(get(b"content-type", b"")),
        content_encoding=get(b"content-encoding", b""),
        content_length=int(content_length) if content_length.isdigit() else 0,
        user_agent=get(b"user-agent", b"").decode("latin-1"),
        forwarded_for="" if forwarded_for is None else _all_forwarded(headers),
        origin=get(b"origin", b"").decode("latin-1"),
        country=get(country_header, b"").decode("latin-1").strip().upper(),
    )


@lru_cache(maxsize=1000)
def _media_type(content_type: bytes) -> str:
    return content_type.partition(b";")[0].strip().lower().decode("latin-1")


def _all_forwarded(headers: Headers) -> str:
    """Several headers of this name are one list."""
    found = [value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for"]
    return ",".join(found)


class Memory:
    """Bounds what the bodies of several requests may hold together, in bytes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0

    @contextmanager
    def room(self) -> Iterator[Callable[[int], None]]:
        """What a request calls with each size before it holds that; given back at the end."""
        mine = 0

        def take(size: int) -> None:
            nonlocal mine
            if self._held + size > self._most:
                raise Refusal(
                    Reason.BUSY, "too much is coming in at this moment", retry_after_s=_RETRY_S
                )
            self._held += size
            mine += size

        try:
            yield take
        finally:
            self._held -= mine


async def read_body(
    receive: Receive,
    headers: RequestHeaders,
    limit: int,
    take: Callable[[int], None] = lambda _: None,
) -> bytes:
    """The body, unpacked if it came as gzip.

    Raises:
        Refusal: it is larger than ``limit`` bytes, packed or unpacked, or is not one whole
            gzip stream where it says so.
        ConnectionError: the client went away.
    """
    if headers.content_length > limit:
        raise too_large(limit)
    unpacker = _unpacker(headers.content_encoding, limit) if headers.content_encoding else None
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client went away")
        chunk = message.get("body", b"")
        if unpacker is not None:
            chunk = unpacker.unpack(chunk)
        size += len(chunk)
        if size > limit:
            raise too_large(limit)
        take(len(chunk))
        chunks.append(chunk)
        if not message.get("more_body"):
            break
    if unpacker is not None:
        unpacker.finish()
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


class _Gzip:
    """Unpacks one gzip stream, whole: half of a batch must not pass for all of it."""

    def __init__(self, limit: int) -> None:
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
        # One byte more than allowed is enough to know, however far it would unpack.
        self._most = limit + 1

    def unpack(self, chunk: bytes) -> bytes:
        if self._stream.eof and chunk:
            raise _bad_gzip("the body goes on where its gzip stream ends (send a single one)")
        try:
            unpacked = self._stream.decompress(chunk, self._most)
        except zlib.error:
            raise _bad_gzip("the body is not gzip") from None
        if self._stream.unused_data:
            raise _bad_gzip("the body goes on where its gzip stream ends (send a single one)")
        return unpacked

    def finish(self) -> None:
        if not self._stream.eof:
            raise _bad_gzip("the gzip stream ends too early")


def _unpacker(given: bytes, limit: int) -> _Gzip | None:
    encoding = given.strip().lower().decode("latin-1")
    if encoding in {"", "identity"}:
        return None
    if encoding != "gzip":
        raise Refusal(
            Reason.CONTENT_ENCODING, f"content-encoding: {encoding!r} is not known (use gzip)"
        )
    return _Gzip(limit)


def _bad_gzip(what: str) -> Refusal:
    return Refusal(Reason.CONTENT_ENCODING, f"content-encoding: {what}")


def too_large(limit: int) -> Refusal:
    """Of a body that is larger than so many bytes."""
    return Refusal(Reason.TOO_LARGE, f"body: is larger than {limit // 1024} KiB")


async def answer_no_content(send: Send) -> None:
    """204: the beacon is on disk."""
    await send(_NO_CONTENT)
    await send(_EMPTY)


async def answer_preflight(send: Send) -> None:
    """What a browser wants to hear before it sends another content type."""
    await send(_PREFLIGHT_START)
    await send(_EMPTY)


async def answer_json(
    send: Send, status: int, body: object, extra: tuple[tuple[bytes, bytes], ...] = ()
) -> None:
    """A JSON answer."""
    encoded = msgspec.json.encode(body)
    headers = [
        *_CORS,
        (b"content-type", b"application/json"),
        (b"content-length", str(len(encoded)).encode()),
        (b"x-content-type-options", b"nosniff"),
        *extra,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": encoded})


async def answer_refusal(send: Send, refusal: Refusal) -> None:
    """A refusal, with its reason in a header for whoever looks at the network panel."""
    extra = [(b"playhead-refusal", refusal.reason.value.encode())]
    if refusal.retry_after_s:
        extra.append((b"retry-after", str(refusal.retry_after_s).encode()))
    if refusal.status == HTTPStatus.METHOD_NOT_ALLOWED:
        extra.append((b"allow", b"POST, OPTIONS"))
    await answer_json(send, refusal.status, {"error": refusal.message}, tuple(extra))
