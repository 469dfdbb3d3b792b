"""What can go wrong with the store, and how the engine's words for it become ours."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from clickhouse_connect.driver.exceptions import DatabaseError
from clickhouse_connect.driver.exceptions import Error as DriverError

from playhead.errors import OperatorError
from playhead.log import get_logger

_CODE: Final = re.compile(r"Code: (\d+)")
_NOT_ENOUGH_MEMORY: Final = 241
_NOT_ENOUGH_SPACE: Final = 243
_NO_SPACE: Final = os.strerror(errno.ENOSPC)
_LIMITS: Final = {
    159: "time than one question may take",
    160: "time than one question may take",
    _NOT_ENOUGH_MEMORY: "memory than one question may use",
}
"""What the engine's codes say of a question that it has cut off."""

# Errors of the engine that say nothing about rows: time, queries, memory and disk that ran out.
_OUT_OF_MEANS: Final = frozenset({159, 202, _NOT_ENOUGH_MEMORY, _NOT_ENOUGH_SPACE, 252})

_log = get_logger("store")


class StoreUnavailableError(OperatorError):
    """The store cannot answer now: away, too busy, or the question was too heavy."""


class StoreBusyError(StoreUnavailableError):
    """Others have used what was wanted for as long as one waits."""

    def __init__(self) -> None:
        super().__init__("the store is busy")


class QuestionTooHeavyError(StoreUnavailableError):
    """The question would need more memory or time than one question may have."""


class NeedsMoreMemoryError(Exception):
    """The question needs more than its share of the memory of questions."""


class StoreInUseError(OperatorError):
    """The embedded store's folder cannot be opened: another process has it, or it is damaged."""


class StoreNewerError(OperatorError):
    """A later Playhead has changed the store's tables."""


class RowsRefusedError(ValueError):
    """Rows cannot be read; the message is the engine's, ``code`` the number of its error."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def code_of(error: Exception) -> int | None:
    """The engine's number for what went wrong, if it was the engine that said so."""
    found = _CODE.search(str(error))
    return int(found[1]) if found else None


@contextmanager
def named_failures() -> Iterator[None]:
    """Let what a client raises leave as one of ours.

    Raises:
        QuestionTooHeavyError: the question was cut off at a limit.
        StoreUnavailableError: there is no answer.
    """
    try:
        yield
    except (DriverError, OSError) as error:
        _log.error("store.failed", error=str(error)[:1000])
        limit = _LIMITS.get(code_of(error) or 0)
        if limit:
            raise QuestionTooHeavyError(
                f"this question needs more {limit}; ask for fewer days or a single media,"
                " or allow more with --store-memory and --store-seconds"
            ) from error
        if code_of(error) == _NOT_ENOUGH_SPACE or _NO_SPACE in str(error):
            raise StoreUnavailableError("the store's disk is full (make room on it)") from error
        raise StoreUnavailableError("the store cannot answer") from error


@contextmanager
def within_a_share() -> Iterator[None]:
    """Let a lack of memory leave as one that another try with more may not have.

    Raises:
        NeedsMoreMemoryError: the question was cut off for its memory.
    """
    try:
        yield
    except DriverError as error:
        if code_of(error) == _NOT_ENOUGH_MEMORY:
            raise NeedsMoreMemoryError from error
        raise


@contextmanager
def named_refusals() -> Iterator[None]:
    """Let what the engine says against rows leave as one of ours.

    Raises:
        RowsRefusedError: the engine cannot make rows of what it was given.
    """
    try:
        yield
    except DatabaseError as error:
        if error.code is None or error.code in _OUT_OF_MEANS:
            raise
        raise RowsRefusedError(str(error), error.code) from error
