"""What the description of the API says once for all endpoints: headers, and ways to sign in."""

from typing import Any, Final

from playhead.api.browser import COOKIE

Object = dict[str, Any]

HEADERS: Final[Object] = {
    "ETag": {
        "description": "A strong tag of the body.",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[0-9a-f]{32}"$'},
    },
    "Cache-Control": {
        "description": "To be asked again each time, and kept by nobody else.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Vary": {
        "description": "The headers of the request that the answer depends on.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "Seconds to wait before asking again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
}
SECURITY_SCHEMES: Final[Object] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "`Authorization: Bearer TOKEN`.",
    },
    "basic": {
        "type": "http",
        "scheme": "basic",
        "description": "Any user name, the token as the password; "
        "or the token as the user name, without a password.",
    },
    "api_password": {
        "type": "apiKey",
        "in": "query",
        "name": "api_password",
        "description": "The token in the address; it is never logged here, "
        "but others on the way may do so.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "Of a browser that is signed in (`POST /session`). Not looked at where "
        "there is a token. What is not GET or HEAD needs the header `X-Playhead-CSRF`, too.",
    },
}
