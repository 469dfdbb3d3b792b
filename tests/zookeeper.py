"""A ZooKeeper of the tests' own, on a free port of this machine."""

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support import wait_until

# Of Debian's libzookeeper-java; it names the jars that it needs.
_JAR = Path("/usr/share/java/zookeeper.jar")
_MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain"


@contextmanager
def zookeeper() -> Iterator[int]:
    """A running one; its port."""
    java = shutil.which("java")
    if java is None or not _JAR.exists():
        raise AssertionError(
            "ZooKeeper is not installed (apt-get install default-jre-headless libzookeeper-java)"
        )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="playhead-zk-", ignore_cleanup_errors=True) as folder:
        settings = Path(folder) / "zoo.cfg"
        settings.write_text(
            f"dataDir={folder}/data\nclientPort={port}\nclientPortAddress=127.0.0.1\n"
            "admin.enableServer=false\n",
            encoding="utf-8",
        )
        command = [java, "-Xmx128m", "-cp", str(_JAR), _MAIN, str(settings)]
        nowhere = subprocess.DEVNULL
        with subprocess.Popen(command, cwd=folder, stdout=nowhere, stderr=nowhere) as process:
            try:
                wait_until(lambda: _answers(port))
                yield port
            finally:
                process.kill()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as asked:
            asked.sendall(b"srvr")
            return asked.recv(9) == b"Zookeeper"
    except OSError:
        return False
