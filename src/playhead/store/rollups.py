"""Reading roll-ups: the sums of sessions that have settled (docs/architecture.md, Roll-ups).

A session has settled when the time in its id lies before its account's ``until_ms``. All that is
read of an account is of one settling, because each replaces what belongs together in one insert.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from playhead.store.changes import ACCOUNTS_KEPT, MEDIAS_KEPT, Changes, Remembered
from playhead.store.client import Store

NEVER: Final = 2**64 - 1
"""The settling by which a visitor had a play who had none."""
ROLLED_DAYS: Final = (719194, 755686)
"""The days, as proleptic ordinals, that roll-ups tell apart: February 1970 to the end of 2069."""

Sums = tuple[int, int, float]
"""Loads, plays and seconds watched."""


class Settled(Struct, frozen=True):
    """What an account's roll-ups cover: sessions with an id from before ``until_ms``.

    Their days are those of ``timezone``. ``edition`` counts the settlings; 0: there are none.
    """

    until_ms: int = 0
    timezone: str = ""
    edition: int = 0


class RolledMedia(Struct, frozen=True):
    """The sums of one media (hashed id; ``""``: of the account)."""

    edition: int = 0
    loads: int = 0
    plays: int = 0
    watched_seconds: float = 0.0
    known: int = 0
    viewed: float = 0.0
    acting: int = 0
    visitors: int = 0
    players: int = 0
    longest: float = 0.0
    line: int = 0
    action_types: Sequence[str] = ()
    actions_used: Sequence[int] = ()
    actions_shown: Sequence[int] = ()


class RolledAccount(Struct, frozen=True):
    """The sums of an account and of each of its medias that have any."""

    settled: Settled = Settled()
    medias: Mapping[str, RolledMedia] = {}


class RolledGraph(Struct, frozen=True):
    """The changes of a media's graph, for cells of ``width_us / divisor``.

    Cells of a second are counted up to 1000, whatever the duration, others up to its end.
    """

    width_us: int
    divisor: int
    cells: Sequence[int]
    viewers: Sequence[int]
    rewatches: Sequence[int]


class RolledDays(Struct, frozen=True):
    """Sums by day (proleptic ordinal), in order."""

    days: Sequence[int]
    loads: Sequence[int]
    plays: Sequence[int]
    watched: Sequence[float]

    def between(self, first: int, last: int) -> Iterator[tuple[int, Sums]]:
        """The days from the first to the last, both inclusive."""
        for number in range(bisect_left(self.days, first), bisect_right(self.days, last)):
            yield self.days[number], (self.loads[number], self.plays[number], self.watched[number])


def audience_key(visitor: str) -> str:
    """What stands for a visitor in ``audience``, as SQL."""
    return f"substring(sipHash128({visitor}), 1, 10)::FixedString(10)"


_OF_ACCOUNT: Final = "account_id = {account:UInt32}"
_WHOLE: Final = f"""
SELECT media, settled_ms, timezone, edition, loads, plays, watched_seconds, known, viewed, acting,
    visitors, players, longest, line, action_types, actions_used, actions_shown
FROM rollups FINAL WHERE {_OF_ACCOUNT} AND kind = 'total'
"""
_SETTLED: Final = f"""
SELECT settled_ms, timezone, edition FROM rollups FINAL
WHERE {_OF_ACCOUNT} AND kind = 'total' AND media = ''
"""
_DAYS: Final = f"""
SELECT day, sum(loads), sum(plays), sum(watched_seconds)
FROM rollups FINAL
WHERE {_OF_ACCOUNT} AND kind = 'day' AND media IN {{medias:Array(String)}}
    AND day BETWEEN {{first:Int32}} AND {{last:Int32}}
GROUP BY day ORDER BY day
"""
_GRAPH: Final = f"""
SELECT width_us, divisor, cells, viewers, rewatches
FROM rollups FINAL WHERE {_OF_ACCOUNT} AND kind = 'total' AND media = {{media:String}}
"""
# Asked for whole rows and nothing more, the engine answers in half the time.
_COUNTED: Final = f"""
SELECT visitor, since, played_since FROM audience
WHERE {_OF_ACCOUNT} AND media = {{media:String}} AND line = {{line:UInt64}}
  AND visitor IN (SELECT unhex(arrayJoin({{keys:Array(String)}}))::FixedString(10))
"""


class Rollups:
    """Every question is within an account. All raise StoreUnavailableError without an answer."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changes: Changes = store.changes
        self._accounts = Remembered[RolledAccount](ACCOUNTS_KEPT)
        self._days = Remembered[RolledDays](MEDIAS_KEPT)
        self._graphs = Remembered[RolledGraph | None](MEDIAS_KEPT)

    def settled(self, account: int) -> Settled:
        """What the account's roll-ups cover, as it is in the store at this moment."""
        rows = self._store.ask(_SETTLED, {"account": account})
        return Settled(*rows[0]) if rows else Settled()

    def whole(self, account: int) -> RolledAccount:
        """The sums of an account and of its medias."""

        def read() -> RolledAccount:
            rows = self._store.ask(_WHOLE, {"account": account})
            settled = [Settled(*row[1:4]) for row in rows if row[0] == ""]
            if not settled:
                return RolledAccount()
            return RolledAccount(settled[0], {row[0]: RolledMedia(*row[3:]) for row in rows})

        return self._accounts.get(account, self._changes.of_rollups(account), read)

    def days(
        self, account: int, edition: int, medias: Sequence[str], first: int, last: int
    ) -> dict[int, Sums]:
        """Sums by day over medias (``""``: the account); all days of a scope are remembered."""

        def read() -> RolledDays:
            return self._read_days(account, medias)

        mark = self._changes.of_rollups(account)
        key = account, edition, tuple(medias)
        return dict(self._days.get(key, mark, read).between(first, last))

    def _read_days(self, account: int, medias: Sequence[str]) -> RolledDays:
        first, last = ROLLED_DAYS
        parameters = {"account": account, "medias": list(medias), "first": first, "last": last}
        rows: Any = self._store.ask(_DAYS, parameters)
        days, loads, plays, watched = zip(*rows, strict=True) if rows else ((), (), (), ())
        return RolledDays(
            array("i", days), array("q", loads), array("q", plays), array("d", watched)
        )

    def graph(self, account: int, edition: int, media: str) -> RolledGraph | None:
        """The graph of one media; None when none of its sessions has settled."""

        def read() -> RolledGraph | None:
            rows = self._store.ask(_GRAPH, {"account": account, "media": media})
            if not rows:
                return None
            width_us, divisor, cells, viewers, rewatches = rows[0]
            return RolledGraph(
                width_us, divisor, array("q", cells), array("q", viewers), array("q", rewatches)
            )

        mark = self._changes.of_rollups(account)
        return self._graphs.get((account, edition, media), mark, read)

    def counted(
        self, account: int, media: str, rolled: RolledMedia, keys: Sequence[str]
    ) -> dict[str, tuple[bool, bool]]:
        """Whether a media's roll-up has counted some visitors, and whether as players.

        Args:
            account: numeric id.
            media: hashed id.
            rolled: the roll-up.
            keys: what stands for the visitors (:func:`audience_key`), as hex.
        """
        found = dict.fromkeys(keys, (False, False))
        if keys and rolled.visitors:
            parameters = {"account": account, "media": media, "line": rolled.line, "keys": keys}
            for key, since, played_since in self._store.ask(_COUNTED, parameters):
                seen, played = found[key.hex().upper()]
                found[key.hex().upper()] = (
                    seen or since <= rolled.edition,
                    played or played_since <= rolled.edition,
                )
        return found
