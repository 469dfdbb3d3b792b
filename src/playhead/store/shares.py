"""Whose turn it is to use all the memory that one question may have.

Most questions need little, and so does a third of it, beside others. One that needs more is asked
again when it is alone in that: so what all of them use at a time is bounded, without a refusal of
what would have been answered a moment later. Summing up needs as much for some seconds, and is in
no hurry: it lets questions go first, and while it is at it, who needs it all waits.
"""

import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from playhead.store.errors import NeedsMoreMemoryError, StoreBusyError

SHARE: Final = 3
"""A question that is not alone gets this part of the memory."""

# A question like one that needed it all is likely to need it, too, and trying that costs time.
_KNOWN_FOR_S: Final = 60.0
_MOST_KNOWN: Final = 1_000

Answer = TypeVar("Answer")


class Shares:
    """For any thread. Which questions need it all is found out, and known for a minute."""

    def __init__(self, wait_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """``wait_s``: for how long a question waits for its turn; ``clock`` in seconds."""
        self._wait_s = wait_s
        self._clock = clock
        self._turn = threading.Lock()
        self._waiting: set[object] = set()
        self._needed_all: dict[Hashable, float] = {}

    def ask(
        self,
        sql: str,
        parameters: Mapping[str, Any],
        beside: Callable[[], Answer],
        alone: Callable[[], Answer],
    ) -> Answer:
        """What answers a question.

        Args:
            sql: the question.
            parameters: its parameters.
            beside: asks it with a share of the memory; raises NeedsMoreMemoryError.
            alone: asks it with all.

        Raises:
            StoreBusyError: its turn did not come; besides what the two raise.
        """
        key = _kind_of(sql, parameters)
        if self._clock() - self._needed_all.get(key, float("-inf")) > _KNOWN_FOR_S:
            try:
                return beside()
            except NeedsMoreMemoryError:
                self._learn(key)
        with self._whole_turn():
            return alone()

    @contextmanager
    def turn_if_free(self) -> Iterator[bool]:
        """The turn, for whoever would rather come later than wait; whether they have it."""
        had = not self._waiting and self._turn.acquire(blocking=False)
        try:
            yield had
        finally:
            if had:
                self._turn.release()

    def _learn(self, key: Hashable) -> None:
        if len(self._needed_all) >= _MOST_KNOWN:
            self._needed_all.clear()
        self._needed_all[key] = self._clock()

    @contextmanager
    def _whole_turn(self) -> Iterator[None]:
        self._waiting.add(me := object())
        try:
            if not self._turn.acquire(timeout=self._wait_s):
                raise StoreBusyError
        finally:
            self._waiting.discard(me)
        try:
            yield
        finally:
            self._turn.release()


def _kind_of(sql: str, parameters: Mapping[str, Any]) -> Hashable:
    """The same for questions that differ in their days only."""
    return sql, parameters.get("account"), tuple(parameters.get("medias") or ())
