"""The weeks of sessions that a question with times is about.

A partition of ``sessions`` is a week of the time in the ids, by which all versions of a session are
in the same one. The index over the starts says which blocks may have what is wanted; but read with
``FINAL`` the engine adds every block that could hold another version of a row, and as the rows lie
in the order of their medias, these are nearly all blocks of all weeks. So the weeks are found
without it first, in the same question: a month of an account of ten million sessions takes a third
of the time.
"""

from typing import Final

_FOUND: Final = "_partition_id IN (SELECT DISTINCT _partition_id FROM sessions WHERE %s)"
# Finding them reads two numbers of each row, which is worth it where most weeks have nothing.
_MOST_MS: Final = 186 * 86_400_000


def in_weeks_of(condition: str, from_ms: int, before_ms: int) -> str:
    """The condition of sessions, and another one which says in which weeks they are.

    For what is read of ``sessions`` itself, since other tables have other partitions.

    Args:
        condition: what the rows of an account have to meet. A row that is not its session's newest
            only adds a week to look at.
        from_ms: none of them started before (ms).
        before_ms: all of them started before (ms).
    """
    if before_ms - from_ms > _MOST_MS:
        return condition
    return f"{condition} AND {_FOUND % condition}"
