"""A believable population of sessions, made quickly: a long tail of medias, returning visitors."""

import itertools
import random
import time
import uuid
from collections.abc import Iterator

from msgspec import Struct

_DAY_MS = 86_400_000
_REPORTS_EVERY_S = 10
_LINE = (
    '{"account":"%s","media":"%s","session":"%s","seq":%d,"sent_at":%d,"received_at":%d,'
    '"visitor":"%s","duration":%s,"played":%s,"watched":%s,'
    '"page":{"url":"https://www.example.com/lessons/%d"},'
    '"ip":"203.0.113.%d","user_agent":"Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0"}'
)


class Population(Struct, frozen=True):
    """How many sessions, over how many days, medias and visitors. Media 0 has a tenth of all."""

    sessions: int
    days: int = 60
    medias: int = 1000
    visitors: int = 300_000
    seed: int = 1


def media_id(number: int) -> str:
    return f"bench-{number:04d}"


def duration_of(number: int) -> float:
    return 30.0 + (number * 7919) % 1800 + 0.5


def lines(population: Population, account_key: str, at_once: int) -> Iterator[bytes]:
    """The sessions as bodies for ``/collect/batch``, ``at_once`` lines each."""
    chance = random.Random(population.seed)
    now_ms = time.time_ns() // 1_000_000
    body: list[str] = []
    for _ in range(population.sessions):
        at_ms = now_ms - int(chance.random() * population.days * _DAY_MS)
        body.append(_line(population, account_key, chance, at_ms, at_ms, seq=3))
        if len(body) == at_once:
            yield "\n".join(body).encode()
            body.clear()
    if body:
        yield "\n".join(body).encode()


def beacons_now(
    population: Population, account_key: str, per_second: int, of_session: int = 1
) -> Iterator[bytes]:
    """What players would report now, without an end; each is made when it is asked for.

    Args:
        population: of whom.
        account_key: of the account.
        per_second: how many will be asked for.
        of_session: how often a session reports, every ten seconds as long as it is watched.
    """
    watching = per_second * _REPORTS_EVERY_S
    began_ms: dict[int, int] = {}
    for turn in itertools.count():
        for place in range(watching):
            # Not all of them begin in the same turn.
            earlier, seq = divmod(turn + place % of_session, of_session)
            now_ms = time.time_ns() // 1_000_000
            if not seq or place not in began_ms:
                began_ms[place] = now_ms
            chance = random.Random(f"{population.seed} {earlier * watching + place}")
            line = _line(population, account_key, chance, began_ms[place], now_ms, seq)
            received = f'"received_at":{now_ms},'
            yield line.replace(received, "").partition(',"ip"')[0].encode() + b"}"


def _line(
    population: Population,
    account_key: str,
    chance: random.Random,
    at_ms: int,
    sent_ms: int,
    seq: int,
) -> str:
    # A tenth of the sessions go to the first media, the rest to a long tail of others.
    tail = 1 + int((population.medias - 1) * chance.random() ** 3)
    number = 0 if chance.random() < 0.1 else tail
    session = uuid.UUID(int=at_ms << 80 | 7 << 76 | 2 << 62 | chance.getrandbits(62))
    duration = duration_of(number)
    played = chance.random() < 0.7
    return _LINE % (
        account_key,
        media_id(number),
        session,
        seq,
        sent_ms,
        sent_ms,
        f"v{int(population.visitors * chance.random() ** 2)}",
        duration,
        "true" if played else "false",
        _watched(duration, chance) if played else "[]",
        number,
        chance.randrange(256),
    )


def _watched(duration: float, chance: random.Random) -> str:
    first = round(duration * min(1.0, chance.expovariate(2.0) + 0.01), 2)
    if chance.random() < 0.75 or first > duration - 2:
        return f"[[0,{first},1]]"
    again = round(first * chance.random(), 2)
    last = round(first + (duration - first) * chance.random(), 2)
    pieces = [(0, again, 1), (again, first, 2), (first, last, 1)]
    return "[" + ",".join(f"[{a},{b},{n}]" for a, b, n in pieces if b > a) + "]"
