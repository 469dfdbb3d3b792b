"""The playhead command."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from playhead import __version__
from playhead.cli.account import account
from playhead.cli.demo import demo
from playhead.cli.rollups import rollups
from playhead.cli.serve import serve
from playhead.cli.simulate import simulate
from playhead.cli.token import token
from playhead.cli.user import user


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
    """The commands, whose errors are one line each."""

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


for command in (demo, serve, simulate, account, token, user, rollups):
    main.add_command(command)
