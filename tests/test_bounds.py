"""What a stranger can make the server hold: connections, heads, bodies, answers, rows."""

import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from collecting import CLOSE, Collecting, collecting, read_all, request
from playhead.catalog import Catalog, MediaChange, medias
from playhead.collect import http as http_of_beacons
from playhead.collect.bounded import MOST_HEADERS, MOST_PIPELINED, Bounds
from playhead.collect.direct import direct_protocol
from playhead.collect.http import Memory
from playhead.collect.refusals import Reason
from refusing import counter
from support import Server, TestAccount, beacon, wait_until

HEAD = b"POST /collect HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
BATCH = b"POST /collect/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
Open = Callable[..., Collecting]


@pytest.fixture
def bounded(tmp_path: Path) -> Iterator[Open]:
    """A collector with bounds of its own."""
    with ExitStack() as stack:

        def opened(**bounds: Any) -> Collecting:
            return stack.enter_context(collecting(tmp_path, direct_protocol(Bounds(**bounds))))

        yield opened


def account_in(place: Collecting) -> TestAccount:
    made = place.catalog.accounts.create("Test")
    return TestAccount(made.key, "", "UTC", made.id)


def closed(reason: str) -> float:
    return REGISTRY.get_sample_value("playhead_connections_closed_total", {"reason": reason}) or 0.0


def is_over(opened: socket.socket) -> bool:
    """Whether the other end closes the connection, within the socket's time."""
    try:
        while opened.recv(65_536):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def sends(opened: socket.socket, piece: bytes) -> bool:
    try:
        opened.sendall(piece)
    except ConnectionError:
        return False
    return True


def send_for_ever(opened: socket.socket, piece: bytes) -> int:
    """Send until the other end has enough; how many bytes it let in."""
    sent = 0
    try:
        while sent < 50_000_000:
            opened.sendall(piece)
            sent += len(piece)
    except ConnectionError:
        pass
    return sent


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"GET /", b"a" * 30_000),
        (b"GET / HTTP/1.1\r\n", b"X-Name: " + b"a" * 30_000 + b"\r\n"),
        (b"GET / HTTP/1.1\r\nX-Name: ", b"a" * 30_000),
        (b"GET / HTTP/1.1\r\n", b"A: b\r\n" * 5000),
    ],
    ids=["address", "headers", "one header", "many headers"],
)
def test_a_head_without_an_end_is_cut_off(bounded: Open, start: bytes, piece: bytes) -> None:
    place = bounded()
    with place.connect() as opened:
        opened.sendall(start)
        # Beyond the limit lies only what was on its way already.
        assert send_for_ever(opened, piece) < 10_000_000
        assert is_over(opened)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((b"X-A: " + b"a" * 60_000,), b"204"),
        ((b"X-A: " + b"a" * 66_000,), b"431"),
        (tuple(b"X-%d: a" % number for number in range(MOST_HEADERS - 10)), b"204"),
        (tuple(b"X-%d: a" % number for number in range(MOST_HEADERS + 1)), b"431"),
    ],
    ids=["large", "too large", "many", "too many"],
)
@pytest.mark.parametrize("pieces", [1, 3])
def test_a_large_head_is_taken_and_a_larger_one_refused(
    bounded: Open, headers: tuple[bytes, ...], status: bytes, pieces: int
) -> None:
    place = bounded()
    names = [line.decode() for line in headers]
    sent = request(beacon(account_in(place)), *names, CLOSE)
    size = len(sent) // pieces + 1
    parts = [sent[at : at + size] for at in range(0, len(sent), size)]
    assert place.ask(*parts, pause_s=0.02).split()[1] == status


@pytest.mark.parametrize("said", [b"", b"POST /col", HEAD])
def test_a_head_that_does_not_come_is_not_waited_for(bounded: Open, said: bytes) -> None:
    before = closed("slow")
    place = bounded(head_s=0.5)
    with place.connect() as opened:
        opened.sendall(said)
        assert is_over(opened)
    assert closed("slow") == before + 1


def test_a_body_that_drips_is_not_waited_for(bounded: Open) -> None:
    place = bounded(request_s=1.0)
    with place.connect() as opened:
        opened.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        wait_until(lambda: not sends(opened, b"1\r\n \r\n"))


