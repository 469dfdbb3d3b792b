"""What a process that does not settle tells the one that does."""

from typing import Final

from msgspec import Struct

MOST_LATE: Final = 5_000
"""So many late sessions of an account at once are too many to be put right one by one."""

LEAP: Final = 16
"""How far the editions of who takes over lie ahead: a step that its forerunner still had on the
way, which the engine may end after the forerunner has gone, counts less than all that follows."""


class LateNote(Struct, frozen=True):
    """Sessions of an account that may have settled, and are in the store by now.

    ``medias`` has the earliest time (ms) in an id by hashed id. ``visitors`` are those of the
    sessions, now and before; None: too many to tell.
    """

    account: int
    medias: dict[str, int]
    sessions: int
    visitors: list[str] | None
