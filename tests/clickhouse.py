"""A ClickHouse for tests: a server that is named, or the front of the engine (clickhouse_front)."""

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

USER, PASSWORD = "playhead", "a pass/word: to look for 7a0b@"
SERVER = os.environ.get("PLAYHEAD_TEST_CLICKHOUSE", "")
"""``http(s)://user:password@host:port`` of a server whose user may make databases."""


@dataclass
class ClickHouse:
    """The engine behind HTTP, which can be stopped and started again where it was."""

    folder: Path
    port: int = 0
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def start(self) -> None:
        command = [sys.executable, str(Path(__file__).with_name("clickhouse_front.py"))]
        self._process = subprocess.Popen(
            [*command, str(self.folder), str(self.port)], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def stop(self) -> None:
        """As a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def url(self, database: str, password: str = PASSWORD) -> str:
        return f"http://{USER}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"


@contextmanager
def clickhouse_front() -> Iterator[ClickHouse]:
    """A running front."""
    # An embedded store in this process has taken the usual place for itself.
    place = os.environ.get("TMPDIR", "/tmp")
    with tempfile.TemporaryDirectory(
        prefix="playhead-ch-", dir=place, ignore_cleanup_errors=True
    ) as folder:
        made = ClickHouse(Path(folder))
        made.start()
        try:
            yield made
        finally:
            made.stop()


def new_database(front: ClickHouse) -> str:
    """The address of a database that is not there yet."""
    name = f"test_{secrets.token_hex(6)}"
    if not SERVER:
        return front.url(name)
    return urlsplit(SERVER)._replace(path=f"/{name}").geturl()
