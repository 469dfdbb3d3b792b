"""Erasing a visitor, a media or an account from everything that an installation keeps."""

import time
from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

from playhead.catalog import Account, Catalog
from playhead.drain import Settler
from playhead.store import Doomed, Erasing

Stage = Literal["sessions", "summing up", "files"]

STAGES: Final[dict[Stage, str]] = {
    "sessions": "erasing sessions",
    "summing up": "summing up what remains",
    "files": "waiting until the files of what was erased are gone",
}
"""What each stage does, in words."""


class Erased(Struct, frozen=True):
    """What was erased; ``files_gone``: no file of the store holds anything of it any more."""

    account: str
    visitors: int
    sessions: int
    files_gone: bool


class Erasure:
    """One erasure. Cut off at any instant, it is done by doing it again; nothing wrong is shown."""

    def __init__(self, catalog: Catalog, store: Erasing, settler: Settler) -> None:
        """``settler``: nobody else may settle, and nothing may wait in the spool."""
        self._catalog = catalog
        self._store = store
        self._settler = settler

    def run(self, account: Account, doomed: Doomed) -> Iterator[Stage | Erased]:
        """Do it; says what comes next, and at last what was erased."""
        sessions = self._store.sessions(doomed)
        yield "sessions"
        now_ms = time.time_ns() // 1_000_000
        # Before the first session goes, so that no number is of more than there is.
        self._settler.unsettle(account.id, now_ms)
        self._store.erase(doomed)
        if doomed.media:
            self._catalog.erasing.media(account.id, doomed.media)
        whole = not doomed.media and not doomed.visitors
        if not whole:
            yield "summing up"
            for _ in self._settler.rebuild(account.id, account.timezone, now_ms):
                pass
        yield "files"
        gone = self._store.sweep()
        if whole:
            # Last, because whoever does it again has to find the account.
            self._catalog.erasing.account(account.id)
        yield Erased(account.key, len(doomed.visitors), sessions, gone)
