"""What tests share: one real server for each worker, and accounts that nobody else uses."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from support import Api, Server, TestAccount


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server with the limits off, so that tests may hurry.

    It sums up whatever is older than this hour at once, so answers come from roll-ups as well as
    from sessions, and change from one to the other while they are asked for.
    """
    options = "--api-limit", "0", "--settle-after", "0", "--settle-every", "1"
    started = Server(tmp_path_factory.mktemp("server") / "data", options=options).start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def new_account(server: Server) -> Callable[..., TestAccount]:
    return server.account


@pytest.fixture
def account(server: Server) -> TestAccount:
    return server.account()


@pytest.fixture(scope="session")
def settle(server: Server) -> Callable[[], None]:
    return server.settle


@pytest.fixture(scope="session")
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=30) as client:
        yield client


@pytest.fixture
def api(http: httpx.Client, account: TestAccount) -> Api:
    """Ask as the account: ``api("POST", "/v1/medias", {...})``."""

    def ask(method: str, path: str, body: Any = None) -> httpx.Response:
        if body is None:
            return http.request(method, path, headers=account.headers)
        if isinstance(body, bytes):
            headers = account.headers | {"content-type": "application/json"}
            return http.request(method, path, headers=headers, content=body)
        return http.request(method, path, headers=account.headers, json=body)

    return ask


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server that a test may kill, not yet started."""
    made = Server(tmp_path / "data", options=("--api-limit", "0"))
    yield made
    made.kill()
