"""Measure Playhead on this machine: ``make bench``.

Stores of sessions are made under .cache/bench and kept for the next run; all else is removed.
"""

import argparse
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markdown import Markdown

from bench import report
from bench.beside import beside
from bench.endpoints import endpoints
from bench.ingest import ingest
from bench.moving import moving
from bench.part import Given, Part
from bench.peer import peer
from bench.soak import soak
from playhead.log import configure_logging

_PARTS: Mapping[str, Part] = {
    "questions": endpoints,
    "peer": peer,
    "ingest": ingest,
    "beside": beside,
    "moving": moving,
    "soak": soak,
}
_UNITS = {"k": 10**3, "m": 10**6}
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def main() -> None:
    options = _options()
    given = Given(
        sessions=options.sessions,
        times=options.times,
        idle_s=options.idle,
        peer_sessions=options.peer_sessions,
        soak_s=options.soak,
    )
    configure_logging("warning", "text")
    console = Console()
    results: dict[str, Any] = {"machine": report.machine()}
    for name in options.only:
        found = _PARTS[name](console, given)
        results |= found.results
        kept = report.keep(results)
        for section, lines in found.sections.items():
            console.print(f"\n[bold]{section}[/]")
            console.print(Markdown("\n".join(lines)))
            if options.write:
                report.write_into_page(section, lines)
        console.print(f"\nSo far, as JSON: {kept}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--sessions",
        type=lambda text: sorted(map(_number, text.split(","))),
        default="100k,1m,10m",
        help="sizes of the stores, beside each other (default: 100k,1m,10m)",
    )
    parser.add_argument("--times", type=int, default=100, help="how often each question is asked")
    parser.add_argument(
        "--only", type=_parts, default=list(_PARTS), help=f"of these: {','.join(_PARTS)}"
    )
    parser.add_argument("--idle", type=int, default=30, help="seconds of idling (default: 30)")
    parser.add_argument(
        "--peer-sessions",
        type=_number,
        default="1m",
        help="sessions that PostgreSQL is asked about, too (default: 1m)",
    )
    parser.add_argument(
        "--soak", type=_seconds, default="10m", help="how long the soak takes (default: 10m)"
    )
    parser.add_argument(
        "--write", action="store_true", help="put the tables into docs/performance.md"
    )
    return parser.parse_args()


def _parts(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - _PARTS.keys():
        raise argparse.ArgumentTypeError(f"no such part: {', '.join(sorted(unknown))}")
    return names


def _number(text: str) -> int:
    return int(float(text.lower().rstrip("km")) * _UNITS.get(text[-1].lower(), 1))


def _seconds(text: str) -> int:
    return int(float(text.rstrip("smh")) * _SECONDS.get(text[-1], 1))


if __name__ == "__main__":
    main()
