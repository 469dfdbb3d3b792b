"""Answers to requests that come again, kept for as long as they are true, at most a second.

True means: no beacon of the account was taken into the store, nothing in the catalog was changed,
tokens included, and the request is the same to the last header.
"""

import time
from collections import OrderedDict
from collections.abc import MutableMapping
from typing import Any, Final

from msgspec import Struct

from playhead.api.answer import Answer
from playhead.api.auth import Caller
from playhead.api.services import Services

_GOOD_FOR_S: Final = 1.0
_MOST: Final = 2000
_MOST_BYTES: Final = 64 * 1024
_PATHS: Final = ("/v1/stats/", "/modern/stats/", "/insights/")

Key = tuple[str, str, bytes, tuple[tuple[bytes, bytes], ...]]
Mark = tuple[object, ...]


class Moment(Struct, frozen=True):
    """A time of a steady clock, and what had been written by then."""

    at: float
    catalog: object
    writes: object


class _Kept(Struct):
    answer: Answer
    caller: Caller
    mark: Mark
    until: float


class KeptAnswers:
    """For the event loop only."""

    def __init__(self, services: Services) -> None:
        """``services``: what the answers were made with."""
        self._services = services
        self._changes = services.changes
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()

    def key_of(self, scope: MutableMapping[str, Any]) -> Key | None:
        """What tells requests apart, None for those whose answers are not kept."""
        path: str = scope["path"]
        if scope["method"] != "GET" or not path.startswith(_PATHS):
            return None
        return scope["scheme"], path, scope["query_string"], tuple(scope["headers"])

    def moment(self) -> Moment:
        """Now, to be given with an answer that is made from now on."""
        return Moment(time.monotonic(), self._services.catalog.version(), self._changes.count())

    def find(self, key: Key) -> Answer | None:
        """The answer, if it is still true and the caller may ask as often as this."""
        found = self._kept.get(key)
        if found is None:
            return None
        if time.monotonic() > found.until or self._mark_of(found.caller) != found.mark:
            del self._kept[key]
            return None
        if self._services.limit.take(found.caller.token_id):
            return None  # to be refused where all are refused
        self._kept.move_to_end(key)
        return found.answer

    def keep(self, key: Key, began: Moment, answer: Answer, caller: Caller) -> None:
        """Keep an answer, unless something has changed since it was begun."""
        now = self.moment()
        if (now.catalog, now.writes) != (began.catalog, began.writes):
            return
        if len(answer.body) > _MOST_BYTES:
            return
        self._kept[key] = _Kept(answer, caller, self._mark_of(caller), began.at + _GOOD_FOR_S)
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def _mark_of(self, caller: Caller) -> Mark:
        return self._services.catalog.version(), self._changes.of(caller.account.id)
