"""The drain: moves beacons from the spool to the store.

Newest per session wins, what the collector could not know is added, rows are inserted, the spool
forgets. In that order, so that a kill at any instant repeats work and never loses it.
"""

from playhead.drain.drain import Drain

__all__ = ["Drain"]
