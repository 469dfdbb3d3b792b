"""The picture of a media that has none: the server's own, because clients want one of every media.

Every thumbnail is said to be 640 by 360, which this one is; nothing is known of those elsewhere.
"""

from typing import Final

from litestar import Response, get
from msgspec import Struct

PATH: Final = "/thumbnail.svg"
_WIDTH: Final = 640
_HEIGHT: Final = 360
_PICTURE: Final = (
    f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
    f'viewBox="0 0 {_WIDTH} {_HEIGHT}"><rect width="100%" height="100%" fill="#1f2430"/>'
    '<path d="M280 130v100l90-50z" fill="#8891a5"/></svg>\n'
)


class Thumbnail(Struct):
    """A picture of a media; the server's own when the media has none."""

    url: str
    width: int = _WIDTH
    height: int = _HEIGHT


def thumbnail_of(thumbnail_url: str, server: str) -> Thumbnail:
    """The thumbnail of a media.

    Args:
        thumbnail_url: what was set, empty for none.
        server: the address of this server, without a slash at its end.
    """
    return Thumbnail(thumbnail_url or f"{server}{PATH}")


@get(PATH, include_in_schema=False, sync_to_thread=False)
def thumbnail_show() -> Response[str]:
    """The picture, for anybody."""
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(_PICTURE, media_type="image/svg+xml", headers=headers)
