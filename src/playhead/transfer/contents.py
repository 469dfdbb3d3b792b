"""What is in a file of sessions: its columns, and its rows one by one when one of them is wrong."""

import csv
import difflib
import gzip
import io
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import msgspec

from playhead.store import COLUMN_NAMES, SESSION_COLUMNS, FileFormat
from playhead.transfer.manifest import TransferError


class Contents(ABC):
    """A file in memory, whose columns are those of sessions."""

    def __init__(self, path: Path, body: bytes) -> None:
        """Look at the columns.

        Raises:
            TransferError: one is missing, unknown or of another type.
        """
        self.path = path
        self.body = body

    @property
    @abstractmethod
    def rows(self) -> int:
        """How many rows there are."""

    @abstractmethod
    def some(self, first: int, last: int) -> bytes:
        """A file of the rows from ``first`` to before ``last``."""

    @abstractmethod
    def place(self, row: int) -> str:
        """Where a row is, for people."""


class _Csv(Contents):
    def __init__(self, path: Path, body: bytes) -> None:
        super().__init__(path, body)
        self._head, _, self._rest = body.partition(b"\n")
        names = next(csv.reader([self._head.decode("utf-8", "replace")]), [])
        check_columns(f"{path}, line 1", names)

    @cached_property
    def _records(self) -> list[tuple[int, bytes]]:
        """The number of the first line of each record, and the record; some are several lines."""
        found: list[tuple[int, bytes]] = []
        quotes = 0
        for number, line in enumerate(self._rest.splitlines(keepends=True), start=2):
            if quotes % 2:
                found[-1] = (found[-1][0], found[-1][1] + line)
            elif line.strip():
                found.append((number, line))
            quotes += line.count(b'"')
        return found

    @property
    def rows(self) -> int:
        return len(self._records)

    def some(self, first: int, last: int) -> bytes:
        return b"\n".join([self._head, b"".join(record for _, record in self._records[first:last])])

    def place(self, row: int) -> str:
        return f"line {self._records[row][0]}"


class _Ndjson(Contents):
    def __init__(self, path: Path, body: bytes) -> None:
        super().__init__(path, body)
        first = body.partition(b"\n")[0]
        if first.strip():
            try:
                names = msgspec.json.decode(first, type=dict[str, Any])
            except msgspec.DecodeError as error:
                raise TransferError(f"{path}, line 1: is not a JSON object: {error}") from None
            check_columns(f"{path}, line 1", list(names))

    @cached_property
    def _lines(self) -> list[tuple[int, bytes]]:
        lines = enumerate(self.body.split(b"\n"), start=1)
        return [(number, line) for number, line in lines if line.strip()]

    @property
    def rows(self) -> int:
        return len(self._lines)

    def some(self, first: int, last: int) -> bytes:
        return b"\n".join(line for _, line in self._lines[first:last])

    def place(self, row: int) -> str:
        return f"line {self._lines[row][0]}"


class _Parquet(Contents):
    def __init__(self, path: Path, body: bytes) -> None:
        # Takes a while to read and only these files need it.
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.parquet as pq  # noqa: PLC0415

        super().__init__(path, body)
        try:
            self._file = pq.ParquetFile(pa.BufferReader(body))
        except (pa.ArrowException, OSError) as error:
            raise TransferError(
                f"{path}: is not a Parquet file, or a torn one: {error} (copy it again)"
            ) from None
        schema = self._file.schema_arrow
        check_columns(str(path), schema.names)
        for column in SESSION_COLUMNS:
            given = schema.field(column.name).type
            if not _fits(column.type, given, pa.types):
                raise TransferError(
                    f"{path}, column {column.name}: is {given} (write it as {column.type},"
                    " docs/export.md says how)"
                )

    @cached_property
    def _table(self) -> Any:
        return self._file.read()

    @property
    def rows(self) -> int:
        return int(self._file.metadata.num_rows)

    def some(self, first: int, last: int) -> bytes:
        import pyarrow.parquet as pq  # noqa: PLC0415

        written = io.BytesIO()
        pq.write_table(self._table.slice(first, last - first), written)
        return written.getvalue()

    def place(self, row: int) -> str:
        return f"row {row + 1}"


_KINDS: Final[Mapping[FileFormat, Callable[[Path, bytes], Contents]]] = {
    FileFormat.CSV: _Csv,
    FileFormat.NDJSON: _Ndjson,
    FileFormat.PARQUET: _Parquet,
}


def read_contents(path: Path, form: FileFormat) -> Contents:
    """A file's contents, unpacked if its name ends in ``.gz``.

    Raises:
        TransferError: it cannot be read, or its columns are not those of sessions.
    """
    try:
        body = path.read_bytes()
        if path.suffix == ".gz":
            body = gzip.decompress(body)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise TransferError(f"{path}: is not a whole file of gzip (copy it again)") from None
    except OSError as error:
        raise TransferError(f"{path}: cannot be read: {error.strerror}") from None
    return _KINDS[form](path, body)


def first_wrong(contents: Contents, is_right: Callable[[bytes], bool]) -> int:
    """The first row that is wrong, of contents of which some are.

    Args:
        contents: the rows.
        is_right: whether all rows of a part are right.
    """
    right, end = 0, contents.rows
    while end - right > 1:
        middle = (right + end) // 2
        if is_right(contents.some(right, middle)):
            right = middle
        else:
            end = middle
    return right


def check_columns(place: str, names: list[str]) -> None:
    """See that columns are those of sessions, in any order.

    Raises:
        TransferError: naming the first that is not.
    """
    for name in names:
        if name not in COLUMN_NAMES:
            near = difflib.get_close_matches(name, COLUMN_NAMES, 1)
            hint = f"did you mean {near[0]}?" if near else "take it out"
            raise TransferError(f"{place}: there is no column {name[:80]!r} ({hint})")
        if names.count(name) > 1:
            raise TransferError(f"{place}: column {name} is there twice (take one out)")
    for name in COLUMN_NAMES:
        if name not in names:
            raise TransferError(
                f"{place}: column {name} is missing (all of docs/export.md are needed)"
            )


def _fits(wanted: str, given: Any, types: Any) -> bool:
    """Whether the engine reads a column of a Parquet file as what it is meant to be."""
    if wanted.startswith("Array("):
        return bool(types.is_list(given) or types.is_large_list(given)) and _fits(
            wanted[6:-1], given.value_type, types
        )
    if types.is_dictionary(given):
        return _fits(wanted, given.value_type, types)
    if "Int" in wanted:
        return bool(types.is_integer(given))
    if "Float" in wanted:
        return bool(types.is_floating(given) or types.is_integer(given))
    if wanted == "Bool":
        return bool(types.is_boolean(given))
    return bool(
        types.is_string(given)
        or types.is_large_string(given)
        or types.is_binary(given)
        or types.is_large_binary(given)
    )
