"""Lists that hold still while they are read page by page.

Clients count pages, sessions arrive meanwhile, and the list grows at its head: the second hundred
would repeat the end of the first. So a list that is asked for page after page goes on behind the
last key that it gave out, and not at a number. It is remembered by token and parameters, from a
first page until half an hour after the last one; a page out of turn is cut out by number.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final, Generic, TypeVar

from playhead.api.parameters import Page

_FORGOTTEN_AFTER_S: Final = 1800
_MOST_LISTINGS: Final = 1000
_MOST_GIVEN: Final = 2_000_000

Key = TypeVar("Key", bound=tuple[Any, ...])


class Listing(Generic[Key]):
    """One reading of a list: where it has come to, and what it gave out."""

    def __init__(self) -> None:
        self.began_ms = time.time_ns() // 1_000_000
        self.last_page = 0
        self.given: set[int] = set()
        """Hashes of the keys' names; two of the same are so rare that none was ever seen."""
        self.used_at = time.monotonic()
        self.end: Key | None = None
        """The farthest key that was given out; keys descend, those that moved do not count."""
        self._pages: dict[int, list[Key]] = {}

    def page(self, number: int) -> list[Key] | None:
        """A page that was given out lately, for who asks again."""
        return self._pages.get(number)

    def add(self, number: int, keys: list[Key], names: Sequence[Hashable]) -> None:
        """Remember the page after the last one."""
        self.last_page = number
        self.end = min(keys if self.end is None else [*keys, self.end], default=None)
        self._pages[number] = keys
        self._pages.pop(number - 2, None)
        self.given.update(map(hash, names))


class Listings(Generic[Key]):
    """The lists that are being read. Every method may be called from any thread."""

    def __init__(self, name_of: Callable[[Key], Hashable]) -> None:
        """``name_of`` tells what stays of a key when it moves within the list."""
        self._name_of = name_of
        self._listings: OrderedDict[Hashable, Listing[Key]] = OrderedDict()
        self._lock = threading.Lock()

    def read(
        self,
        reader: Hashable,
        page: Page,
        cut: Callable[[int], list[Key]],
        go_on: Callable[[Listing[Key], Key], list[Key]],
    ) -> list[Key]:
        """The keys of a page.

        Args:
            reader: who reads which list, with all that decides what is in it.
            page: which page.
            cut: the page by number: leaves out so many keys.
            go_on: the page behind a key of a listing.
        """
        with self._lock:
            self._forget()
            listing = self._listings.get(reader) if page.number > 1 else None
            known = listing.page(page.number) if listing else None
        if known is not None:
            return known
        if listing is None or listing.last_page != page.number - 1:
            keys = cut((page.number - 1) * page.size)
            if page.number == 1:
                self._remember(reader, Listing(), page, keys)
            return keys
        keys = [] if listing.end is None else go_on(listing, listing.end)
        self._remember(reader, listing, page, keys)
        return keys

    def _remember(
        self, reader: Hashable, listing: Listing[Key], page: Page, keys: list[Key]
    ) -> None:
        with self._lock:
            listing.add(page.number, keys, [self._name_of(key) for key in keys])
            listing.used_at = time.monotonic()
            self._listings[reader] = listing
            self._listings.move_to_end(reader)

    def _forget(self) -> None:
        given = sum(len(listing.given) for listing in self._listings.values())
        now = time.monotonic()
        while self._listings:
            oldest = next(iter(self._listings.values()))
            if (
                now - oldest.used_at < _FORGOTTEN_AFTER_S
                and len(self._listings) <= _MOST_LISTINGS
                and given <= _MOST_GIVEN
            ):
                return
            given -= len(oldest.given)
            self._listings.popitem(last=False)
