"""Every error of the API: one shape, one place that makes it (contract/stats-api.md)."""

from http import HTTPStatus
from typing import Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException
from litestar.types import ExceptionHandlersMap

from playhead.catalog import CatalogUnavailableError
from playhead.explain import explain
from playhead.log import get_logger
from playhead.store import StoreUnavailableError

_RETRY_AFTER_S = "5"
# What the framework says of an empty body: "data" is its own name for it.
_NO_BODY = "Object missing required field `data`"
_log = get_logger("api")


class ErrorBody(msgspec.Struct, omit_defaults=True):
    """What every error says; ``code`` only where a client may act on it."""

    error: str
    code: str = ""


class ApiError(Exception):
    """An answer other than 200. The message is for the client to read."""

    def __init__(
        self,
        status: HTTPStatus,
        message: str,
        *,
        code: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = ErrorBody(message, code)
        self.headers = headers or {}


def unauthorized() -> ApiError:
    """401: no token, an unknown one, or a revoked one."""
    return ApiError(
        HTTPStatus.UNAUTHORIZED,
        "Invalid credentials.",
        code="unauthorized_credentials",
        headers={"WWW-Authenticate": 'Bearer realm="Playhead"'},
    )


def lacks_scope(scope: str) -> ApiError:
    """403: the token is good, but not for this."""
    return ApiError(
        HTTPStatus.FORBIDDEN,
        f"This token lacks the scope '{scope}'.",
        code="unauthorized_scope",
    )


def role_lacks_scope(scope: str) -> ApiError:
    """403: the user is signed in, but may not do this."""
    return ApiError(
        HTTPStatus.FORBIDDEN,
        f"Your role lacks the scope '{scope}'.",
        code="unauthorized_scope",
    )


def not_found(what: str, given: str) -> ApiError:
    """404: it is not in this account, wherever else it may be."""
    return ApiError(HTTPStatus.NOT_FOUND, f"no {what} {given[:80]!r} in this account")


def bad_parameter(name: str, what: str) -> ApiError:
    """422: a parameter or field, named."""
    return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, f"{name}: {what}")


def too_many(wait_s: int, how: str = "with this token") -> ApiError:
    """429: over the limit of a token or a sign-in."""
    return ApiError(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"too many requests {how}; try again in {wait_s} s",
        headers={"Retry-After": str(wait_s)},
    )


def too_many_attempts(wait_s: int) -> ApiError:
    """429: signing in failed too often."""
    return ApiError(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"too many failed attempts to sign in; try again in {wait_s} s",
        headers={"Retry-After": str(wait_s)},
    )


def _answer(
    status: int, body: ErrorBody, headers: dict[str, str] | None = None
) -> Response[ErrorBody]:
    return Response(body, status_code=status, media_type=MediaType.JSON, headers=headers)


def _api_error(_: Request[Any, Any, Any], error: ApiError) -> Response[ErrorBody]:
    return _answer(error.status, error.body, error.headers)


def as_bad_request(_: Request[Any, Any, Any], error: ApiError) -> Response[ErrorBody]:
    """How analytics answers: a bad parameter is a 400 there (contract/stats-api.md)."""
    bad = error.status == HTTPStatus.UNPROCESSABLE_ENTITY
    return _answer(HTTPStatus.BAD_REQUEST if bad else error.status, error.body, error.headers)


def _unavailable(_: Request[Any, Any, Any], error: Exception) -> Response[ErrorBody]:
    return _answer(
        HTTPStatus.SERVICE_UNAVAILABLE, ErrorBody(str(error)), {"Retry-After": _RETRY_AFTER_S}
    )


def _misfit(request: Request[Any, Any, Any], error: ValidationException) -> Response[ErrorBody]:
    cause = error.__cause__ or error.__context__
    if isinstance(cause, msgspec.ValidationError):
        if str(cause) == _NO_BODY:
            return _not_json(request, cause)
        message = explain(cause)
    else:
        details = error.extra if isinstance(error.extra, list) else []
        message = "; ".join(f"{d.get('key', 'body')}: {d.get('message')}" for d in details)
    return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, ErrorBody(message or error.detail))


def _not_json(_: Request[Any, Any, Any], __: Exception) -> Response[ErrorBody]:
    return _answer(HTTPStatus.BAD_REQUEST, ErrorBody("body: is not JSON"))


def _http(request: Request[Any, Any, Any], error: HTTPException) -> Response[ErrorBody]:
    if isinstance(error.__cause__, SerializationException):
        return _not_json(request, error.__cause__)
    if error.status_code == HTTPStatus.NOT_FOUND:
        return _answer(error.status_code, ErrorBody("there is nothing at this address"))
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        message = f"method: {request.method} is not allowed here"
        return _answer(error.status_code, ErrorBody(message), dict(error.headers or {}))
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _answer(error.status_code, ErrorBody("body: is too large"))
    return _answer(error.status_code, ErrorBody(error.detail))


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[ErrorBody]:
    # The path, without the query: a token may stand in that.
    _log.error("api.failed", method=request.method, path=request.url.path, exc_info=error)
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, ErrorBody("Playhead failed to answer this"))


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    ApiError: _api_error,
    CatalogUnavailableError: _unavailable,
    StoreUnavailableError: _unavailable,
    ValidationException: _misfit,
    SerializationException: _not_json,
    # The framework lets these two through when it decodes a body; nothing else raises them.
    UnicodeDecodeError: _not_json,
    RecursionError: _not_json,
    HTTPException: _http,
    Exception: _unexpected,
}
