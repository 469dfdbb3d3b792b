"""How long whole stores take: out to files and in again, and the summing up of one busy day."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from bench import report
from bench.part import Found, Given
from bench.stores import make, scratch_folder, stored

_DAY_OF = 1_000_000


def moving(console: Console, given: Given) -> Found:
    """Export and import the largest store; settle a day of a million sessions."""
    with Progress(console=console) as progress:
        store = stored(given.sessions[-1], progress)
        with tempfile.TemporaryDirectory(prefix="bench-", dir=scratch_folder()) as folder:
            day = make(Path(folder) / "day", _DAY_OF, progress, days=1)
            shutil.rmtree(Path(folder) / "day")
            task = progress.add_task(f"{store.sessions:,} out to files and in", total=None)
            files = f"{folder}/files"
            exported_in, exported = _playhead("export", files, "--data", store.data)
            imported_in, imported = _playhead("import", files, "--data", f"{folder}/copy")
            progress.remove_task(task)
    assert exported["sessions"] == imported["sessions"] >= store.sessions
    spent = ", ".join(
        f"{what.replace('_', ' ')} {seconds:.0f} s" for what, seconds in imported["seconds"].items()
    )
    what = {
        f"`playhead import` of {store.sessions:,} sessions from Parquet (aim: 120 s)": (
            f"{imported_in:.0f} s ({spent})"
        ),
        f"`playhead export` of them to Parquet, {exported['bytes'] / 1e6:,.0f} MB": (
            f"{exported_in:.0f} s"
        ),
        f"a day of {day.sessions:,} sessions settles in (aim: 10 s)": f"{day.summed_up_in:.1f} s",
    }
    results = {
        "import s": imported_in,
        "export s": exported_in,
        "settling of a day s": day.summed_up_in,
    }
    return Found({"moving": report.figures(what)}, {"moving": results})


def _playhead(*words: str) -> tuple[float, dict[str, Any]]:
    """Run a command; the seconds that it took and what it said."""
    command: Sequence[str] = [sys.executable, "-m", "playhead", *words, "--json"]
    began = time.monotonic()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return time.monotonic() - began, json.loads(done.stdout)
