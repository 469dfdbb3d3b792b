"""Whether anything grows in a server that takes beacons and answers questions for long."""

import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from rich.console import Console
from rich.progress import Progress

from bench import report
from bench.part import Found, Given
from bench.questions import Asker, Question, beacons_arriving, seed_questions
from bench.servers import Running, serving
from bench.stores import MEDIAS, media_id, scratch_folder, stored

_SESSIONS = 1_000_000
_PER_SECOND = 200
# As docs/scaling.md assumes: one every ten seconds, and some seventy watched.
_OF_SESSION = 8
_EVERY_S = 10.0
_MOST_WARM_UP_S = 120
_BETWEEN_QUESTIONS_S = 0.05


class Sample(Struct):
    """What was seen at a time (s since the start)."""

    at_s: float
    memory_mib: float
    parts: int
    open_files: int
    p50_ms: float


_SEEN: Mapping[str, tuple[str, Callable[[Sample], float]]] = {
    "memory": ("MiB", lambda sample: sample.memory_mib),
    "parts of tables on disk": ("", lambda sample: sample.parts),
    "open files": ("", lambda sample: sample.open_files),
    "p50 of the questions": ("ms", lambda sample: sample.p50_ms),
}


def soak(console: Console, given: Given) -> Found:
    """Beacons and questions without a pause; what was seen every ten seconds, as lines."""
    with Progress(console=console) as progress:
        store = stored(min(_SESSIONS, given.sessions[-1]), progress)
        task = progress.add_task("soaking", total=given.soak_s)
        with tempfile.TemporaryDirectory(prefix="bench-", dir=scratch_folder()) as folder:
            # The store is kept for the next run, so a copy takes the beacons.
            copy = Path(folder) / "copy"
            shutil.copytree(store.data, copy, symlinks=True)
            with (
                serving(copy, store.keys()) as server,
                beacons_arriving(server, _PER_SECOND, _OF_SESSION),
            ):
                _ask_about_every_media(server)
                samples = []
                for sample in _samples(server, copy, seed_questions(store), given.soak_s):
                    samples.append(sample)
                    progress.update(task, completed=sample.at_s)
    rows = [_row(what, unit, value, samples) for what, (unit, value) in _SEEN.items()]
    head = ["what", "first third", "last third", "slope, an hour", "lowest to highest"]
    said = (
        f"{given.soak_s} s, {_PER_SECOND} beacons a second, {_OF_SESSION} of a session; the first"
        f" {_warm_up(samples):.0f} s are left out, and before them every media was asked about."
    )
    return Found({"soak": [*report.table(head, rows), "", said]}, {"soak": samples})


def _ask_about_every_media(server: Running) -> None:
    """What is remembered of a media from its first question on is no growth."""
    asker = Asker(server)
    for number in range(MEDIAS):
        for what in ("", "/by_date", "/engagement"):
            asker.ask_for(f"/v1/stats/medias/{media_id(number)}{what}.json?")


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Of the straight line that lies nearest to some points, in y for each x."""
    return statistics.linear_regression(*zip(*points, strict=True)).slope


def _samples(
    server: Running, data: Path, asked: Sequence[Question], seconds: int
) -> Iterator[Sample]:
    asker, draw, began = Asker(server), random.Random(0), time.monotonic()
    while time.monotonic() < began + seconds:
        taken = []
        ends = time.monotonic() + _EVERY_S
        while time.monotonic() < ends:
            taken.append(asker.ask(draw.choice(asked)))
            time.sleep(_BETWEEN_QUESTIONS_S)
        yield _sample(server, data, time.monotonic() - began, taken)


def _sample(server: Running, data: Path, at_s: float, taken: Sequence[float]) -> Sample:
    # A part is a folder with this file in it; what a merge has replaced is there for a while, too.
    # Folders that vanish meanwhile are passed over.
    parts = sum("columns.txt" in files for _, _, files in os.walk(data / "store"))
    memory, files = server.memory_mib(), server.open_files()
    return Sample(at_s, memory, parts, files, statistics.median(taken))


def _warm_up(samples: Sequence[Sample]) -> float:
    return min(_MOST_WARM_UP_S, samples[-1].at_s / 4)


def _row(
    what: str, unit: str, value: Callable[[Sample], float], samples: Sequence[Sample]
) -> list[str]:
    warm = [sample for sample in samples if sample.at_s > _warm_up(samples)]
    third = max(1, len(warm) // 3)
    values = list(map(value, warm))
    first, last = statistics.median(values[:third]), statistics.median(values[-third:])
    grown = 3600 * slope([(sample.at_s, value(sample)) for sample in warm])

    def shown(number: float) -> str:
        return f"{number:,.1f} {unit}".strip() if unit == "ms" else f"{number:,.0f} {unit}".strip()

    between = f"{shown(min(values))} to {shown(max(values))}"
    return [what, shown(first), shown(last), f"{grown:+,.1f} {unit}".strip(), between]
