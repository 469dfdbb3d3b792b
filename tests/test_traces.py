"""What a real server tells a real receiver of traces, and what it does not."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support import Server, beacon, deliver, new_user, now_ms, session_id, sign_in
from tracing_receiver import Receiver, attributes_of, receiving

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture(scope="module")
def traced(receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settle = ("--settle-after", "0", "--settle-every", "1")
    options = ("--api-limit", "0", "--traces", receiver.url, *settle)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        started = Server(tmp_path_factory.mktemp("traced") / "data", options).start()
    yield started
    started.stop()


def test_a_request_its_questions_and_who_asked_are_one_trace(
    traced: Server, receiver: Receiver
) -> None:
    account = traced.account()
    with httpx.Client(base_url=traced.url, timeout=30) as http:
        deliver(http, account, [beacon(account)])
        traced.settle()
        answer = http.get(
            "/v1/stats/medias/lesson-1.json",
            headers=account.headers | {"traceparent": f"00-{TRACE}-{PARENT}-01"},
        )
    assert answer.status_code == 200
    request = receiver.wait_for(lambda span: span.trace_id.hex() == TRACE and span.kind == 2)
    assert request.name == "GET /v1/stats/medias/{media_id}"
    assert request.parent_span_id.hex() == PARENT
    assert attributes_of(request) == {
        "http.request.method": "GET",
        "http.route": "/v1/stats/medias/{media_id}",
        "http.response.status_code": 200,
    }
    asked = receiver.children_of(request)
    assert asked
    assert all(name.startswith("store ") for name in asked)
    assert {about["service.name"] for about in receiver.resources} == {"playhead"}
    assert receiver.paths == {"/v1/traces"}


def test_batches_of_the_drain_and_settling_are_traced(traced: Server, receiver: Receiver) -> None:
    account = traced.account()
    earlier = session_id(now_ms() - 3 * 3_600_000)
    with httpx.Client(base_url=traced.url, timeout=30) as http:
        deliver(http, account, [beacon(account, session=earlier)])
    batch = receiver.wait_for(lambda span: span.name == "drain batch")
    assert "store Sessions._add" in receiver.children_of(batch)
    assert attributes_of(batch)["lines"] in {1, 2}
    receiver.wait_for(lambda span: span.name.startswith("settle"))


def test_a_refused_request_says_its_status_and_no_address(
    traced: Server, receiver: Receiver
) -> None:
    with httpx.Client(base_url=traced.url, timeout=30) as http:
        http.get("/v1/nothing/here-8c1d?a=b")
        http.get("/v1/stats/account.json")
    receiver.wait_for(lambda span: attributes_of(span).get("http.response.status_code") == 404)
    receiver.wait_for(lambda span: attributes_of(span).get("http.response.status_code") == 401)
    assert all(b"here-8c1d" not in body for body in receiver.bodies)


def test_nothing_that_opens_or_tells_of_anybody_is_in_a_trace(
    traced: Server, receiver: Receiver
) -> None:
    account = traced.account()
    user = new_user(traced, account)
    with httpx.Client(base_url=traced.url, timeout=30) as http:
        told = {"identity": {"email": "ada-77@example.com"}, "visitor": "visitor-5d1e"}
        deliver(http, account, [beacon(account, **told)])
        traced.settle()
        for path in ("/v1/stats/visitors", "/v1/stats/visitors/visitor-5d1e", "/v1/stats/events"):
            assert http.get(path, params={"api_password": account.token}).status_code == 200
        found = http.get("/v1/stats/visitors", params={"search": "ada-77"}, headers=account.headers)
        assert found.json()
        csrf = sign_in(http, user.email)["x-playhead-csrf"]
        cookie = http.cookies["playhead_session"]
        marker = "1" * 32
        last = {"traceparent": f"00-{marker}-{PARENT}-01"}
        http.get("/session", headers=last)
    receiver.wait_for(lambda span: span.trace_id.hex() == marker)
    said = b"".join(receiver.bodies)
    assert b"GET /v1/stats/visitors/{visitor_key}" in said
    secrets = [account.token, user.email, csrf, cookie, "ada-77", "visitor-5d1e", "SELECT"]
    assert [secret for secret in secrets if secret.encode() in said] == []


def test_a_receiver_that_is_away_holds_nothing_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        # Listens and never answers, which is worse than not being there.
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        server = Server(tmp_path / "data", ("--traces", address)).start()
        account = server.account()
        began = time.monotonic()
        answer = httpx.get(
            f"{server.url}/v1/stats/account.json", headers=account.headers, timeout=10
        )
        assert (answer.status_code, time.monotonic() - began < 5) == (200, True)
        assert server.stop() < 10


def run(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


def test_without_the_extra_a_server_that_should_trace_says_what_to_install(tmp_path: Path) -> None:
    without = (
        "import sys; sys.modules['opentelemetry'] = None; from playhead.cli import main; main()"
    )
    words = ("serve", "--port", "0", "--data", str(tmp_path), "--traces", "http://127.0.0.1:4318")
    done = run(without, *words)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "Error: traces: are wanted, and OpenTelemetry is not installed (pip install"
        " 'playhead[otel]', or take --traces and OTEL_EXPORTER_OTLP_ENDPOINT away)"
    )


def test_where_no_traces_are_wanted_nothing_of_it_is_loaded(traced: Server, server: Server) -> None:
    def loads_it(running: Server) -> bool:
        return "/_upb/" in Path(f"/proc/{running.pid}/maps").read_text("utf-8")

    assert (loads_it(traced), loads_it(server)) == (True, False)
