"""Measure Playhead on this machine: ``make bench``.

Stores of sessions are made under .cache/bench and kept for the next run; all else is removed.
"""

import argparse
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.progress import Progress

from bench import report
from bench.ingest import in_batches, one_by_one
from bench.population import Population
from bench.questions import (
    Answering,
    again,
    ask_all,
    beacons_arriving,
    drop_caches,
    questions,
)
from bench.servers import Running, empty, playhead, serving
from bench.stores import Stored, stored
from playhead.log import configure_logging
from playhead.settings import Settings
from playhead.store import Store

_PARTS = ("questions", "ingest")
_CONNECTIONS = 500
_URLS = ["page_url", "page_title", "referrer"]


def main() -> None:
    given = _arguments()
    configure_logging("warning", "text")
    console = Console()
    results: dict[str, Any] = {"machine": report.machine()}
    sections: dict[str, list[str]] = {}
    if "questions" in given.only:
        sections |= _questions(console, given, results)
    if "ingest" in given.only:
        sections |= _ingest(console, given, results)
    for name, lines in sections.items():
        console.print(f"\n[bold]{name}[/]")
        console.print(Markdown("\n".join(lines)))
        if given.write:
            report.write_into_page(name, lines)
    console.print(f"\nAll of it, as JSON: {report.keep(results)}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--sessions",
        type=_numbers,
        default=_numbers("100k,1m,10m"),
        help="sizes of the stores, beside each other (default: 100k,1m,10m)",
    )
    parser.add_argument("--times", type=int, default=100, help="how often each question is asked")
    parser.add_argument(
        "--only", type=lambda text: text.split(","), default=_PARTS, help=str(_PARTS)
    )
    parser.add_argument("--idle", type=int, default=30, help="seconds of idling (default: 30)")
    parser.add_argument(
        "--write", action="store_true", help="put the tables into docs/performance.md"
    )
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    units = {"k": 10**3, "m": 10**6}
    return sorted(
        int(float(part.rstrip("km")) * units.get(part[-1], 1)) for part in text.lower().split(",")
    )


def _questions(
    console: Console, given: argparse.Namespace, results: dict[str, Any]
) -> dict[str, list[str]]:
    quiet: dict[int, list[Answering]] = {}
    busy: list[Answering] = []
    what: dict[str, str] = {}
    with Progress(console=console) as progress:
        stores = [stored(sessions, progress) for sessions in given.sessions]
        for store in stores:
            task = progress.add_task(f"{store.sessions:,}: questions", total=None)
            keys = {"account_key": store.account_key, "token": store.token}
            cold = drop_caches()
            with serving(Path(store.data), keys) as server:
                asked = questions(store)
                quiet[store.sessions] = list(ask_all(server, asked, given.times))
                if store is stores[-1]:
                    with beacons_arriving(server):
                        busy = list(ask_all(server, asked, given.times))
                    what = _figures(store, server, given.idle, cold=cold)
            progress.remove_task(task)
    what |= _disk(stores[-1])
    results["questions"] = {str(size): rows for size, rows in quiet.items()}
    results["while beacons arrive"] = busy
    results["figures"] = what
    return {
        "growth": report.growth(quiet),
        "answers": report.answers(quiet[stores[-1].sessions], busy),
        "figures": report.figures(what),
    }


def _figures(store: Stored, server: Running, idle_s: int, *, cold: bool) -> dict[str, str]:
    memory = server.memory_mib()
    repeated = again(server)
    server.settle()
    time.sleep(10)
    used = server.cpu_s()
    time.sleep(idle_s)
    idle = (server.cpu_s() - used) / idle_s
    return {
        "machine": ", ".join(f"{name} {value}" for name, value in report.machine().items()),
        "cold": "the first time it is asked after a start"
        + (" with the system's cache emptied" if cold else ""),
        "the same request again, on one connection": f"{repeated:,.0f} a second",
        "memory of the server after all questions": f"{memory:.0f} MiB",
        "processor time of an idle server": f"{idle:.1%} of one core",
        f"making {store.sessions:,} sessions in the engine": f"{store.made_in:.0f} s",
        "summing them up (medias, days, visitors)": f"{store.summed_up_in:.0f} s",
    }


def _disk(store: Stored) -> dict[str, str]:
    """Bytes for each session, by table; what merges have replaced is not counted."""
    opened = Store.open(Settings(data=Path(store.data).resolve()).store_dsn)
    rows = opened.ask(
        "SELECT table, sum(bytes_on_disk) FROM system.parts WHERE active"
        " AND database = currentDatabase() GROUP BY table ORDER BY 2 DESC",
        {},
    )
    tables: Mapping[str, int] = {row[0]: row[1] for row in rows}
    urls = opened.ask(
        "SELECT sum(column_bytes_on_disk) FROM system.parts_columns WHERE active"
        " AND table = 'sessions' AND column IN {urls:Array(String)}",
        {"urls": _URLS},
    )[0][0]
    opened.close()
    each = {name: size / store.sessions for name, size in tables.items() if size > store.sessions}
    by_table = ", ".join(f"{name} {size:.1f}" for name, size in each.items())
    beyond = sum(tables.values()) - urls
    return {
        "bytes on disk for a session beyond its URLs and title": (
            f"{beyond / store.sessions:.0f} ({by_table}; of it URLs and titles"
            f" {urls / store.sessions:.1f})"
        )
    }


def _ingest(
    console: Console, given: argparse.Namespace, results: dict[str, Any]
) -> dict[str, list[str]]:
    scratch = Path(".cache")
    scratch.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=scratch) as folder:
        with (
            console.status("beacons one by one"),
            playhead(Path(folder) / "one-by-one") as server,
            empty() as yardstick,
        ):
            single = one_by_one(server, yardstick, _CONNECTIONS)
        with console.status("beacons in batches"), playhead(Path(folder) / "batches") as server:
            batched = in_batches(server, Population(min(given.sessions[-1], 1_000_000)))
    results["ingest"] = {"one by one": single, "in batches, a second": batched}
    return {
        "ingest": report.figures(
            {
                "`POST /collect` as a ratio to an empty 204 (aim: 0.7)": f"{single.ratio:.2f}"
                f" ({single.lowest_ratio:.2f} to {single.highest_ratio:.2f})",
                "beacons a second (aim: 15,000)": f"{single.per_second:,.0f}",
                "empty 204s a second": f"{single.empty_per_second:,.0f}",
                f"p50, p99 at {single.connections} connections (aim: p99 50 ms)": (
                    f"{single.p50_ms:.0f} ms, {single.p99_ms:.0f} ms"
                ),
                "failed": str(single.failed),
                "`POST /collect/batch`, beacons a second (aim: 150,000)": f"{batched:,.0f}",
            }
        )
    }


if __name__ == "__main__":
    main()
