"""Parts of the embedded store that are damaged: put aside, said, and worth no more than their rows.

A part that is cut off or lacks a file is noticed by the engine when it opens a table, which then
goes on without it and says nothing. One whose bytes were changed is noticed by who reads it
(``noticing.py``).
"""

import shutil
from pathlib import Path
from typing import Final

from msgspec import Struct

from playhead.log import get_logger
from playhead.store import recent_table, schema
from playhead.store.client import Store

_log = get_logger("store")

_DETACHED: Final = """
SELECT table, name, path FROM system.detached_parts
WHERE database = currentDatabase() ORDER BY table, name
"""
# Made of sessions; the settler makes the first three anew when there are none.
_DERIVED: Final = ("rollups", "audience", "visitors", "identified", recent_table.TABLE)
_MAKE_ANEW: Final = (
    *(f"TRUNCATE TABLE {table}" for table in _DERIVED),
    schema.FIND_IDENTIFIED,
    recent_table.FILL,
)


class PutAside(Struct, frozen=True):
    """A part that is in no number any more, and where it is now."""

    table: str
    part: str
    at: Path


def put_aside(store: Store, folder: Path) -> list[PutAside]:
    """Move damaged parts out of the store, and let what is summed up be made of what remains.

    Killed at any instant, it does the same again at the next start.

    Args:
        store: the embedded store, of which nobody has asked anything yet.
        folder: where it lies; what is put aside goes beside it.

    Raises:
        StoreUnavailableError: the store cannot answer.
    """
    found = store.work(_DETACHED, {})
    if not found:
        return []
    for statement in _MAKE_ANEW:
        store.run(statement, {})
    gone = []
    for table, part, path in found:
        at = _free_name(folder.with_name(f"{folder.name}.damaged-{table}-{part}"))
        shutil.move(path, at)
        gone.append(PutAside(table, part, at))
        _log.error("store.damaged", table=table, part=part, damaged_files=str(at))
    return gone


def waiting_to_be_put_aside(store: Store) -> int:
    """How many damaged parts the next start will put aside.

    Raises:
        StoreUnavailableError: the store cannot answer.
    """
    return len(store.work(_DETACHED, {}))


def _free_name(wanted: Path) -> Path:
    return next(
        path
        for number in range(1000)
        if not (path := wanted.with_name(f"{wanted.name}{f'-{number}' if number else ''}")).exists()
    )
