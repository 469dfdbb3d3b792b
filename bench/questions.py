"""How fast every endpoint answers, with parameters that are seldom the same twice."""

import contextlib
import http.client
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from msgspec import Struct

from bench.population import Population, beacons_now
from bench.servers import Running
from bench.stores import MEDIAS, Stored, media_id

_ARRIVING_PER_SECOND = 50
_AT_ONCE = 8
_TOGETHER_S = 2.0
_JSON = {"Content-Type": "application/json"}
_DROP_CACHES = Path("/proc/sys/vm/drop_caches")

SEED_P50_MS, SEED_P99_MS, LIST_P50_MS, ANALYTICS_P50_MS = 8, 40, 25, 60


Days = tuple[date, date]
"""The first and the last."""


class Question(Struct, frozen=True):
    """An endpoint with a path for each number, and what its p50 should be at most (ms)."""

    name: str
    path: Callable[[random.Random], str]
    aim_ms: float | None = None


class Taken(Struct):
    """Times in ms over so many answers."""

    answers: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


class Answering(Struct):
    """Times in ms at the HTTP level; ``together`` are answers a second to eight askers."""

    name: str
    aim_ms: float | None
    first_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    together: float
    cpu_ms: float


def questions(store: Stored) -> list[Question]:
    """Every endpoint. "Any" media or project is another one each time."""
    busiest = media_id(0)

    def any_project(draw: random.Random) -> str:
        return draw.choice(store.projects)

    v1, modern = "/v1/stats", "/modern/analytics/medias"
    seed = [
        ("account", lambda _: f"{v1}/account.json?"),
        ("account by_date", lambda d: f"{v1}/account/by_date.json?{_month(d)}"),
        ("any project of 50", lambda d: f"{v1}/projects/{any_project(d)}.json?"),
        (
            "any project by_date",
            lambda d: f"{v1}/projects/{any_project(d)}/by_date.json?{_month(d)}",
        ),
        ("busiest media", lambda _: f"{v1}/medias/{busiest}.json?"),
        ("any media", lambda d: f"{v1}/medias/{any_media(d)}.json?"),
        ("busiest media by_date", lambda d: f"{v1}/medias/{busiest}/by_date.json?{_month(d)}"),
        ("any media by_date", lambda d: f"{v1}/medias/{any_media(d)}/by_date.json?{_month(d)}"),
        ("busiest media engagement", lambda _: f"{v1}/medias/{busiest}/engagement.json?"),
        ("any media engagement", lambda d: f"{v1}/medias/{any_media(d)}/engagement.json?"),
    ]
    lists = [
        ("visitors, 100", lambda d: f"{v1}/visitors.json?per_page=100&page={d.randint(1, 9)}"),
        ("events, 100", lambda d: f"{v1}/events.json?per_page=100&page={d.randint(1, 9)}"),
        ("events of any media", lambda d: f"{v1}/events.json?media_id={any_media(d)}"),
    ]
    analytics = [
        (f"{what} of any media", _of_any(f"{modern}/%s{path}"))
        for what, path in (
            ("analytics", "?"),
            ("months", "/timeseries?granularity=monthly&"),
            ("pages", "/embed_locations?"),
            ("campaigns", "/traffic?group_by=utm_campaign&"),
            ("languages", "/languages?"),
            ("conversions", "/conversions?"),
        )
    ]
    deep = [
        ("visitors, page 100", lambda d: f"{v1}/visitors.json?page={d.randint(90, 110)}"),
        ("events, page 100", lambda d: f"{v1}/events.json?page={d.randint(90, 110)}"),
        ("analytics of the busiest media", lambda d: f"{modern}/{busiest}?{_years(d)}"),
        (
            "overview of 30 days",
            lambda d: f"/insights/summary?{_month(d)}",
        ),
        (
            "new and returning of 30 days",
            lambda d: f"/insights/breakdown?by=visitors&{_month(d)}",
        ),
    ]
    return [
        *(Question(name, path, SEED_P50_MS) for name, path in seed),
        *(Question(name, path, LIST_P50_MS) for name, path in lists),
        *(Question(name, path, ANALYTICS_P50_MS) for name, path in analytics),
        *(Question(name, path) for name, path in deep),
    ]


def any_media(draw: random.Random) -> str:
    """Another one each time."""
    return media_id(draw.randrange(MEDIAS))


def _of_any(address: str) -> Callable[[random.Random], str]:
    return lambda draw: address % any_media(draw) + _years(draw)


def month(draw: random.Random) -> Days:
    """About a month, somewhere in the last year."""
    return _days(draw, draw.randint(20, 40), 330)


def years(draw: random.Random) -> Days:
    """Two years, so all that there is."""
    return _days(draw, 730, 20)


