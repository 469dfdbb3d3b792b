"""A fleet of collectors through a day with an outage: ``python -m bench.fleet``.

Beacons arrive with the rhythm of a day and with bursts, go to collectors in equal shares, wait in
their spools, and are moved into the store at its rate, unless it is away. A step is a second.
"""

import argparse
import math
import random
import sys
from collections.abc import Iterator

from msgspec import Struct

from bench import report

_DAY_S = 86_400
_MONTH_S = 30 * _DAY_S
_BURST_EVERY_S = 7200
_BURST_S = 600


class Fleet(Struct, frozen=True):
    """What there is; rates are beacons a second, of one collector and of the whole store."""

    sessions_a_month: int
    beacons_a_session: float
    collectors: int
    taken_a_second: float
    stored_a_second: float
    bytes_a_beacon: int
    peak: float
    burst: float
    away_from_s: int
    away_for_s: int
    seed: int = 1


class Day(Struct):
    """What happened: rates in beacons a second, waiting in beacons, times in s."""

    mean_rate: float
    highest_rate: float
    refused: int
    most_waiting: int
    spool_gib_each: float
    caught_up_after_s: int | None


def day_of(fleet: Fleet) -> Day:
    """Simulate two days, of which the first has the outage."""
    waiting = refused = most = 0
    caught_up: int | None = None
    highest = 0.0
    room = fleet.collectors * fleet.taken_a_second
    back = fleet.away_from_s + fleet.away_for_s
    for second, rate in enumerate(_arrivals(fleet, 2 * _DAY_S)):
        highest = max(highest, rate)
        taken = min(rate, room)
        refused += round(rate - taken)
        away = fleet.away_from_s <= second < back
        moved = 0.0 if away else min(waiting + taken, fleet.stored_a_second)
        waiting = round(waiting + taken - moved)
        most = max(most, waiting)
        if second >= back and caught_up is None and waiting <= taken:
            caught_up = second - back
    return Day(
        mean_rate=_mean_rate(fleet),
        highest_rate=highest,
        refused=refused,
        most_waiting=most,
        spool_gib_each=most * fleet.bytes_a_beacon / fleet.collectors / 2**30,
        caught_up_after_s=caught_up,
    )


def _mean_rate(fleet: Fleet) -> float:
    return fleet.sessions_a_month * fleet.beacons_a_session / _MONTH_S


def _arrivals(fleet: Fleet, seconds: int) -> Iterator[float]:
    """Beacons in each second: a wave with its top in the evening, bursts, and chance."""
    draw = random.Random(fleet.seed)
    mean = _mean_rate(fleet)
    burst_ends = 0
    for second in range(seconds):
        wave = 1 + (fleet.peak - 1) * math.sin(2 * math.pi * (second / _DAY_S - 0.55))
        if draw.random() < 1 / _BURST_EVERY_S:
            burst_ends = second + _BURST_S
        rate = mean * max(0.05, wave) * (fleet.burst if second < burst_ends else 1)
        # Many independent senders: the chance of a Poisson process, near enough.
        yield max(0.0, draw.gauss(rate, math.sqrt(rate)))


_SIZES = (10**6, 1, 1), (10**8, 2, 1), (10**10, 20, 6)
"""Sessions a month, collectors and shards."""


def main() -> None:
    """Print a table of all sizes."""
    parser = argparse.ArgumentParser(prog="python -m bench.fleet", description=__doc__)
    parser.add_argument("--taken", type=float, default=8_000, help="beacons a second, a collector")
    parser.add_argument("--stored", type=float, default=30_000, help="beacons a second, a shard")
    parser.add_argument("--bytes", type=int, default=500, help="of a beacon in the spool")
    options = parser.parse_args()
    rows = []
    for sessions, collectors, shards in _SIZES:
        fleet = Fleet(
            sessions_a_month=sessions,
            beacons_a_session=8,
            collectors=collectors,
            taken_a_second=options.taken,
            stored_a_second=shards * options.stored,
            bytes_a_beacon=options.bytes,
            peak=1.8,
            burst=2.0,
            away_from_s=round(0.75 * _DAY_S),
            away_for_s=3600,
        )
        rows.append([f"{sessions:,}", str(collectors), str(shards), *_shown(day_of(fleet))])
    head = ["sessions a month", "collectors", "shards", "beacons a second, mean and highest"]
    head += ["refused", "most that waited", "spool of each", "caught up after"]
    sys.stdout.write("\n".join(report.table(head, rows)) + "\n")


def _shown(day: Day) -> list[str]:
    caught = "never" if day.caught_up_after_s is None else f"{day.caught_up_after_s:,} s"
    rates = f"{day.mean_rate:,.0f}, {day.highest_rate:,.0f}"
    spool = f"{day.spool_gib_each:.2f} GiB"
    return [rates, f"{day.refused:,}", f"{day.most_waiting:,}", spool, caught]


if __name__ == "__main__":
    main()
