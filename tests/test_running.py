"""A server as its operator sees it: health, counters, logs, and how it ends."""

import asyncio
import contextlib
import socket
import tempfile
from pathlib import Path

import httpx
import pytest
import uvloop

from playhead.rooms import Playhead
from playhead.server import listen, listeners
from playhead.settings import Settings
from refusing import counter
from support import Server, TestAccount, beacon


def test_healthz_and_readyz_answer_without_a_token(http: httpx.Client) -> None:
    alive = http.get("/healthz")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    ready = http.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["status"] == "ready"
    assert isinstance(ready.json()["waiting"], int)


def test_metrics_count_what_was_taken_and_what_was_not(
    http: httpx.Client, account: TestAccount
) -> None:
    assert http.get("/metrics").headers["content-type"].startswith("text/plain")
    before = counter(http, "playhead_beacons_accepted_total")
    assert http.post("/collect", json=beacon(account)).status_code == 204
    assert http.post("/collect", json=beacon(account, seq=-1)).status_code == 422
    assert counter(http, "playhead_beacons_accepted_total") == before + 1


def test_metrics_tell_what_waits_what_was_moved_and_how_long_answers_take(
    http: httpx.Client, account: TestAccount, server: Server
) -> None:
    assert http.get("/v1/stats/account", headers=account.headers).status_code == 200
    moved = counter(http, "playhead_drain_lines_total")
    answers = counter(http, 'playhead_answer_seconds_count{api="v1"}')
    batches = counter(http, "playhead_drain_batch_seconds_count")
    assert http.post("/collect", json=beacon(account)).status_code == 204
    server.settle()
    assert http.get("/v1/stats/account", headers=account.headers).status_code == 200
    assert counter(http, "playhead_drain_lines_total") > moved
    assert counter(http, "playhead_drain_batch_seconds_count") > batches
    assert counter(http, 'playhead_answer_seconds_count{api="v1"}') > answers
    for name in ("playhead_spool_lines", "playhead_spool_bytes", "playhead_drain_behind_seconds"):
        assert counter(http, name) == 0


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_no_proxy_keeps_an_answer_about_the_server(http: httpx.Client, path: str) -> None:
    assert http.get(path).headers["cache-control"] == "no-store"


async def _statuses(playhead: Playhead, path: str, clients: list[str]) -> list[int]:
    found = []
    for address in clients:
        transport = httpx.ASGITransport(playhead, client=(address, 40_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:
            found.append((await http.get(path)).status_code)
    return found


def test_metrics_are_for_this_machine_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # In this process, because a test machine may have no address but its own. The store puts the
    # process's temporary files into its folder; that must end with the test.
    monkeypatch.setattr(tempfile, "tempdir", tempfile.gettempdir())
    clients = ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "203.0.113.9", "2001:db8::9"]
    with Playhead.open(Settings(data=tmp_path)) as playhead:
        metrics = asyncio.run(_statuses(playhead, "/metrics", clients))
        alive = asyncio.run(_statuses(playhead, "/healthz", clients))
    assert metrics == [200, 200, 200, 200, 404, 404]
    assert alive == [200] * 6


def test_every_line_of_the_log_is_one_event(own_server: Server) -> None:
    own_server.start()
    account = own_server.account()
    with httpx.Client(base_url=own_server.url) as http:
        http.post("/collect", json=beacon(account, title="two\nlines"))
        http.post("/collect", content=b"{", headers={"content-type": "text/plain"})
        http.get("/v1/stats/account", headers=account.headers)
        http.get("/v1/nowhere")
        own_server.settle()
    with socket.create_connection(("127.0.0.1", own_server.port)) as raw:
        raw.sendall(b"this is not HTTP\r\n\r\n")
        assert raw.recv(1000).startswith(b"HTTP/1.1 400")
    own_server.stop()
    events = own_server.events
    assert [event for event in events if event["event"] == "not structured"] == []
    for event in events:
        assert {"event", "level", "timestamp"} <= set(event)
    listening = next(event for event in events if event["event"] == "server.listening")
    assert listening["url"] == own_server.url
    assert {"server.stopping", "server.stopped"} <= {event["event"] for event in events}


def test_sigterm_ends_it_within_10_s_whatever_clients_do(own_server: Server) -> None:
    own_server.start()
    account = own_server.account()
    idle = socket.create_connection(("127.0.0.1", own_server.port))
    slow = socket.create_connection(("127.0.0.1", own_server.port))
    with idle, slow, httpx.Client(base_url=own_server.url) as http:
        slow.sendall(b"POST /collect HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n")
        slow.sendall(b"Content-Length: 1000\r\n\r\n{")
        for _ in range(50):
            assert http.post("/collect", json=beacon(account)).status_code == 204
        assert own_server.stop() < 10
    assert own_server.events[-1]["event"] == "server.stopped"
    own_server.start()
    answer = httpx.get(f"{own_server.url}/v1/stats/account", headers=account.headers)
    assert answer.json()["loads"] == 50


def test_both_collect_paths_and_the_chosen_tracker_path_answer(own_server: Server) -> None:
    own_server.options += ("--collect-path", "/our/words", "--tracker-path", "/our/script.js")
    own_server.start()
    account = own_server.account()
    with httpx.Client(base_url=own_server.url) as http:
        for path in ("/our/words", "/collect"):
            assert http.post(path, json=beacon(account)).status_code == 204
            answer = http.post(
                f"{path}/batch", content=b"", headers={"content-type": "application/x-ndjson"}
            )
            assert answer.json() == {"accepted": 0, "rejected": []}
        for path in ("/our/script.js", "/our/script.js/more"):
            script = http.get(path)
            assert script.headers["content-type"].startswith("text/javascript")
            assert "/our/words" in script.text
        for path in ("/tracker.js", "/tracker.js/more"):
            assert http.get(path).status_code == 404


def test_many_newcomers_are_let_in_at_once() -> None:
    let_in: list[asyncio.Protocol] = []

    class Counted(asyncio.Protocol):
        def connection_made(self, _: asyncio.BaseTransport) -> None:
            let_in.append(self)

    async def rounds_of_the_loop(newcomers: int) -> int:
        loop = asyncio.get_running_loop()
        sockets = listeners(listen("127.0.0.1", 0))
        address = sockets[0].getsockname()
        servers = [await loop.create_server(Counted, sock=each, backlog=500) for each in sockets]
        rounds = 0
        with contextlib.ExitStack() as connections:
            for _ in range(newcomers):
                connections.enter_context(socket.create_connection(address, timeout=10))
            while len(let_in) < newcomers:
                await asyncio.sleep(0)
                rounds += 1
        for server in servers:
            server.close()
        return rounds

    # A single socket lets one in each time.
    assert uvloop.run(rounds_of_the_loop(160)) < 40
