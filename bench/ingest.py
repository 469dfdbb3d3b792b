"""How fast beacons are taken: one by one beside an empty 204, and in batches."""

import http.client
import itertools
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct
from rich.console import Console

from bench import report
from bench.part import Found, Given
from bench.population import Population, lines
from bench.servers import Running, empty, playhead
from bench.stores import scratch_folder

_SCRIPT = Path(__file__).with_name("beacons.lua")
_SECONDS = 8
_ROUNDS = 5
CONNECTIONS = 500
_BATCH = 5000
_SENDERS = 4
_BODIES_AT_ONCE = 20


class Load(Struct):
    """What wrk saw."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    failed: int

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


class OneByOne(Struct):
    """Medians over the rounds; the ratio is the median of the ratios within a round."""

    per_second: float
    empty_per_second: float
    ratio: float
    lowest_ratio: float
    highest_ratio: float
    p50_ms: float
    p99_ms: float
    empty_p99_ms: float
    failed: int
    connections: int


def ingest(console: Console, given: Given) -> Found:
    """Beacons one by one and in batches, into empty stores."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=scratch_folder()) as folder:
        with (
            console.status("beacons one by one"),
            playhead(Path(folder) / "one-by-one") as server,
            empty() as yardstick,
        ):
            single = one_by_one(server, yardstick, CONNECTIONS)
            # The connections rest as long as it takes for the pause alone to make that rate.
            pause_ms = round(CONNECTIONS * 1000 / (single.per_second / 2))
            resting = _load(server, CONNECTIONS, _SECONDS, pause_ms)
        with console.status("beacons in batches"), playhead(Path(folder) / "batches") as server:
            batched = in_batches(server, Population(min(given.sessions[-1], 1_000_000)))
    what = {
        "`POST /collect` as a ratio to an empty 204 (aim: 0.7)": f"{single.ratio:.2f}"
        f" ({single.lowest_ratio:.2f} to {single.highest_ratio:.2f})",
        "beacons a second (aim: 15,000)": f"{single.per_second:,.0f}",
        "empty 204s a second": f"{single.empty_per_second:,.0f}",
        f"p50, p99 at {single.connections} connections (aim: p99 50 ms)": (
            f"{single.p50_ms:.0f} ms, {single.p99_ms:.0f} ms"
        ),
        "p99 of the empty 204s": f"{single.empty_p99_ms:.0f} ms",
        f"p50, p99 at {CONNECTIONS} connections and {resting.per_second:,.0f} beacons a second": (
            f"{resting.p50_ms:.0f} ms, {resting.p99_ms:.0f} ms"
        ),
        "failed": str(single.failed + resting.failed),
        "`POST /collect/batch`, beacons a second (aim: 150,000)": f"{batched:,.0f}",
    }
    return Found(
        {"ingest": report.figures(what)},
        {
            "ingest": {
                "one by one": single,
                "at about half of that rate": resting,
                "in batches, a second": batched,
            }
        },
    )


def one_by_one(
    server: Running, yardstick: Running, connections: int, turns: int = _ROUNDS
) -> OneByOne:
    """``POST /collect`` with its disk write against an empty 204, in turns."""
    _load(server, connections, 2)
    rounds = []
    for _ in range(turns):
        nothing = _load(yardstick, connections, _SECONDS)
        beacons = _load(server, connections, _SECONDS)
        server.settle()
        rounds.append((nothing, beacons))
    ratios = [beacons.per_second / nothing.per_second for nothing, beacons in rounds]
    return OneByOne(
        per_second=statistics.median(beacons.per_second for _, beacons in rounds),
        empty_per_second=statistics.median(nothing.per_second for nothing, _ in rounds),
        ratio=statistics.median(ratios),
        lowest_ratio=min(ratios),
        highest_ratio=max(ratios),
        p50_ms=statistics.median(beacons.p50_ms for _, beacons in rounds),
        p99_ms=statistics.median(beacons.p99_ms for _, beacons in rounds),
        empty_p99_ms=statistics.median(nothing.p99_ms for nothing, _ in rounds),
        failed=sum(beacons.failed for _, beacons in rounds),
        connections=connections,
    )


def _load(server: Running, connections: int, seconds: int, pause_ms: int = 0) -> Load:
    with beacons_of(server, connections, seconds, pause_ms) as process:
        said, _ = process.communicate()
    found: Load = Load(**json.loads(said.strip().splitlines()[-1]))
    return found


@contextmanager
def beacons_of(
    server: Running, connections: int, seconds: int, pause_ms: int = 0
) -> Iterator[subprocess.Popen[str]]:
    """The load generator at work; with a pause each connection rests after every answer."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "-s", str(_SCRIPT), server.url]
    environment = {
        **os.environ,
        "BENCH_ACCOUNT": server.account_key,
        "BENCH_PAUSE_MS": str(pause_ms),
    }
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def in_batches(server: Running, population: Population) -> float:
    """Fill the store through ``POST /collect/batch``; beacons a second, making them not counted."""
    bodies = lines(population, server.account_key, _BATCH)
    taken = 0.0
    with ThreadPoolExecutor(_SENDERS) as senders:
        while some := list(itertools.islice(bodies, _BODIES_AT_ONCE)):
            started = time.perf_counter()
            # Each has a connection of its own, as servers that report have.
            shares = [some[number::_SENDERS] for number in range(_SENDERS)]
            for _ in senders.map(lambda share: _send(server, share), shares):
                pass
            taken += time.perf_counter() - started
    return population.sessions / taken


def _send(server: Running, bodies: list[bytes]) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=120)
    headers = {
        "Content-Type": "application/x-ndjson",
        "Authorization": f"Bearer {server.token}",
    }
    for body in bodies:
        connection.request("POST", "/collect/batch", body, headers)
        answer = json.loads(connection.getresponse().read())
        if answer["rejected"]:
            raise AssertionError(answer["rejected"][0])
    connection.close()
