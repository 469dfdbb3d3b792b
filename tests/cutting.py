"""A store whose process is killed at some instant."""

from collections.abc import Mapping, Sequence
from typing import Any

from playhead.store import Store

NEVER = 10**9


class CutError(Exception):
    """The process was killed here."""


class CutStore(Store):
    """Killed before one of the statements that write; ``left`` is how many come before."""

    left = NEVER

    def run(self, sql: str, parameters: Mapping[str, Any]) -> None:
        self._go_on()
        super().run(sql, parameters)

    def insert(self, table: str, columns: Sequence[str], body: bytes, form: str) -> None:
        self._go_on()
        super().insert(table, columns, body, form)

    def load(self, table: str, body: bytes, form: str, settings: Mapping[str, str]) -> None:
        self._go_on()
        super().load(table, body, form, settings)

    def _go_on(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise CutError
