"""The simulated audience: like people, the same for a seed, and through the front door unharmed."""

import asyncio
import itertools
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from click.testing import CliRunner, Result

from oracle import Delivery, Oracle
from playhead.catalog import MEDIA_ID
from playhead.cli import main
from playhead.collect.bots import bot_reason
from playhead.simulate import (
    DEFAULT_MEDIAS,
    SendError,
    SendReport,
    SimulatedMedia,
    SimulatedSession,
    audience,
    send_audience,
)
from support import Server, TestAccount, now_ms

NOON = int(datetime(2026, 6, 17, 12, tzinfo=UTC).timestamp() * 1000)
DAY_MS = 86_400_000
CLIP = DEFAULT_MEDIAS[0]
Answers = Callable[[int], tuple[int, dict[str, str], bytes] | None]


def crowd(
    count: int = 4000,
    *,
    medias: Sequence[SimulatedMedia] = DEFAULT_MEDIAS,
    days: int = 14,
    at_ms: int = NOON,
    seed: int = 1,
) -> list[SimulatedSession]:
    return list(audience(medias, count, days=days, now_ms=at_ms, seed=seed))


def media_seconds(session: SimulatedSession) -> float:
    return float(sum((end - start) * times for start, end, times in session.beacon["watched"]))


def plays(sessions: Sequence[SimulatedSession]) -> list[SimulatedSession]:
    return [session for session in sessions if session.beacon["played"]]


@pytest.fixture(scope="module")
def people() -> list[SimulatedSession]:
    return crowd()


# -- who they are ------------------------------------------------------------------------------

_PRINT_DIGEST = f"""
import hashlib, msgspec
from playhead.simulate import DEFAULT_MEDIAS, audience
made = list(audience(DEFAULT_MEDIAS, 300, days=3, now_ms={NOON}, seed=8))
print(hashlib.sha256(msgspec.json.encode(made)).hexdigest())
"""


def test_the_same_arguments_give_the_same_audience_in_any_process() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", _PRINT_DIGEST],
            capture_output=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": number},
            text=True,
        ).stdout
        for number in ("1", "2")
    }
    assert len(digests) == 1
    assert crowd(300) == crowd(300)


@pytest.mark.parametrize(
    "change", [{"seed": 2}, {"days": 15}, {"at_ms": NOON + 1000}, {"medias": DEFAULT_MEDIAS[:5]}]
)
def test_another_argument_gives_another_audience(change: dict[str, Any]) -> None:
    assert crowd(300, **change) != crowd(300)


@pytest.mark.parametrize("count", [0, 1, 7])
def test_there_are_as_many_as_were_asked_for(count: int) -> None:
    assert len(crowd(count)) == count


def test_the_course_is_one_that_can_be_registered() -> None:
    assert SimulatedMedia("demo-clip", "A minute of Playhead", 60.0) == CLIP
    assert len({media.hashed_id for media in DEFAULT_MEDIAS}) == len(DEFAULT_MEDIAS) >= 5
    assert all(MEDIA_ID.match(media.hashed_id) for media in DEFAULT_MEDIAS)


def test_a_session_carries_its_start_in_its_id(people: list[SimulatedSession]) -> None:
    ids = [UUID(session.beacon["session"]) for session in people]
    assert len(set(ids)) == len(people)
    assert {number.version for number in ids} == {7}
    assert [number.int >> 80 for number in ids] == [session.started_ms for session in people]


@pytest.mark.parametrize(("days", "duration"), [(14, None), (1, None), (1, 3600.0), (30, 86_400.0)])
def test_nobody_began_before_the_days_or_watched_beyond_now(
    days: int, duration: float | None
) -> None:
    medias = (SimulatedMedia("long", "Long", duration),) if duration else DEFAULT_MEDIAS
    for session in crowd(2000, medias=medias, days=days):
        assert NOON - days * DAY_MS <= session.started_ms
        took_ms = media_seconds(session) * 1000 / session.beacon["player"]["rate"]
        assert session.started_ms + took_ms <= NOON


