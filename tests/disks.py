"""A disk of a few MiB that a test fills to its last byte, and frees again.

It is a tmpfs in a mount namespace, which goes with its last process and which anybody may make
where the system lets users have namespaces. Where it does not, as in most containers, files of a
process are kept from growing instead, and the room that a process sees is told to it.
"""

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_NAMESPACE = "unshare", "--map-root-user", "--mount"
_TELLS_ROOM = Path(__file__).with_name("told_room")


@dataclass
class SmallDisk:
    """The disk: a folder that only commands see which begin with ``within``."""

    path: Path
    mib: int
    within: tuple[str, ...]
    _limits: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def is_real(self) -> bool:
        """Whether it is a file system of its own."""
        return bool(self.within) and self.within[0] == "nsenter"

    def fill(self, pid: int, file: Path | None = None) -> None:
        """Leave no byte for files of the process.

        Where the disk is none of its own, ``file`` is the largest that the process writes to: it
        cannot grow, and what others have elsewhere can, up to its size.
        """
        if self.is_real:
            # Whole blocks first, then what is left of the last one.
            self._run(f"cat /dev/zero > {self._filler}; cat /dev/zero > {self._filler}.rest")
        else:
            self._limits[pid] = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            most = file.stat().st_size if file else 0
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, self._limits[pid][1]))

    def free(self) -> None:
        """Take away what it was filled with."""
        self._run(f"rm -f {self._filler} {self._filler}.rest")
        for pid, limits in self._limits.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
        self._limits.clear()

    @property
    def _filler(self) -> Path:
        return self.path / "filler"

    def _run(self, script: str) -> None:
        # Filling ends with an error, which is what it is for.
        subprocess.run([*self.within, "sh", "-c", script], check=False, stderr=subprocess.DEVNULL)


def may_have_namespaces() -> bool:
    try:
        return (
            subprocess.run([*_NAMESPACE, "true"], check=False, capture_output=True).returncode == 0
        )
    except OSError:
        return False


@contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[SmallDisk]:
    """A disk of so many MiB at a folder, which is made."""
    folder.mkdir()
    if not may_have_namespaces():
        room = f"TOLD_ROOM={folder}:{mib * 2**20}"
        yield SmallDisk(folder, mib, ("env", f"PYTHONPATH={_TELLS_ROOM}", room))
        return
    mount = f"mount -t tmpfs -o size={mib}m none {folder} && echo mounted && exec cat"
    holder = subprocess.Popen(
        [*_NAMESPACE, "sh", "-c", mount],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "mounted\n"
        enter = "nsenter", "-t", str(holder.pid), "-U", "-m", "--preserve-credentials", "--"
        # nsenter begins in the root of the file system, whose relative paths are others.
        yield SmallDisk(folder, mib, (*enter, "env", "-C", str(Path.cwd())))
    finally:
        holder.communicate()
