"""A PostgreSQL server of the tests' own: made, started, stopped and started again, removed."""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, create_engine, text

USER = "playhead"
PASSWORD = "a pass/word: to look for 5e1c@"
_STARTS_WITHIN_S = "60"


def _programs() -> Path:
    """Where PostgreSQL's programs are: Debian does not put them on the path."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise AssertionError("PostgreSQL is not installed (apt-get install postgresql)")
    return (found[-1] if found else Path(str(on_path)).resolve()).parent


class Postgres:
    """A server that listens on a Unix socket only and asks for a password."""

    def __init__(self, folder: Path) -> None:
        """``folder``: everything of it; short, because a socket's path has to be."""
        self._folder = folder
        self._data = folder / "data"
        self._programs = _programs()
        password = folder / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            # It refuses to run as root.
            nobody = pwd.getpwnam("nobody")
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            for path in (folder, password):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
        self._run(
            "initdb", "--username", USER, "--pwfile", str(password), "--auth", "scram-sha-256",
            "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "-D", str(self._data),
        )  # fmt: skip

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories={self._folder} -c fsync=off"
        self._control("start", "-o", options, "-l", str(self._folder / "log"))

    def stop(self, how: str = "fast") -> None:
        """At once, whoever is connected; ``immediate``: as if it crashed. It may be stopped."""
        if (self._data / "postmaster.pid").exists():
            self._control("stop", "-m", how)

    def database(self, options: str = "ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en'") -> str:
        """The URL of a fresh database, in which names sort as people in English would."""
        name = f"test_{secrets.token_hex(6)}"
        self.run("postgres", f"CREATE DATABASE {name} TEMPLATE template0 {options}")
        return self.url(name)

    def url(self, database: str, password: str = PASSWORD) -> str:
        made = URL.create(
            "postgresql", USER, password, database=database, query={"host": str(self._folder)}
        )
        return made.render_as_string(hide_password=False)

    def run(self, database: str, sql: str) -> None:
        """Run a statement outside of any transaction."""
        engine = create_engine(self.url(database), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(sql))
        engine.dispose()

    def files(self) -> bytes:
        """All that its tables and indexes have on disk, without the write-ahead log."""
        self.run("postgres", "CHECKPOINT")
        paths = (path for path in (self._data / "base").rglob("*") if path.is_file())
        return b"".join(path.read_bytes() for path in paths)

    def _control(self, what: str, *words: str) -> None:
        self._run("pg_ctl", what, "-D", str(self._data), "-w", "-t", _STARTS_WITHIN_S, *words)

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [self._programs / program, *words],
            check=False,
            cwd=self._folder,
            # The server that pg_ctl leaves behind would hold a pipe open.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            text=True,
            **self._as,
        )
        assert done.returncode == 0, (program, words, done.stderr)


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """A running server."""
    # An embedded store in this process has taken the usual place for itself.
    place = os.environ.get("TMPDIR", "/tmp")
    with tempfile.TemporaryDirectory(
        prefix="playhead-pg-", dir=place, ignore_cleanup_errors=True
    ) as folder:
        made = Postgres(Path(folder))
        made.start()
        try:
            yield made
        finally:
            made.stop()
