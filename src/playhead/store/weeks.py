"""The weeks of sessions that a question with times is about.

A partition of ``sessions`` is a week of the time in the ids, by which all versions of a session are
in the same one. The index over the starts says which blocks may have what is wanted; but read with
``FINAL`` the engine adds every block that could hold another version of a row, and as the rows lie
in the order of their medias, these are nearly all blocks of all weeks. So the weeks are found
without it first, in the same question: a month of an account of ten million sessions takes two
fifths of the time.
"""

from collections.abc import Sequence
from typing import Final

from playhead.store.intervals import Interval

_FOUND: Final = "_partition_id IN (SELECT DISTINCT _partition_id FROM sessions WHERE %s)"
# Finding them reads two numbers of each row, which is worth it where most weeks have nothing.
_MOST_MS: Final = 186 * 86_400_000


def in_weeks_of(condition: str, times: Sequence[Interval]) -> str:
    """The condition of sessions, and where it is worth it another one for the weeks they are in.

    For what is read of ``sessions`` itself, since other tables have other partitions.

    Args:
        condition: what the rows of an account have to meet. A row that is not its session's newest
            only adds a week to look at.
        times: when they started, which is in the condition; empty for all time.
    """
    if not times or times[-1][1] - times[0][0] > _MOST_MS:
        return condition
    return f"{condition} AND {_FOUND % condition}"
