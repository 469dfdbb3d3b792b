"""Nothing that opens anything is in a log, at any level, whatever went wrong with it."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from playhead.catalog import Catalog
from refusing import NDJSON
from signing import demand_signatures, signed
from support import Server, beacon, new_user, sign_in
from tokens import basic, bearer
from tracing_receiver import receiving

IN_THE_ADDRESS = "pass@word-of-the-receiver/8a1c"
WRONG_TOKEN = "phd_" + "wr0ng" * 8
WRONG_PASSWORD = "a wrong password 77c2"
WRONG_COOKIE = "w" * 40


@pytest.fixture
def tracing(tmp_path: Path) -> Iterator[Server]:
    """A server at log level debug, as all of these tests are, whose receiver has a password."""
    with receiving() as receiver:
        address = receiver.url.replace("://", f"://user:{quote(IN_THE_ADDRESS, safe='')}@")
        started = Server(tmp_path / "data", ("--api-limit", "0", "--traces", address)).start()
        yield started
        started.kill()


def test_a_server_tells_its_log_no_secret(tracing: Server) -> None:
    account = tracing.account()
    user = new_user(tracing, account, password="the right password 5d0e")
    signing = demand_signatures(tracing, account)
    key = signed(signing, account)
    path = "/v1/stats/account.json"
    with httpx.Client(base_url=tracing.url, timeout=30) as http:
        for token, status in ((account.token, 200), (WRONG_TOKEN, 401)):
            for headers in (bearer(token), basic("x", token), basic(token, "")):
                assert http.get(path, headers=headers).status_code == status
                http.post(
                    "/collect/batch", content=b"{", headers=headers | {"content-type": NDJSON}
                )
            assert http.get(path, params={"api_password": token}).status_code == status
            http.get(f"/nothing/{token}", headers=bearer(token))
        wrong = {"email": user.email, "password": WRONG_PASSWORD}
        assert http.post("/session", json=wrong).status_code == 401
        csrf = sign_in(http, user.email, "the right password 5d0e")
        cookie = http.cookies["playhead_session"]
        change = {"current": WRONG_PASSWORD, "new": "the next password 1b9f"}
        assert http.put("/session/password", json=change, headers=csrf).status_code == 403
        made = http.post("/manage/tokens", json={"name": "x", "scopes": ["read"]}, headers=csrf)
        new_secret = made.json()["secret"]
        http.cookies.clear()
        http.get(path, headers={"cookie": f"playhead_session={WRONG_COOKIE}"})
        for account_key in (key, key[:-1], key + "x"):
            http.post("/collect", json=beacon(account) | {"account": account_key})
        http.get("/v1/stats/events/x/iframe.html", params={"public_token": "wrong-public-3e"})
    tracing.stop()
    logged = json.dumps(tracing.events)
    assert "server.stopped" in logged
    signature = key.rpartition("~")[2]
    secrets = [account.token, WRONG_TOKEN, WRONG_PASSWORD, "the right password 5d0e", cookie]
    secrets += ["the next password 1b9f", new_secret, csrf["x-playhead-csrf"], WRONG_COOKIE]
    secrets += [
        signing,
        signature,
        IN_THE_ADDRESS,
        quote(IN_THE_ADDRESS, safe=""),
        "wrong-public-3e",
    ]
    assert [secret for secret in spellings(secrets) if secret in logged] == []


def spellings(secrets: list[str]) -> list[str]:
    """As they are, and as headers of Basic would have them."""
    encoded = [base64.b64encode(f"x:{secret}".encode()).decode() for secret in secrets]
    return [*secrets, *encoded]


PASSWORD = "p@ss/word:of-a-database 4417"
QUOTED = quote(PASSWORD, safe="")


@pytest.mark.parametrize(
    "setting",
    [
        # Nobody is there; the port is none; the driver is not known; half of it is not quoted.
        ("--catalog", f"postgresql+psycopg://playhead:{QUOTED}@127.0.0.1:9/playhead"),
        ("--catalog", f"postgresql+psycopg://playhead:{QUOTED}@127.0.0.1:port/playhead"),
        ("--catalog", f"mysql://playhead:{QUOTED}@127.0.0.1/playhead"),
        ("--catalog", f"postgresql+psycopg://playhead:{PASSWORD}@127.0.0.1:9/playhead"),
        ("--store", f"http://playhead:{QUOTED}@127.0.0.1:9/playhead"),
        ("--store", f"http://playhead:{QUOTED}@127.0.0.1:port/playhead"),
        ("--store", f"ftp://playhead:{QUOTED}@127.0.0.1/playhead"),
        ("--traces", f"ftp://playhead:{QUOTED}@127.0.0.1/"),
        ("--traces", f"http://playhead:{PASSWORD}@127.0.0.1:port/"),
    ],
    ids=lambda setting: f"{setting[0]} {setting[1].partition(':')[0]}",
)
def test_a_server_that_cannot_start_repeats_no_password(
    tmp_path: Path, setting: tuple[str, str]
) -> None:
    done = started_in_vain(
        "serve", "--port", "0", "--log-level", "debug", "--data", str(tmp_path), *setting
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert setting[0].strip("-") in done.stderr
    # Neither as it is written nor any part that a mistaken reading would cut out of it.
    for shown in (PASSWORD, QUOTED, "word:of", "4417"):
        assert shown not in done.stdout + done.stderr


def started_in_vain(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "playhead", *words],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


def test_a_catalog_keeps_what_signs_and_nothing_that_lets_in(tracing: Server) -> None:
    account = tracing.account()
    signing = demand_signatures(tracing, account)
    kept = b"".join(file.read_bytes() for file in tracing.data.glob("catalog.sqlite*"))
    assert signing.encode() in kept
    assert account.token.encode() not in kept
    with closing(Catalog.open(tracing.settings().catalog_url)) as catalog:
        (found,) = catalog.accounts.list()
        assert signing not in repr(found)
