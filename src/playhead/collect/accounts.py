"""The accounts and medias that the collector knows, kept close because every beacon asks."""

import asyncio
import time
from typing import Final

from playhead.catalog import Account, Catalog, CatalogUnavailableError
from playhead.collect.lookups import Lookups
from playhead.collect.signatures import Signatures
from playhead.log import get_logger

_FRESH_S: Final = 1.0
_MOST_KEPT: Final = 100_000

_log = get_logger("collect")


class KnownAccounts:
    """Accounts by public key, at most about a second behind the catalog.

    An account that was known stays known while the catalog is away, so that its beacons are
    taken. Secrets to check signatures with come along. For the event loop only.
    """

    def __init__(self, catalog: Catalog, lookups: Lookups, signatures: Signatures) -> None:
        self._catalog = catalog
        self._lookups = lookups
        self._signatures = signatures
        self._accounts: dict[str, tuple[Account | None, float]] = {}
        self._medias: set[tuple[int, str]] = set()
        self._refreshing: dict[str, asyncio.Task[Account | None]] = {}

    def get(self, key: str) -> Account | None:
        """The account if it is known at this moment, without waiting."""
        account, checked_at = self._accounts.get(key, (None, 0.0))
        if account is not None and time.monotonic() - checked_at > _FRESH_S:
            self._refresh(key)
        return account

    async def find(self, key: str) -> Account | None:
        """The account, asked from the catalog when it is not known.

        Raises:
            CatalogUnavailableError: not known, and the catalog does not answer.
        """
        account = self.get(key)
        if account is None:
            _, checked_at = self._accounts.get(key, (None, float("-inf")))
            if time.monotonic() - checked_at > _FRESH_S:
                account = await asyncio.shield(self._refresh(key))
        return account

    async def has_media(self, account: Account, hashed_id: str) -> bool:
        """Whether the account knows the media.

        Raises:
            CatalogUnavailableError: not known here, and the catalog does not answer.
        """
        key = (account.id, hashed_id)
        if key in self._medias:
            return True
        known = await self._lookups.ask(self._catalog.medias.is_known, *key)
        if known:
            if len(self._medias) >= _MOST_KEPT:
                self._medias.clear()
            self._medias.add(key)
        return known

    def _refresh(self, key: str) -> asyncio.Task[Account | None]:
        task = self._refreshing.get(key)
        if task is None:
            task = asyncio.create_task(self._ask(key))
            self._refreshing[key] = task
            task.add_done_callback(lambda done: self._done(key, done))
        return task

    async def _ask(self, key: str) -> Account | None:
        account, secrets = await self._lookups.ask(self._read, key)
        if account is not None:
            self._signatures.learn(account.id, secrets)
        if len(self._accounts) >= _MOST_KEPT:
            # Only made-up keys can be so many; the true ones are back within a second.
            self._accounts.clear()
        self._accounts[key] = (account, time.monotonic())
        return account

    def _read(self, key: str) -> tuple[Account | None, tuple[str, ...]]:
        account = self._catalog.accounts.find(key)
        wanted = account is not None and account.signed_beacons
        return account, self._catalog.beacon_secrets.list(account.id) if account and wanted else ()

    def _done(self, key: str, task: asyncio.Task[Account | None]) -> None:
        self._refreshing.pop(key, None)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, CatalogUnavailableError):
            known, _ = self._accounts.get(key, (None, 0.0))
            if known is not None:
                self._accounts[key] = (known, time.monotonic())
            _log.warning("collect.catalog_unavailable")
