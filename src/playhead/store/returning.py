"""Who was there before: the condition for sessions whose visitors had one before some days.

Whoever is new had the first session within the days, and sums by visitor (store/visitors.py) say
when that was. So instead of all sessions from before the days, a number of each visitor is read,
and those are remembered who came in these days for the first time, not all who came.

That takes a store to which nobody else writes, for beacons of others make no row stale before
their sessions are there; and an engine that reads the same rows wherever a question names a table
(``enable_shared_storage_snapshot_in_query``). How far the rows reach is read a moment after them,
which is why the settler says it some time after it wrote them.
"""

from collections.abc import Sequence
from typing import Final

from playhead.store.client import Store
from playhead.store.intervals import Interval
from playhead.store.visitors import MINUTE_MS
from playhead.store.weeks import in_weeks_of

# A visitor stands in a set as a hash, as in uniqExact: the names of some millions do not fit what
# one question may use.
_WHO: Final = "sipHash128(visitor)"
_ACCOUNT: Final = "account_id = {account:UInt32}"
_OF_ALL_SESSIONS: Final = f"""
    SELECT {_WHO} FROM sessions FINAL
    WHERE {_ACCOUNT} AND started_ms < {{from_ms:Int64}} AND {_WHO} IN (%s)
"""
# Up to where the account is summed up, 0: it is not.
_EDGE: Final = f"""(
    SELECT maxIf(until_ms, NOT stale AND NOT changed)
    FROM visitors FINAL WHERE {_ACCOUNT} AND visitor = ''
)"""
_CHANGED: Final = f"SELECT visitor FROM visitors WHERE {_ACCOUNT} AND changed AND visitor != ''"
_STALE: Final = f"SELECT visitor FROM visitors WHERE {_ACCOUNT} AND stale AND visitor != ''"
_BEFORE: Final = f"first_minute < intDiv({{from_ms:Int64}}, {MINUTE_MS})"
# Rows that others have replaced are read too, since FINAL takes eight times as long. They say the
# same first session, but for visitors of whom one row is marked as changed.
_MAYBE_NEW: Final = f"""
    SELECT {_WHO} FROM visitors
    WHERE {_ACCOUNT} AND NOT changed AND NOT {_BEFORE}
      AND first_minute <= intDiv({{before_ms:Int64}}, {MINUTE_MS}) AND %(narrowed)s
    UNION ALL
    SELECT {_WHO} FROM ({_CHANGED})
    UNION ALL
    SELECT {_WHO} FROM sessions WHERE session_ms >= {_EDGE} AND %(condition)s
"""
_SURELY_RETURNING: Final = f"""
    SELECT {_WHO} FROM visitors
    WHERE {_ACCOUNT} AND {_EDGE} > 0 AND NOT changed AND {_BEFORE}
      AND visitor NOT IN ({_CHANGED})
      AND visitor IN (SELECT visitor FROM sessions WHERE session_ms >= {_EDGE} AND %(condition)s)
    UNION ALL
    SELECT {_WHO} FROM visitors FINAL
    WHERE {_ACCOUNT} AND {_EDGE} > 0 AND NOT stale AND {_BEFORE} AND visitor IN ({_CHANGED})
    UNION ALL
    SELECT {_WHO} FROM sessions FINAL
    WHERE {_ACCOUNT} AND started_ms < {{from_ms:Int64}} AND session_ms >= {_EDGE}
      AND ({_EDGE} > 0 OR {_WHO} IN (%(asked)s))
    UNION ALL
    SELECT {_WHO} FROM sessions FINAL
    WHERE {_ACCOUNT} AND started_ms < {{from_ms:Int64}} AND visitor IN ({_STALE})
"""
# In more days so many are new that all who were there before are quicker to find.
_MOST_MS: Final = 186 * 86_400_000


def were_there_before(store: Store, condition: str, times: Sequence[Interval], *, few: bool) -> str:
    """The condition for sessions of visitors who had one, of any media, before the times.

    Whoever has no sessions here but such that have settled was there before, unless new in these
    days. Of the others there may be no row yet.

    Args:
        store: where it is asked.
        condition: the sessions that it is about, whose parameters it needs.
        times: when these started; not empty.
        few: whether they are likely to have few of the account's visitors.
    """
    asked = f"SELECT {_WHO} FROM sessions WHERE {in_weeks_of(condition, times)}"
    if not _rows_tell(store, times):
        return f"{_WHO} IN ({_OF_ALL_SESSIONS % asked})"
    narrowed = f"{_WHO} IN ({asked})" if few else "true"
    parts = {"condition": condition, "asked": asked, "narrowed": narrowed}
    maybe_new, returning = _MAYBE_NEW % parts, _SURELY_RETURNING % parts
    return f"({_WHO} NOT IN ({maybe_new}) OR {_WHO} IN ({returning}))"


def _rows_tell(store: Store, times: Sequence[Interval]) -> bool:
    """Whether rows of visitors tell it: see above, none were lost, and the minutes are enough."""
    first_ms, before_ms = times[0][0], times[-1][1]
    return (
        store.changes.alone
        and store.is_whole("visitors")
        and first_ms % MINUTE_MS == 0
        and before_ms - first_ms <= _MOST_MS
    )
