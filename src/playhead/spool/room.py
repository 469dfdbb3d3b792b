"""Room on the spool's disk, of which the last part is left to those who make room again."""

import shutil
from pathlib import Path
from typing import Final

from playhead.log import get_logger

# Forgetting writes before it frees: the log of the file needs up to 16 MiB, and the store, which
# mostly is on the same disk, needs some for what it takes from the spool. A spool that filled its
# disk to the last byte would never be empty again.
LEFT_FREE_BYTES: Final = 64 * 2**20

_LOOK_EVERY_S: Final = 0.2

_log = get_logger("spool")


class DiskRoom:
    """Whether there is room for more lines; one thread looks, any may read ``is_low``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._next_look = 0.0
        self.is_low = False

    def look(self, now_s: float) -> None:
        """Look at the disk, at most some times a second.

        Args:
            now_s: of a clock that does not go back.
        """
        if now_s < self._next_look:
            return
        self._next_look = now_s + _LOOK_EVERY_S
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError:
            return  # a disk that is gone says so when it is written to
        was_low, self.is_low = self.is_low, free < LEFT_FREE_BYTES
        if self.is_low and not was_low:
            _log.error("spool.disk_is_almost_full", free_mib=free // 2**20)
        elif was_low and not self.is_low:
            _log.info("spool.disk_has_room_again", free_mib=free // 2**20)
