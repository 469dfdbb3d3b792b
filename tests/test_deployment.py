"""What is given for deployment is right: real proxies before real servers, files held to rules.

There is no container engine in the tests: the Dockerfile is linted, the compose files are read.
"""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from playhead.catalog import AddressMode
from playhead.settings import Settings
from support import Server, beacon, wait_until

DEPLOY = Path(__file__).parent.parent / "deploy"
COMPOSED = sorted(DEPLOY.glob("compose*.yaml"))
# Another address of this machine, which no proxy has and nobody trusts.
VISITOR = "127.0.0.77"
CLAIMED = "203.0.113.9"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], port: int, **environment: str) -> Iterator[None]:
    process = subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.PIPE)

    def listens() -> bool:
        if process.poll() is not None and process.stderr is not None:
            raise AssertionError(process.stderr.read().decode())
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_until(listens)
        yield
    finally:
        process.terminate()
        process.communicate()


@contextmanager
def nginx(folder: Path, upstream: Server) -> Iterator[str]:
    """nginx with the site of deploy/nginx.conf, on other ports, with a certificate of its own."""
    folder.mkdir(mode=0o755)
    port, key, certificate = free_port(), folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=stats.example.com", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    site = (DEPLOY / "nginx.conf").read_text("utf-8")
    for ours, here in (
        ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{upstream.port};"),
        ("/etc/letsencrypt/live/stats.example.com/fullchain.pem", str(certificate)),
        ("/etc/letsencrypt/live/stats.example.com/privkey.pem", str(key)),
    ):
        assert site.count(ours) == 1, ours
        site = site.replace(ours, here)
    scratch = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"{'user root;' if os.geteuid() == 0 else ''}\nevents {{}}\n"
        f"http {{\naccess_log off;\n{scratch}{site}\n}}\n",
        encoding="utf-8",
    )
    command = ["/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    with running(command, port):
        yield f"https://127.0.0.1:{port}"


@contextmanager
def caddy(folder: Path, *upstreams: Server) -> Iterator[str]:
    """Caddy with deploy/Caddyfile, without certificates."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    named = {
        "PLAYHEAD_DOMAIN": url,
        "PLAYHEAD_UPSTREAMS": " ".join(f"127.0.0.1:{each.port}" for each in upstreams),
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
    }
    words = ["caddy", "run", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")]
    with running(words, port, **named):
        yield url


@pytest.fixture
def proxied(own_server: Server) -> Server:
    """A server that trusts the proxies of its machine, and them only."""
    own_server.options += ("--trusted-proxies", "127.0.0.1")
    return own_server.start()


@pytest.mark.parametrize("proxy", [nginx, caddy], ids=["nginx", "caddy"])
def test_behind_a_proxy_a_visitor_is_who_connected_whatever_is_claimed(
    proxy: Any, proxied: Server, tmp_path: Path
) -> None:
    account = proxied.account(address_mode=AddressMode.WHOLE)
    # The proxy has a certificate that nobody signed.
    way = httpx.HTTPTransport(local_address=VISITOR, verify=False)
    with proxy(tmp_path / "proxy", proxied) as url, httpx.Client(transport=way) as http:
        claims = {"X-Forwarded-For": CLAIMED}
        assert http.post(f"{url}/collect", json=beacon(account), headers=claims).status_code == 204
        proxied.settle()
        (seen,) = http.get(f"{url}/v1/stats/events.json", headers=account.headers).json()
        assert seen["ip"] == VISITOR
        assert http.get(f"{url}/tracker.js").status_code == 200


def test_behind_caddy_beacons_find_another_server_soon_after_one_is_gone(
    tmp_path: Path, proxied: Server
) -> None:
    gone = Server(tmp_path / "gone").start()
    account = proxied.account()
    with caddy(tmp_path, gone, proxied) as url:
        gone.kill()

        def is_taken() -> bool:
            return httpx.post(f"{url}/collect", json=beacon(account)).status_code == 204

        wait_until(is_taken)
        # As players do, one after the other: none of them meets the server that is gone.
        wait_until(lambda: all(is_taken() for _ in range(20)))


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    unit = (DEPLOY / "playhead.service").read_text("utf-8")
    assert unit.count("/opt/playhead/bin/playhead serve") == 1
    written = tmp_path / "playhead.service"
    written.write_text(unit.replace("/opt/playhead/bin/playhead serve", "/bin/true"), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(written)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_dockerfile_has_nothing_that_its_linter_minds() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    words = [str(linter), str(DEPLOY / "Dockerfile")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_what_the_dockerfile_copies_and_runs_is_there() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    assert 'ENTRYPOINT ["playhead"]' in text
    assert "USER 10001" in text
    ignored = (DEPLOY.parent / ".dockerignore").read_text("utf-8").splitlines()
    for needed in ("requirements.lock", "pyproject.toml", "web", "src", "README.md", "LICENSE"):
        assert (DEPLOY.parent / needed).exists()
        assert needed not in ignored


@pytest.mark.parametrize("file", COMPOSED, ids=lambda file: file.name)
def test_a_compose_file_names_only_what_there_is(file: Path) -> None:
    composed = yaml.safe_load(file.read_text("utf-8"))
    services: Mapping[str, Any] = composed["services"]
    variables = {f"PLAYHEAD_{name.upper()}" for name in Settings.__dataclass_fields__}
    for name, service in services.items():
        assert set(service.get("depends_on", ())) <= services.keys(), name
        assert set(service["networks"]) <= composed["networks"].keys(), name
        for volume in service["volumes"]:
            source = volume.partition(":")[0]
            assert source in composed["volumes"] or (DEPLOY / source).is_file(), volume
        if service["image"] == "playhead":
            assert service["environment"].keys() <= variables
            assert service["read_only"]
            assert service["cap_drop"] == ["ALL"]
            assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).exists()
            assert any(volume.endswith(":/data") for volume in service["volumes"])


@pytest.mark.parametrize("file", COMPOSED, ids=lambda file: file.name)
def test_a_compose_file_trusts_the_network_of_its_proxy(file: Path) -> None:
    composed = yaml.safe_load(file.read_text("utf-8"))
    (network,) = composed["networks"]["inside"]["ipam"]["config"]
    served = [each for each in composed["services"].values() if each["image"] == "playhead"]
    assert served
    for service in served:
        assert service["environment"]["PLAYHEAD_TRUSTED_PROXIES"] == network["subnet"]


@pytest.mark.parametrize("file", COMPOSED, ids=lambda file: file.name)
def test_no_password_is_written_into_a_compose_file(file: Path) -> None:
    services = yaml.safe_load(file.read_text("utf-8"))["services"]
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            if "PASSWORD" in name or "PASSWORD" in value:
                assert re.search(r"\$\{\w*PASSWORD(:\?[\w ]+)?\}", value), name
