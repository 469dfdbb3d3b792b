"""A server with the demo page and no audience: ``python demo_server.py FOLDER``."""

import json
import sys
from pathlib import Path

from playhead.catalog import MediaChange
from playhead.dashboard import DemoPage, demo_files
from playhead.log import configure_logging
from playhead.rooms import Playhead
from playhead.server import listen, serve
from playhead.settings import Settings


def main(folder: Path) -> None:
    """Serve until SIGTERM; the first line of output says where, and what the page knows."""
    settings = Settings(data=folder, port=0)
    configure_logging("warning", "text")
    with listen(settings.host, settings.port) as opened, Playhead.open(settings) as playhead:
        catalog = playhead.catalog
        account = catalog.accounts.create("Demo", "UTC")
        _, token = catalog.tokens.create(account.id, "demo")
        project = catalog.projects.create(account.id, name="Demo course")
        medias = ["demo-clip", "demo-two"]
        for media in medias:
            change = MediaChange(name=f"Name of <{media}>", project_id=project.hashed_id)
            catalog.medias.create(account.id, change, hashed_id=media)
        page = DemoPage(account.key, token, medias[0], settings.tracker_path, medias)
        playhead.mount("demo", demo_files(page))

        async def say(url: str) -> None:
            known = {"url": url, "account": account.key, "token": token, "media": page.media}
            print(json.dumps(known), flush=True)  # noqa: T201

        serve(playhead, opened, beside=say)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
