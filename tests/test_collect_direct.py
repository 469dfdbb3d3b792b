"""The short way for beacons, looked at through a raw socket: it answers as the long way does."""

import contextlib
import gzip
import re
import socket
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from collecting import CLOSE, Collecting, collecting, read_all, request
from playhead.collect import refusals
from playhead.collect.bounded import BoundedProtocol
from playhead.collect.refusals import Reason
from playhead.spool import SpoolUnavailableError
from playhead.topics import Topic
from support import Server, TestAccount, beacon, session_id, wait_until

NO_CONTENT = b"HTTP/1.1 204 No Content\r\naccess-control-allow-origin: *\r\n"
_DATE = re.compile(rb"date: [^\r]*\r\n")


def undated(answer: bytes) -> bytes:
    return _DATE.sub(b"", answer)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Collecting]:
    with collecting(tmp_path) as opened:
        yield opened


@pytest.fixture
def account(place: Collecting) -> TestAccount:
    return known_account(place)


def known_account(place: Collecting, **wishes: Any) -> TestAccount:
    """An account that the collector has seen, on a path whose short way is open."""
    made = place.catalog.accounts.create("Test", "UTC", **wishes)
    account = TestAccount(made.key, "", "UTC", made.id)
    place.ask(request(beacon(account), CLOSE))
    place.spool.kept.clear()
    place.long_way = 0
    return account


def test_a_plain_beacon_goes_the_short_way(place: Collecting, account: TestAccount) -> None:
    assert undated(place.ask(request(beacon(account), CLOSE))) == (
        NO_CONTENT + b"connection: close\r\n\r\n"
    )
    assert len(place.spool.kept) == 1
    assert place.long_way == 0


def test_a_connection_is_kept_and_every_beacon_answered(
    place: Collecting, account: TestAccount
) -> None:
    with place.connect() as opened:
        for _ in range(5):
            opened.sendall(request(beacon(account)))
            assert undated(opened.recv(10_000)) == NO_CONTENT + b"\r\n"
    assert (len(place.spool.kept), place.long_way) == (5, 0)


