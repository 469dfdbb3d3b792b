"""The pages that people look at: one document for every address, and the files that it names.

Everything that the pages show they ask the API for; here are only files.
"""

import gzip
import hashlib
from pathlib import Path
from typing import Final

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from playhead.dashboard.tracker import STATIC

_BUILT: Final = STATIC / "dashboard"

PAGE_PREFIXES: Final = ("", "medias", "projects", "sessions", "visitors", "settings")
"""First segments of the addresses of pages; what is behind them, the pages' own script reads."""
ASSETS_PREFIX: Final = "assets"

_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        # Pictures of charts are put together in the page, from what it shows.
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        # An account's videos are where its owner keeps them. The pages load one from elsewhere
        # only when somebody asks for it with a click.
        "media-src 'self' http: https:",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS: Final = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
# What the system's own table says differs from one to the next.
_TYPES: Final = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}


class _File(Struct, frozen=True):
    body: bytes
    zipped: bytes | None
    etag: str
    media_type: str


class Pages:
    """The pages as an ASGI application."""

    def __init__(self) -> None:
        """Read what was built.

        Raises:
            FileNotFoundError: it was not; ``make install`` does that.
        """
        self._document = _read(_BUILT / "index.html")
        self._assets = {path.name: _read(path) for path in (_BUILT / "assets").iterdir()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope)
        first, _, rest = request.url.path.lstrip("/").partition("/")
        # A file's name says what is in it, so it never changes; the document names the files.
        found, kept = self._document, "no-cache"
        if first == ASSETS_PREFIX:
            asset = self._assets.get(rest)
            if asset is None:
                await Response(status_code=404, headers=_HEADERS)(scope, receive, send)
                return
            found, kept = asset, "public, max-age=31536000, immutable"
        if request.method not in {"GET", "HEAD"}:
            response = Response(status_code=405, headers=_HEADERS | {"allow": "GET, HEAD"})
        else:
            response = _response(request, found, kept)
        await response(scope, receive, send)


def _read(path: Path) -> _File:
    body = path.read_bytes()
    kind = _TYPES.get(path.suffix)
    zipped = gzip.compress(body, 9, mtime=0) if kind else None
    return _File(
        body,
        zipped,
        f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        kind or "application/octet-stream",
    )


def _response(request: Request, file: _File, kept: str) -> Response:
    headers = _HEADERS | {"cache-control": kept, "etag": file.etag, "vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == file.etag:
        return Response(status_code=304, headers=headers)
    body = file.body
    if file.zipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        body = file.zipped
        headers["content-encoding"] = "gzip"
    return Response(body, headers=headers, media_type=file.media_type)
