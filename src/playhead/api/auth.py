"""Who asks: the one place where a request gets its account (contract/stats-api.md)."""

import asyncio
from http import HTTPStatus
from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard
from msgspec import Struct

from playhead.api.browser import cookie_of, refuse_without_csrf
from playhead.api.errors import ApiError, lacks_scope, role_lacks_scope, too_many, unauthorized
from playhead.api.parameters import refuse_repeated
from playhead.api.services import Services
from playhead.catalog import Account, Catalog, Scope, SignIn, Token
from playhead.credentials import token_of

Connection = ASGIConnection[Any, Any, Any, Any]


class Caller(Struct, frozen=True):
    """An authenticated request's account and what its token, or its user's role, allows.

    ``token_id`` tells apart who asks; below zero it is a sign-in, of which there is no token.
    """

    account: Account
    token_id: int
    scopes: tuple[Scope, ...]
    sign_in: SignIn | None = None


class Requires:
    """A guard that lets a request through only with a token, or from a user, of a scope.

    It runs before any parameter is looked at, so that a stranger learns nothing from errors.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        """Let it through.

        Raises:
            ApiError: 401, 403, 422 for a repeated parameter, or 429.
        """
        caller = await _authenticate(connection)
        if self.scope not in caller.scopes:
            refuse = role_lacks_scope if caller.sign_in else lacks_scope
            raise refuse(self.scope.value)
        refuse_repeated(name for name, _ in connection.query_params.multi_items())


def requires(scope: Scope) -> Guard:
    """A guard that lets a request through only with a token, or from a user, of this scope."""
    return Requires(scope)


class RequiresSignIn:
    """A guard that lets only the request of somebody who is signed in through."""

    async def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        """Let it through.

        Raises:
            ApiError: 401, 403, or 429.
        """
        caller = await _authenticate(connection)
        if caller.sign_in is None:
            raise ApiError(HTTPStatus.FORBIDDEN, "This is for users who are signed in.")


def needs_sign_in(handler: BaseRouteHandler) -> bool:
    """Whether a handler is for signed-in users only."""
    return any(isinstance(one, RequiresSignIn) for one in handler.resolve_guards())


def scope_needed(handler: BaseRouteHandler) -> Scope | None:
    """The scope that a handler's guards ask for, None when it needs no token."""
    return next((one.scope for one in handler.resolve_guards() if isinstance(one, Requires)), None)


def caller_of(request: Connection) -> Caller:
    """The caller that the guard found."""
    caller = request.scope.get("user")
    if not isinstance(caller, Caller):
        raise NotAuthorizedException
    return caller


async def signed_in(connection: Connection) -> tuple[str, SignIn] | None:
    """The secret in the request's cookie and its sign-in.

    A request with a token is its token's, whatever that is worth: its cookie is not looked at.
    """
    services: Services = connection.app.state.services
    secret = cookie_of(connection)
    if secret is None or carries_token(connection):
        return None
    found = await asyncio.to_thread(services.catalog.sign_ins.find, secret)
    return (secret, found) if found else None


async def _authenticate(connection: Connection) -> Caller:
    services: Services = connection.app.state.services
    secret = token_of(connection.scope["headers"], connection.scope["query_string"])
    if secret is None:
        return await _by_cookie(connection, services)
    token, account = await asyncio.to_thread(_look_up, services.catalog, secret)
    if token is None or account is None:
        raise unauthorized()
    return _admit(connection, services, Caller(account, token.id, token.scopes))


async def _by_cookie(connection: Connection, services: Services) -> Caller:
    found = await signed_in(connection)
    if found is None:
        raise unauthorized()
    secret, sign_in = found
    scopes = sign_in.user.role.scopes
    caller = _admit(
        connection, services, Caller(sign_in.account, -sign_in.id, scopes, sign_in=sign_in)
    )
    refuse_without_csrf(connection, secret)
    return caller


def _admit(connection: Connection, services: Services, caller: Caller) -> Caller:
    # From here on errors, too, are answers to this account.
    connection.scope["user"] = caller
    wait_s = services.limit.take(caller.token_id)
    if wait_s:
        raise too_many(wait_s, "with this token" if caller.sign_in is None else "at once")
    return caller


def carries_token(connection: Connection) -> bool:
    """Whether a request brings a token along, be it worth anything or not."""
    return "authorization" in connection.headers or any(
        name == "api_password" for name, _ in connection.query_params.multi_items()
    )


def _look_up(catalog: Catalog, secret: str) -> tuple[Token | None, Account | None]:
    token = catalog.tokens.find(secret)
    return token, catalog.accounts.get(token.account_id) if token else None
