"""The servers that the bench talks to, each in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx


@dataclass(frozen=True)
class Running:
    """A running server."""

    url: str
    pid: int
    account_key: str = ""
    token: str = ""

    def memory_mib(self) -> float:
        """Resident memory, and the highest that it ever was."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        peak = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(peak.split()[1]) / 1024

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
    keys = json.loads(made.stdout)
    serve = [*command, "serve", "--data", str(data), "--port", "0", "--api-limit", "0", *options]
    process = subprocess.Popen(serve, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        for line in process.stderr:
            event = json.loads(line)
            if event["event"] == "server.listening":
                yield Running(event["url"], process.pid, **keys)
                break
    finally:
        _end(process)


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


def _end(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGTERM)
    process.wait(30)
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
