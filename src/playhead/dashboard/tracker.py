"""Serving the tracker, told where to report to."""

import hashlib
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

STATIC: Final = Path(__file__).parent.parent / "static"
_PLACEHOLDER: Final = b"__PLAYHEAD_COLLECT__"


class TrackerScript:
    """The tracker as an ASGI application. It answers every path alike."""

    def __init__(self, collect_path: str, *, more: bool = False) -> None:
        """Read the built tracker.

        Args:
            collect_path: where it reports to.
            more: the build that knows identity and actions as well. The other one asks for it
                below its own path, as ``/tracker.js/more``.

        Raises:
            FileNotFoundError: it was not built; ``make install`` does that.
        """
        built = (STATIC / ("tracker-more.js" if more else "tracker.js")).read_bytes()
        self._script = built.replace(_PLACEHOLDER, collect_path.encode())
        self._etag = f'"{hashlib.sha256(self._script).hexdigest()[:32]}"'

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = {
            # Any site may load it; an hour, so that a new version is out the same day.
            "access-control-allow-origin": "*",
            "cross-origin-resource-policy": "cross-origin",
            "cache-control": "public, max-age=3600",
            "etag": self._etag,
            "x-content-type-options": "nosniff",
        }
        request = Request(scope)
        if request.method not in {"GET", "HEAD"}:
            response = Response(status_code=405, headers={"allow": "GET, HEAD"})
        elif request.headers.get("if-none-match") == self._etag:
            response = Response(status_code=304, headers=headers)
        else:
            response = Response(self._script, headers=headers, media_type="text/javascript")
        await response(scope, receive, send)