def _days(draw: random.Random, length: int, most_back: int) -> Days:
    last = datetime.now(UTC).date() - timedelta(days=draw.randint(0, most_back))
    return last - timedelta(days=length), last


def _month(draw: random.Random) -> str:
    return "start_date={}&end_date={}".format(*month(draw))


def _years(draw: random.Random) -> str:
    return "start_date={}&end_date={}".format(*years(draw))


@contextmanager
def beacons_arriving(
    server: Running, per_second: int = _ARRIVING_PER_SECOND, of_session: int = 1
) -> Iterator[None]:
    """A site in use: a steady trickle of beacons while the questions are asked.

    ``of_session``: how many each session sends.
    """
    ended = threading.Event()
    bodies = beacons_now(Population(0), server.account_key, per_second, of_session)

    def send() -> None:
        with httpx.Client(base_url=server.url, timeout=60) as client:
            while not ended.wait(1 / per_second):
                body = next(bodies)
                client.post("/collect", content=body, headers=_JSON).raise_for_status()

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        ended.set()
        sender.join()


def drop_caches() -> bool:
    """Empty the system's cache of files; returns whether it is allowed to."""
    with contextlib.suppress(OSError):
        _DROP_CACHES.write_text("3")
        return True
    return False


def seed_questions(store: Stored) -> list[Question]:
    """Those of the seven endpoints that clients know."""
    return [question for question in questions(store) if question.aim_ms == SEED_P50_MS]


def ask_all(server: Running, asked: Sequence[Question], times: int) -> Iterator[Answering]:
    """Ask each of them once, then many times one by one, then by eight at the same time."""
    asker = Asker(server)
    firsts = [asker.ask(question) for question in asked]
    for question, first_ms in zip(asked, firsts, strict=True):
        taken = times_taken(partial(asker.ask, question), times)
        together, cpu_ms = _together(server, question)
        yield Answering(
            question.name,
            question.aim_ms,
            first_ms,
            taken.p50_ms,
            taken.p95_ms,
            taken.p99_ms,
            together,
            cpu_ms,
        )


def times_taken(ask: Callable[[], float], times: int, most_s: float = 60) -> Taken:
    """Ask three times for nothing, then so many times one by one.

    Args:
        ask: asks and gives the ms that it took.
        times: how often.
        most_s: stop when it takes longer than this, but not before ten answers.
    """
    for _ in range(3):
        ask()
    ends = time.monotonic() + most_s
    taken: list[float] = []
    while len(taken) < times and (len(taken) < 10 or time.monotonic() < ends):
        taken.append(ask())
    cuts = statistics.quantiles(taken, n=100, method="inclusive")
    return Taken(len(taken), cuts[49], cuts[94], cuts[98])


class BusyError(Exception):
    """The server had more to do than it lets wait, and said so."""


class Asker:
    """One connection. Each address is new, so no whole answer is kept from another question."""

    _numbers = count()

    def __init__(self, server: Running) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
        self._headers = {"Authorization": f"Bearer {server.token}"}
        self._draw = random.Random(next(self._numbers))

    def ask(self, question: Question) -> float:
        """Ask and give the ms that it took until the whole answer was there.

        Raises:
            BusyError: there is none.
        """
        return self.ask_for(question.path(self._draw))

    def ask_for(self, address: str) -> float:
        """The same of an address with a question mark in it."""
        path = f"{address}&_={next(self._numbers)}".replace("?&", "?")
        began = time.perf_counter()
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        taken = (time.perf_counter() - began) * 1000
        if answer.status == http.client.SERVICE_UNAVAILABLE and b"busy" in body:
            raise BusyError
        if answer.status != http.client.OK or body == b"[]":
            raise AssertionError(f"{path}: {answer.status} {body[:300]!r}")
        return taken


def _together(server: Running, question: Question) -> tuple[float, float]:
    """Answers a second to several askers, and processor time (ms) for each."""

    def ask_on(asker: Asker) -> int:
        ends = time.monotonic() + _TOGETHER_S
        answers = 0
        while time.monotonic() < ends:
            with contextlib.suppress(BusyError):
                asker.ask(question)
                answers += 1
        return answers

    began, used = time.monotonic(), server.cpu_s()
    with ThreadPoolExecutor(_AT_ONCE) as askers:
        answers = sum(askers.map(ask_on, [Asker(server) for _ in range(_AT_ONCE)]))
    taken = time.monotonic() - began
    # Where all were refused, the processor time that this took stands for that of an answer.
    return answers / taken, (server.cpu_s() - used) * 1000 / max(answers, 1)


def again(server: Running, seconds: float = 3.0) -> float:
    """The same request again: answers a second on one connection."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {server.token}"}
    ends, answers = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        connection.request("GET", "/v1/stats/account.json", headers=headers)
        connection.getresponse().read()
        answers += 1
    return answers / seconds
