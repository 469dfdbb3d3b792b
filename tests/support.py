"""A real server in a process of its own, and beacons to send to it."""

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

from playhead.catalog import Catalog, Role, User, hash_password
from playhead.settings import Settings

Api = Callable[..., httpx.Response]

PASSWORD = "correct horse battery"
_STARTS_WITHIN_S = 60
_STOPS_WITHIN_S = 15
_SETTLES_WITHIN_S = 30
# Long enough for a busy machine; only a test that fails waits so long.
_COMES_ABOUT_WITHIN_S = 60


@dataclass(frozen=True)
class TestAccount:
    """A fresh account: its public key and a token with every scope."""

    __test__ = False

    key: str
    token: str
    timezone: str
    id: int

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class Server:
    """``playhead serve`` as a subprocess, on a free port unless it restarts."""

    data: Path
    options: tuple[str, ...] = ()
    catalog: str = ""
    """A URL; empty: SQLite in the data folder."""
    store: str = ""
    """A URL; empty: the engine inside the server."""
    within: tuple[str, ...] = ()
    """How commands begin that see its data folder; empty: as all others."""
    port: int = 0
    url: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    _process: subprocess.Popen[str] | None = None
    _reader: threading.Thread | None = None

    def start(self) -> Self:
        command = [*self.within, sys.executable, "-m", "playhead", "serve"]
        command += ["--data", str(self.data)]
        command += ["--port", str(self.port), "--log-level", "debug", *self.options]
        self.events = []
        listening = threading.Event()
        self._process = subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, env=self.environment, encoding="utf-8"
        )
        self._reader = threading.Thread(target=self._read, args=(self._process, listening))
        self._reader.start()
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while not listening.wait(0.05):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"the server did not start: {self.events}")
        return self

    def _read(self, process: subprocess.Popen[str], listening: threading.Event) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            try:
                event = json.loads(line)
            except ValueError:
                event = {"event": "not structured", "line": line}
            self.events.append(event)
            if event.get("event") == "server.listening":
                self.url = event["url"]
                # A restart comes back to the same address, as an operator's would.
                self.port = int(self.url.rpartition(":")[2])
                listening.set()

    @property
    def environment(self) -> dict[str, str]:
        """For commands beside the server: only what says where it keeps things."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PLAYHEAD_")}
        kept = {"DATA": str(self.data), "CATALOG": self.catalog, "STORE": self.store}
        return clean | {f"PLAYHEAD_{name}": value for name, value in kept.items() if value}

    def settings(self) -> Settings:
        return Settings(data=self.data, catalog=self.catalog, store=self.store)

    def account(self, timezone: str = "UTC", **settings: Any) -> TestAccount:
        if self.within:
            return self._account_within(timezone)
        catalog = Catalog.open(self.settings().catalog_url)
        try:
            made = catalog.accounts.create("Test", timezone, **settings)
            _, token = catalog.tokens.create(made.id, "test")
        finally:
            catalog.close()
        return TestAccount(made.key, token, timezone, made.id)

    def _account_within(self, timezone: str) -> TestAccount:
        words = ["account", "create", "Test", "--timezone", timezone, "--json"]
        made = subprocess.run(
            [*self.within, sys.executable, "-m", "playhead", *words],
            check=True, env=self.environment, stdout=subprocess.PIPE,
        )  # fmt: skip
        keys = json.loads(made.stdout)
        return TestAccount(keys["account_key"], keys["token"], timezone, id=0)

    def settle(self, within_s: float = _SETTLES_WITHIN_S) -> None:
        """Wait until every acknowledged beacon is in the numbers."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            answer = httpx.get(f"{self.url}/readyz", timeout=10)
            if answer.status_code == 200 and answer.json()["waiting"] == 0:
                return
            time.sleep(0.02)
        raise AssertionError(f"the spool did not drain: {self.events[-20:]}")

    def said(self, event: str) -> bool:
        """Whether it has logged an event."""
        return any(each.get("event") == event for each in list(self.events))

    def memory_mib(self) -> float:
        """Its resident memory, now."""
        status = Path(f"/proc/{self.pid}/status").read_text("utf-8")
        (kib,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
        return int(kib) / 1024

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> float:
        """End it as an operator would; the seconds it took."""
        started = time.monotonic()
        self._end(signal.SIGTERM)
        return time.monotonic() - started

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(_STOPS_WITHIN_S)
        finally:
            self._process.kill()
            self._process.wait()
            if self._reader is not None:
                self._reader.join()
            if self._process.stderr is not None:
                self._process.stderr.close()
            self._process = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid


def new_user(
    server: Server,
    account: TestAccount,
    email: str = "",
    role: str = "admin",
    password: str = PASSWORD,
) -> User:
    """A user of the account, with an address of nobody else's unless one is given."""
    catalog = Catalog.open(server.settings().catalog_url)
    try:
        return catalog.users.create(
            account.id,
            email or f"user-{secrets.token_hex(6)}@example.com",
            hash_password(password),
            "Ada",
            Role(role),
        )
    finally:
        catalog.close()


def sign_in(http: httpx.Client, email: str, password: str = PASSWORD) -> dict[str, str]:
    """Sign a client in, whose cookies say so from now on; the headers that its changes need."""
    answer = http.post("/session", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    return {"x-playhead-csrf": answer.json()["csrf"]}


def wait_until(is_so: Callable[[], bool], every_s: float = 0.002) -> None:
    """Wait for something that comes about by itself."""
    deadline = time.monotonic() + _COMES_ABOUT_WITHIN_S
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(every_s)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def session_id(at_ms: int | None = None) -> str:
    """A UUIDv7 whose time is ``at_ms``, by default now."""
    at_ms = now_ms() if at_ms is None else at_ms
    return str(
        uuid.UUID(
            int=at_ms << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
        )
    )


def beacon(account: TestAccount, **changes: Any) -> dict[str, Any]:
    """A good beacon with some fields changed; a field set to ``...`` is left out."""
    made: dict[str, Any] = {
        "account": account.key,
        "media": "lesson-1",
        "session": session_id(),
        "seq": 1,
        "sent_at": now_ms(),
        "visitor": "visitor-1",
        "duration": 60.0,
        "played": True,
        "watched": [[0, 10, 1]],
    }
    made.update(changes)
    return {name: value for name, value in made.items() if value is not ...}


def ndjson(beacons: list[dict[str, Any]]) -> bytes:
    return b"\n".join(json.dumps(line).encode() for line in beacons)


def deliver(http: httpx.Client, account: TestAccount, lines: list[dict[str, Any]]) -> None:
    """Hand in beacons of the account, with its token; none of them may be refused."""
    headers = {"content-type": "application/x-ndjson"} | account.headers
    answer = http.post("/collect/batch", content=ndjson(lines), headers=headers)
    assert answer.json() == {"accepted": len(lines), "rejected": []}, answer.text


def assert_error(answer: httpx.Response, status: int, error: str) -> None:
    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert answer.headers["content-type"] == "application/json"
