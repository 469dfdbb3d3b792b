"""The spool: lines on disk, in order, until the store has them.

It does not know what a line means; it only keeps the lines of different topics apart.
"""

from playhead.spool.database import MOST_READ_BYTES, Frame
from playhead.spool.spool import Done, Entry, Spool, SpoolFullError, SpoolUnavailableError

__all__ = [
    "MOST_READ_BYTES",
    "Done",
    "Entry",
    "Frame",
    "Spool",
    "SpoolFullError",
    "SpoolUnavailableError",
]
