"""Questions of the collector to the catalog, in threads of its own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

_AT_ONCE: Final = 4

Found = TypeVar("Found")


class Lookups:
    """Asks the catalog beside the event loop.

    The threads that all others share may every one be waiting for a slow store, and a beacon must
    not queue behind them.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_AT_ONCE, "lookup")

    async def ask(self, question: Callable[..., Found], *about: object) -> Found:
        """What the question answers; whatever it raises is raised here."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, question, *about)
