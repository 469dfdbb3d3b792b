"""The sessions of the last days once more, in the order of time.

A page of the newest sessions, or of those who played last, has rows of as many medias as it has
lines. In ``sessions``, which lies in the order of medias, each of them is a block to unpack for
every column; here they lie side by side. The engine fills this table while sessions come in, and
drops from it what has become too old, a day at a time.

A row stays for eight days after its start or the time in its session's id, whichever is later, and
all of a session have the same time in their id. From that follows what may be read here:

* Of sessions with an id of the last seven days (:func:`first_known_id`) every row is here, so what
  ``FINAL`` gives is true.
* Of sessions that started in the last three days (:func:`first_known_start`) the newest row is
  here. One whose viewer's clock was slow by more than :data:`FAR_MS` is unsure: its id is so old
  that a newer row may have gone, which says that it started long ago. It has to be looked up in
  ``sessions``. Where the clock was better, the id is of the last seven days.
"""

from typing import Final

from playhead.store import session_table

TABLE: Final = "recent_sessions"

_DAY_MS: Final = 86_400_000
_KEPT_DAYS: Final = 8
# A day less than follows, for clocks of servers that differ.
_IDS_MS: Final = 7 * _DAY_MS
_STARTS_MS: Final = 3 * _DAY_MS
FAR_MS: Final = 4 * _DAY_MS
"""Of sessions whose viewer's clock was slow by more (ms) a newer row may have gone."""

_LATER_OF_TWO: Final = "toInt64(session_ms) + greatest(clock_ms, 0)"
# The type of a time to live ends in 2106.
_MOST_S: Final = 4_000_000_000

_CREATE: Final = f"""
CREATE TABLE IF NOT EXISTS {TABLE} (
{session_table.COLUMNS},
    INDEX by_start toInt64(session_ms) + clock_ms TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
{session_table.PARTITION % "toDateTime(intDiv(session_ms, 1000), 'UTC')"}
ORDER BY (account_id, session_ms, session_a, session_b, media)
TTL toDateTime(least(intDiv({_LATER_OF_TWO}, 1000), {_MOST_S})) + INTERVAL {_KEPT_DAYS} DAY
SETTINGS
    ttl_only_drop_parts = 1,
{session_table.SETTINGS}
"""
_OF_SESSIONS: Final = f"""
SELECT {session_table.KEPT} FROM {session_table.TABLE}
WHERE {_LATER_OF_TWO} >= toUnixTimestamp64Milli(now64(3)) - {_KEPT_DAYS * _DAY_MS}"""
_WATCH: Final = (
    f"CREATE MATERIALIZED VIEW IF NOT EXISTS recent_by_session TO {TABLE} AS" + _OF_SESSIONS
)

MAKING: Final = (_CREATE, _WATCH)
"""What makes it where there are no sessions yet."""
FILL: Final = f"INSERT INTO {TABLE} ({session_table.KEPT})" + _OF_SESSIONS
"""What puts into it those that there are."""
FILL_AGAIN: Final = f"{FILL} AND {session_table.LATELY}"
"""The same of what came within a day: others may have been inserting while the view was made, which
neither it nor the first look has seen."""


def first_known_id(now_ms: int) -> int:
    """Of all sessions with an id of then (ms) or later every row is here."""
    return now_ms - _IDS_MS


def first_known_start(now_ms: int) -> int:
    """Of all sessions that started then (ms) or later the newest row is here."""
    return now_ms - _STARTS_MS
