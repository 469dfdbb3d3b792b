"""The description of the API, made from its routes and types (contract/stats-api.md, Beyond).

The framework finds addresses and parameters. Bodies come from msgspec itself, whose schemas hold
every bound that decoding enforces. What every endpoint shares is added here, by rule, so that a new
handler is described without a word about any of it.
"""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Litestar, Response, Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import License
from litestar.routes import HTTPRoute
from litestar.typing import FieldDefinition

from playhead import __version__
from playhead.api.auth import needs_sign_in, scope_needed
from playhead.api.beacons import BEACONS
from playhead.api.errors import ErrorBody
from playhead.api.examples import example_of
from playhead.api.openapi_parts import HEADERS, SECURITY_SCHEMES
from playhead.api.segments import NEEDED

Object = dict[str, Any]

_JSON: Final = "application/json"
_NDJSON: Final = "application/x-ndjson"
_REF: Final = "#/components/{}/{}"

_ABOUT: Final = """\
The numbers of every video, over HTTP. The same numbers are served under two bases: `/v1` has the \
names of every generation side by side, `/modern` has the current ones.

**Addresses.** Every path below `/v1` and `/modern` works with and without `.json` at its end.

**Signing in.** A token, as `Authorization: Bearer`, as the password of HTTP Basic, or as \
`?api_password=`; a header decides over the query. Its scopes are `read`, `write` and `admin`. \
Without a token, the cookie of a browser that is signed in; what is not GET or HEAD then needs the \
header `X-Playhead-CSRF`, too, with what `GET /session` says as `csrf`.

**Caching.** A GET that succeeds has a strong `ETag`; sent back in `If-None-Match`, it makes an \
unchanged answer a 304 without a body.

**Methods.** HEAD is answered wherever GET is; OPTIONS names the methods of an address in `Allow`.

**Empty parameters.** A query parameter without a value counts as not given, unless it says \
otherwise; one that is given twice is an error.

**Other origins.** Scripts of other origins may read (GET and HEAD) what belongs to an account \
that allows their origin.
"""

# The longest beginning that fits decides.
_TAGS: Final = (
    ("/v1/stats/visitors", "Visitors and events (v1)"),
    ("/v1/stats/events", "Visitors and events (v1)"),
    ("/v1/stats", "Statistics (v1)"),
    ("/v1", "Catalog (v1)"),
    ("/modern/stats/visitors", "Visitors and events (modern)"),
    ("/modern/stats/events", "Visitors and events (modern)"),
    ("/modern/stats", "Statistics (modern)"),
    ("/modern/analytics", "Analytics (modern)"),
    ("/modern", "Catalog (modern)"),
    ("/insights", "Insights"),
    ("/session", "Session"),
    ("/manage", "Managing the account"),
    ("/collect", "Beacons"),
)
_ABOUT_TAGS: Final = {
    "Statistics (v1)": "Loads, plays and hours of the account, a project, a media.",
    "Visitors and events (v1)": "Who watched, and every session with a play.",
    "Catalog (v1)": "Projects and medias: listed, shown, made, changed, deleted.",
    "Statistics (modern)": "The same numbers with the current names only.",
    "Visitors and events (modern)": "The same as under v1.",
    "Analytics (modern)": "A media between two dates, from many sides.",
    "Catalog (modern)": "Folders and medias, in snake case throughout.",
    "Insights": "What the pages show: the numbers of any sessions, and the sessions themselves.",
    "Session": "Signing in to the pages with email and password, and out.",
    "Managing the account": "Its settings, API tokens and users.",
    "Beacons": "What players send.",
}
_PATH_PARAMETERS: Final = {
    "media_id": "The media's hashed or numeric id.",
    "project_id": "The project's hashed or numeric id.",
    "folder_id": "The folder's hashed or numeric id.",
    "visitor_key": "The visitor's key.",
    "event_key": "The event's key.",
    "token_id": "The token's id.",
    "user_id": "The user's id.",
}
_SUCCESSES: Final = {200: "As asked.", 201: "Made.", 204: "Taken."}
_ERRORS: Final = {
    400: ("BadRequest", "The body is not JSON, or a parameter is wrong; the message names it."),
    401: ("Unauthorized", "No token, an unknown or a revoked one."),
    403: ("Forbidden", "The token, or the user, may not do this."),
    404: ("NotFound", "There is no such thing in this account."),
    413: ("TooLarge", "The body is too large."),
    415: ("UnsupportedMediaType", "The body's type or encoding is not taken here."),
    422: ("Unprocessable", "A parameter or a field is wrong; the message names it."),
    429: ("TooManyRequests", "Over the limit."),
    503: ("Unavailable", "The store cannot answer."),
}
_COLLECTOR_ERRORS: Final = (400, 403, 413, 415, 422, 429, 503)
# What no rule says.
_ERRORS_BESIDE: Final = {
    ("/session", "post"): {403, 415, 429},
    ("/v1/stats/events/{event_key}/iframe.html", "get"): {429},
    ("/modern/stats/events/{event_key}/iframe.html", "get"): {429},
    ("/session", "delete"): {403},
}
_RETRY_LATER: Final = frozenset({429, 503})


