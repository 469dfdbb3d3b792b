"""ClickHouse over HTTP for tests: what a server answers, from the engine in this process.

Run with a folder and, to come back to where it was, a port; it prints its port. Each request has
an engine handle to itself, with the database and the settings that it names, as on a server.
"""

import base64
import binascii
import contextlib
import gzip
import itertools
import queue
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import chdb
import lz4.frame
from chdb import _chdb

from clickhouse import PASSWORD, USER

_NOT_SETTINGS = {
    "cancel_http_readonly_queries_on_client_close",
    "client_protocol_version",
    "database",
    "default_format",
    "enable_http_compression",
    "http_headers_progress_interval_ms",
    "query",
    "query_id",
    "send_progress_in_http_headers",
    "session_id",
    "session_timeout",
    "wait_end_of_query",
}
_INSERT = re.compile(rb"(INSERT INTO [^\n]*?) (FORMAT \w+)\n(.*)", re.DOTALL)
_CODE = re.compile(r"Code: (\d+)")
_PACK = {"lz4": lz4.frame.compress, "gzip": gzip.compress}
_UNPACK = {"lz4": lz4.frame.decompress, "gzip": gzip.decompress}


Setting = tuple[str, tuple[tuple[str, str], ...]]
"""A database, and settings with their values."""


class RefusedError(Exception):
    """What the engine, or the door in front of it, says no to."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Engine:
    """The engine in this process, and its folder."""

    def __init__(self, folder: Path, options: str = "") -> None:
        """``options``: of the engine, as ``?name=value``."""
        _chdb.set_signal_handlers_enabled(False)  # type: ignore[attr-defined]  # its stubs lag
        self._folder = str(folder / "engine") + options
        self._inserts = Path(tempfile.mkdtemp(dir=folder))
        self._numbers = itertools.count()
        # Handles that nobody uses, by what was set in them.
        self._free: dict[Setting, queue.SimpleQueue[chdb.Connection]] = defaultdict(
            queue.SimpleQueue
        )

    def run(self, query: bytes, parameters: dict[str, str]) -> bytes:
        """What a query answers.

        Raises:
            RefusedError: it does not.
        """
        bound = {k[6:]: v for k, v in parameters.items() if k.startswith("param_")}
        insert = _INSERT.fullmatch(query)
        try:
            with self._handle(parameters) as handle:
                if insert is not None:
                    self._insert(handle, insert)
                    return b""
                form = parameters.get("default_format", "TabSeparated")
                return bytes(handle.query(query.decode(), form, params=bound).bytes())
        except OSError as error:  # a server says so of a full disk by its own number
            raise RefusedError(243, f"Code: 243. {error}") from error
        except RuntimeError as error:  # what a handle raises has no public name
            found = _CODE.search(str(error))
            raise RefusedError(int(found[1]) if found else 1002, str(error)) from error

    @contextmanager
    def _handle(self, parameters: dict[str, str]) -> Iterator["chdb.Connection"]:
        names = sorted(parameters.keys() - _NOT_SETTINGS)
        setting = (
            parameters.get("database", "default"),
            tuple((k, parameters[k]) for k in names if not k.startswith("param_")),
        )
        free = self._free[setting]
        try:
            handle = free.get_nowait()
        except queue.Empty:
            handle = chdb.connect(self._folder)  # type: ignore[no-untyped-call]  # has no types
            handle.query(f"USE `{setting[0]}`")
            for name, value in setting[1]:
                handle.query(f"SET {name} = '{value}'")
        try:
            yield handle
        finally:
            free.put(handle)

    def _insert(self, handle: "chdb.Connection", insert: re.Match[bytes]) -> None:
        # The engine takes rows from files only.
        file = self._inserts / str(next(self._numbers))
        file.write_bytes(insert[3])
        try:
            handle.query(f"{insert[1].decode()} FROM INFILE '{file}' {insert[2].decode()}")
        finally:
            file.unlink()


class Front(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    # An answer is written in two pieces, of which the second must not wait.
    disable_nagle_algorithm = True
    engine: Engine
    folder: Path

    def do_GET(self) -> None:
        self._answer(b"Ok.\n", {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parameters = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        try:
            self._let_in()
            query = self._query(body, parameters)
            self._answer(self.engine.run(query, parameters), parameters)
        except RefusedError as error:
            self._refuse(error)

    def _let_in(self) -> None:
        scheme, _, given = self.headers.get("Authorization", "").partition(" ")
        try:
            known = base64.b64decode(given).decode() == f"{USER}:{PASSWORD}"
        except (binascii.Error, UnicodeDecodeError):
            known = False
        if scheme != "Basic" or not known:
            raise RefusedError(516, "Code: 516. DB::Exception: Authentication failed")

    def _query(self, body: bytes, parameters: dict[str, str]) -> bytes:
        """The query, from the address and the body; what a form holds goes to the parameters."""
        encoding = self.headers.get("Content-Encoding")
        if encoding:
            body = _UNPACK[encoding](body)
        if self.headers.get_content_type() == "multipart/form-data":
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            form: Message = BytesParser().parsebytes(head + body)
            for part in form.get_payload():
                assert isinstance(part, Message)
                name = part.get_param("name", header="content-disposition")
                value = part.get_payload(decode=True)
                assert isinstance(value, bytes)
                parameters[str(name)] = value.decode()
            body = b""
        first = parameters.get("query", "").encode()
        return b"\n".join(part for part in (first, body) if part)

    def _answer(self, body: bytes, parameters: dict[str, str]) -> None:
        self.send_response(200)
        offered = self.headers.get("Accept-Encoding", "").replace(" ", "").split(",")
        packing = next((name for name in offered if name in _PACK), None)
        if body and packing and parameters.get("enable_http_compression") == "1":
            body = _PACK[packing](body)
            self.send_header("Content-Encoding", packing)
        self._send(body)

    def _refuse(self, error: RefusedError) -> None:
        self.send_response(500)
        self.send_header("X-ClickHouse-Exception-Code", str(error.code))
        self._send(f"{error}\n".encode())

    def _send(self, body: bytes) -> None:
        with contextlib.suppress(FileNotFoundError):
            # Written by ClickHouse.delay while a test wants a slow store.
            time.sleep(float((self.folder / "delay").read_text()))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: its parent reads what it prints."""


class FrontServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 100


def serve(engine: Engine) -> None:
    """Answer for an engine, at the port that was asked for, for ever."""
    Front.folder = Path(sys.argv[1])
    Front.engine = engine
    server = FrontServer(("127.0.0.1", int(sys.argv[2])), Front)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    serve(Engine(Path(sys.argv[1])))
