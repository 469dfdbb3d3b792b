"""The demo signs in whoever sits at its machine, and nobody else."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

SCRIPT = Path(__file__).parent / "self_sign_in_server.py"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a server answers that signs in by itself."""
    folder = tmp_path_factory.mktemp("self") / "data"
    with subprocess.Popen(
        [sys.executable, SCRIPT, folder], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()


def test_a_browser_at_this_machine_is_signed_in_and_stays_so(url: str) -> None:
    with httpx.Client(base_url=url) as browser:
        first = browser.get("/session")
        assert first.json()["user"]["email"] == "demo@example.com"
        assert first.headers["set-cookie"].startswith("playhead_session=")
        again = browser.get("/session")
        assert again.json() == first.json()
        assert "set-cookie" not in again.headers
        headers = {"x-playhead-csrf": first.json()["csrf"]}
        assert browser.post("/v1/medias", json={}, headers=headers).status_code == 201


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "127.0.0.1", "[::1]"])
def test_it_is_asked_by_a_name_of_this_machine(url: str, name: str) -> None:
    port = url.rpartition(":")[2]
    for host in (name, f"{name}:{port}"):
        assert httpx.get(f"{url}/session", headers={"host": host}).json()["signed_in"] is True


@pytest.mark.parametrize(
    "headers",
    [
        # Another site's name that leads here (DNS rebinding).
        {"host": "evil.example"},
        {"host": "evil.example:8000"},
        {"host": "localhost.evil.example"},
        {"host": "localhost@evil.example"},
        {"host": "192.0.2.1"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "["},
        {"host": ""},
        # Somebody else, through a proxy on this machine.
        {"x-forwarded-for": "192.0.2.1"},
        {"x-real-ip": "192.0.2.1"},
        {"forwarded": "for=192.0.2.1"},
        {"via": "1.1 proxy"},
        # Another site's page.
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        # A program with a token is its token's.
        {"authorization": "Bearer nobody"},
    ],
    ids=str,
)
def test_nobody_else_is_signed_in(url: str, headers: dict[str, str]) -> None:
    answer = httpx.get(f"{url}/session", headers=headers)
    assert answer.json() == {"signed_in": False, "has_users": True}
    assert "set-cookie" not in answer.headers


def test_nothing_but_the_session_signs_anybody_in(url: str) -> None:
    for path in ("/v1/account", "/manage/account", "/manage/users"):
        assert httpx.get(f"{url}{path}").status_code == 401
