"""A PostgreSQL server for one run: made in a folder, on a Unix socket only, stopped at the end."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_USER = "bench"
_STARTS_WITHIN_S = "60"


@contextmanager
def postgres(folder: Path, settings: Mapping[str, str]) -> Iterator[str]:
    """A running server whose data are in ``folder``; gives the words to connect with.

    Args:
        folder: empty and on the disk that is to be measured.
        settings: of its configuration.
    """
    # A socket's address is short, and folders of data may have long names. The embedded store moves
    # where temporary files go, so the place is named here.
    with tempfile.TemporaryDirectory(prefix="bench-pg-", dir="/tmp") as socket:
        control = _Control(folder.resolve(), Path(socket))
        control.make()
        control.start(settings)
        try:
            yield f"host={socket} user={_USER} dbname=postgres"
        finally:
            control.stop()


class _Control:
    def __init__(self, data: Path, socket: Path) -> None:
        self._data = data
        self._socket = socket
        self._programs = _programs()
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            # It refuses to run as root.
            nobody = pwd.getpwnam("nobody")
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            for path in (data, socket):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)

    def make(self) -> None:
        self._run(
            "initdb", "--username", _USER, "--auth", "trust", "--encoding", "UTF8",
            "--locale", "C.UTF-8", "-D", str(self._data),
        )  # fmt: skip

    def start(self, settings: Mapping[str, str]) -> None:
        given = {"listen_addresses": "", "unix_socket_directories": str(self._socket), **settings}
        options = " ".join(f"-c {name}='{value}'" for name, value in given.items())
        self._run("pg_ctl", "start", *self._words(), "-o", options, "-l", f"{self._socket}/log")

    def stop(self) -> None:
        self._run("pg_ctl", "stop", *self._words(), "-m", "fast")

    def _words(self) -> list[str]:
        return ["-D", str(self._data), "-w", "-t", _STARTS_WITHIN_S]

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [self._programs / program, *words],
            check=False,
            cwd=self._socket,
            stdout=subprocess.DEVNULL,
            # The server that pg_ctl leaves behind would hold a pipe open.
            stderr=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            text=True,
            **self._as,
        )
        if done.returncode:
            log = self._socket / "log"
            said = log.read_text() if log.exists() else done.stderr
            raise SystemExit(f"{program} ended with {done.returncode}:\n{said}")


def _programs() -> Path:
    """Where PostgreSQL's programs are: Debian does not put them on the path."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise SystemExit("PostgreSQL is not installed (apt-get install postgresql)")
    return (found[-1] if found else Path(str(on_path)).resolve()).parent
