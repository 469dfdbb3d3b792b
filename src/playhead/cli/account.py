"""playhead account."""

from typing import Any, TypeVar

import click
import msgspec
from msgspec import UNSET, UnsetType

from playhead.catalog import (
    Account,
    AccountChange,
    AddressMode,
    BadOriginError,
    NoBeaconSecretError,
    UnknownTimeZoneError,
)
from playhead.cli.account_signing import secret, sign
from playhead.cli.options import open_catalog, setting_options, settings_from
from playhead.log import configure_logging

Value = TypeVar("Value")

_CORS_HELP = (
    "Origin whose scripts may read the API, like https://app.example.com, or * for all; "
    "repeatable. None: no other origin."
)


_KEEP_HELP = "Days after which sessions are deleted, for good; 0: never."
_KeepDays = click.IntRange(0, 36_500)


@click.group()
def account() -> None:
    """Make, change and list accounts."""


account.add_command(secret)
account.add_command(sign)


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
@click.option("--cors-origin", "cors_origins", multiple=True, help=_CORS_HELP)
@click.option("--keep-days", type=_KeepDays, default=0, show_default=True, help=_KEEP_HELP)
@setting_options("data", "catalog")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def create(
    name: str,
    *,
    timezone: str,
    allowed_domains: tuple[str, ...],
    addresses: str,
    register_medias: bool,
    cors_origins: tuple[str, ...],
    keep_days: int,
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
                cors_origins=cors_origins,
                keep_days=keep_days,
            )
        except (UnknownTimeZoneError, BadOriginError) as error:
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


@account.command("change")
@click.argument("key")
@click.option("--name", help="What the account is called.")
@click.option("--timezone", help="IANA name of the zone whose days the numbers are counted in.")
@click.option(
    "--addresses",
    type=click.Choice([mode.value for mode in AddressMode]),
    help="How much of visitors' IP addresses to keep, from now on.",
)
@click.option(
    "--allowed-domain",
    "allowed_domains",
    multiple=True,
    help="Host whose pages may report; repeatable. Replaces those that were allowed.",
)
@click.option("--any-domain", is_flag=True, help="Pages of every host may report.")
@click.option(
    "--register-medias/--no-register-medias",
    default=None,
    help="Whether a media that is not known yet is added by its first beacon.",
)
@click.option(
    "--cors-origin",
    "cors_origins",
    multiple=True,
    help="Origin whose scripts may read the API, like https://app.example.com, or * for all; "
    "repeatable. Replaces those that were allowed.",
)
@click.option("--no-cors", is_flag=True, help="No other origin's scripts may read the API.")
@click.option("--keep-days", type=_KeepDays, help=_KEEP_HELP)
@click.option(
    "--signed-beacons/--no-signed-beacons",
    default=None,
    help="Whether beacons need a key that the pages' server has signed (see 'account secret').",
)
@setting_options("data", "catalog")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def change(
    key: str,
    *,
    name: str | None,
    timezone: str | None,
    addresses: str | None,
    allowed_domains: tuple[str, ...],
    any_domain: bool,
    register_medias: bool | None,
    cors_origins: tuple[str, ...],
    no_cors: bool,
    keep_days: int | None,
    signed_beacons: bool | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Change what is given of the account KEY, also while the server runs.

    Without any option but --json it is the same as show.
    """
    configure_logging("warning", "text")
    if name is not None and not name.strip():
        raise click.UsageError("--name: is empty")
    wanted = AccountChange(
        name=_or_unset(name),
        timezone=_or_unset(timezone),
        address_mode=UNSET if addresses is None else AddressMode(addresses),
        registers_medias=_or_unset(register_medias),
        allowed_domains=_list_or_none("allowed-domain", allowed_domains, "any-domain", any_domain),
        cors_origins=_list_or_none("cors-origin", cors_origins, "no-cors", no_cors),
        keep_days=_or_unset(keep_days),
        signed_beacons=_or_unset(signed_beacons),
    )
    with open_catalog(settings_from(given)) as catalog:
        try:
            changed = catalog.accounts.change(key, wanted)
        except (UnknownTimeZoneError, BadOriginError) as error:
            raise click.ClickException(f"--{error}") from None
        except NoBeaconSecretError as error:
            raise click.ClickException(f"--{str(error).replace('_', '-', 1)}") from None
    _show(_known(changed, key), as_json=as_json)


@account.command("show")
@click.argument("key")
@setting_options("data", "catalog")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def show(key: str, as_json: bool, **given: Any) -> None:
    """Show all settings of the account KEY."""
    configure_logging("warning", "text")
    with open_catalog(settings_from(given)) as catalog:
        found = catalog.accounts.find(key)
    _show(_known(found, key), as_json=as_json)


def _list_or_none(
    option: str, given: tuple[str, ...], none_option: str, none: bool
) -> tuple[str, ...] | UnsetType:
    """A repeatable option that has a flag beside it, by which the list is emptied."""
    if given and none:
        raise click.UsageError(f"--{option} and --{none_option} exclude each other")
    return given or (() if none else UNSET)


def _or_unset(given: Value | None) -> Value | UnsetType:
    return UNSET if given is None else given


def _known(found: Account | None, key: str) -> Account:
    if found is None:
        raise click.ClickException(
            f"KEY: no account has the key {key!r} (see 'playhead account list')"
        )
    return found


def _show(shown: Account, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(shown))
        return
    click.echo(f"Account {shown.name} ({shown.timezone})")
    for what, value in (
        ("account key", f"{shown.key}   goes into your pages, is no secret"),
        ("public token", f"{shown.public_token}   opens its heatmaps to whoever has it"),
        ("addresses", shown.address_mode.value),
        ("unknown medias", "registered" if shown.registers_medias else "refused"),
        ("allowed domains", ", ".join(shown.allowed_domains) or "all"),
        ("beacons", "have to be signed" if shown.signed_beacons else "need no signature"),
        ("CORS origins", ", ".join(shown.cors_origins) or "none"),
        ("sessions kept", f"{shown.keep_days} days" if shown.keep_days else "for ever"),
    ):
        click.echo(f"  {what:<15}  {value}")
