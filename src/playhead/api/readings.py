"""Lists of the catalog that hold still while they are read page by page.

Clients count pages. Meanwhile medias are added, renamed, moved and deleted, and in a list that is
sorted by name or by time that shifts all that comes after: a page would repeat what was seen, or
skip what was not. So the order of a list is remembered when its first page is asked for, and the
pages after it are cut from that, as long as a page follows a page. What was deleted meanwhile is
left out, and the page is filled up with what comes after.

Visitors and events have another way (listings.py): there are too many of them to remember.
"""

import threading
import time
from array import array
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Final, TypeVar

from playhead.api.parameters import Page

_FORGOTTEN_AFTER_S: Final = 1800
_MOST_READINGS: Final = 1000
_MOST_IDS: Final = 2_000_000

Row = TypeVar("Row")


class Reading:
    """A list in the order that it had, and where its pages begin."""

    def __init__(self, ids: Sequence[int]) -> None:
        self.ids = array("q", ids)
        self.begins = {1: 0}
        self.used_at = time.monotonic()


class Readings:
    """The lists that are being read. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._readings: OrderedDict[Hashable, Reading] = OrderedDict()
        self._lock = threading.Lock()

    def read(
        self,
        reader: Hashable,
        page: Page,
        ids: Callable[[int], Sequence[int]],
        rows: Callable[[Sequence[int]], list[Row]],
        *,
        grows: bool,
    ) -> list[Row]:
        """A page of a list.

        Args:
            reader: who reads which list, with all that decides what is in it.
            page: which page.
            ids: the numeric ids of the whole list in its order, of those above a number.
            rows: what has these ids, in their order, without what is not in the list any more.
            grows: what is added comes last, and is read then, too.
        """
        reading = Reading(ids(0)) if page.number == 1 else self._known(reader, page.number)
        if reading is None:
            # A page out of turn.
            begin = (page.number - 1) * page.size
            return rows(ids(0)[begin : begin + page.size])
        at = reading.begins[page.number]
        # On its first page a list is as of now.
        grows = grows and page.number > 1
        found: list[Row] = []
        while len(found) < page.size:
            if at >= len(reading.ids) and not (grows and self._grow(reading, ids)):
                break
            wanted = reading.ids[at : at + page.size - len(found)]
            found += rows(wanted.tolist())
            at += len(wanted)
        self._remember(reader, reading, page.number + 1, at)
        return found

    def _known(self, reader: Hashable, number: int) -> Reading | None:
        with self._lock:
            reading = self._readings.get(reader)
            return reading if reading and number in reading.begins else None

    def _grow(self, reading: Reading, ids: Callable[[int], Sequence[int]]) -> bool:
        with self._lock:
            added = ids(reading.ids[-1] if reading.ids else 0)
            reading.ids.extend(added)
        return bool(added)

    def _remember(self, reader: Hashable, reading: Reading, number: int, begin: int) -> None:
        with self._lock:
            reading.begins[number] = begin
            reading.used_at = time.monotonic()
            self._readings[reader] = reading
            self._readings.move_to_end(reader)
            self._forget()

    def _forget(self) -> None:
        held = sum(len(reading.ids) for reading in self._readings.values())
        now = time.monotonic()
        while self._readings:
            oldest = next(iter(self._readings.values()))
            if (
                now - oldest.used_at < _FORGOTTEN_AFTER_S
                and len(self._readings) <= _MOST_READINGS
                and held <= _MOST_IDS
            ):
                return
            held -= len(oldest.ids)
            self._readings.popitem(last=False)
