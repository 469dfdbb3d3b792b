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

# An embedded store moves this process's temporary files into its folder, which may be gone sooner.
_TEMPORARY = tempfile.gettempdir()


@dataclass
class ClickHouse:
    """The engine behind HTTP, which can be stopped and started again where it was."""

    folder: Path
    port: int = 0
    within: tuple[str, ...] = ()
    """How commands begin that see its folder; empty: as all others."""
    program: str = "clickhouse_front.py"
    options: tuple[str, ...] = ()
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def start(self) -> None:
        program = str(Path(__file__).with_name(self.program))
        command = [*self.within, sys.executable, program]
        self._process = subprocess.Popen(
            [*command, str(self.folder), str(self.port), *self.options],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def stop(self) -> None:
        """As a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def delay(self, seconds: float) -> None:
        """Let every answer take so much longer from now on."""
        new = self.folder / "delay.new"
        new.write_text(str(seconds))
        new.replace(self.folder / "delay")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def url(self, database: str, password: str = PASSWORD) -> str:
        return f"http://{USER}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"


@contextmanager
def clickhouse_front(
    program: str = "clickhouse_front.py",
    *options: str,
    at: Path | None = None,
    within: tuple[str, ...] = (),
) -> Iterator[ClickHouse]:
    """A running front.

    ``program`` is the name of its file, with what that understands. ``at``: a folder that is
    there, which is left to who made it.
    """
    if at is not None:
        yield from _running(ClickHouse(at, within=within, program=program, options=options))
        return
    with tempfile.TemporaryDirectory(
        prefix="playhead-ch-", dir=_TEMPORARY, ignore_cleanup_errors=True
    ) as folder:
        yield from _running(ClickHouse(Path(folder), program=program, options=options))


def _running(made: ClickHouse) -> Iterator[ClickHouse]:
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
