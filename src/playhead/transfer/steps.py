"""Work on several files at once, and how far it is."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Final, TypeVar

from msgspec import Struct

from playhead.store import Store

Item = TypeVar("Item")
Result = TypeVar("Result")

THREADS: Final = 2
"""The engine packs a file's rows on one core, so two files keep two busy."""

_MEMORY_MIB: Final = 1500
_SECONDS: Final = 3600


class Step(Struct, frozen=True):
    """How far the work called ``what`` is, in sessions or another ``unit``."""

    what: str
    done: int
    total: int
    unit: str = "sessions"


@contextmanager
def open_store(dsn: str) -> Iterator[Store]:
    """A store for work that may take what it takes.

    Raises:
        StoreInUseError: the embedded store is in use or cannot be opened.
        StoreUnavailableError: the server does not answer.
    """
    store = Store.open(dsn, threads=THREADS, memory_mib=_MEMORY_MIB, seconds=_SECONDS)
    try:
        yield store
    finally:
        store.close()


def side_by_side(
    work: Callable[[Item], Result], items: Sequence[Item]
) -> Iterator[tuple[Item, Result]]:
    """Do the work for all items, some at a time; items and results in the order of their ends.

    What is not begun when one fails, or when nobody asks for more, is not done.
    """
    with ThreadPoolExecutor(THREADS, "transfer") as threads:
        futures = {threads.submit(work, item): item for item in items}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            threads.shutdown(cancel_futures=True)