def test_a_head_that_was_read_before_is_not_read_again(
    place: Collecting, account: TestAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[bytes] = []

    def data_received(protocol: BoundedProtocol, data: bytes) -> None:
        read.append(data)
        reading(protocol, data)

    reading = BoundedProtocol.data_received
    monkeypatch.setattr(BoundedProtocol, "data_received", data_received)
    # Two bodies of different lengths, from three connections.
    for title in ("One", "Another one", "One"):
        with place.connect() as opened:
            for _ in range(2):
                opened.sendall(request(beacon(account, title=title)))
                assert opened.recv(10_000).startswith(b"HTTP/1.1 204")
    assert (len(read), len(place.spool.kept), place.long_way) == (1, 6, 0)
    # Somebody else is not taken for the first.
    with place.connect() as opened:
        opened.sendall(request(beacon(account), "User-Agent: Googlebot/2.1"))
        assert opened.recv(10_000).startswith(b"HTTP/1.1 204")
    assert len(read) == 2
    assert [topic for topic, _ in place.spool.kept] == [Topic.SESSIONS] * 6 + [Topic.BOTS]


def test_of_many_that_come_together_each_is_taken_once(
    place: Collecting, account: TestAccount
) -> None:
    with contextlib.ExitStack() as connections:
        many = [connections.enter_context(place.connect()) for _ in range(100)]
        for number, opened in enumerate(many):
            opened.sendall(request(beacon(account, visitor=f"visitor-{number}")))
        for opened in many:
            assert opened.recv(10_000).startswith(b"HTTP/1.1 204")
    assert len(place.spool.kept) == 100
    lines = b"".join(line for _, line in place.spool.kept)
    assert all(lines.count(b'"visitor-%d"' % number) == 1 for number in range(100))


def test_nothing_is_answered_before_the_commit(place: Collecting, account: TestAccount) -> None:
    place.spool.held = True
    with place.connect() as opened:
        opened.sendall(request(beacon(account)))
        wait_until(lambda: len(place.spool.waiting) == 1)
        opened.settimeout(0.1)
        with pytest.raises(TimeoutError):
            opened.recv(1)
        place.spool.commit()
        opened.settimeout(10)
        assert opened.recv(10_000).startswith(b"HTTP/1.1 204")


def test_pipelined_beacons_are_answered_one_after_the_other(
    place: Collecting, account: TestAccount
) -> None:
    place.spool.held = True
    bad = request("[]")
    with place.connect() as opened:
        opened.sendall(
            request(beacon(account)) + bad + request(beacon(account)) + request("{", CLOSE)
        )
        place.spool.commit_when(1)
        place.spool.commit_when(1)
        answers = read_all(opened)
    assert re.findall(rb"HTTP/1.1 (\d+)", answers) == [b"204", b"400", b"204", b"400"]
    assert len(place.spool.kept) == 2


def test_a_beacon_in_pieces_goes_the_long_way(place: Collecting, account: TestAccount) -> None:
    whole = request(beacon(account), CLOSE)
    head, body = whole.split(b"\r\n\r\n")
    for pieces in (
        (head + b"\r\n\r\n", body),
        (head + b"\r\n\r\n" + body[:20], body[20:40], body[40:]),
        (whole[:30], whole[30:-1], whole[-1:]),
    ):
        assert place.ask(*pieces, pause_s=0.05).startswith(b"HTTP/1.1 204")
    assert (len(place.spool.kept), place.long_way) == (3, 3)


def test_a_chunked_body_is_taken(place: Collecting, account: TestAccount) -> None:
    body = msgspec.json.encode(beacon(account))
    head = b"POST /collect HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
    head += b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    one = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    two = b"%x\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (10, body[:10], len(body) - 10, body[10:])
    for chunks in (one, two):
        assert place.ask(head + chunks).startswith(b"HTTP/1.1 204")
    assert (len(place.spool.kept), place.long_way) == (2, 1)


def test_who_asks_whether_to_go_on_is_told_so(place: Collecting, account: TestAccount) -> None:
    head, body = request(beacon(account), "Expect: 100-continue", CLOSE).split(b"\r\n\r\n")
    with place.connect() as opened:
        opened.sendall(head + b"\r\n\r\n")
        assert opened.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        opened.sendall(body)
        assert read_all(opened).startswith(b"HTTP/1.1 204")


def test_http_1_0_ends_with_its_answer(place: Collecting, account: TestAccount) -> None:
    old = request(beacon(account)).replace(b"HTTP/1.1", b"HTTP/1.0", 1)
    assert b"connection: close" in place.ask(old)
    assert len(place.spool.kept) == 1


def test_whoever_has_gone_before_the_commit_is_not_missed(
    place: Collecting, account: TestAccount
) -> None:
    place.spool.held = True
    with place.connect() as gone, place.connect() as reset:
        # A reset, as when a phone changes its network.
        reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        for opened in (gone, reset):
            opened.sendall(request(beacon(account)))
        wait_until(lambda: len(place.spool.waiting) == 2)
    wait_until(lambda: not place.server.server_state.connections)
    with place.connect() as opened:
        opened.sendall(request(beacon(account), CLOSE))
        place.spool.commit_when(3)
        assert read_all(opened).startswith(b"HTTP/1.1 204")
    assert len(place.spool.kept) == 3


def test_an_idle_connection_is_closed_and_a_busy_one_is_not(
    place: Collecting, account: TestAccount
) -> None:
    place.server.config.timeout_keep_alive = cast("int", 0.3)
    with place.connect() as idle, place.connect() as busy, place.connect() as waiting:
        for opened in (idle, busy, waiting):
            opened.sendall(request(beacon(account)))
            assert opened.recv(10_000)
        started = time.monotonic()
        place.spool.held = True
        waiting.sendall(request(beacon(account)))
        wait_until(lambda: len(place.spool.waiting) == 1)
        place.spool.held = False
        while time.monotonic() < started + 0.8:
            busy.sendall(request(beacon(account)))
            assert busy.recv(10_000)
            time.sleep(0.05)
        assert idle.recv(1) == b""
        place.spool.commit()
        assert waiting.recv(10_000).startswith(b"HTTP/1.1 204")
        assert waiting.recv(1) == b""


def test_a_full_and_a_broken_spool_are_told(place: Collecting, account: TestAccount) -> None:
    place.spool.full = True
    full = place.ask(request(beacon(account), CLOSE))
    assert full.startswith(b"HTTP/1.1 503")
    assert b"playhead-refusal: spool_full\r\nretry-after: 5\r\n" in full
    place.spool.full, place.spool.held = False, True
    with place.connect() as opened:
        opened.sendall(request(beacon(account)) + request("{", CLOSE))
        wait_until(lambda: len(place.spool.waiting) == 1)
        place.spool.commit(SpoolUnavailableError("the spool cannot be written"))
        answers = read_all(opened)
    assert re.findall(rb"HTTP/1.1 (\d+)", answers) == [b"503", b"400"]
    assert b'{"error":"the spool cannot be written"}' in answers
    assert place.spool.kept == []


def test_a_server_that_stops_answers_whoever_waits(tmp_path: Path) -> None:
    with collecting(tmp_path) as place:
        account = known_account(place)
        place.spool.held = True
        with place.connect() as opened, place.connect() as broken:
            for each in (opened, broken):
                each.sendall(request(beacon(account)))
            wait_until(lambda: len(place.spool.waiting) == 2)
            place.server.should_exit = True
            time.sleep(0.3)
            place.spool.commit()
            for each in (opened, broken):
                answer = undated(read_all(each))
                assert answer == NO_CONTENT + b"connection: close\r\n\r\n"
    assert len(place.spool.kept) == 2


def test_what_fails_inside_is_a_500_and_not_the_senders_fault(
    place: Collecting, account: TestAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("playhead.collect.app.run_steps", broken)
    assert place.ask(request(beacon(account), CLOSE)).startswith(b"HTTP/1.1 500")
    assert place.long_way == 0


def test_a_refused_beacon_counts_once_against_the_limit(tmp_path: Path) -> None:
    with collecting(tmp_path, collect_limit=3, trusted_proxies="127.0.0.1") as place:
        account = known_account(place)
        forwarded = "X-Forwarded-For: 203.0.113.7", CLOSE
        for status, sent in (
            (b"204", beacon(account)),
            (b"422", beacon(account, seq=-1)),
            (b"403", beacon(account) | {"account": "nobody's"}),
            (b"429", beacon(account)),
        ):
            assert place.ask(request(sent, *forwarded))[9:12] == status
        assert place.long_way == 0


def test_an_account_that_adds_its_medias_by_hand(place: Collecting) -> None:
    account = known_account(place, registers_medias=False)
    answer = place.ask(request(beacon(account), CLOSE))
    assert b"playhead-refusal: media_unknown" in answer


def test_sigterm_while_beacons_come(own_server: Server) -> None:
    own_server.start()
    account = own_server.account()
    connections = [socket.create_connection(("127.0.0.1", own_server.port)) for _ in range(40)]
    first = connections[0]
    first.sendall(request(beacon(account)))
    assert first.recv(1000).startswith(b"HTTP/1.1 204")
    for opened in connections:
        opened.settimeout(10)
        opened.sendall(request(beacon(account)))
    own_server.stop()
    taken = 1
    for opened in connections:
        with opened:
            try:
                taken += read_all(opened).count(b"HTTP/1.1 204")
            except ConnectionResetError:
                continue
    own_server.start()
    own_server.settle()
    answer = httpx.get(f"{own_server.url}/v1/stats/account", headers=account.headers)
    assert answer.json()["loads"] >= taken


# -- both ways, the same ------------------------------------------------------------------------

NOW_NS = time.time_ns()
SESSION = session_id(NOW_NS // 10**6)

_bodies = st.sampled_from(
    [
        {},
        {"seq": 7},
        {"seq": -1},
        {"media": "42"},
        {"session": "0190f5fe-0000-4000-8000-000000000000"},
        {"session": session_id(0)},
        {"watched": [[5, 1, 1]]},
        {"watched": [[0, 5, 1], [7, 9.5, 2]], "played": False},
        {"visitor": ...},
        {"visitor": "not a visitor"},
        {"webdriver": True},
        {"account": "nobody's"},
        {"media": "lesson-2", "title": "Two"},
        {"title": "x" * 20_000},
        {"identity": {"email": "ada@example.com"}, "actions": [{"type": "cta"}]},
    ]
)
_raw_bodies = st.sampled_from([b"", b"{", b"[]", b"1", b"\xff\xfe", b'{"account": "\\ud83d"}'])
_header = st.sampled_from(
    [
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36",
        "User-Agent: Googlebot/2.1",
        "Origin: https://www.example.com",
        "X-Forwarded-For: 203.0.113.9",
        "X-Forwarded-For: 2001:db8::1, 10.1.1.1",
        "Content-Encoding: identity",
        "Content-Encoding: br",
        "Content-Type: application/json",
        "Content-Type: text/html",
        "Upgrade: websocket",
        "Connection: keep-alive",
        "CF-IPCountry: SE",
    ]
)
_odd_header = st.sampled_from(
    [
        "Content-Length: 1",
        "content-length: 0",
        "Content-Length : 2",
        "Transfer-Encoding: chunked",
        "X-Folded: one\r\n Content-Length: 3",
        "X-Cut: one\n",
        "X-Cut: one\r",
    ]
)
_target = st.sampled_from(["/collect"] * 6 + ["/collect?a=b", "/%63ollect", "http://x/collect"])
_one = st.tuples(st.one_of(_bodies, _raw_bodies), st.lists(_header, max_size=4), _target)


def as_bytes(account: TestAccount, one: Any, *, last: bool = False, spaces: int = 0) -> bytes:
    body, headers, target = one
    if isinstance(body, dict):
        sent = beacon(account, session=SESSION, sent_at=NOW_NS // 10**6) | body
        body = {name: value for name, value in sent.items() if value is not ...}
    if not isinstance(body, bytes):
        body = msgspec.json.encode(body)
    if last:
        headers = [*headers, CLOSE]
    return request(body + b" " * spaces, *headers, target=target)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Collecting, Collecting]]:
    data = tmp_path_factory.mktemp("both")
    wishes: dict[str, Any] = {"trusted_proxies": "127.0.0.1", "country_header": "CF-IPCountry"}
    wishes["collect_limit"] = 0
    with collecting(data, **wishes) as short, collecting(data, HttpToolsProtocol, **wishes) as long:
        yield short, long


@pytest.fixture(scope="module")
def shared(both: tuple[Collecting, Collecting]) -> TestAccount:
    account = known_account(both[0])
    both[1].ask(request(beacon(account), CLOSE))
    return account


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    requests=st.lists(_one, min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 3000)),
    twice=st.booleans(),
)
def test_both_ways_answer_and_keep_the_same(
    both: tuple[Collecting, Collecting],
    shared: TestAccount,
    monkeypatch: pytest.MonkeyPatch,
    requests: list[Any],
    cuts: list[int],
    twice: bool,
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: NOW_NS)
    last = len(requests) - 1
    sent = [as_bytes(shared, one, last=i == last) for i, one in enumerate(requests)]
    if twice:
        # Each by itself; of the second ones the heads are known, where they may be.
        pieces = [as_bytes(shared, one, last=False) for one in requests] + sent
    else:
        pieces = [b"".join(sent)]
        for cut in sorted(set(cuts), reverse=True)[:2]:
            pieces[:1] = [piece for piece in (pieces[0][:cut], pieces[0][cut:]) if piece]
    seen = []
    for place in both:
        place.spool.kept.clear()
        before = refusals._counts.accepted, dict(refusals._counts.refused)
        answers = place.ask(*pieces, pause_s=0.002)
        after = refusals._counts
        counted = {reason: after.refused[reason] - before[1][reason] for reason in Reason}
        kept = [(topic, unnumbered(line)) for topic, line in place.spool.kept]
        seen.append((undated(answers), kept, counted, after.accepted - before[0]))
    assert seen[0] == seen[1]


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(one=_one, odd=st.lists(_odd_header, max_size=2), longer=st.lists(st.integers(0, 9999)))
def test_a_head_that_is_known_means_what_it_meant_when_it_was_read(
    both: tuple[Collecting, Collecting],
    shared: TestAccount,
    monkeypatch: pytest.MonkeyPatch,
    one: Any,
    odd: list[str],
    longer: list[int],
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: NOW_NS)
    body, headers, target = one
    seen = []
    for place in both:
        place.spool.kept.clear()
        answers = []
        for spaces in (0, 0, *longer[:2]):
            sent = as_bytes(shared, (body, [*odd, *headers], target), spaces=spaces)
            with place.connect() as opened:
                opened.sendall(sent)
                answers.append(first_answer(opened))
        seen.append((answers, [(topic, unnumbered(line)) for topic, line in place.spool.kept]))
    assert seen[0] == seen[1]


