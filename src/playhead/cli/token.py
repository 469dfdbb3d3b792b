"""playhead token."""

from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from playhead.catalog import Scope
from playhead.cli.options import find_account, open_catalog, setting_options, settings_from
from playhead.log import configure_logging

_account_option = click.option(
    "--account", "account_key", required=True, help="The account's public key."
)


@click.group()
def token() -> None:
    """Make, list and revoke API tokens."""


@token.command("create")
@_account_option
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in Scope]),
    multiple=True,
    help="What it may do; repeatable. None: read only.",
)
@click.option("--name", default="", help="What it is for, to tell it apart later.")
@setting_options("data", "catalog")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def create(
    account_key: str, scopes: tuple[str, ...], name: str, as_json: bool, **given: Any
) -> None:
    """Make a token. It is shown this once; only its hash is kept."""
    configure_logging("warning", "text")
    with open_catalog(settings_from(given)) as catalog:
        account = find_account(catalog, account_key)
        chosen = tuple(Scope(scope) for scope in scopes) or (Scope.READ,)
        made, secret = catalog.tokens.create(account.id, name, chosen)
    if as_json:
        click.echo(msgspec.json.encode({"id": made.id, "token": secret, "scopes": made.scopes}))
        return
    click.echo(f"Token {made.id} ({', '.join(made.scopes)})")
    click.echo(f"  {secret}   keep it: it is shown only now")


@token.command("list")
@_account_option
@setting_options("data", "catalog")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array and nothing else.")
def list_tokens(account_key: str, as_json: bool, **given: Any) -> None:
    """List an account's tokens, the revoked ones too."""
    configure_logging("warning", "text")
    with open_catalog(settings_from(given)) as catalog:
        tokens = catalog.tokens.list(find_account(catalog, account_key).id)
    if as_json:
        click.echo(msgspec.json.encode(tokens))
        return
    for found in tokens:
        made = datetime.fromtimestamp(found.created_ms / 1000, UTC).date()
        state = "revoked" if found.revoked_ms else "in use"
        click.echo(
            f"{found.id:>4}  {found.hint}...  {state:<7}  made {made}  "
            f"{', '.join(found.scopes):<18}  {found.name}"
        )


@token.command("revoke")
@click.argument("token_id", type=int, metavar="ID")
@setting_options("data", "catalog")
def revoke(token_id: int, **given: Any) -> None:
    """End the token with this ID (see 'playhead token list') for good."""
    configure_logging("warning", "text")
    with open_catalog(settings_from(given)) as catalog:
        if not catalog.tokens.revoke(token_id):
            raise click.ClickException(
                f"ID: there is no token {token_id} in use (see 'playhead token list')"
            )
    click.echo(f"Token {token_id} is revoked.")
