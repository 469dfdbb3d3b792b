"""A server that signs its own machine in: ``python self_sign_in_server.py FOLDER``."""

import json
import sys
from pathlib import Path

from playhead.catalog import Role, hash_password
from playhead.log import configure_logging
from playhead.rooms import Playhead
from playhead.server import listen, serve
from playhead.settings import Settings


def main(folder: Path) -> None:
    """Serve until SIGTERM; the first line of output says where."""
    settings = Settings(data=folder, port=0)
    configure_logging("warning", "text")
    with listen(settings.host, settings.port) as opened, Playhead.open(settings) as playhead:
        account = playhead.catalog.accounts.create("Demo", "UTC")
        user = playhead.catalog.users.create(
            account.id, "demo@example.com", hash_password("demo demo"), "Demo", Role.ADMIN
        )
        playhead.sign_in_by_itself(user.id)

        async def say(url: str) -> None:
            print(json.dumps({"url": url}), flush=True)  # noqa: T201

        serve(playhead, opened, beside=say)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
