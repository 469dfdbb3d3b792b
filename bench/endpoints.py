"""Every endpoint, asked of stores of every size; memory, idling and disk of the largest."""

import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from bench import report
from bench.disk import bytes_by_table, bytes_of_texts
from bench.part import Found, Given
from bench.questions import (
    Answering,
    again,
    ask_all,
    beacons_arriving,
    drop_caches,
    questions,
)
from bench.servers import Running, serving
from bench.stores import Stored, stored


def endpoints(console: Console, given: Given) -> Found:
    """Ask every endpoint; of the largest store also while beacons arrive."""
    quiet: dict[int, list[Answering]] = {}
    busy: list[Answering] = []
    what: dict[str, str] = {}
    with Progress(console=console) as progress:
        stores = [stored(sessions, progress) for sessions in given.sessions]
        for store in stores:
            task = progress.add_task(f"{store.sessions:,}: questions", total=None)
            cold = drop_caches()
            with serving(Path(store.data), store.keys()) as server:
                asked = questions(store)
                quiet[store.sessions] = list(ask_all(server, asked, given.times))
                if store is stores[-1]:
                    with beacons_arriving(server):
                        busy = list(ask_all(server, asked, given.times))
                    what = _figures(store, server, given.idle_s, cold=cold)
            progress.remove_task(task)
    what |= _disk(stores[-1])
    return Found(
        {
            "growth": report.growth(quiet),
            "answers": report.answers(quiet[stores[-1].sessions], busy),
            "figures": report.figures(what),
        },
        {
            "questions": {str(size): rows for size, rows in quiet.items()},
            "while beacons arrive": busy,
            "figures": what,
        },
    )


def _figures(store: Stored, server: Running, idle_s: int, *, cold: bool) -> dict[str, str]:
    repeated = again(server)
    server.settle()
    time.sleep(10)
    memory = server.memory_mib()
    used = server.cpu_s()
    time.sleep(idle_s)
    idle = (server.cpu_s() - used) / idle_s
    return {
        "machine": ", ".join(f"{name} {value}" for name, value in report.machine().items()),
        "cold": "the first time it is asked after a start"
        + (" with the system's cache emptied" if cold else ""),
        "the same request again, on one connection": f"{repeated:,.0f} a second",
        "memory of the server after all questions, and its highest": (
            f"{memory:.0f} MiB, {server.most_memory_mib():.0f} MiB"
        ),
        "processor time of an idle server": f"{idle:.1%} of one core",
        f"making {store.sessions:,} sessions in the engine": f"{store.made_in:.0f} s",
        "summing them up (medias, days, visitors)": f"{store.summed_up_in:.0f} s",
    }


def _disk(store: Stored) -> dict[str, str]:
    """Bytes for each session, by table."""
    tables = bytes_by_table(store)
    texts = bytes_of_texts(store)
    each = {name: size / store.sessions for name, size in tables.items() if size > store.sessions}
    by_table = ", ".join(f"{name} {size:.1f}" for name, size in each.items())
    beyond = sum(tables.values()) - texts
    return {
        "bytes on disk for a session beyond its URLs and title": (
            f"{beyond / store.sessions:.0f} ({by_table}; of it URLs and titles"
            f" {texts / store.sessions:.1f})"
        )
    }
