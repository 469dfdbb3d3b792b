"""What holds for every exchange with the API: caching, HEAD, OPTIONS and other origins."""

import asyncio
import hashlib
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, Final

from playhead import tracing
from playhead.api.answer import Answer, Headers
from playhead.api.auth import Caller
from playhead.api.kept import KeptAnswers
from playhead.api.services import Services
from playhead.catalog import Catalog, CatalogUnavailableError
from playhead.log import get_logger

AsgiApp = Callable[..., Awaitable[None]]
Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]

_GOOD: Final = frozenset({HTTPStatus.OK, HTTPStatus.NOT_MODIFIED})
_READING: Final = frozenset({"GET", "HEAD"})
# OPTIONS is asked as a method that nobody has: a 405 says which there are. The framework's own
# answer would want a token, and would leave out methods that were registered later.
_ASKED_AS: Final = {"HEAD": "GET", "OPTIONS": "TRACE"}
# Whoever may use it has to ask each time whether it is still so, and nobody else may keep it.
_ASK_EACH_TIME: Final = b"private, no-cache"
_KEPT_OF_304: Final = frozenset({b"etag", b"cache-control", b"vary"})
_ENTITY_TAG: Final = re.compile(rb'(?:W/)?("[^"]*")')
_EXPOSED: Final = b"ETag, Retry-After, Link"
_ORIGINS_FRESH_S: Final = 1.0
_PREFLIGHT: Final = (
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-allow-headers", b"Authorization, If-None-Match"),
    (b"access-control-max-age", b"60"),
)
_VARY_OF_PREFLIGHT: Final = (
    b"Origin",
    b"Access-Control-Request-Method",
    b"Access-Control-Request-Headers",
)

_log = get_logger("api")


class Exchange:
    """Wraps the API so that no handler has to think of this (contract/stats-api.md, Beyond).

    * A GET that succeeds has a strong ETag of its body; an unchanged one is a 304.
    * What was just answered, and is still true, is answered again (:mod:`playhead.api.kept`).
    * HEAD is answered as GET without the body.
    * ``Allow`` names HEAD wherever it names GET.
    * An origin that the token's account allows may read the answer, errors too.
    """

    def __init__(self, app: AsgiApp, services: Services) -> None:
        self._app = app
        self._origins = KnownOrigins(services.catalog)
        self._kept = KeptAnswers(services)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer one request."""
        key = self._kept.key_of(scope)
        answer = self._kept.find(key) if key else None
        if answer is None:
            began = self._kept.moment() if key else None
            answer, caller = await self._answer(scope, receive)
            if key and began and caller and answer.status in _GOOD:
                self._kept.keep(key, began, answer, caller)
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": answer.headers,
            }
        )
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Scope, receive: Any) -> tuple[Answer, Caller | None]:
        method: str = scope["method"]
        inner = {**scope, "method": _ASKED_AS.get(method, method)}
        answer = await _answer_of(self._app, inner, receive)
        if method == "OPTIONS" and answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
            answer = Answer(HTTPStatus.NO_CONTENT, [(b"allow", answer.get(b"allow") or b"")])
        tracing.name_request(method, inner.get("path_template"))
        found = inner.get("user")
        caller = found if isinstance(found, Caller) else None
        asked = dict(scope["headers"])
        origin = asked.get(b"origin")
        _name_head(answer)
        answer.set(b"x-content-type-options", b"nosniff")
        if answer.status >= HTTPStatus.BAD_REQUEST:
            # Some errors may be kept by default; a thing that is not there may be made any time.
            answer.set(b"cache-control", b"no-store")
        if method in _READING:
            if answer.status == HTTPStatus.OK:
                _tag(answer, caller)
                answer = _not_modified_or(answer, scope["headers"])
            _let_origin_read(answer, caller, origin)
        elif method == "OPTIONS" and b"access-control-request-method" in asked:
            await self._answer_preflight(answer, origin)
        if method == "HEAD":
            answer.body = b""
        return answer, caller

    async def _answer_preflight(self, answer: Answer, origin: bytes | None) -> None:
        """It carries no token, so one account's consent is enough to let the question be asked.

        Whether the answer may be read is then for the account that is asked.
        """
        answer.vary(*_VARY_OF_PREFLIGHT)
        if origin is None or answer.status != HTTPStatus.NO_CONTENT:
            return
        if await self._origins.allow(origin.decode("latin-1")):
            answer.set(b"access-control-allow-origin", origin)
            answer.headers.extend(_PREFLIGHT)


class KnownOrigins:
    """The origins that some account allows, at most about a second behind the catalog.

    For the event loop only.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._origins: frozenset[str] = frozenset()
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def allow(self, origin: str) -> bool:
        """Whether any account allows it. What was known holds while the catalog is away."""
        async with self._reading:
            if time.monotonic() - self._read_at > _ORIGINS_FRESH_S:
                try:
                    self._origins = await asyncio.to_thread(self._catalog.accounts.cors_origins)
                except CatalogUnavailableError:
                    _log.warning("api.catalog_unavailable")
                self._read_at = time.monotonic()
        return origin in self._origins or "*" in self._origins


async def _answer_of(app: AsgiApp, scope: Scope, receive: Any) -> Answer:
    """The answers of the API are small: the largest list has 100 entries."""
    answer = Answer(0, [])
    chunks: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = [(name.lower(), value) for name, value in message["headers"]]
        else:
            chunks.append(message.get("body", b""))

    await app(scope, receive, keep)
    answer.body = b"".join(chunks)
    return answer


def _tag(answer: Answer, caller: Caller | None) -> None:
    answer.set(b"etag", f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'.encode())
    if answer.get(b"cache-control") is None:
        answer.set(b"cache-control", _ASK_EACH_TIME)
    if caller is not None:
        # Without a token the cookie decides, and it is not even looked at where there is one.
        answer.vary(*((b"Authorization", b"Cookie") if caller.sign_in else (b"Authorization",)))


def _not_modified_or(answer: Answer, asked: Headers) -> Answer:
    if not _has(answer.get(b"etag") or b"", asked):
        return answer
    kept = [pair for pair in answer.headers if pair[0] in _KEPT_OF_304]
    return Answer(HTTPStatus.NOT_MODIFIED, kept)


def _has(etag: bytes, asked: Headers) -> bool:
    """Whether ``If-None-Match`` names the tag; it compares weakly (RFC 9110, 13.1.2)."""
    given = b", ".join(value for name, value in asked if name == b"if-none-match").strip()
    return given == b"*" or etag in _ENTITY_TAG.findall(given)


def _let_origin_read(answer: Answer, caller: Caller | None, origin: bytes | None) -> None:
    # What a cookie opens is for our own pages, whichever origins the account allows.
    if caller is None or caller.sign_in is not None or not caller.account.cors_origins:
        return
    answer.vary(b"Origin")
    allowed = caller.account.cors_origins
    if origin is not None and ("*" in allowed or origin.decode("latin-1") in allowed):
        # The origin itself, never with credentials: a browser's stored passwords stay unused.
        answer.set(b"access-control-allow-origin", origin)
        answer.set(b"access-control-expose-headers", _EXPOSED)


def _name_head(answer: Answer) -> None:
    allow = answer.get(b"allow")
    if allow is None:
        return
    methods = set(allow.decode("latin-1").split(", "))
    if "GET" in methods:
        methods.add("HEAD")
    answer.set(b"allow", ", ".join(sorted(methods)).encode())
