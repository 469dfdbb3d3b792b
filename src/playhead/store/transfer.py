"""Sessions on their way out to files and in from files: the engine writes and reads them.

A file's rows come in through a table that keeps nothing (``Null``) and a view on it, by which the
engine checks them, puts the account's number in the place of its key, and adds them to the
sessions, all in one go and on every kind of store.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Final

from msgspec import Struct

from playhead.store.client import Store
from playhead.store.columns import COLUMN_NAMES, SESSION_COLUMNS, Column
from playhead.store.intervals import Interval, within
from playhead.store.session_table import INTO

# Time in which sessions are counted to find slices, from coarse to fine (ms).
_WIDTHS: Final = (86_400_000, 3_600_000, 60_000, 1_000, 1)

# Tables of an import under way, dropped when the next one begins if a kill left them.
_CHECKING: Final = "transfer_checking"
_LOADING: Final = "transfer_loading"
_NOWHERE: Final = "transfer_nowhere"


class FileFormat(StrEnum):
    """What files of sessions are."""

    PARQUET = "parquet"
    CSV = "csv"
    NDJSON = "ndjson"


class Slice(Struct, frozen=True):
    """Sessions of an account with a time in their id in ``[from_ms, until_ms)``."""

    account: int
    from_ms: int
    until_ms: int
    sessions: int


class Rule(Struct, frozen=True):
    """What is wrong with a row when a condition holds; the first words are the column."""

    condition: str
    wrong: str


_FORMATS: Final = {
    FileFormat.PARQUET: "Parquet",
    FileFormat.CSV: "CSVWithNames",
    FileFormat.NDJSON: "JSONEachRow",
}
# The engine writes no head where it writes in pieces.
_FORMATS_OUT: Final = {**_FORMATS, FileFormat.CSV: "CSV"}
_WRITING: Final = {"format_csv_null_representation": ""}
_READING: Final = {
    "input_format_parquet_allow_missing_columns": "0",
    "input_format_skip_unknown_fields": "0",
    "input_format_with_names_use_header": "1",
    "input_format_csv_empty_as_default": "1",
    "input_format_null_as_default": "0",
    # Rows are added in blocks of these at the most, for the sake of memory.
    "min_insert_block_size_rows": "300000",
    "min_insert_block_size_bytes": "134217728",
}

_COUNT: Final = """
SELECT intDiv(session_ms, {width:UInt64}) * {width:UInt64} AS at, count() FROM sessions FINAL
WHERE account_id = {account:UInt32}
    AND session_ms >= {from:UInt64} AND session_ms < {until:UInt64}
    AND %s
GROUP BY at ORDER BY at
"""
_READ: Final = """
SELECT %s FROM sessions FINAL
WHERE account_id = {account:UInt32}
    AND session_ms >= {from:UInt64} AND session_ms < {until:UInt64}
    AND %s
