"""How often signing in may fail before one has to wait."""

import hashlib
import math
import time
from collections import OrderedDict
from typing import Final

from playhead.addresses import is_loopback, neighbourhood

_WINDOW_S: Final = 900
_OF_PAIR: Final = 10
_OF_ADDRESS: Final = 50
_OF_EMAIL: Final = 100
_MOST_KEYS: Final = 20_000


class Failures:
    """Counts failures by key; each key's count starts anew some time after its first failure."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._counts: OrderedDict[bytes, tuple[int, float]] = OrderedDict()

    def wait_s(self, *key: str) -> int:
        """Whole seconds until the key may fail again, 0 when it may now."""
        count, since = self._of(key)
        return math.ceil(since + _WINDOW_S - time.monotonic()) if count >= self._most else 0

    def add(self, *key: str) -> None:
        """Count a failure."""
        count, since = self._of(key)
        self._counts[_digest(key)] = (count + 1, since)
        # In the order of their beginnings, so the oldest are over or nearly so.
        while len(self._counts) > _MOST_KEYS:
            self._counts.popitem(last=False)

    def take_back(self, *key: str) -> None:
        """It was no failure after all."""
        count, since = self._of(key)
        if count > 1:
            self._counts[_digest(key)] = (count - 1, since)
        else:
            self.forget(*key)

    def forget(self, *key: str) -> None:
        """Forget the key's failures."""
        self._counts.pop(_digest(key), None)

    def _of(self, key: tuple[str, ...]) -> tuple[int, float]:
        now = time.monotonic()
        count, since = self._counts.get(_digest(key), (0, now))
        if now - since >= _WINDOW_S:
            self.forget(*key)
            return 0, now
        return count, since


class SignInThrottle:
    """Who has to wait before the next attempt to sign in. For the event loop only.

    Three counts of failures in 15 minutes: 10 of an address with an email, 50 of an address, 100 of
    an email from anywhere. A stranger who fails on purpose keeps the owner of the email out only
    from that stranger's own address: where somebody has signed in before, the third count is not
    asked. This machine's own address is everybody's behind a proxy that is not trusted, so the
    second is not asked of it.
    """

    def __init__(self) -> None:
        self._pairs = Failures(_OF_PAIR)
        self._addresses = Failures(_OF_ADDRESS)
        self._emails = Failures(_OF_EMAIL)
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def begin(self, email: str, address: str) -> int:
        """Begin an attempt, which counts as failed until it succeeds.

        Returns:
            0 when it may be made, else the whole seconds to wait.
        """
        near = neighbourhood(address)
        known = _digest((email, near)) in self._known
        wait_s = max(
            self._pairs.wait_s(email, near),
            0 if is_loopback(address) else self._addresses.wait_s(near),
            0 if known else self._emails.wait_s(email),
        )
        if not wait_s:
            self._pairs.add(email, near)
            self._addresses.add(near)
            self._emails.add(email)
        return wait_s

    def undo(self, email: str, address: str) -> None:
        """The attempt was not made after all."""
        near = neighbourhood(address)
        self._pairs.take_back(email, near)
        self._addresses.take_back(near)
        self._emails.take_back(email)

    def succeed(self, email: str, address: str) -> None:
        """The attempt succeeded: the email's failures are forgotten."""
        near = neighbourhood(address)
        self._pairs.forget(email, near)
        self._emails.forget(email)
        self._addresses.take_back(near)
        pair = _digest((email, near))
        self._known[pair] = None
        self._known.move_to_end(pair)
        if len(self._known) > _MOST_KEYS:
            self._known.popitem(last=False)


def _digest(key: tuple[str, ...]) -> bytes:
    # Of one size however long the parts are, and nothing of them can be read from the memory.
    text = "\x00".join(key).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).digest()
