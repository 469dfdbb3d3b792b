"""Kill a server again and again under load, then take its store away: ``make stress``.

What was acknowledged is counted by those who sent it, and compared with what the server says. It
ends with 1 when anything is missing or counted twice.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from clickhouse import clickhouse_front
from outages import store_away
from support import Server
from viewers import Audience

# What has begun in an hour before this one is summed up at once, so kills meet that as well.
_OPTIONS = "--api-limit", "0", "--settle-after", "0", "--settle-every", "1"
_VIEWERS, _PAUSE_S, _HOURS_AGO = 6, 0.01, 3
_MOST_UNTIL_KILL_S = 2.0
_BACKUP_AT_EVERY = 5
_SETTLES_WITHIN_S = 300


@dataclass
class Verdict:
    """What was sent, and what of it the server says."""

    said: str
    acknowledged: int
    repeats: int
    lost: int
    doubled: int
    others: str = ""
    """What else is not as it was sent."""

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.doubled or self.others)

    def __str__(self) -> str:
        mark = "[green]good[/]" if self.is_good else "[bold red]BAD[/]"
        return (
            f"{mark}  {self.said}: {self.acknowledged:,} beacons acknowledged, {self.repeats:,}"
            f" sent again; of their sessions lost {self.lost}, doubled {self.doubled}"
            f"{'; ' if self.others else ''}{self.others}"
        )


Passed = Callable[[float], None]


def killed(kills: int, seed: int, passed: Passed) -> Verdict:
    """Kill it at random instants, some of them while a backup is made."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="playhead-stress-") as folder:
        server = Server(Path(folder) / "data", _OPTIONS)
        with running(server):
            with watching(server) as audience:
                for number in range(kills):
                    backup = None
                    if number % _BACKUP_AT_EVERY == 0:
                        backup = begun_backup(server, Path(folder) / f"backup-{number}")
                    time.sleep(chance.uniform(0.0, _MOST_UNTIL_KILL_S))
                    server.kill()
                    if backup is not None:
                        backup.kill()
                        backup.wait()
                    server.start()
                    passed(number + 1)
            return verdict(f"{kills} kill -9 under load", server, audience)


def begun_backup(server: Server, to: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "playhead", "backup", str(to), "--data", str(server.data)]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdout=quiet, stderr=quiet, env=server.environment)


def without_store(seconds: int, passed: Passed) -> Verdict:
    """Take the store away for some seconds, and see what that costs."""
    with tempfile.TemporaryDirectory(prefix="playhead-stress-") as folder, clickhouse_front() as at:
        server = Server(Path(folder) / "data", _OPTIONS, store=at.url("sessions"))
        with running(server):
            with watching(server) as audience:
                time.sleep(2)
                seen = store_away(server, at, audience, seconds, passed)
                time.sleep(2)
            said = (
                f"{seconds} s without the store ({seen.acknowledged:,} beacons meanwhile,"
                f" {seen.most_waiting:,} lines waited, memory {seen.memory_before_mib:,.0f} MiB"
                f" before and {seen.most_memory_mib:,.0f} at most, nine tenths drained after"
                f" {seen.drained_after_s:,.0f} s)"
            )
            return verdict(said, server, audience)


@contextmanager
def running(server: Server) -> Iterator[None]:
    server.start()
    try:
        yield
    finally:
        server.kill()


def watching(server: Server) -> Audience:
    account = server.account()
    return Audience(account, server.url, viewers=_VIEWERS, pause_s=_PAUSE_S, hours_ago=_HOURS_AGO)


def verdict(said: str, server: Server, audience: Audience) -> Verdict:
    """Compare, when all of the audience has ended and its beacons have been moved."""
    server.settle(_SETTLES_WITHIN_S)
    sent = audience.expected()
    with httpx.Client(base_url=server.url, headers=audience.account.headers, timeout=60) as http:
        listed = http.get("/v1/stats/visitors.json").raise_for_status().json()
    counted = {each["visitor_key"]: each["load_count"] for each in listed}
    ahead = [counted.get(name, 0) - sent.get(name, 0) for name in sent.keys() | counted.keys()]
    found = Verdict(
        said,
        audience.acknowledged,
        audience.repeats,
        lost=-sum(number for number in ahead if number < 0),
        doubled=sum(number for number in ahead if number > 0),
    )
    try:
        audience.assert_counted(server.url)
    except AssertionError as error:
        found.others = f"numbers differ: {error}"
    if set(audience.answers) != {204}:
        found.others += f" answers: {dict(audience.answers)}"
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="make stress", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="how many (default: 100)")
    parser.add_argument(
        "--away", type=int, default=600, help="seconds without the store (default: 600)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the instants (default: 1)")
    given = parser.parse_args()
    console = Console()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:

        def passed(task: str, total: int) -> Passed:
            number = progress.add_task(task, total=total)
            return lambda done: progress.update(number, completed=round(done))

        found = []
        if given.kills:
            found.append(killed(given.kills, given.seed, passed("kills", given.kills)))
        if given.away:
            found.append(without_store(given.away, passed("s without the store", given.away)))
    for each in found:
        console.print(str(each), soft_wrap=True)
    sys.exit(not all(each.is_good for each in found))


if __name__ == "__main__":
    main()
