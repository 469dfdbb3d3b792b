"""playhead account."""

from typing import Any

import click
import msgspec

from playhead.catalog import AddressMode, UnknownTimeZoneError
from playhead.cli.options import open_catalog, setting_options, settings_from
from playhead.log import configure_logging


@click.group()
def account() -> None:
    """Make and list accounts."""


@account.command("create")
@click.argument("name")
@click.option(
    "--timezone",
    default="UTC",
    show_default=True,
    help="IANA name of the zone whose days the numbers are counted in, like Europe/Berlin.",
)
@click.option(
    "--allowed-domain",
    "allowed_domains",
    multiple=True,
    help="Host whose pages may report, like www.example.com or *.example.com; repeatable. "
    "None: all hosts.",
)
@click.option(
    "--addresses",
    type=click.Choice([mode.value for mode in AddressMode]),
    default=AddressMode.TRUNCATED.value,
    show_default=True,
    help="How much of visitors' IP addresses to keep.",
)
@click.option(
    "--register-medias/--no-register-medias",
    default=True,
    show_default=True,
    help="Whether a media that is not known yet is added by its first beacon.",
)
@setting_options("data", "catalog")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def create(
    name: str,
    timezone: str,
    allowed_domains: tuple[str, ...],
    addresses: str,
    register_medias: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Make an account called NAME, with a token that may do everything.

    The token is shown this once; only its hash is kept.
    """
    configure_logging("warning", "text")
    if not name.strip():
        raise click.UsageError("NAME: is empty")
    with open_catalog(settings_from(given)) as catalog:
        try:
            made = catalog.accounts.create(
                name,
                timezone,
                address_mode=AddressMode(addresses),
                registers_medias=register_medias,
                allowed_domains=allowed_domains,
            )
        except UnknownTimeZoneError as error:
            raise click.ClickException(f"--{error}") from None
        _, secret = catalog.tokens.create(made.id, "first token")
    if as_json:
        click.echo(msgspec.json.encode({"account_key": made.key, "token": secret}))
        return
    click.echo(f"Account {name} ({timezone})")
    click.echo(f"  account key  {made.key}   goes into your pages, is no secret")
    click.echo(f"  API token    {secret}   keep it: it is shown only now")


@account.command("list")
@setting_options("data", "catalog")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array and nothing else.")
def list_accounts(as_json: bool, **given: Any) -> None:
    """List the accounts."""
    configure_logging("warning", "text")
    with open_catalog(settings_from(given)) as catalog:
        accounts = catalog.accounts.list()
    if as_json:
        click.echo(msgspec.json.encode(accounts))
        return
    for found in accounts:
        click.echo(f"{found.key}  {found.timezone:<20}  {found.name}")
