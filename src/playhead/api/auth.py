"""Who asks: the one place where a request gets its account (contract/stats-api.md)."""

import asyncio
from collections import Counter
from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard
from msgspec import Struct

from playhead.api.errors import bad_parameter, lacks_scope, too_many, unauthorized
from playhead.api.services import Services
from playhead.catalog import Account, Scope
from playhead.credentials import token_of

Connection = ASGIConnection[Any, Any, Any, Any]


class Caller(Struct, frozen=True):
    """An authenticated request's account and what its token allows."""

    account: Account
    scopes: tuple[Scope, ...]


def requires(scope: Scope) -> Guard:
    """A guard that lets a request through only with a token of this scope.

    It runs before any parameter is looked at, so that a stranger learns nothing from errors.
    """

    async def guard(connection: Connection, _: BaseRouteHandler) -> None:
        caller = await _authenticate(connection)
        if scope not in caller.scopes:
            raise lacks_scope(scope.value)
        connection.scope["user"] = caller
        _refuse_repeated(connection)

    return guard


def caller_of(request: Connection) -> Caller:
    """The caller that the guard found."""
    caller = request.scope.get("user")
    if not isinstance(caller, Caller):
        raise NotAuthorizedException
    return caller


def _refuse_repeated(connection: Connection) -> None:
    """Which of two values was meant is not for us to guess."""
    given = Counter(name for name, _ in connection.query_params.multi_items())
    for name, times in given.items():
        if times > 1:
            raise bad_parameter(name[:80], f"is given {times} times (use it once)")


async def _authenticate(connection: Connection) -> Caller:
    services: Services = connection.app.state.services
    secret = token_of(connection.scope["headers"], connection.scope["query_string"])
    if secret is None:
        raise unauthorized()
    token = await asyncio.to_thread(services.catalog.tokens.find, secret)
    if token is None:
        raise unauthorized()
    wait_s = services.limit.take(token.id)
    if wait_s:
        raise too_many(wait_s)
    account = await asyncio.to_thread(services.catalog.accounts.get, token.account_id)
    return Caller(account, token.scopes)
