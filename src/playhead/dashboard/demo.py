"""The demo page: a real video with the tracker, and its numbers as they move."""

from pathlib import Path
from typing import Final

from msgspec import Struct, json
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playhead.dashboard.tracker import STATIC

CLIP: Final = Path(__file__).parent.parent / "demo"
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
    """The demo under ``/demo/``, an ASGI application."""

    async def config(_: Request) -> Response:
        headers = {"cache-control": "no-store"}
        return Response(json.encode(page), media_type="application/json", headers=headers)

    app = Starlette(
        routes=[
            Route("/demo/config.json", config),
            Mount("/demo/media", StaticFiles(directory=CLIP)),
            Mount("/demo", StaticFiles(directory=STATIC / "demo", html=True)),
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
