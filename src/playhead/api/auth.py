"""Who asks: the one place where a request gets its account (contract/stats-api.md)."""

import asyncio
from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard
from msgspec import Struct

from playhead.api.errors import lacks_scope, too_many, unauthorized
from playhead.api.parameters import refuse_repeated
from playhead.api.services import Services
from playhead.catalog import Account, Catalog, Scope, Token
from playhead.credentials import token_of

Connection = ASGIConnection[Any, Any, Any, Any]


class Caller(Struct, frozen=True):
    """An authenticated request's account and what its token allows."""

    account: Account
    token_id: int
    scopes: tuple[Scope, ...]


class Requires:
    """A guard that lets a request through only with a token of a scope.

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
            raise lacks_scope(self.scope.value)
        refuse_repeated(name for name, _ in connection.query_params.multi_items())


def requires(scope: Scope) -> Guard:
    """A guard that lets a request through only with a token of this scope."""
    return Requires(scope)


def scope_needed(handler: BaseRouteHandler) -> Scope | None:
    """The scope that a handler's guards ask for, None when it needs no token."""
    return next((one.scope for one in handler.resolve_guards() if isinstance(one, Requires)), None)


def caller_of(request: Connection) -> Caller:
    """The caller that the guard found."""
    caller = request.scope.get("user")
    if not isinstance(caller, Caller):
        raise NotAuthorizedException
    return caller


async def _authenticate(connection: Connection) -> Caller:
    services: Services = connection.app.state.services
    secret = token_of(connection.scope["headers"], connection.scope["query_string"])
    if secret is None:
        raise unauthorized()
    token, account = await asyncio.to_thread(_look_up, services.catalog, secret)
    if token is None or account is None:
        raise unauthorized()
    caller = Caller(account, token.id, token.scopes)
    # From here on errors, too, are answers to this account.
    connection.scope["user"] = caller
    wait_s = services.limit.take(token.id)
    if wait_s:
        raise too_many(wait_s)
    return caller


def _look_up(catalog: Catalog, secret: str) -> tuple[Token | None, Account | None]:
    token = catalog.tokens.find(secret)
    return token, catalog.accounts.get(token.account_id) if token else None
