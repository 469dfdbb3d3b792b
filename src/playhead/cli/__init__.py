"""The playhead command."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from keyword import iskeyword
from typing import Any

import click

from playhead import __version__

_COMMANDS = (
    "account",
    "backup",
    "demo",
    "doctor",
    "erase",
    "export",
    "import",
    "migrate",
    "restore",
    "rollups",
    "serve",
    "simulate",
    "token",
    "user",
)


class _UsageError(click.ClickException):
    """A usage error that prints as one line."""

    exit_code = click.UsageError.exit_code


@contextmanager
def _one_line_usage_errors() -> Iterator[None]:
    """Say what was wrong and where help is in one line, where click would take four."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        hint = f" (see '{error.ctx.command_path} --help')" if error.ctx else ""
        raise _UsageError(error.format_message() + hint) from None


class _Commands(click.Group):
    """The commands, each in a module of its name, whose errors are one line each.

    Only the module of the command that is called is read: all of them take a second.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, as the help lists them."""
        del ctx  # they are the same everywhere
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, None when there is no such."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        # A module cannot have the name of a word of Python.
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        found: click.Command = getattr(import_module(f"playhead.cli.{name}"), name)
        return found

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _one_line_usage_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with _one_line_usage_errors():
            return super().invoke(ctx)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="playhead")
def main() -> None:
    """Playhead: video analytics on your own machine.

    See it at work with 'playhead demo'. To use it: 'playhead account create', then
    'playhead serve', then put the script tag on your pages.
    """
