"""Where the description of the API is served: for programs and for people."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

import msgspec
from litestar import MediaType, Response, Router, get
from litestar.handlers import HTTPRouteHandler

from playhead.api.openapi import describe
from playhead.api.reference import POLICY, render

_FOR_ANYBODY: Final = {
    "Cache-Control": "no-cache",
    # Tools that read descriptions run in pages of their own; there is nothing secret in it.
    "Access-Control-Allow-Origin": "*",
}


def documentation(routers: Callable[[], Sequence[Router]]) -> list[HTTPRouteHandler]:
    """``/openapi.json`` and ``/docs``, made when they are first asked for."""

    @cache
    def document() -> dict[str, Any]:
        return describe(routers())

    @cache
    def encoded() -> bytes:
        return msgspec.json.encode(document())

    @cache
    def page() -> str:
        return render(document())

    @get("/openapi.json", include_in_schema=False, sync_to_thread=True)
    def openapi_show() -> Response[bytes]:
        return Response(encoded(), media_type=MediaType.JSON, headers=_FOR_ANYBODY)

    @get("/docs", include_in_schema=False, sync_to_thread=True)
    def docs_show() -> Response[str]:
        headers = {"Cache-Control": "no-cache", "Content-Security-Policy": POLICY}
        return Response(page(), media_type=MediaType.HTML, headers=headers)

    return [openapi_show, docs_show]