ORDER BY session_ms, session
"""
_MEDIAS: Final = "SELECT DISTINCT media FROM sessions WHERE account_id = {account:UInt32}"
_LAST_MS: Final = 2**49

_SUM: Final = (
    "arraySum((start, end, times) ->"
    " %s * (least(end / 1000, if(duration > 0, duration, end / 1000)) - start / 1000),"
    " piece_starts, piece_ends, piece_times)"
)
_COLUMN_IN_MESSAGE: Final = (
    r"value of key (\w+)",
    r"name: (\w+), [^\n]*ERROR",
    r"column [`'\"]?(\w+)",
)
_TYPES: Final = {
    "String": "a text",
    "UUID": "a UUID",
    "Bool": "true or false",
    "UInt16": "a whole number from 0 to 65535",
    "UInt32": "a whole number from 0 to 4294967295",
    "UInt64": "a whole number from 0 to 18446744073709551615",
    "Int64": "a whole number",
    "Float32": "a number",
    "Float64": "a number",
    "Nullable(Float64)": "a number, or empty",
    "Array(UInt64)": "a list of whole numbers",
    "Array(UInt16)": "a list of whole numbers from 0 to 65535",
    "Array(String)": "a list of texts",
}
# What a collector would never have written, and what would lead questions astray.
RULES: Final = (
    Rule("match(media, '^[A-Za-z0-9_-]{1,64}$') = 0 OR match(media, '[A-Za-z]') = 0",
         "media: is not a hashed id (1 to 64 of A-Z a-z 0-9 _ -, one of them a letter)"),
    Rule("session_ms != bitShiftRight(toUInt128(session), 80)",
         "session_ms: is not the time in the session id"),
    Rule(f"abs(started_ms) >= {_LAST_MS}", "started_ms: is not ms since 1970"),
    Rule(f"abs(received_ms) >= {_LAST_MS}", "received_ms: is not ms since 1970"),
    Rule("match(visitor, '^[A-Za-z0-9_.-]{1,64}$') = 0",
         "visitor: is not a visitor's key (1 to 64 of A-Z a-z 0-9 _ . -)"),
    Rule("NOT (duration >= 0 AND duration <= 4000000000)",
         "duration: is not between 0 and 4000000000 s"),
    Rule("length(piece_starts) != length(piece_ends)",
         "piece_ends: is not as long as piece_starts"),
    Rule("length(piece_starts) != length(piece_times)",
         "piece_times: is not as long as piece_starts"),
    Rule("arrayExists((start, end) -> start >= end, piece_starts, piece_ends)",
         "piece_ends: a piece ends before it begins"),
    Rule("arrayExists((start, end) -> start < end,"
         " arrayPopFront(piece_starts), arrayPopBack(piece_ends))",
         "piece_starts: a piece begins before the one before it ends"),
    Rule("has(piece_times, 0)", "piece_times: a piece was watched 0 times"),
    Rule("notEmpty(piece_ends) AND piece_ends[-1] > 4000000000000",
         "piece_ends: a piece ends after 4000000000 s"),
    Rule("duration > 0 AND notEmpty(piece_ends) AND piece_ends[-1] > duration * 1000 + 1",
         "piece_ends: a piece ends after the duration"),
    Rule("notEmpty(piece_starts) AND NOT played", "played: is false, yet there are pieces"),
    Rule(f"NOT (abs(watched_seconds - {_SUM % 'times'}) <= 0.001 + watched_seconds / 1e9)",
         "watched_seconds: is not what the pieces make"),
    Rule(f"NOT (abs(covered_seconds - {_SUM % '1'}) <= 0.001 + covered_seconds / 1e9)",
         "covered_seconds: is not what the pieces make"),
    Rule("actions != '' AND NOT isValidJSON(actions)", "actions: is not JSON"),
    Rule("NOT (rate >= 0 AND rate <= 1000)", "rate: is not between 0 and 1000"),
    Rule("isNull(lat) != isNull(lon)", "lat: comes without lon, or lon without lat"),
    Rule("NOT ifNull(abs(lat) <= 90, 1)", "lat: is not between -90 and 90"),
    Rule("NOT ifNull(abs(lon) <= 180, 1)", "lon: is not between -180 and 180"),
)  # fmt: skip


class Transfer:
    """Reads sessions for files and adds those of files."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def slices(self, account: int, started: Sequence[Interval], most: int) -> list[Slice]:
        """An account's sessions in slices of time.

        Args:
            account: its number.
            started: when they began.
            most: how many sessions a slice has at the most, but for those of one millisecond.
        """
        found: list[Slice] = []
        for piece in self._pieces(Slice(account, 0, 2**48, 0), started, 0, most):
            last = found[-1] if found else None
            if last is not None and last.sessions + piece.sessions <= most:
                found[-1] = Slice(
                    account, last.from_ms, piece.until_ms, last.sessions + piece.sessions
                )
            else:
                found.append(piece)
        return found

    def _pieces(
        self, piece: Slice, started: Sequence[Interval], step: int, most: int
    ) -> Iterator[Slice]:
        condition, span = within(started)
        width = _WIDTHS[step]
        parameters = {**_parameters(piece), **span, "width": width}
        for at, sessions in self._store.work(_COUNT % condition, parameters):
            part = Slice(piece.account, at, at + width, sessions)
            if sessions > most and step + 1 < len(_WIDTHS):
                yield from self._pieces(part, started, step + 1, most)
            else:
                yield part

    def read(
        self, piece: Slice, key: str, started: Sequence[Interval], form: FileFormat
    ) -> Iterator[bytes]:
        """The rows of a slice in a file's format, CSV without its head, some MiB at a time.

        Args:
            piece: the slice.
            key: the key of its account.
            started: as for :meth:`slices`.
            form: what the file is.

        Raises:
            StoreUnavailableError: what came so far is not all.
        """
        names = ", ".join(_written(column, form) for column in COLUMN_NAMES)
        condition, span = within(started)
        parameters = {**_parameters(piece), **span, "key": key}
        sql = _READ % (names, condition)
        yield from self._store.stream(sql, parameters, _FORMATS_OUT[form], _WRITING)

    def medias(self, account: int) -> list[str]:
        """The hashed ids of the medias of an account's sessions."""
        return [media for (media,) in self._store.work(_MEDIAS, {"account": account})]

    @contextmanager
    def incoming(self, accounts: Mapping[str, int], form: FileFormat) -> Iterator["Incoming"]:
        """What files go through while the context lasts.

        Args:
            accounts: the numbers of the accounts of the files' rows, by key; a number of 0: files
                are only checked.
            form: what the files are.
        """
        self._drop()
        try:
            self._create(accounts, form)
            yield Incoming(self._store, form)
        finally:
            self._drop()

    def _create(self, accounts: Mapping[str, int], form: FileFormat) -> None:
        columns = ", ".join(f"{each.name} {_incoming_type(each, form)}" for each in SESSION_COLUMNS)
        for table in (_CHECKING, _LOADING):
            self._store.run(f"CREATE TABLE {table} ({columns}) ENGINE = Null", {})
        self._store.run(f"CREATE TABLE {_NOWHERE} (account String) ENGINE = Null", {})
        keys = _literal(list(accounts))
        rules = [Rule(f"account NOT IN {keys}", "account: is not in accounts.ndjson"), *RULES]
        if form is FileFormat.CSV:
            rules.append(Rule("NOT isValidJSON(errors)", "errors: is not a JSON list of texts"))
        passes = " AND ".join(
            f"throwIf({rule.condition}, {_literal(f'<{rule.wrong}>')}) = 0" for rule in rules
        )
        self._store.run(
            f"CREATE MATERIALIZED VIEW {_CHECKING}_view TO {_NOWHERE} AS"
            f" SELECT account FROM {_CHECKING} WHERE {passes}",
            {},
        )
        errors = ", JSONExtract(errors, 'Array(String)') AS errors"
        self._store.run(
            f"CREATE MATERIALIZED VIEW {_LOADING}_view TO {INTO} AS SELECT"
            f" transform(account, {keys}, {list(accounts.values())}, 0)::UInt32 AS account_id,"
            f" * EXCEPT (account{', errors' if form is FileFormat.CSV else ''})"
            f"{errors if form is FileFormat.CSV else ''} FROM {_LOADING}",
            {},
        )

    def _drop(self) -> None:
        for name in (_CHECKING, _LOADING):
            self._store.run(f"DROP VIEW IF EXISTS {name}_view", {})
            self._store.run(f"DROP TABLE IF EXISTS {name}", {})
        self._store.run(f"DROP TABLE IF EXISTS {_NOWHERE}", {})


