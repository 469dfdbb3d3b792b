"""What questions cost while beacons come in at half of the highest rate."""

import shutil
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct
from rich.console import Console
from rich.progress import Progress

from bench import report
from bench.ingest import CONNECTIONS, beacons_of, one_by_one
from bench.part import Found, Given
from bench.questions import Asker, Taken, seed_questions, times_taken
from bench.servers import Running, empty, serving
from bench.stores import Stored, scratch_folder, stored

_SESSIONS = 1_000_000
_PAUSE_MS = 20
_LONGEST_S = 900
_WARM_UP_S = 3


class Beside(Struct):
    """One endpoint, without beacons and with them."""

    name: str
    quiet: Taken
    busy: Taken

    @property
    def ratio(self) -> float:
        """How many times as long the slowest hundredth takes."""
        return self.busy.p99_ms / self.quiet.p99_ms


def beside(console: Console, given: Given) -> Found:
    """The seven endpoints, without beacons and while they come at half of the highest rate."""
    with Progress(console=console) as progress:
        store = stored(min(_SESSIONS, given.sessions[-1]), progress)
    with (
        console.status("questions beside beacons"),
        tempfile.TemporaryDirectory(prefix="bench-", dir=scratch_folder()) as folder,
    ):
        # The store is kept for the next run, so a copy takes the beacons.
        copy = Path(folder) / "copy"
        shutil.copytree(store.data, copy, symlinks=True)
        with serving(copy, store.keys()) as server:
            quiet = _ask(server, store, given.times)
            with empty() as yardstick:
                highest = one_by_one(server, yardstick, CONNECTIONS, turns=1).per_second
            connections = _connections_for(server, highest / 2)
            with beacons_of(server, connections, _LONGEST_S, _PAUSE_MS):
                time.sleep(_WARM_UP_S)
                began, before = time.monotonic(), server.beacons_taken()
                busy = _ask(server, store, given.times)
                rate = (server.beacons_taken() - before) / (time.monotonic() - began)
    rows = [Beside(name, quiet[name], busy[name]) for name in quiet]
    lines = [*_table(rows), "", _said(store.sessions, rate, highest)]
    return Found({"beside": lines}, {"beside": {"beacons a second": rate, "rows": rows}})


def _connections_for(server: Running, per_second: float) -> int:
    """How many resting connections make a rate: a guess, put right by what it makes."""
    guess = max(1, round(per_second * _PAUSE_MS / 1000))
    with beacons_of(server, guess, _WARM_UP_S, _PAUSE_MS) as process:
        before = server.beacons_taken()
        process.wait()
        made = (server.beacons_taken() - before) / _WARM_UP_S
    return round(guess * per_second / made)


def _ask(server: Running, store: Stored, times: int) -> dict[str, Taken]:
    asker = Asker(server)
    return {
        question.name: times_taken(partial(asker.ask, question), times)
        for question in seed_questions(store)
    }


def _table(rows: Sequence[Beside]) -> list[str]:
    return report.table(
        ["endpoint", "p99 beside beacons / alone (aim: 3)", "p50 (p99) alone", "p50 (p99) beside"],
        [
            [
                row.name,
                f"{row.ratio:.1f}",
                f"{row.quiet.p50_ms:.1f} ms ({row.quiet.p99_ms:.1f})",
                f"{row.busy.p50_ms:.1f} ms ({row.busy.p99_ms:.1f})",
            ]
            for row in rows
        ],
    )


def _said(sessions: int, rate: float, highest: float) -> str:
    return (
        f"{report.named(sessions)} sessions; {rate:,.0f} beacons a second came in meanwhile,"
        f" {rate / highest:.2f} of the highest rate of the same run."
    )