def describe(routers: Sequence[Router]) -> Object:
    """The OpenAPI 3.1 document of these routers and of the collector."""
    app = Litestar(
        route_handlers=[*routers, *BEACONS],
        dependencies={"services": Provide(_nothing, sync_to_thread=False)},
        openapi_config=OpenAPIConfig(
            title="Playhead",
            version=__version__,
            description=_ABOUT,
            use_handler_docstrings=True,
            license=License(name="Apache-2.0", identifier="Apache-2.0"),
            operation_id_creator=lambda _, method, path: _operation_id(method, path),
        ),
        logging_config=None,
    )
    document: Object = app.openapi_schema.to_schema()
    handlers = {
        (route.path_format or "/", method.lower()): found[0]
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, found in route.route_handler_map.items()
        if found[0].resolve_include_in_schema() and method != "OPTIONS"
    }
    bodies = _Bodies(handlers.values())
    for (path, method), handler in handlers.items():
        operation = document["paths"][path][method]
        document["paths"][path][method] = _finished(operation, path, method, handler, bodies)
    used = {path["tags"][0] for item in document["paths"].values() for path in item.values()}
    document["tags"] = [
        {"name": name, "description": about} for name, about in _ABOUT_TAGS.items() if name in used
    ]
    document["components"] = {
        "schemas": bodies.components,
        "responses": dict(_shared_errors(bodies)),
        "headers": HEADERS,
        "securitySchemes": SECURITY_SCHEMES,
    }
    return document


class _Bodies:
    """The schemas of what handlers take and answer."""

    def __init__(self, handlers: Any) -> None:
        self._index: dict[Any, int] = {}
        for handler in handlers:
            for wanted in (_answer_type(handler), _body_type(handler)):
                if wanted is not None and wanted not in self._index and _has_schema(wanted):
                    self._index[wanted] = len(self._index)
        self._index[ErrorBody] = len(self._index)
        # All at once, so that two types of one name get two names.
        schemas, components = msgspec.json.schema_components(
            list(self._index), ref_template=_REF.format("schemas", "{name}")
        )
        self._schemas = [_in_plain_words(schema) for schema in schemas]
        self.components: Object = {
            name: _in_plain_words(schema) for name, schema in sorted(components.items())
        }

    def content(self, wanted: Any) -> Object | None:
        """Schema and example of a type, None when the framework knows better."""
        if wanted not in self._index:
            return None
        schema = self._schemas[self._index[wanted]]
        return {"schema": schema, "example": example_of(schema, self.components)}

    def resolved(self, schema: Object) -> Object:
        """A schema itself, where there is a reference to it."""
        found: Object = self.components.get(schema.get("$ref", "").rpartition("/")[2], schema)
        return found


