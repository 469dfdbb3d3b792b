"""What tests share: one real server for each worker, and accounts that nobody else uses."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from clickhouse import ClickHouse, clickhouse_front, new_database
from postgres import Postgres, postgres_server
from support import Api, Server, TestAccount

CATALOGS = "sqlite", "postgresql"
STORES = "sqlite", "clickhouse"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked ``every_catalog`` or ``every_store`` on each kind of them."""
    for mark, kinds in (("every_catalog", CATALOGS), ("every_store", STORES)):
        if metafunc.definition.get_closest_marker(mark) is None:
            continue
        if "server" in metafunc.fixturenames:
            metafunc.parametrize("server", kinds, indirect=True, scope="session")
        if "catalog_url" in metafunc.fixturenames:
            metafunc.parametrize("catalog_url", kinds, indirect=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as running:
        yield running


@pytest.fixture
def catalog_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a test may have a catalog of its own."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    running: Postgres = request.getfixturevalue("postgres")
    return running.database()


@pytest.fixture(scope="session")
def clickhouse() -> Iterator[ClickHouse]:
    with clickhouse_front() as running:
        yield running


@pytest.fixture(scope="module", params=["embedded", "http"])
def store_dsn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An empty store in the engine in this process, and one in an engine behind HTTP."""
    return _new_store(request, tmp_path_factory)


@pytest.fixture(params=["embedded", "http"])
def own_store_dsn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same for a test that has it for itself."""
    return _new_store(request, tmp_path_factory)


def _new_store(request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> str:
    if request.param == "embedded":
        return f"chdb://{folders.mktemp('embedded')}/store"
    return new_database(request.getfixturevalue("clickhouse"))


@pytest.fixture(scope="session")
def servers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Server]]:
    """The running server with a kind of catalog, or with its sessions in ClickHouse over HTTP.

    Limits are off, so that tests may hurry. It sums up whatever is older than this hour at once,
    so answers come from roll-ups as well as from sessions, and change from one to the other while
    they are asked for.
    """
    options = "--api-limit", "0", "--settle-after", "0", "--settle-every", "1"
    running: dict[str, Server] = {}

    def get(kind: str) -> Server:
        if kind not in running:
            made = Server(tmp_path_factory.mktemp("server") / "data", options)
            if kind == "postgresql":
                made.catalog = request.getfixturevalue("postgres").database()
            if kind == "clickhouse":
                made.store = new_database(request.getfixturevalue("clickhouse"))
            running[kind] = made.start()
        return running[kind]

    yield get
    for each in running.values():
        each.stop()


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, servers: Callable[[str], Server]) -> Server:
    """The worker's own server."""
    return servers(getattr(request, "param", "sqlite"))


@pytest.fixture
def catalog_files(request: pytest.FixtureRequest, server: Server) -> Callable[[], bytes]:
    """All that the server's catalog has on disk, to look for what should not be there."""
    if server.catalog:
        running: Postgres = request.getfixturevalue("postgres")
        return running.files
    return lambda: b"".join(path.read_bytes() for path in server.data.glob("catalog.sqlite*"))


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
