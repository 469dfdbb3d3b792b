"""Heads of requests that were read before, so that nobody needs to read them again.

With each of its beacons a browser says the same of itself, and so do all browsers of a kind; only
the length of the body differs. Reading a head takes longer than all that is done with the beacon,
so what was made of one is kept under its bytes. The same bytes mean the same: nothing is guessed.
"""

import re
from typing import Final, Generic, TypeVar

Meaning = TypeVar("Meaning")

_END: Final = b"\r\n\r\n"
# As browsers and proxies write it; a head that says it in another way is read each time.
_LENGTH: Final = re.compile(rb"\r\n[Cc]ontent-[Ll]ength: ([1-9][0-9]{0,5})\r\n")
# All together at most 40 MiB, if somebody makes them up; true ones are less than half as long.
_MOST: Final = 8192
_LONGEST: Final = 2048


def cut(data: bytes) -> tuple[bytes, bytes] | None:
    """The head, without the digits of its length, and the body of one whole request.

    None: it is no such thing, or has no body.
    """
    end = data.find(_END)
    length = _LENGTH.search(data, 0, end + 2)
    if length is None or len(data) - end - len(_END) != int(length[1]):
        return None
    first, last = length.span(1)
    return data[:first] + data[last:end], data[end + len(_END) :]


class KnownHeads(Generic[Meaning]):
    """What was made of heads. For the event loop only."""

    def __init__(self) -> None:
        self._known: dict[bytes, Meaning] = {}
        self.meaning_of = self._known.get
        """Of a head as :func:`cut` gives it; None: it is not known."""

    def learn(self, head: bytes, meaning: Meaning) -> None:
        """Remember what the parser made of a head."""
        if len(head) > _LONGEST:
            return
        if len(self._known) >= _MOST:
            # Only made-up ones can be so many at once; the true ones come again.
            self._known.clear()
        self._known[head] = meaning
