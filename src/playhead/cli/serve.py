"""playhead serve."""

from typing import Any

import click

from playhead.cli.options import one_line_errors, setting_options, settings_from
from playhead.log import configure_logging
from playhead.rooms import Playhead
from playhead.server import listen
from playhead.server import serve as serve_until_stopped


@click.command()
@setting_options()
def serve(**given: Any) -> None:
    """Run the server: collect beacons, answer the API.

    Stop it with Ctrl-C or SIGTERM; what it has accepted is on disk at any moment.
    """
    settings = settings_from(given)
    configure_logging(settings.log_level, settings.log_format)
    with one_line_errors():
        # The port first: it is the more common mistake and the quicker check.
        opened = listen(settings.host, settings.port)
        with opened, Playhead.open(settings) as playhead:
            serve_until_stopped(playhead, opened)
