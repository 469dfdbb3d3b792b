"""Tokens of every kind, for tests."""

import base64

from playhead.catalog import Catalog, Scope
from support import Server, TestAccount


def new_token(server: Server, account: TestAccount, *scopes: str) -> tuple[int, str]:
    """A further token of the account: its id and its secret."""
    catalog = Catalog.open(server.settings().catalog_url)
    try:
        token, secret = catalog.tokens.create(
            account.id, "test", [Scope(scope) for scope in scopes]
        )
    finally:
        catalog.close()
    return token.id, secret


def revoke(server: Server, token_id: int) -> None:
    catalog = Catalog.open(server.settings().catalog_url)
    try:
        assert catalog.tokens.revoke(token_id)
    finally:
        catalog.close()


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def basic(user: str, password: str) -> dict[str, str]:
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"authorization": f"Basic {encoded}"}
