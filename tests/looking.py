"""Looking into the store of a server that has been stopped."""

import json
import subprocess
import sys
from typing import Any

from support import Server

_ASK = """
import json, sys
from playhead.store import Store
store = Store.open(sys.argv[1])
print(json.dumps([list(row) for row in store.ask(sys.argv[2], {})], default=str))
store.close()
"""


def rows_in_the_store(server: Server, sql: str) -> list[list[Any]]:
    """The answer to a question in the store's own language.

    In a process of its own, because the embedded engine owns its folder until its process ends.
    """
    done = subprocess.run(
        [sys.executable, "-c", _ASK, server.settings().store_dsn, sql],
        capture_output=True,
        check=True,
        text=True,
    )
    found: list[list[Any]] = json.loads(done.stdout)
    return found