def _finished(
    operation: Object, path: str, method: str, handler: HTTPRouteHandler, bodies: _Bodies
) -> Object:
    summary, about = _words_of(operation)
    scope = scope_needed(handler)
    made: Object = {
        "tags": [_tag_of(path)],
        "summary": summary,
        "description": f"{about}\n\nScope: `{scope.value}`.".strip() if scope else about,
        "operationId": operation["operationId"],
    }
    if "parameters" in operation:
        needed = handler.opt.get(NEEDED, ())
        made["parameters"] = [
            _parameter(given | {"required": given["required"] or given["name"] in needed})
            for given in operation["parameters"]
        ]
    if "requestBody" in operation:
        made["requestBody"] = _request_body(operation["requestBody"], path, handler, bodies)
    made["responses"] = _responses(operation, path, method, handler, bodies)
    made["security"] = _security(path, handler)
    return made


def _parameter(given: Object) -> Object:
    name = given["name"]
    schema = {key: value for key, value in given["schema"].items() if key != "description"}
    if "type" in schema:
        # What a handler says of its parameter goes before what the framework makes of the type.
        schema.pop("oneOf", None)
    if given["required"]:
        # A handler that words the error itself has a default all the same.
        schema.pop("default", None)
    made: Object = {"name": name, "in": given["in"], "required": given["required"]}
    about = given.get("description") or _PATH_PARAMETERS.get(name)
    if about:
        made["description"] = about
    if given["in"] == "query" and not given["required"]:
        made["allowEmptyValue"] = True
    example = example_of(schema, {}, name)
    return {**made, "schema": schema, "example": schema.get("default", example)}


def _request_body(given: Object, path: str, handler: HTTPRouteHandler, bodies: _Bodies) -> Object:
    content = bodies.content(_body_type(handler))
    if content is None:
        return given
    if path == "/collect/batch":
        line = msgspec.json.encode(content["example"]).decode()
        lines = {"type": "string", "description": "One Beacon or ImportedBeacon a line, as JSON."}
        return {"required": True, "content": {_NDJSON: {"schema": lines, "example": line}}}
    # Without a body there are no fields, which is right where none has to be there.
    required = bool(bodies.resolved(content["schema"]).get("required"))
    return {"required": required, "content": dict.fromkeys(given["content"], content)}


def _responses(
    operation: Object, path: str, method: str, handler: HTTPRouteHandler, bodies: _Bodies
) -> Object:
    status = handler.status_code
    success = dict(operation["responses"][str(status)])
    success.pop("headers", None)
    if status == HTTPStatus.NO_CONTENT:
        success.pop("content", None)
    success["description"] = handler.response_description or _SUCCESSES.get(
        status, HTTPStatus(status).phrase
    )
    content = bodies.content(_answer_type(handler))
    if content is not None and "content" in success:
        success["content"] = dict.fromkeys(success["content"], content)
    responses: Object = {str(status): success}
    if method == "get":
        names = ["ETag", "Cache-Control", *(["Vary"] if scope_needed(handler) else [])]
        success["headers"] = {name: {"$ref": _REF.format("headers", name)} for name in names}
        responses["304"] = {
            "description": "Unchanged since the answer whose tag `If-None-Match` names.",
            "headers": {"ETag": {"$ref": _REF.format("headers", "ETag")}},
        }
    for error in _errors(operation, path, method, handler):
        responses[str(error)] = {"$ref": _REF.format("responses", _ERRORS[error][0])}
    return responses


def _errors(operation: Object, path: str, method: str, handler: HTTPRouteHandler) -> list[int]:
    if path.startswith("/collect"):
        return list(_COLLECTOR_ERRORS)
    errors = {400 if path.startswith("/modern/analytics/") else 422, 401, 503}
    if scope_needed(handler) is not None or needs_sign_in(handler):
        errors |= {403, 429}
    errors |= _ERRORS_BESIDE.get((path, method), set())
    # What is named in the address or the query may not be there.
    parameters = operation.get("parameters", ())
    if any(one["in"] == "path" or one["name"].endswith("_id") for one in parameters):
        errors.add(404)
    if "requestBody" in operation:
        errors |= {400, 413}
    return sorted(errors)


