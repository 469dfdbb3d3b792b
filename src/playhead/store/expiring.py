"""Sessions that have become too old."""

from typing import Final

from playhead.store.client import Store

_OLD: Final = "account_id = {account:UInt32} AND started_ms < {before:Int64}"
_ANY: Final = f"SELECT 1 FROM sessions WHERE {_OLD} LIMIT 1"
# Weeks that have none of them are left as they are. A newer beacon of a session never starts it
# later than an older one by more than clocks err, so no beacon is left behind for long.
_DELETE: Final = f"ALTER TABLE %s DELETE WHERE {_OLD} SETTINGS mutations_sync = 2"
_IDENTIFIED: Final = """
ALTER TABLE identified DELETE
WHERE account_id = {account:UInt32} AND (media, session_ms, session) NOT IN (
    SELECT media, session_ms, session FROM sessions
    WHERE account_id = {account:UInt32} AND (email != '' OR name != '')
)
SETTINGS mutations_sync = 2
"""


class Expiring:
    """All raise StoreUnavailableError when it is not known whether a step was done."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def any_before(self, account: int, before_ms: int) -> bool:
        """Whether the account has a session that started before a time (ms)."""
        return bool(self._store.work(_ANY, {"account": account, "before": before_ms}))

    def delete_before(self, account: int, before_ms: int) -> None:
        """Delete them; nothing that is summed up may be read then."""
        parameters = {"account": account, "before": before_ms}
        for table in ("sessions", "recent_sessions"):
            self._store.change(_DELETE % table, parameters)
        self._store.change(_IDENTIFIED, parameters)
        self._store.changes.settled(account)
