"""playhead user."""

import sys
from datetime import UTC, datetime
from typing import Any

import click
import msgspec
from msgspec import UNSET

from playhead.catalog import (
    BadEmailError,
    BadPasswordError,
    Catalog,
    EmailTakenError,
    Role,
    User,
    UserChange,
    check_password,
    clean_email,
    hash_password,
)
from playhead.cli.options import open_catalog, setting_options, settings_from
from playhead.log import configure_logging

_LONGEST_LINE = 16_384

_role_type = click.Choice([role.value for role in Role])
_stdin_option = click.option(
    "--password-stdin", "from_stdin", is_flag=True, help="Read the password from standard input."
)


@click.group()
def user() -> None:
    """Make, change, list and remove the users who sign in to the dashboard."""


@user.command("create")
@click.argument("email")
@click.option("--account", "account_key", required=True, help="The account's public key.")
@click.option("--name", default="", help="What the user is called.")
@click.option(
    "--role",
    type=_role_type,
    default=Role.ADMIN.value,
    show_default=True,
    help="viewer: sees everything. editor: also changes projects and medias. "
    "admin: also manages the account, its tokens and its users.",
)
@_stdin_option
@setting_options("data", "catalog")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def create(
    email: str,
    account_key: str,
    name: str,
    role: str,
    from_stdin: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Make a user who signs in with EMAIL, also while the server runs.

    The password is asked for, or comes on standard input.
    """
    configure_logging("warning", "text")
    try:
        cleaned = clean_email(email)
    except BadEmailError as error:
        raise click.ClickException(f"EMAIL: {error}") from None
    with open_catalog(settings_from(given)) as catalog:
        account = catalog.accounts.find(account_key)
        if account is None:
            raise click.ClickException(
                f"--account: no account has the key {account_key!r} (see 'playhead account list')"
            )
        if catalog.users.find(cleaned):
            raise click.ClickException("EMAIL: is taken")
        hashed = _password_hash(from_stdin)
        try:
            made = catalog.users.create(account.id, cleaned, hashed, name, Role(role))
        except EmailTakenError as error:
            raise click.ClickException(f"EMAIL: {error}") from None
    if as_json:
        click.echo(msgspec.json.encode(made))
        return
    click.echo(f"User {made.email} ({made.role}) of {account.name} can sign in now.")


@user.command("list")
@click.option("--account", "account_key", help="Only those of this account, by its public key.")
@setting_options("data", "catalog")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array and nothing else.")
def list_users(account_key: str | None, as_json: bool, **given: Any) -> None:
    """List the users of all accounts, or of one."""
    configure_logging("warning", "text")
    with open_catalog(settings_from(given)) as catalog:
        accounts = [
            one for one in catalog.accounts.list() if account_key is None or one.key == account_key
        ]
        if account_key is not None and not accounts:
            raise click.ClickException(
                f"--account: no account has the key {account_key!r} (see 'playhead account list')"
            )
        found = [(one.key, user) for one in accounts for user in catalog.users.list(one.id)]
    if as_json:
        click.echo(msgspec.json.encode([user for _, user in found]))
        return
    for key, one in found:
        seen = f"seen {_day(one.last_seen_ms)}" if one.last_seen_ms else "never signed in"
        click.echo(f"{one.email:<32}  {one.role:<6}  {key}  {seen:<15}  {one.name}")


@user.command("password")
@click.argument("email")
@_stdin_option
@setting_options("data", "catalog")
def password(email: str, from_stdin: bool, **given: Any) -> None:
    """Give the user EMAIL another password, and sign out all of the user's browsers."""
    configure_logging("warning", "text")
    with open_catalog(settings_from(given)) as catalog:
        found = _user(catalog, email)
        change = UserChange(password_hash=_password_hash(from_stdin))
        catalog.users.change(found.account_id, found.id, change)
    click.echo(f"User {found.email} has a new password.")


@user.command("change")
@click.argument("email")
@click.option("--name", help="What the user is called.")
@click.option("--role", type=_role_type, help="What the user may do.")
@setting_options("data", "catalog")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def change(email: str, name: str | None, role: str | None, as_json: bool, **given: Any) -> None:
    """Change what is given of the user EMAIL, also while the server runs."""
    configure_logging("warning", "text")
    wanted = UserChange(
        name=UNSET if name is None else name, role=UNSET if role is None else Role(role)
    )
    with open_catalog(settings_from(given)) as catalog:
        found = _user(catalog, email)
        # Whoever has this machine can always make another admin.
        changed = catalog.users.change(found.account_id, found.id, wanted, needs_admin=False)
    if changed is None:
        raise click.ClickException(f"EMAIL: there is no user {email!r}")
    if as_json:
        click.echo(msgspec.json.encode(changed))
        return
    click.echo(f"User {changed.email} ({changed.role}) {changed.name}".rstrip())


@user.command("remove")
@click.argument("email")
@setting_options("data", "catalog")
def remove(email: str, **given: Any) -> None:
    """Remove the user EMAIL, who is signed out at once."""
    configure_logging("warning", "text")
    with open_catalog(settings_from(given)) as catalog:
        found = _user(catalog, email)
        catalog.users.remove(found.account_id, found.id, needs_admin=False)
    click.echo(f"User {found.email} is removed.")


def _user(catalog: Catalog, email: str) -> User:
    found = catalog.users.find(email)
    if found is None:
        raise click.ClickException(f"EMAIL: there is no user {email!r} (see 'playhead user list')")
    return found[0]


def _password_hash(from_stdin: bool) -> str:
    """The hash of a password that is asked for, so that it stands in no history and no list."""
    if from_stdin:
        given = sys.stdin.readline(_LONGEST_LINE).rstrip("\r\n")
    else:
        given = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    try:
        check_password(given)
    except BadPasswordError as error:
        raise click.ClickException(f"password: {error}") from None
    return hash_password(given)


def _day(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()
