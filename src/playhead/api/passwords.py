"""Passwords are slow on purpose: beside the event loop, and few at once."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, TypeVar

from playhead.api.errors import ApiError
from playhead.catalog import hash_password, is_password

Result = TypeVar("Result")

_AT_ONCE: Final = 2
_MOST_WAITING: Final = 100


class Passwords:
    """Makes and verifies hashes, at most two at once, because each takes 19 MiB."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """The hash to keep.

        Raises:
            BadPasswordError: it is too short or too long.
            ApiError: 503, too many wait.
        """
        return await self._in_turn(lambda: hash_password(password))

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Whether it is the password of the hash; as slow when there is no hash.

        Raises:
            ApiError: 503, too many wait.
        """
        return await self._in_turn(lambda: is_password(password, hashed))

    async def _in_turn(self, work: Callable[[], Result]) -> Result:
        if self._waiting >= _MOST_WAITING:
            raise ApiError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "too many are signing in at this moment",
                headers={"Retry-After": "5"},
            )
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1