def test_who_only_rests_between_beacons_is_left_alone(bounded: Open) -> None:
    place = bounded(head_s=0.1, request_s=0.1)
    account = account_in(place)
    with place.connect() as opened:
        for pause_s in (2.5, 0):
            opened.sendall(request(beacon(account)))
            assert opened.recv(10_000).startswith(b"HTTP/1.1 204")
            time.sleep(pause_s)


def test_who_waits_for_an_answer_is_left_alone(bounded: Open) -> None:
    place = bounded(head_s=0.1, request_s=0.1)
    sent = request(beacon(account_in(place)), CLOSE)
    place.spool.held = True
    with place.connect() as opened:
        # The second one is there only in part, and nothing is read on.
        opened.sendall(request(beacon(account_in(place))) + sent[:-5])
        wait_until(lambda: len(place.spool.waiting) == 1)
        time.sleep(2.2)
        place.spool.commit()
        assert opened.recv(10_000).startswith(b"HTTP/1.1 204")


def test_an_answer_that_nobody_reads_is_given_up(bounded: Open) -> None:
    before = closed("unread")
    place = bounded(unread_s=0.5)
    body = b"{}\n" * 99_000
    with place.connect() as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        opened.sendall(BATCH + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        wait_until(lambda: closed("unread") == before + 1)


def test_so_many_requests_may_wait_on_one_connection_and_no_more(bounded: Open) -> None:
    place = bounded()
    account = account_in(place)
    one = request(beacon(account))
    answers = place.ask(one * (MOST_PIPELINED - 1) + request(beacon(account), CLOSE))
    assert answers.count(b"HTTP/1.1 204") == MOST_PIPELINED
    before = closed("pipelined")
    with place.connect() as opened:
        send_for_ever(opened, one * 100)
    assert closed("pipelined") == before + 1


def test_connections_are_bounded_and_those_that_end_make_room(bounded: Open) -> None:
    before = closed("too_many")
    place = bounded(most=3)
    sent = request(beacon(account_in(place)), CLOSE)
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(place.connect())
        with place.connect() as one_more:
            assert is_over(one_more)
        assert closed("too_many") == before + 1
    wait_until(lambda: b"204" in ask_or_nothing(place, sent))


def test_one_address_has_a_share_of_the_connections_unless_it_is_a_proxys(bounded: Open) -> None:
    place = bounded(of_address=2, is_exempt=lambda _: False)
    with place.connect(), place.connect(), place.connect() as one_more:
        assert is_over(one_more)
    proxied = bounded(of_address=2)
    with proxied.connect(), proxied.connect():
        sent = request(beacon(account_in(proxied)), CLOSE)
        assert b"204" in proxied.ask(sent)


def ask_or_nothing(place: Collecting, sent: bytes) -> bytes:
    try:
        return place.ask(sent)
    except ConnectionError:
        return b""


# -- batches ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [b"\n", b"{}\n"])
def test_a_batch_of_more_lines_than_beacons_could_be_is_refused_whole(
    bounded: Open, line: bytes
) -> None:
    packed = gzip.compress(line * 100_001)
    head = BATCH + b"Content-Encoding: gzip\r\nConnection: close\r\n"
    answer = bounded().ask(head + b"Content-Length: %d\r\n\r\n" % len(packed) + packed)
    assert answer.startswith(b"HTTP/1.1 413")
    assert json.loads(answer.partition(b"\r\n\r\n")[2]) == {
        "error": "body: has more than 100,000 lines"
    }


def test_batches_that_come_in_slowly_hold_only_so_much_memory_together(
    bounded: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory(1_000_000)
    monkeypatch.setattr(http_of_beacons, "Memory", lambda _: memory)
    place = bounded()
    sent = json.dumps(beacon(account_in(place))).encode() + b"\n" + b" " * 200_000
    whole = BATCH + b"Content-Length: %d\r\n\r\n" % len(sent) + sent
    reason = {"reason": Reason.BUSY.value}

    def busy() -> float:
        return REGISTRY.get_sample_value("playhead_beacons_refused_total", reason) or 0.0

    before = busy()
    with place.connect() as slow:
        slow.sendall(BATCH + b"Content-Length: 15000000\r\n\r\n" + b" " * 900_000)
        wait_until(lambda: memory._held == 900_000)
        answer = answer_to(place, whole)
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"playhead-refusal: busy\r\nretry-after: 5\r\n" in answer
        assert busy() == before + 1
        # Beacons do not wait for batches.
        beacons = request(beacon(account_in(place)), CLOSE)
        assert place.ask(beacons).startswith(b"HTTP/1.1 204")
    wait_until(lambda: memory._held == 0)
    assert answer_to(place, whole).startswith(b"HTTP/1.1 200")


def answer_to(place: Collecting, sent: bytes) -> bytes:
    """The answer on a connection that is kept: one that is closed with unread data loses it."""
    with place.connect() as opened:
        opened.sendall(sent)
        return opened.recv(10_000)


# -- what a server is told ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    options = ("--api-limit", "3", "--collect-limit", "3", "--connections", "8")
    proxies = ("--trusted-proxies", "127.0.0.1")
    started = Server(tmp_path_factory.mktemp("narrow") / "data", options + proxies).start()
    yield started
    started.stop()


def test_a_server_has_as_many_connections_as_its_setting_says(narrow: Server) -> None:
    port = int(narrow.url.rpartition(":")[2])
    with ExitStack() as stack:
        kept = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            for _ in range(12)
        ]
        assert [is_over(one) for one in kept[8:]] == [True] * 4

    def told() -> float:
        try:
            with httpx.Client(base_url=narrow.url) as http:
                return counter(http, 'playhead_connections_closed_total{reason="too_many"}')
        except httpx.TransportError:
            return 0.0

    wait_until(lambda: told() >= 4)


def test_rubbish_is_refused_and_fills_no_log(narrow: Server) -> None:
    port = int(narrow.url.rpartition(":")[2])
    for rubbish in (b"\x16\x03\x01 hello\r\n\r\n", b"GET / HTTP/9\r\n\r\n") * 5:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as opened:
            opened.sendall(rubbish)
            assert read_all(opened).startswith(b"HTTP/1.1 400")
    assert "Invalid" not in json.dumps(narrow.events)


@pytest.mark.parametrize("base", ["/v1", "/modern"])
def test_heatmaps_are_limited_by_address(narrow: Server, base: str) -> None:
    path = f"{base}/stats/events/nothing/iframe.html"

    def statuses(address: str) -> list[int]:
        headers = {"x-forwarded-for": address} if address else {}
        with httpx.Client(base_url=narrow.url, headers=headers) as http:
            answers = [http.get(path, params={"public_token": "wrong"}) for _ in range(5)]
        assert all("retry-after" in one.headers for one in answers if one.status_code == 429)
        return [answer.status_code for answer in answers]

    crowd = "203.0.113.8" if base == "/v1" else "203.0.113.9"
    assert statuses(crowd) == [401, 401, 401, 429, 429]
    assert statuses("") == [401] * 5


def test_all_addresses_of_one_network_of_ipv6_are_one_sender(narrow: Server) -> None:
    account = narrow.account()

    def status(address: str) -> int:
        headers = {"x-forwarded-for": address}
        return httpx.post(
            f"{narrow.url}/collect", json=beacon(account), headers=headers
        ).status_code

    assert [status(f"2001:db8::{n}") for n in range(1, 6)] == [204, 204, 204, 429, 429]
    assert status("2001:db8:0:1::1") == 204


@pytest.mark.every_catalog
def test_beacons_fill_a_catalog_only_so_far(
    catalog_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(medias, "MOST_BY_BEACON", 3)
    catalog = Catalog.open(catalog_url)
    full, other = (catalog.accounts.create(name).id for name in ("School", "Other"))
    for first in (0, 2, 4):
        keys = [(full, f"lesson-{number}") for number in range(first, first + 2)]
        catalog.medias.register(dict.fromkeys([*keys, (other, f"other-{first}")], ""))
    assert (catalog.medias.count(full), catalog.medias.count(other)) == (3, 3)
    # Whoever has a token may go on.
    catalog.medias.create(full, MediaChange(name="One more"))
    assert catalog.medias.count(full) == 4
    catalog.close()
