"""What was measured: as JSON, and as tables for people."""

import os
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from bench.questions import SEED_P99_MS, Answering

_RESULTS = Path(".cache/bench/results.json")
_PAGE = Path("docs/performance.md")


def machine() -> dict[str, str]:
    """What it was measured on and with."""
    model = next(
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return {
        "cores": f"{os.cpu_count()} of {model}",
        "memory": f"{memory:.0f} GiB",
        "python": platform.python_version(),
        "engine": f"chdb {version('chdb')}",
        "commit": commit.stdout.strip(),
        "day": datetime.now(UTC).date().isoformat(),
    }


def keep(results: Mapping[str, Any]) -> Path:
    """Write the results as JSON; returns where."""
    _RESULTS.parent.mkdir(parents=True, exist_ok=True)
    _RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2))
    return _RESULTS


def named(sessions: int) -> str:
    """A number of sessions, short: 100 k, 10 M."""
    return f"{sessions // 10**6} M" if sessions >= 10**6 else f"{sessions // 1000} k"


def growth(found: Mapping[int, Sequence[Answering]]) -> list[str]:
    """A table of the p50 at each size, ratios first."""
    sizes = sorted(found)
    least, most = sizes[0], sizes[-1]
    head = [f"p50 at {named(size)}" for size in sizes]
    lines = [
        _row(["endpoint", f"{named(most)} / {named(least)}", *head]),
        _row(["---"] * (len(sizes) + 2)),
    ]
    for rows in zip(*(found[size] for size in sizes), strict=True):
        ratio = rows[-1].p50_ms / rows[0].p50_ms
        lines.append(
            _row([rows[0].name, f"{ratio:.1f}", *(f"{row.p50_ms:.1f} ms" for row in rows)])
        )
    return lines


def answers(quiet: Sequence[Answering], busy: Sequence[Answering]) -> list[str]:
    """A table of the largest store."""
    lines = [
        _row(
            [
                "endpoint",
                "aim",
                "p50",
                "p95",
                "p99",
                "while beacons arrive: p50 (p99)",
                "cold",
                "a second, 8 at once",
                "processor time",
            ]
        ),
        _row(["---"] * 9),
    ]
    for row, other in zip(quiet, busy, strict=True):
        aim = f"{row.aim_ms:.0f} ms" if row.aim_ms else ""
        lines.append(
            _row(
                [
                    row.name,
                    aim,
                    f"{row.p50_ms:.1f} ms",
                    f"{row.p95_ms:.1f} ms",
                    f"{row.p99_ms:.1f} ms",
                    f"{other.p50_ms:.1f} ms ({other.p99_ms:.1f})",
                    f"{row.first_ms:.0f} ms",
                    f"{row.together:,.0f}",
                    f"{row.cpu_ms:.1f} ms",
                ]
            )
        )
    lines.append("")
    lines.append(f"The aim is for the p50; the p99 of the seven of the seed: {SEED_P99_MS} ms.")
    return lines


def figures(what: Mapping[str, str]) -> list[str]:
    """A table of single figures."""
    return table(["what", "measured"], list(what.items()))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table, as lines."""
    return [_row(head), _row(["---"] * len(head)), *map(_row, rows)]


def write_into_page(name: str, lines: Sequence[str]) -> None:
    """Replace what stands between the marks of a section of docs/performance.md."""
    text = _PAGE.read_text()
    pattern = re.compile(rf"(<!-- bench:{name} -->\n).*?(<!-- /bench -->)", re.DOTALL)
    body = "\n".join(["", *lines, "", ""])
    changed, times = pattern.subn(lambda found: found[1] + body + found[2], text)
    if not times:
        raise SystemExit(f"{_PAGE} has no section bench:{name}")
    _PAGE.write_text(changed)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