def test_who_watches_longer_than_the_days_has_begun_before_them() -> None:
    # More than a day of it, within a day: the watching must have had its time all the same.
    medias = (SimulatedMedia("endless", "Endless", 5 * 86_400.0),)
    sessions = crowd(200, medias=medias, days=1)
    assert any(session.started_ms < NOON - DAY_MS for session in sessions)
    for session in sessions:
        took_ms = media_seconds(session) * 1000 / session.beacon["player"]["rate"]
        assert session.started_ms + took_ms <= NOON


def test_they_come_on_all_days_more_in_the_evening_and_less_at_weekends() -> None:
    starts = [datetime.fromtimestamp(s.started_ms / 1000, UTC) for s in crowd(10_000)]
    # 14 days up to noon are 13 whole ones and two halves.
    assert len({start.date() for start in starts}) == 15
    hours = Counter(start.hour for start in starts)
    assert min(hours[hour] for hour in (18, 19, 20)) > 3 * max(hours[hour] for hour in (1, 2, 3))
    weekend = sum(start.weekday() >= 5 for start in starts)
    assert 0 < weekend / 4 < (len(starts) - weekend) / 10


def test_some_leave_at_once_more_lose_interest_and_some_see_the_end(
    people: list[SimulatedSession],
) -> None:
    for media in DEFAULT_MEDIAS:
        viewers = plays([s for s in people if s.beacon["media"] == media.hashed_id])

        def seeing(second: float, viewers: list[SimulatedSession] = viewers) -> float:
            seen = [
                any(start <= second < end for start, end, _ in viewer.beacon["watched"])
                for viewer in viewers
            ]
            return sum(seen) / len(seen)

        half = media.duration / 2
        assert seeing(0.2) > 0.85
        assert seeing(0.2) > seeing(8) + 0.03
        assert seeing(8) > seeing(half) > seeing(media.duration - 1) > 0.15
        # The first seconds cost the most.
        assert (seeing(0.2) - seeing(8)) / 8 > (seeing(8) - seeing(half)) / (half - 8)


def test_some_watch_again_some_skip_and_a_few_never_press_play(
    people: list[SimulatedSession],
) -> None:
    maps = [session.beacon["watched"] for session in plays(people)]
    again = [pieces for pieces in maps if any(times >= 2 for _, _, times in pieces)]
    skipped = [
        pieces
        for pieces in maps
        if any(before[1] < after[0] for before, after in itertools.pairwise(pieces))
    ]
    assert 0.1 < len(again) / len(maps) < 0.9
    assert 0.05 < len(skipped) / len(maps) < 0.9
    silent = [session for session in people if not session.beacon["played"]]
    assert 0.05 < len(silent) / len(people) < 0.4
    assert all(session.beacon["watched"] == [] for session in silent)


