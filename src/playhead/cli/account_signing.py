"""playhead account secret, and playhead account sign: keys that an account's server signs."""

import sys
import time
from typing import Any

import click
import msgspec

from playhead.catalog import BadBeaconSecretError
from playhead.cli.options import open_catalog, setting_options, settings_from
from playhead.log import configure_logging
from playhead.signing import sign as signed_key

_HOUR_S = 3600


@click.command()
@click.argument("key")
@click.option(
    "--stdin", "from_stdin", is_flag=True, help="Take it from standard input: another server's."
)
@click.option("--end-previous", is_flag=True, help="Make none; end every secret but the newest.")
@setting_options("data", "catalog")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def secret(key: str, *, from_stdin: bool, end_previous: bool, as_json: bool, **given: Any) -> None:
    """Make a secret with which the pages' server signs the account KEY; it is shown this once.

    The one before stays good, so that servers can be changed one by one; those before it end.
    Then 'playhead account change KEY --signed-beacons' has every beacon signed.
    """
    configure_logging("warning", "text")
    if from_stdin and end_previous:
        raise click.UsageError("--stdin and --end-previous exclude each other")
    with open_catalog(settings_from(given)) as catalog:
        found = catalog.accounts.find(key)
        if found is None:
            raise _unknown(key)
        if end_previous:
            ended = catalog.beacon_secrets.end_previous(found.id)
            answer = msgspec.json.encode({"ended": ended}).decode()
            click.echo(answer if as_json else f"{'Ended' if ended else 'None was there'}.")
            return
        try:
            wanted = sys.stdin.readline().strip() if from_stdin else ""
            if from_stdin and not wanted:
                raise click.ClickException("--stdin: is empty (give the secret on its first line)")
            made = catalog.beacon_secrets.renew(found.id, wanted)
        except BadBeaconSecretError as error:
            raise click.ClickException(f"--stdin: {error}") from None
    if as_json:
        click.echo(msgspec.json.encode({"secret": None if from_stdin else made}))
    elif from_stdin:
        click.echo("Taken.")
    else:
        click.echo(f"  {made}   for your pages' server: it is shown only now")


@click.command()
@click.argument("key")
@click.option(
    "--hours",
    type=click.FloatRange(0, 100_000, min_open=True),
    default=24,
    show_default=True,
    help="How long it is good.",
)
@setting_options("data", "catalog")
def sign(key: str, hours: float, **given: Any) -> None:
    """Sign the account KEY with its newest secret, to try it out.

    Prints what goes into data-account.
    """
    configure_logging("warning", "text")
    with open_catalog(settings_from(given)) as catalog:
        found = catalog.accounts.find(key)
        if found is None:
            raise _unknown(key)
        secrets = catalog.beacon_secrets.list(found.id)
    if not secrets:
        raise click.ClickException(
            f"KEY: the account has no secret yet (make one with 'playhead account secret {key}')"
        )
    click.echo(signed_key(secrets[0], key, int(time.time() + hours * _HOUR_S)))


def _unknown(key: str) -> click.ClickException:
    return click.ClickException(
        f"KEY: no account has the key {key!r} (see 'playhead account list')"
    )
