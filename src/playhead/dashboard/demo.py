"""The demo page: a real video with the tracker, and its numbers as they move."""

from html import escape
from pathlib import Path
from typing import Final

from msgspec import Struct, json
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playhead.dashboard.tracker import STATIC

MEDIA: Final = Path(__file__).parent / "media"
CLIP_FILE: Final = "clip.webm"
"""The demo's video, under ``/demo/media/``."""
_BUILT: Final = STATIC / "demo"
_POLICY: Final = (
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "object-src 'none'"
)


class DemoPage(Struct):
    """What the page needs to know; it is served to whoever opens it, the token too."""

    account_key: str
    token: str
    media: str
    tracker: str
    medias: list[str]


def demo_files(page: DemoPage) -> ASGIApp:
    """The demo under ``/demo/``, an ASGI application.

    Raises:
        FileNotFoundError: the page was not built; ``make install`` does that.
    """
    html = _filled((_BUILT / "index.html").read_text("utf-8"), page)
    fresh = {"cache-control": "no-store"}

    async def index(request: Request) -> Response:
        # The tag keeps still for those who ask not to be tracked, until they choose otherwise.
        consent = " data-ignore-dnt" if "measure" in request.query_params else ""
        return HTMLResponse(html.replace(" __CONSENT__", consent), headers=fresh)

    async def config(_: Request) -> Response:
        return Response(json.encode(page), media_type="application/json", headers=fresh)

    app = Starlette(
        routes=[
            Route("/demo/", index),
            Route("/demo/index.html", index),
            Route("/demo/config.json", config),
            Mount("/demo/media", StaticFiles(directory=MEDIA)),
            Mount("/demo/assets", StaticFiles(directory=_BUILT / "assets")),
        ]
    )

    async def with_policy(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"content-security-policy", _POLICY.encode()),
                    (b"x-content-type-options", b"nosniff"),
                    (b"referrer-policy", b"same-origin"),
                ]
            await send(message)

        await app(scope, receive, send_with_policy)

    return with_policy


def _filled(html: str, page: DemoPage) -> str:
    """The page as it would be written by hand, so that its source shows how it is done."""
    for name, value in (
        ("TRACKER", page.tracker),
        ("ACCOUNT", page.account_key),
        ("MEDIA", page.media),
    ):
        html = html.replace(f"__{name}__", escape(value))
    return html
