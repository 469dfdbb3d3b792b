"""How fast the seed's endpoints answer."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

import httpx
from msgspec import Struct

from bench.population import Population, beacon_now, media_id
from bench.servers import Running

_QUESTIONS = 60
_ARRIVING_PER_SECOND = 50
_SEED = ("/v1/stats/account", "/v1/stats/projects", "/v1/stats/medias")
_JSON = {"Content-Type": "application/json"}


class Answering(Struct):
    """Milliseconds at the HTTP level, one question at a time."""

    endpoint: str
    p50_ms: float
    p95_ms: float
    p99_ms: float
    seed: bool
    """One of the seed's seven endpoints, for which there is a target."""


@contextmanager
def beacons_arriving(server: Running, population: Population) -> Iterator[None]:
    """A site in use: a steady trickle of new sessions while the questions are asked."""
    ended = threading.Event()

    def send() -> None:
        with httpx.Client(base_url=server.url, timeout=60) as client:
            for number in count():
                if ended.wait(1 / _ARRIVING_PER_SECOND):
                    return
                body = beacon_now(population, server.account_key, number)
                client.post("/collect", content=body, headers=_JSON).raise_for_status()

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        ended.set()
        sender.join()


def all_endpoints(server: Running, population: Population) -> Iterator[Answering]:
    """Every seed endpoint with parameters that change from question to question."""
    headers = {"Authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=60) as client:
        project = client.post("/v1/projects", json={"name": "Bench"}).json()["hashedId"]
        for number in range(1, 51):
            client.put(f"/v1/medias/{media_id(number)}", json={"project_id": project})
        busiest, tail = media_id(0), population.medias
        paths: list[tuple[str, Callable[[int], str]]] = [
            ("account", lambda _: "/v1/stats/account"),
            ("account by_date, 30 days", lambda n: f"/v1/stats/account/by_date?{_range(n)}"),
            ("project of 50", lambda _: f"/v1/stats/projects/{project}"),
            (
                "project by_date, 30 days",
                lambda n: f"/v1/stats/projects/{project}/by_date?{_range(n)}",
            ),
            ("busiest media", lambda _: f"/v1/stats/medias/{busiest}"),
            ("some media", lambda n: f"/v1/stats/medias/{media_id(n * 13 % tail)}"),
            (
                "busiest media by_date, 30 days",
                lambda n: f"/v1/stats/medias/{busiest}/by_date?{_range(n)}",
            ),
            ("busiest media engagement", lambda _: f"/v1/stats/medias/{busiest}/engagement"),
            (
                "some media engagement",
                lambda n: f"/v1/stats/medias/{media_id(n * 13 % tail)}/engagement",
            ),
            ("visitors, page 1", lambda _: "/v1/stats/visitors?page=1"),
            ("visitors, page 1,000", lambda _: "/v1/stats/visitors?page=1000"),
            ("events, page 1", lambda _: "/v1/stats/events?page=1"),
            ("events, page 1,000", lambda _: "/v1/stats/events?page=1000"),
            (
                "busiest media analytics, 30 days",
                lambda n: f"/modern/analytics/medias/{busiest}?{_range(n)}",
            ),
        ]
        for name, path in paths:
            yield _measure(client, name, path)


def _measure(client: httpx.Client, name: str, path: Callable[[int], str]) -> Answering:
    numbers = count()
    for _ in range(5):
        client.get(path(next(numbers))).raise_for_status()
    taken = []
    for _ in range(_QUESTIONS):
        started = time.perf_counter()
        client.get(path(next(numbers))).raise_for_status()
        taken.append((time.perf_counter() - started) * 1000)
    cuts = statistics.quantiles(taken, n=100, method="inclusive")
    seed = path(0).startswith(_SEED)
    return Answering(name, cuts[49], cuts[94], cuts[98], seed)


def _range(number: int) -> str:
    last = datetime.now(UTC).date() - timedelta(days=number % 25)
    return f"start_date={last - timedelta(days=29)}&end_date={last}"