def first_answer(opened: socket.socket) -> tuple[int, bytes]:
    answer = HTTPResponse(opened)
    answer.begin()
    return answer.status, answer.read()


def unnumbered(line: bytes) -> Any:
    """A row without the part of its version that counts up."""
    row = msgspec.json.decode(line)
    return [value >> 48 if isinstance(value, int) and value > 2**48 else value for value in row]


def test_a_body_too_large_is_refused(place: Collecting, account: TestAccount) -> None:
    with place.connect() as opened:
        opened.sendall(request(beacon(account, title="x" * 66_000)))
        assert opened.recv(10_000).startswith(b"HTTP/1.1 413")
    chunk = b"%x\r\n%b\r\n0\r\n\r\n" % (65_537, b" " * 65_537)
    head = b"POST /collect HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
    with place.connect() as opened:
        opened.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk)
        assert opened.recv(10_000).startswith(b"HTTP/1.1 413")
    assert place.spool.kept == []


def test_gzip_is_unpacked(place: Collecting, account: TestAccount) -> None:
    packed = gzip.compress(msgspec.json.encode(beacon(account)))
    whole = request(packed, "Content-Encoding: gzip", CLOSE)
    assert place.ask(whole).startswith(b"HTTP/1.1 204")
    assert place.ask(request(packed[:-3], "Content-Encoding: gzip", CLOSE)).startswith(
        b"HTTP/1.1 415"
    )
    assert len(place.spool.kept) == 1
