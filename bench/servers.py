"""The servers that the bench talks to, each in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx


@dataclass(frozen=True)
class Running:
    """A running server."""

    url: str
    pid: int
    account_key: str = ""
    token: str = ""

    def memory_mib(self) -> float:
        """Resident memory, now."""
        return self._status("VmRSS")

    def most_memory_mib(self) -> float:
        """The highest that resident memory ever was."""
        return self._status("VmHWM")

    def open_files(self) -> int:
        """Files, sockets and whatever else it has open."""
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())

    def _status(self, name: str) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = next(line for line in status.splitlines() if line.startswith(name))
        return int(found.split()[1]) / 1024

    def cpu_s(self) -> float:
        """Seconds of processor time so far, of all cores together."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def beacons_taken(self) -> int:
        """How many beacons it has put on disk since it was started."""
        for line in httpx.get(f"{self.url}/metrics", timeout=60).text.splitlines():
            if line.startswith("playhead_beacons_accepted_total"):
                return int(float(line.rpartition(" ")[2]))
        raise AssertionError("the server does not count its beacons")

    def settle(self) -> None:
        """Wait until everything that was acknowledged is in the numbers."""
        while httpx.get(f"{self.url}/readyz", timeout=60).json().get("waiting"):
            time.sleep(0.1)


@contextmanager
def playhead(
    data: Path, *options: str, account: str = "Bench", timezone: str = "UTC"
) -> Iterator[Running]:
    """Playhead with an account, limits off; ``options`` are those of ``playhead serve``."""
    command = [sys.executable, "-m", "playhead"]
    create = [*command, "account", "create", account, "--timezone", timezone]
    made = subprocess.run([*create, "--data", str(data), "--json"], check=True, capture_output=True)
    with serving(data, json.loads(made.stdout), *options) as server:
        yield server


@contextmanager
def serving(data: Path, keys: Mapping[str, str], *options: str) -> Iterator[Running]:
    """Playhead on a data folder that is there; ``keys`` are ``account_key`` and ``token``."""
    command = [sys.executable, "-m", "playhead", "serve", "--data", str(data), "--port", "0"]
    data.mkdir(parents=True, exist_ok=True)
    said = data / "said.log"
    with said.open("w") as log:
        process = subprocess.Popen([*command, "--api-limit", "0", *options], stderr=log)
    try:
        yield Running(_listening(said, process), process.pid, **keys)
    finally:
        _end(process)


def _listening(said: Path, process: subprocess.Popen[bytes]) -> str:
    """The address, once the server says that it has opened it."""
    while process.poll() is None:
        for line in said.read_text().splitlines():
            if '"server.listening"' in line:
                address: str = json.loads(line)["url"]
                return address
        time.sleep(0.05)
    raise SystemExit(f"the server ended at once:\n{said.read_text()}")


@contextmanager
def empty() -> Iterator[Running]:
    """The same HTTP server, with the same settings, that answers an empty 204."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.empty"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield Running(process.stdout.readline().strip(), process.pid)
    finally:
        _end(process)


def _end(process: subprocess.Popen[Any]) -> None:
    os.kill(process.pid, signal.SIGTERM)
    process.wait(30)
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
