"""What was signed and by whom, remembered, because every beacon of a page carries the same key."""

from typing import Final

from playhead.catalog import Account
from playhead.signing import expiry_of

_MOST_KEPT: Final = 20_000


class Signatures:
    """Checks signed keys. For the event loop only."""

    def __init__(self) -> None:
        self._secrets: dict[int, tuple[str, ...]] = {}
        self._checked: dict[str, tuple[tuple[str, ...], int]] = {}

    def learn(self, account_id: int, secrets: tuple[str, ...]) -> None:
        """What the account's keys are signed with, from now on."""
        if secrets != self._secrets.get(account_id, ()):
            self._secrets[account_id] = secrets

    def expiry_ms(self, account: Account, signed: str) -> int | None:
        """When a signed key of the account expires, ms since 1970. None: nobody has signed it.

        Only what was signed is remembered: anybody can make up what was not, in any number.
        """
        secrets = self._secrets.get(account.id, ())
        known = self._checked.get(signed)
        # Another secret is another tuple, so what an ended one has signed is checked again.
        if known is not None and known[0] is secrets:
            return known[1]
        expires_s = expiry_of(signed, secrets)
        if expires_s is None:
            return None
        if len(self._checked) >= _MOST_KEPT:
            self._checked.clear()
        self._checked[signed] = secrets, expires_s * 1000
        return expires_s * 1000
