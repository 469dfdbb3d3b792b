"""The playhead command."""

import click

from playhead import __version__
from playhead.cli.account import account
from playhead.cli.serve import serve
from playhead.cli.token import token


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="playhead")
def main() -> None:
    """Playhead: video analytics on your own machine.

    See it at work with 'playhead demo'. To use it: 'playhead account create', then
    'playhead serve', then put the script tag on your pages.
    """


for command in (serve, account, token):
    main.add_command(command)
