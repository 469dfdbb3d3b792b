"""Keys for visitors whose browsers keep none (contract/beacon.md, ``visitor``)."""

import hmac
from collections.abc import Mapping
from typing import Final

from playhead.catalog import Catalog

_DAY_MS: Final = 86_400_000


class CookielessVisitors:
    """Derives visitor keys from the secret of a UTC day, the address and the user agent.

    A secret lives for 48 hours from the beginning of its day. Those that are alive are kept in
    memory, tomorrow's too, so that deriving a key never waits for the catalog.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._secrets: Mapping[int, bytes] = {}

    def load(self, now_ms: int) -> None:
        """Fetch the secrets that are alive and drop the others. Call it at least once an hour.

        Raises:
            CatalogUnavailableError: the old ones stay in use.
        """
        today = now_ms // _DAY_MS
        get = self._catalog.visitor_secrets.get
        self._secrets = {day: get(day) for day in (today - 1, today, today + 1)}

    def key(
        self, account_id: int, started_ms: int, now_ms: int, address: str, user_agent: str
    ) -> str | None:
        """The visitor's key, 32 hexadecimal digits; None once the day's secret is gone."""
        day = started_ms // _DAY_MS
        secret = self._secrets.get(day)
        if secret is None or day < now_ms // _DAY_MS - 1:
            return None
        message = f"{account_id}\n{address}\n{user_agent}".encode()
        return hmac.digest(secret, message, "sha256").hex()[:32]