def test_some_come_back_and_each_with_the_same_browser(people: list[SimulatedSession]) -> None:
    browsers = defaultdict(set)
    for session in people:
        browsers[session.beacon["visitor"]].add(session.user_agent)
    assert {len(used) for used in browsers.values()} == {1}
    times = sorted(Counter(session.beacon["visitor"] for session in people).values())
    assert times[len(times) // 4] == 1
    assert times[-1] >= 10


def test_they_use_what_people_use_and_none_is_a_bot(people: list[SimulatedSession]) -> None:
    used = {session.user_agent for session in people}
    for name in ("Chrome/", "Firefox/", "Edg/", "iPhone", "Android", "iPad", "Macintosh"):
        assert any(name in user_agent for user_agent in used), name
    assert all(bot_reason(user_agent, webdriver=False) is None for user_agent in used)
    pages = [session.beacon["page"] for session in people]
    assert {page["url"].partition(":")[0] for page in pages} == {"https"}
    assert len({page["referrer"] for page in pages}) > 3


# -- a real server -----------------------------------------------------------------------------


def send(
    url: str, key: str, sessions: Sequence[SimulatedSession], rate: float | None = None
) -> SendReport:
    sent: list[None] = []
    report = asyncio.run(
        send_audience(url, key, sessions, rate=rate, on_sent=lambda: sent.append(None))
    )
    assert report.sent == len(sent)
    return report


def assert_says(answer: dict[str, Any], expected: dict[str, Any]) -> None:
    for name, number in expected.items():
        assert answer[name] == (
            number if isinstance(number, int | str | list) else pytest.approx(float(number), 1e-9)
        ), name


def test_some_say_who_they_are_and_use_what_they_are_shown(people: list[SimulatedSession]) -> None:
    beacons = [session.beacon for session in people]
    named = [beacon for beacon in beacons if "identity" in beacon]
    assert 0.01 < len(named) / len(beacons) < 0.1
    for beacon in named:
        form = next(action for action in beacon["actions"] if action["type"] == "form")
        assert form["converted"] == 1
        assert form["data"]["email"] == beacon["identity"]["email"]
    assert all(beacon["played"] for beacon in beacons if beacon.get("actions"))
    calls = [a for beacon in beacons for a in beacon.get("actions", []) if a["id"] == "enrol"]
    assert 0 < sum(call["converted"] for call in calls) < sum(call["shown"] for call in calls) / 4


def test_none_of_them_is_refused_and_the_numbers_are_theirs(
    http: httpx.Client, server: Server, account: TestAccount, settle: Callable[[], None]
) -> None:
    now = now_ms()
    sessions = crowd(500, days=7, at_ms=now, seed=4)
    report = send(server.url, account.key, sessions)
    assert (report.sent, report.repeated) == (500, 0)
    settle()
    log = [Delivery({**session.beacon, "sent_at": now}, now) for session in sessions]
    oracle = Oracle(log, "UTC")

    def ask(path: str, **parameters: str) -> Any:
        answer = http.get(f"/v1/stats/{path}", params=parameters, headers=account.headers)
        assert answer.status_code == 200
        return answer.json()

    assert_says(ask("account"), oracle.account())
    assert ask("account")["loads"] == 500
    last = datetime.fromtimestamp(now / 1000, UTC).date()
    first = last - timedelta(days=7)
    days = ask("account/by_date", start_date=str(first), end_date=str(last))
    for day, expected in zip(days, oracle.account_by_date(first, last), strict=True):
        assert_says(day, expected)
    assert sum(day["loads"] for day in days) == 500
    for media in DEFAULT_MEDIAS:
        assert_says(ask(f"medias/{media.hashed_id}"), oracle.media(media.hashed_id))
        known = http.get(f"/v1/medias/{media.hashed_id}", headers=account.headers).json()
        assert known["name"] == media.title
    graph = ask(f"medias/{CLIP.hashed_id}/engagement")
    assert_says(graph, oracle.engagement(CLIP.hashed_id))
    assert sum(graph["rewatch_data"]) > 0


def test_the_same_audience_sent_twice_counts_once(
    server: Server, http: httpx.Client, account: TestAccount, settle: Callable[[], None]
) -> None:
    sessions = crowd(60, at_ms=now_ms())
    for _ in range(2):
        assert send(server.url, account.key, sessions).sent == 60
    settle()
    assert loads(http, account) == 60


def test_a_path_in_the_url_is_the_collectors_own(own_server: Server) -> None:
    own_server.options += ("--collect-path", "/m/in")
    own_server.start()
    account = own_server.account()
    assert send(f"{own_server.url}/m/in", account.key, crowd(20, at_ms=now_ms())).sent == 20


def test_a_rate_loses_nobody(
    server: Server, http: httpx.Client, account: TestAccount, settle: Callable[[], None]
) -> None:
    assert send(server.url, account.key, crowd(150, at_ms=now_ms()), rate=300).sent == 150
    settle()
    assert loads(http, account) == 150


def loads(http: httpx.Client, account: TestAccount) -> int:
    found: int = http.get("/v1/stats/account", headers=account.headers).json()["loads"]
    return found


# -- a server in trouble -----------------------------------------------------------------------


class Troubled(ThreadingHTTPServer):
    """A collector that answers as a test wants; None hangs up without a word."""

    # Fifty connect at once.
    request_queue_size = 128

    def __init__(self, answers: Answers) -> None:
        super().__init__(("127.0.0.1", 0), _Troubled)
        self.answers = answers
        self.lock = threading.Lock()
        self.attempts: list[tuple[str, int, float]] = []
        """The session, the status that it got, and when."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Whoever gives up hangs up in the middle, which is what a test may be about.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def taken(self) -> list[str]:
        return [session for session, status, _ in self.attempts if status == 204]


class _Troubled(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Troubled

    def do_POST(self) -> None:
        beacon = json.loads(self.rfile.read(int(self.headers["content-length"])))
        assert abs(beacon["sent_at"] - now_ms()) < 60_000
        with self.server.lock:
            answer = self.server.answers(len(self.server.attempts))
            status = answer[0] if answer else 0
            self.server.attempts.append((beacon["session"], status, time.monotonic()))
        if answer is None:
            self.close_connection = True
            return
        status, headers, body = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def troubled(answers: Answers) -> Iterator[Troubled]:
    with Troubled(answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def test_what_is_put_off_or_cut_off_comes_again_until_it_is_taken() -> None:
    def answers(number: int) -> tuple[int, dict[str, str], bytes] | None:
        if number < 60:
            status = 429 if number % 2 else 503
            return status, {"Retry-After": "1"} if number < 3 else {}, b'{"error": "later"}'
        # A hundred were taken by then, so the server is known to be there.
        return None if number > 200 and number % 5 == 0 else (204, {}, b"")

    sessions = crowd(220)
    with troubled(answers) as server:
        report = send(server.url, "key", sessions)
        assert sorted(server.taken()) == sorted(s.beacon["session"] for s in sessions)
        assert report.repeated == len(server.attempts) - 220
        assert any(status == 0 for _, status, _ in server.attempts)
        for session, _, first_at in server.attempts[:3]:
            again_at = [at for again, _, at in server.attempts if again == session][1]
            assert again_at - first_at > 0.95


@pytest.mark.parametrize("retry_after", ["0", "3600", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_server_that_stays_away_is_given_up(
    monkeypatch: pytest.MonkeyPatch, retry_after: str
) -> None:
    monkeypatch.setattr("playhead.simulate.send._PATIENCE_S", 0.5)
    busy = (503, {"Retry-After": retry_after}, b'{"error": "the spool is full"}')
    with troubled(lambda _: busy) as server, pytest.raises(SendError) as refused:
        send(server.url, "key", crowd(80))
    assert str(refused.value) == f"{server.url}/collect answered 503: the spool is full"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error": "watched[0]:\\n  upside\\r\\ndown"}', "watched[0]: upside down"),
        (b"<html>\n</html>", "Unprocessable Entity"),
        (b"\xff", "Unprocessable Entity"),
        (b"[]", "Unprocessable Entity"),
    ],
)
def test_any_other_refusal_ends_it_with_one_line(body: bytes, said: str) -> None:
    with troubled(lambda _: (422, {}, body)) as server, pytest.raises(SendError) as refused:
        send(server.url, "key", crowd(80))
    assert str(refused.value) == f"{server.url}/collect answered 422: {said}"


# -- the command -------------------------------------------------------------------------------


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PLAYHEAD_")}


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "playhead", "simulate", *map(str, arguments)]


def simulate(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        capture_output=True,
        check=False,
        env=environment(),
        text=True,
        timeout=60,
    )


def invoke(*arguments: str) -> Result:
    """In this process, which is quicker; for what never gets as far as a server."""
    return CliRunner().invoke(main, ["simulate", *arguments], prog_name="playhead")


def test_the_command_sends_an_audience_and_says_so_in_one_line(
    server: Server, http: httpx.Client, account: TestAccount, settle: Callable[[], None]
) -> None:
    medias = ("--media", "intro:95.5:An: introduction", "--media", "outro")
    where = ("--url", server.url, "--account", account.key)
    done = simulate(*where, "--sessions", "1200", "--days", "3", "--seed", "7", *medias)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"1,200 sessions sent in \d+\.\d s\n", done.stdout)
    settle()
    assert loads(http, account) == 1200
    for media, name in (("intro", "An: introduction"), ("outro", "outro")):
        known = http.get(f"/v1/medias/{media}", headers=account.headers).json()
        assert known["name"] == name


def test_without_an_account_it_takes_the_only_one_and_a_restart_loses_nobody(
    own_server: Server,
) -> None:
    own_server.start()
    account = own_server.account()
    options = ("--url", own_server.url, "--data", own_server.data, "--sessions", "400")
    with subprocess.Popen(
        command(*options, "--rate", "100"),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        with httpx.Client(base_url=own_server.url) as http:
            while process.poll() is None and loads(http, account) < 20:
                time.sleep(0.05)
        own_server.kill()
        own_server.start()
        out, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert out.startswith("400 sessions sent in ")
    own_server.settle()
    with httpx.Client(base_url=own_server.url) as http:
        assert loads(http, account) == 400


def test_which_account_must_be_said_where_there_is_more_than_one(
    server: Server, tmp_path: Path
) -> None:
    for _ in range(2):
        server.account()
    done = simulate("--url", server.url, "--data", server.data)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(
        r"Error: --account: is needed, because .+ has \d+ accounts .*\n", done.stderr
    )
    done = simulate("--url", server.url, "--data", tmp_path / "none")
    assert (done.returncode, done.stdout) == (1, "")
    assert "has no account (see 'playhead account list')\n" in done.stderr
    assert not (tmp_path / "none").exists()


def test_an_account_that_is_not_there_is_said_in_one_line(server: Server) -> None:
    done = simulate("--url", server.url, "--account", "nobody")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"Error: {server.url}/collect answered 403: account: 'nobody' is not known\n"
    )


ERRORS = {
    "--url http://127.0.0.1:9": "http://127.0.0.1:9/collect does not answer: ",
    "--url 127.0.0.1:8000": "127.0.0.1:8000 is not an address (use something like http://",
    "--url ftp://127.0.0.1": "ftp://127.0.0.1 is not an address ",
    "--url http://127.0.0.1:x": "http://127.0.0.1:x is not an address: ",
    "--sessions 0": "0 is not in the range x>=1. (see 'playhead simulate --help')",
    "--rate 0": "0.0 is not in the range x>0. ",
    "--days 31": "31 is not in the range 1<=x<=30. ",
    "--media 12": "'12' is not a media's id ",
    "--media a:long": "'long' is not a number of seconds ",
    "--media a:nan": "nan seconds are too few or too many ",
    "--media a:0.5": "0.5 seconds are too few or too many ",
}


@pytest.mark.parametrize("options", ERRORS)
def test_what_cannot_be_done_is_said_in_one_line(options: str) -> None:
    done = invoke("--account", "x", *options.split())
    assert done.exit_code in {1, 2}
    assert done.stdout == ""
    (said,) = done.stderr.splitlines()
    assert said.startswith("Error: ")
    assert ERRORS[options] in said


def test_help_says_what_it_does() -> None:
    done = invoke("--help")
    assert done.exit_code == 0
    assert "Send an audience of simulated viewers to a server." in done.stdout
    for option in ("--url", "--account", "--sessions", "--rate", "--days", "--seed", "--media"):
        assert option in done.stdout
    assert "http://127.0.0.1:8000" in done.stdout
