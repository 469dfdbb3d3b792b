"""The drain: carries lines from the spool to the store.

Medias are registered, rows inserted, and then the spool forgets. In that order, so that a kill at
any instant repeats work and never loses it.
"""

from playhead.drain.books import Pace
from playhead.drain.drain import Drain
from playhead.drain.retention import Retention
from playhead.drain.settler import Settler
from playhead.drain.sharing import SharedSettler, see_to_notes
from playhead.drain.visitors import VisitorSettler

__all__ = [
    "Drain",
    "Pace",
    "Retention",
    "Settler",
    "SharedSettler",
    "VisitorSettler",
    "see_to_notes",
]
