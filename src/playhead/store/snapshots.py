"""The embedded store as it was at one instant, without stopping it.

The engine never changes a part that it has written, so a snapshot is links to parts; taking one
costs milliseconds, whatever there is.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from playhead.store.client import Store

_NAME: Final = "playhead"
_TABLES: Final = """
SELECT name FROM system.tables
WHERE database = currentDatabase() AND engine LIKE '%MergeTree'
"""
_FREEZE: Final = "ALTER TABLE {table:Identifier} FREEZE WITH NAME '" + _NAME + "'"
_ROWS: Final = """
SELECT table, sum(rows) FROM system.parts
WHERE active AND database = currentDatabase() GROUP BY table
"""
_PUT_ASIDE: Final = "SELECT table FROM system.detached_parts WHERE database = currentDatabase()"
_CHECK: Final = "CHECK TABLE {table:Identifier} SETTINGS check_query_single_value_result = 1"
# Of a table's folder all else belongs to changes of parts, which a snapshot has behind it.
_OF_EVERY_TABLE: Final = "format_version.txt"


def freeze(store: Store, folder: Path) -> None:
    """Keep the parts of all tables as they are until :func:`thaw`; nobody may insert meanwhile.

    Args:
        store: the embedded store, open in this process.
        folder: where it lies.

    Raises:
        StoreUnavailableError: it is not known what was kept; do it again.
    """
    thaw(folder)
    for (table,) in store.work(_TABLES, {}):
        store.run(_FREEZE, {"table": table})


def thaw(folder: Path) -> None:
    """Let what was frozen go."""
    shutil.rmtree(_frozen(folder), ignore_errors=True)


def size(folder: Path) -> int:
    """Bytes of what is frozen."""
    return sum(file.stat().st_size for file in _frozen(folder).rglob("*") if file.is_file())


def copy(folder: Path, to: Path) -> Iterator[int]:
    """Copy what is frozen as a folder that an engine can open; the bytes of each file.

    Args:
        folder: where the store lies that was frozen.
        to: a folder that is not there yet.

    Raises:
        OSError: it cannot be read or written.
    """
    shutil.copytree(folder / "metadata", to / "metadata", symlinks=True)
    for each in sorted((folder / "store").glob("*/*")):
        made = to / each.relative_to(folder)
        made.mkdir(parents=True)
        names = [file for file in each.iterdir() if file.suffix == ".sql"]
        for file in (*names, each / _OF_EVERY_TABLE):
            if file.exists():
                shutil.copy2(file, made)
    for file in _files(_frozen(folder)):
        target = to / file.relative_to(_frozen(folder))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)
        yield file.stat().st_size


def rows(store: Store) -> dict[str, int]:
    """How many rows the parts of each table hold, repeats included."""
    return {row[0]: row[1] for row in store.work(_ROWS, {})}


def check(store: Store) -> list[str]:
    """The tables of which a part is damaged or was put aside because it could not be read."""
    wrong = {row[0] for row in store.work(_PUT_ASIDE, {})}
    for (table,) in store.work(_TABLES, {}):
        ((whole,),) = store.work(_CHECK, {"table": table})
        if not whole:
            wrong.add(table)
    return sorted(wrong)


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file())


def _frozen(folder: Path) -> Path:
    return folder / "shadow" / _NAME
