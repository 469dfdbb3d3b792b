"""For a process on a disk that is only said to be small: the room is what its files leave of it."""

import os
import shutil
from pathlib import Path

_FOLDER, _, _BYTES = os.environ["TOLD_ROOM"].rpartition(":")


class _Usage(tuple[int, int, int]):
    """Has the one field that is looked at."""

    __slots__ = ()

    @property
    def free(self) -> int:
        return self[2]


def _usage(_: object) -> _Usage:
    used = sum(file.stat().st_size for file in Path(_FOLDER).rglob("*") if file.is_file())
    return _Usage((int(_BYTES), used, max(0, int(_BYTES) - used)))


shutil.disk_usage = _usage  # type: ignore[assignment]  # all that is asked of it