def _security(path: str, handler: HTTPRouteHandler) -> list[Object]:
    scope = scope_needed(handler)
    if scope is not None:
        return [{name: [scope.value]} for name in SECURITY_SCHEMES]
    if needs_sign_in(handler):
        return [{"session": []}]
    if path == "/collect/batch":
        return [{}, *({name: ["write"]} for name in SECURITY_SCHEMES if name != "session")]
    return []


def _shared_errors(bodies: _Bodies) -> Any:
    for status, (name, about) in _ERRORS.items():
        response: Object = {
            "description": about,
            "content": {_JSON: _error_content(status, bodies)},
        }
        if status in _RETRY_LATER:
            response["headers"] = {"Retry-After": {"$ref": _REF.format("headers", "Retry-After")}}
        yield name, response


_ERROR_EXAMPLES: Final = {
    400: {"error": "body: is not JSON"},
    401: {"error": "Invalid credentials.", "code": "unauthorized_credentials"},
    403: {"error": "This token lacks the scope 'write'.", "code": "unauthorized_scope"},
    404: {"error": "no media 'lesson-1' in this account"},
    413: {"error": "body: is larger than 64 KiB"},
    415: {"error": "content-type: 'text/html' is not taken here (use application/json)"},
    422: {"error": "start_date: '2012-13-01' is not a date (use YYYY-MM-DD)"},
    429: {"error": "too many requests with this token; try again in 7 s"},
    503: {"error": "the store does not answer"},
}


def _error_content(status: int, bodies: _Bodies) -> Object:
    content = bodies.content(ErrorBody)
    assert content is not None  # noqa: S101
    return {**content, "example": _ERROR_EXAMPLES[status]}


def _nothing() -> None:
    """Stands in for what handlers work with; none of them is called here."""


def _answer_type(handler: HTTPRouteHandler) -> Any:
    field: FieldDefinition = handler.parsed_fn_signature.return_type
    if field.is_subclass_of(Response):
        return field.inner_types[0].annotation if field.inner_types else None
    return field.annotation


def _body_type(handler: HTTPRouteHandler) -> Any:
    field = handler.parsed_fn_signature.parameters.get("data")
    return field.annotation if field else None


def _has_schema(wanted: Any) -> bool:
    try:
        msgspec.json.schema(wanted)
    except TypeError:
        return False
    return wanted is not type(None)


def _operation_id(method: Any, path: Sequence[Any]) -> str:
    parts = [part if isinstance(part, str) else part.name for part in path]
    return re.sub(r"[^a-z0-9]+", "_", "_".join([str(method.value), *parts]).lower())


def _tag_of(path: str) -> str:
    fitting = [pair for pair in _TAGS if path == pair[0] or path.startswith(f"{pair[0]}/")]
    return max(fitting, key=lambda pair: len(pair[0]))[1]


def _words_of(operation: Object) -> tuple[str, str]:
    """The first sentence, and what follows it."""
    words: str = operation.get("description") or operation["summary"]
    # What comes after these is for whoever reads the code.
    words = _plain(re.split(r"\n\n(?:Args|Raises|Returns):", words)[0])
    first, *rest = re.split(r"\.(?:\s+|$)", words, maxsplit=1)
    return first, "".join(rest).strip()


def _in_plain_words(value: Any) -> Any:
    """A schema without what only Python and its documentation write."""
    if isinstance(value, Mapping):
        made = {key: _in_plain_words(part) for key, part in value.items()}
        if isinstance(made.get("pattern"), str):
            made["pattern"] = made["pattern"].replace(r"\Z", "$")
        if isinstance(made.get("description"), str):
            made["description"] = _plain(made["description"])
        return made
    if isinstance(value, list | tuple):
        return [_in_plain_words(part) for part in value]
    return value


def _plain(words: str) -> str:
    words = re.sub(r"\s*\((?:contract|docs)/[^)]*\)", "", words)
    return words.replace("``", "`")
