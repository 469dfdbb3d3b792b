"""Lets sessions go that are older than their account keeps them."""

from typing import Final, Protocol

from playhead.catalog import Account
from playhead.log import get_logger
from playhead.store import Expiring

_EVERY_MS: Final = 3_600_000

_log = get_logger("retention")


class FirstKept(Protocol):
    """What ``stats`` defines of it."""

    def first_kept_ms(self, timezone: str, keep_days: int, now_ms: int) -> int:
        """The start (ms) of the oldest day that is kept."""


class Retention:
    """Looks once an hour. For the thread that settles; a kill at any instant repeats work."""

    def __init__(self, store: Expiring, definitions: FirstKept) -> None:
        self._store = store
        self._define = definitions
        self._next_ms: dict[int, int] = {}

    def due_before(self, account: Account, now_ms: int) -> int | None:
        """If sessions are to go: those that started before this (ms). For an hour then None.

        Raises:
            StoreUnavailableError: ask again.
        """
        if not account.keep_days or now_ms < self._next_ms.get(account.id, 0):
            return None
        before_ms = self._define.first_kept_ms(account.timezone, account.keep_days, now_ms)
        there_are = self._store.any_before(account.id, before_ms)
        self._next_ms[account.id] = now_ms + _EVERY_MS
        return before_ms if there_are else None

    def let_go(self, account: Account, before_ms: int) -> None:
        """Delete the sessions; what is summed up of them must be gone before.

        Raises:
            StoreUnavailableError: some may be there; they are found at the next look.
        """
        self._next_ms.pop(account.id, None)
        self._store.delete_before(account.id, before_ms)
        _log.info("retention.let_go", account=account.id, before_ms=before_ms)
