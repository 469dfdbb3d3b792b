"""The spool: beacons on disk, in order, until the store has them.

It does not know what a beacon means; to it a beacon is some bytes and an ordinal.
"""

from playhead.spool.spool import Batch, Spool, SpoolFullError, SpoolUnavailableError

__all__ = ["Batch", "Spool", "SpoolFullError", "SpoolUnavailableError"]
