"""Options that commands share; all settings become options in one place."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from playhead.catalog import Account, Catalog
from playhead.errors import OperatorError
from playhead.settings import SettingError, Settings

Command = TypeVar("Command", bound=Callable[..., Any])

_FIELDS = {field.name: field for field in dataclasses.fields(Settings)}


def variable_of(setting: str) -> str:
    """The environment variable of a setting."""
    return f"PLAYHEAD_{setting.upper()}"


def setting_options(*names: str, **defaults: object) -> Callable[[Command], Command]:
    """Options for settings, by field name, or for all; ``defaults`` replaces some defaults."""

    def decorate(command: Command) -> Command:
        for name in reversed(names or tuple(_FIELDS)):
            command = _option(name, defaults)(command)
        return command

    return decorate


def _option(name: str, defaults: dict[str, object]) -> Callable[[Command], Command]:
    field = _FIELDS[name]
    default = defaults.get(name, field.default)
    types: dict[Any, Any] = {int: int, str: str, Path: click.Path(path_type=Path, file_okay=False)}
    return click.option(
        f"--{name.replace('_', '-')}",
        name,
        default=default,
        type=types[field.type],
        envvar=variable_of(name),
        show_default=default != "",
        show_envvar=True,
        help=field.metadata["help"],
    )


def settings_from(given: dict[str, Any]) -> Settings:
    """Settings from options.

    Raises:
        click.UsageError: one of them cannot be used.
    """
    try:
        return Settings(**given)
    except SettingError as error:
        setting, _, what = str(error).partition(":")
        raise click.ClickException(f"--{setting.replace('_', '-')}:{what}") from None


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn what an operator can mend into one line and a non-zero exit."""
    try:
        yield
    except OperatorError as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def open_catalog(settings: Settings) -> Iterator[Catalog]:
    """The catalog alone, which may be used beside a running server."""
    with one_line_errors():
        catalog = Catalog.open(settings.catalog_url)
        try:
            yield catalog
        finally:
            catalog.close()


def find_account(catalog: Catalog, key: str) -> Account:
    """The account with this public key.

    Raises:
        click.ClickException: there is none.
    """
    found = catalog.accounts.find(key)
    if found is None:
        raise click.ClickException(
            f"--account: no account has the key {key!r} (see 'playhead account list')"
        )
    return found
