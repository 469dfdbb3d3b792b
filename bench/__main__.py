"""Run the bench: ``make bench``."""

import argparse
import os
import platform
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.asking import all_endpoints, beacons_arriving
from bench.ingest import in_batches, one_by_one
from bench.population import Population
from bench.servers import empty, playhead
from playhead.settings import Settings
from playhead.store import Store

_CONNECTIONS = 500
_TARGET_RATIO = 0.5
_TARGET_P99_MS = 100
_TARGET_BATCH = 50_000
_TARGET_P50_MS = 25
_TARGET_MEMORY_MIB = 700
# Weeks into which nothing has come for a minute are merged into one part (store/schema.py).
_MERGING_S = 100


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--sessions", type=int, default=1_000_000)
    given = parser.parse_args()
    console = Console()
    console.print(f"[bold]Playhead bench[/] on {_machine()}\n")
    table = Table("what", "measured", "target")
    with tempfile.TemporaryDirectory(prefix="playhead-bench-", dir=_scratch()) as folder:
        with console.status("beacons one by one"):
            _one_by_one(table, Path(folder) / "one-by-one")
        with console.status(f"{given.sessions:,} sessions in batches, then questions"):
            _batches_and_questions(table, Path(folder) / "stored", given.sessions)
    console.print(table)


def _one_by_one(table: Table, data: Path) -> None:
    with playhead(data) as server, empty() as yardstick:
        found = one_by_one(server, yardstick, _CONNECTIONS)
    table.add_row(
        "POST /collect against an empty 204",
        f"{found.ratio:.2f} ({found.lowest_ratio:.2f} to {found.highest_ratio:.2f})",
        f"at least {_TARGET_RATIO}",
    )
    table.add_row("  beacons a second", f"{found.per_second:,.0f}", "")
    table.add_row("  empty 204s a second", f"{found.empty_per_second:,.0f}", "")
    table.add_row(
        f"  p50 / p99 at {found.connections} connections",
        f"{found.p50_ms:.0f} ms / {found.p99_ms:.0f} ms",
        f"p99 under {_TARGET_P99_MS} ms",
    )
    table.add_row("  failed", str(found.failed), "0")


def _batches_and_questions(table: Table, data: Path, sessions: int) -> None:
    population = Population(sessions)
    with playhead(data) as server:
        per_second = in_batches(server, population)
        server.settle()
        table.add_row(
            "POST /collect/batch, beacons a second", f"{per_second:,.0f}", f"{_TARGET_BATCH:,}"
        )
        time.sleep(_MERGING_S)
        quiet = list(all_endpoints(server, population))
        with beacons_arriving(server, population):
            busy = list(all_endpoints(server, population))
        for one, other in zip(quiet, busy, strict=True):
            table.add_row(
                f"{one.endpoint}: p50 (p99)",
                f"{one.p50_ms:.1f} ms ({one.p99_ms:.1f}), "
                f"while beacons arrive {other.p50_ms:.1f} ms ({other.p99_ms:.1f})",
                f"p50 under {_TARGET_P50_MS} ms" if one.seed else "",
            )
        table.add_row(
            "memory of the server",
            f"{server.memory_mib():.0f} MiB",
            f"under {_TARGET_MEMORY_MIB} MiB",
        )
    table.add_row("bytes on disk per session", f"{_stored(data) / sessions:.0f}", "")


def _stored(data: Path) -> int:
    """Bytes of the sessions; parts that a merge has replaced stay for some minutes, uncounted."""
    store = Store.open(Settings(data=data).store_dsn)
    sql = "SELECT sum(bytes_on_disk) FROM system.parts WHERE table = 'sessions' AND active"
    stored = int(store.ask(sql, {})[0][0])
    store.close()
    return stored


def _machine() -> str:
    model = next(
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    )
    return f"{os.cpu_count()} cores of {model}, Python {platform.python_version()}"


def _scratch() -> Path:
    folder = Path(".cache")
    folder.mkdir(exist_ok=True)
    return folder


main()
