"""Erasing sessions so that no file of the store holds anything of them."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from playhead.store.client import Store


class Doomed(Struct, frozen=True):
    """What is to be erased of an account: some visitors, or a media, or with neither all of it."""

    account: int
    visitors: tuple[str, ...] = ()
    media: str = ""


_ACCOUNT: Final = "account_id = {account:UInt32}"
# A statement that changes parts stays on disk beside them, so what goes is named in a table, which
# is gone afterwards.
_MEDIA: Final = " AND media IN (SELECT name FROM erasing)"
_VISITORS: Final = " AND visitor IN (SELECT name FROM erasing)"
_LIST: Final = "erasing"
_MAKE_LIST: Final = "CREATE TABLE erasing (name String) ENGINE = MergeTree ORDER BY name"
_FILL_LIST: Final = "INSERT INTO erasing SELECT arrayJoin({names:Array(String)})"
_DROP_LIST: Final = "DROP TABLE IF EXISTS erasing SYNC"

_WITH_VISITORS: Final = ("sessions", "recent_sessions", "identified")
_WITH_MEDIA: Final = (*_WITH_VISITORS, "bot_sessions")
_DERIVED: Final = ("rollups", "audience", "visitors")
_ALL: Final = (*_WITH_MEDIA, *_DERIVED)

_DELETE: Final = "ALTER TABLE %s DELETE WHERE %s SETTINGS mutations_sync = 2"
_NAMED: Final = """
SELECT DISTINCT visitor FROM sessions
WHERE account_id = {account:UInt32}
  AND (visitor = {name:String} OR lowerUTF8(email) = lowerUTF8({name:String}))
"""
_COUNT: Final = "SELECT count() FROM sessions FINAL WHERE account_id = {account:UInt32}"
_BY_VISITORS: Final = " AND visitor IN {names:Array(String)}"
_BY_MEDIA: Final = " AND media IN {names:Array(String)}"

# What a change has replaced is kept for some minutes, in case the machine loses power before its
# disk has all of the new parts. Here it is waited for instead.
_KEEP_NOTHING: Final = "ALTER TABLE %s MODIFY SETTING old_parts_lifetime = 1"
_KEEP_AS_EVER: Final = "ALTER TABLE %s RESET SETTING old_parts_lifetime"
_REPLACED: Final = """
SELECT count() FROM %s
WHERE NOT active AND database = currentDatabase() AND table IN {tables:Array(String)}
"""
_SWEPT_WITHIN_S: Final = 600
_LOOK_EVERY_S: Final = 0.5


class Erasing:
    """All raise StoreUnavailableError when it is not known whether a step was done; do it again."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def visitors_named(self, account: int, name: str) -> list[str]:
        """The visitors with this key, or who ever gave this email, in whatever case."""
        rows = self._store.work(_NAMED, {"account": account, "name": name})
        return sorted(row[0] for row in rows)

    def sessions(self, doomed: Doomed) -> int:
        """How many sessions there are of it."""
        by = _BY_MEDIA if doomed.media else _BY_VISITORS if doomed.visitors else ""
        return int(self._store.work(_COUNT + by, _parameters(doomed))[0][0])

    def erase(self, doomed: Doomed) -> None:
        """Erase the sessions, and all that is summed up of the account.

        It must be unsettled before, and be summed up anew afterwards.
        """
        parameters = _parameters(doomed)
        self._store.change(_DROP_LIST, {})
        self._store.change(_MAKE_LIST, {})
        self._store.run(_FILL_LIST, parameters)
        if cluster := self._store.cluster:
            self._store.run(cluster.wait_for(_LIST), {})
        if doomed.media:
            self._delete(_WITH_MEDIA, _ACCOUNT + _MEDIA, parameters)
        elif doomed.visitors:
            self._delete(_WITH_VISITORS, _ACCOUNT + _VISITORS, parameters)
        else:
            self._delete(_WITH_MEDIA, _ACCOUNT, parameters)
        self._store.change(_DROP_LIST, {})
        self._delete(_DERIVED, _ACCOUNT, parameters)

    def sweep(self) -> bool:
        """Wait until the engine has removed the files of what was erased; whether it has."""
        parts, names = "system.parts", list(_ALL)
        if cluster := self._store.cluster:
            parts, names = cluster.parts, [cluster.local(table) for table in _ALL]
        for table in _ALL:
            self._store.change(_KEEP_NOTHING % table, {})
        try:
            ends = time.monotonic() + _SWEPT_WITHIN_S
            while time.monotonic() < ends:
                if not self._store.work(_REPLACED % parts, {"tables": names})[0][0]:
                    return True
                time.sleep(_LOOK_EVERY_S)
            return False
        finally:
            for table in _ALL:
                self._store.change(_KEEP_AS_EVER % table, {})

    def _delete(self, tables: Sequence[str], which: str, parameters: Mapping[str, Any]) -> None:
        for table in tables:
            self._store.change(_DELETE % (table, which), parameters)


def _parameters(doomed: Doomed) -> dict[str, Any]:
    names = [doomed.media] if doomed.media else list(doomed.visitors)
    return {"account": doomed.account, "names": names}
