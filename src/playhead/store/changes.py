"""What has changed since: how long something that was read from the store stays true."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final, Generic, TypeVar

Mark = tuple[float, int, int]

FOR_EVER: Final[Mark] = (0.0, 0, 0)
"""The mark of what no change touches."""

ACCOUNTS_KEPT: Final = 64
MEDIAS_KEPT: Final = 1000
"""How many are remembered of what is remembered by account and by media."""

_SHARED_IS_TRUE_FOR_S: Final = 1.0

Value = TypeVar("Value")


class Changes:
    """Counts what is written to a store, by account and media.

    An embedded store has one writer, this process, so the counts tell all: what was read between
    two of them stays true to the last beacon. A store that others write to as well may be
    remembered for a second, half of what the contract gives from a beacon to its number.
    """

    def __init__(self, *, alone: bool) -> None:
        """``alone``: nobody else writes to the store."""
        self.alone = alone
        self._accounts: dict[int, int] = {}
        self._medias: dict[tuple[int, str], int] = {}
        self._rollups: dict[int, int] = {}
        self._writes = 0

    def wrote(self, account: int, media: str) -> None:
        """Sessions of a media have come."""
        self._writes += 1
        self._accounts[account] = self._medias[account, media] = self._writes

    def settled(self, account: int) -> None:
        """Roll-ups of an account have come or gone."""
        self._writes += 1
        self._rollups[account] = self._rollups.get(account, 0) + 1

    def count(self) -> tuple[float, int]:
        """Changes with anything at all."""
        return self._now(), self._writes

    def of_rollups(self, account: int) -> Mark:
        """Changes when the roll-ups of the account do."""
        return self._now(), self._rollups.get(account, 0), 0

    def of(self, account: int, media: str | None = None) -> Mark:
        """Changes when something of the account, or of one media of it, does."""
        if media is None:
            return self._now(), self._rollups.get(account, 0), self._accounts.get(account, 0)
        number = self._medias.get((account, media), 0)
        return self._now(), self._rollups.get(account, 0), number

    def _now(self) -> float:
        return 0.0 if self.alone else time.monotonic() // _SHARED_IS_TRUE_FOR_S


class _Entry:
    __slots__ = ("lock", "mark", "value")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.mark: Mark | None = None
        self.value: Any = None


class Remembered(Generic[Value]):
    """Values for as long as they are true, the last used ones. For any thread."""

    def __init__(self, most: int) -> None:
        """``most``: how many to keep."""
        self._most = most
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, mark: Mark, read: Callable[[], Value]) -> Value:
        """The value for a key; it is read if none is remembered or the mark has changed.

        Whoever asks for the same meanwhile waits for the one who reads.
        """
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                entry = self._entries[key] = _Entry()
                if len(self._entries) > self._most:
                    self._entries.popitem(last=False)
            else:
                self._entries.move_to_end(key)
        with entry.lock:
            if entry.mark != mark:
                entry.value = read()
                entry.mark = mark
            found: Value = entry.value
            return found