class Incoming:
    """Where the contents of files go. For any thread."""

    def __init__(self, store: Store, form: FileFormat) -> None:
        self._store = store
        self._form = form

    def check(self, body: bytes) -> None:
        """Read a file's contents, or a part of them with its head, and keep nothing.

        Raises:
            RowsRefusedError: a row is wrong; :func:`explained` says how.
            StoreUnavailableError: the store cannot answer.
        """
        self._store.load(_CHECKING, body, _FORMATS[self._form], _READING)

    def load(self, body: bytes) -> None:
        """Add the sessions of a file's contents, which were checked before.

        Raises:
            RowsRefusedError: they were not.
            StoreUnavailableError: it is not known which were added; do it again.
        """
        self._store.load(_LOADING, body, _FORMATS[self._form], _READING)


def explained(engine_says: str) -> str:
    """What is wrong with a row, by what the engine says of it: ``column: is ...``."""
    broken = re.search(r"<(\w+: [^>]*)>", engine_says)
    if broken:
        return broken[1]
    for pattern in _COLUMN_IN_MESSAGE:
        found = re.search(pattern, engine_says)
        if found and found[1] in COLUMN_NAMES:
            column = SESSION_COLUMNS[COLUMN_NAMES.index(found[1])]
            return f"{column.name}: is not {_TYPES[column.type]}"
    return engine_says.splitlines()[0][:300]


def _parameters(piece: Slice) -> dict[str, int]:
    return {"account": piece.account, "from": piece.from_ms, "until": piece.until_ms}


def _written(column: str, form: FileFormat) -> str:
    if column == "account":
        return "{key:String} AS account"
    if column == "session":
        return "toString(session) AS session"
    if column == "errors" and form is FileFormat.CSV:
        return "toJSONString(errors) AS errors"
    return column


def _incoming_type(column: Column, form: FileFormat) -> str:
    return "String" if column.name == "errors" and form is FileFormat.CSV else column.type


def _literal(value: str | Sequence[str]) -> str:
    """A text, or a list of them, as SQL."""
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return f"[{', '.join(_literal(each) for each in value)}]"
