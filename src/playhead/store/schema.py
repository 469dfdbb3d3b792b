"""The store's tables, as a list of forward steps.

A step that has landed is never changed; a change of mind is a further step.
"""

from typing import Final

from playhead.store import recent_table, session_table

# One row per session and beacon, of which FINAL leaves the newest. The version puts the beacon's
# seq first and then the *earlier* arrival, because a beacon with an equal seq is a repeat and is
# ignored (contract/beacon.md, `seq`). The key and the partition come from the session id alone,
# so that every beacon of a session falls into the same place. A partition is a week: FINAL costs
# next to nothing where a partition is one merged part, as all but this week's soon are. Weeks far
# from now, which only broken clocks have, share partition 0: a partition costs files.
# The columns that every number needs began with LZ4; step 5 changed that.
_SESSIONS: Final = """
CREATE TABLE IF NOT EXISTS sessions (
    account_id UInt32,
    media String COMMENT 'hashed id' CODEC(ZSTD),
    session_ms UInt64 COMMENT 'time in the session id, by the viewer''s clock',
    session UUID,
    version UInt64,
    started_ms Int64 COMMENT 'by our clock, ms since 1970' CODEC(Delta, LZ4),
    received_ms Int64 CODEC(Delta, ZSTD),
    visitor String CODEC(ZSTD),
    played Bool,
    duration Float64 COMMENT 'seconds, 0 when unknown',
    watched_seconds Float64,
    covered_seconds Float64,
    piece_starts Array(UInt64) COMMENT 'ms',
    piece_ends Array(UInt64) COMMENT 'ms, the last one may exceed duration by < 1',
    piece_times Array(UInt16),
    page_url String CODEC(ZSTD),
    page_title String CODEC(ZSTD),
    referrer String CODEC(ZSTD),
    email String CODEC(ZSTD),
    name String CODEC(ZSTD),
    org_name String CODEC(ZSTD),
    org_title String CODEC(ZSTD),
    actions String COMMENT 'JSON' CODEC(ZSTD),
    player_name LowCardinality(String),
    player_version LowCardinality(String),
    rate Float32 CODEC(ZSTD),
    language LowCardinality(String),
    screen_width UInt32 CODEC(ZSTD),
    screen_height UInt32 CODEC(ZSTD),
    startup_ms UInt32 CODEC(ZSTD),
    stalls UInt32 CODEC(ZSTD),
    stalled_ms UInt32 CODEC(ZSTD),
    errors Array(String) CODEC(ZSTD),
    ip String CODEC(ZSTD),
    user_agent String CODEC(ZSTD)
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY if(
    session_ms BETWEEN 1577836800000 AND 2208988799999,
    toYYYYMMDD(toMonday(toDateTime(intDiv(session_ms, 1000), 'UTC'))),
    0
)
ORDER BY (account_id, media, session_ms, session)
SETTINGS min_age_to_force_merge_seconds = 60, min_age_to_force_merge_on_partition_only = 1
"""

# What was left out of all numbers, kept for a while so that an owner can look at it.
_BOT_SESSIONS: Final = """
CREATE TABLE IF NOT EXISTS bot_sessions (
    account_id UInt32,
    media String,
    session UUID,
    version UInt64,
    received_at DateTime('UTC'),
    reason LowCardinality(String),
    user_agent String,
    page_url String
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (account_id, media, session)
TTL received_at + INTERVAL 30 DAY
"""

_VERSIONS: Final = """
CREATE TABLE IF NOT EXISTS schema_versions (version UInt32)
ENGINE = MergeTree ORDER BY version
"""

# Where and with what. Lines that were in the spool before these columns came have none of them.
_WHERE_AND_WITH_WHAT: Final = """
ALTER TABLE sessions
    ADD COLUMN IF NOT EXISTS browser LowCardinality(String),
    ADD COLUMN IF NOT EXISTS browser_version LowCardinality(String),
    ADD COLUMN IF NOT EXISTS platform LowCardinality(String),
    ADD COLUMN IF NOT EXISTS mobile Bool CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS country LowCardinality(String),
    ADD COLUMN IF NOT EXISTS region LowCardinality(String),
    ADD COLUMN IF NOT EXISTS city String CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS lat Nullable(Float64) CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS lon Nullable(Float64) CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS network String CODEC(ZSTD)
"""

# Sums of the sessions that have settled: of an account (media '') and of its medias, of all time
# and of each day of the account's zone. All of a settling is one insert; for that there are no
# partitions. The row of an account's total also says what its roll-ups cover. Of a media's total
# come its graph, as changes from cell to cell, and how many visitors it had.
_ROLLUPS: Final = """
CREATE TABLE IF NOT EXISTS rollups (
    account_id UInt32,
    kind LowCardinality(String) COMMENT 'total or day',
    media String COMMENT 'hashed id, empty: the account',
    day Int32 COMMENT 'proleptic ordinal of the local date; 0 in totals',
    edition UInt64 COMMENT 'the settling that wrote it',
    gone Bool,
    settled_ms UInt64 COMMENT 'sessions with an id from before are in here',
    timezone LowCardinality(String),
    loads UInt64,
    plays UInt64,
    watched_seconds Float64,
    known UInt64 COMMENT 'sessions with a play and a duration',
    viewed Float64 COMMENT 'sum of their shares',
    acting UInt64 COMMENT 'sessions with actions',
    visitors UInt64,
    players UInt64 COMMENT 'visitors with a play',
    longest Float64 COMMENT 'seconds',
    line UInt64 COMMENT 'which of its lines of audience belongs to it',
    width_us UInt64,
    divisor UInt64,
    cells Array(UInt32),
    viewers Array(Int64),
    rewatches Array(Int64)
)
ENGINE = ReplacingMergeTree(edition, gone)
ORDER BY (account_id, kind, media, day)
SETTINGS index_granularity = 1024
"""

# Who is counted in a media's total: an account's roll-ups of edition E have counted those with
# `since` <= E. Hashes of 128 bits, as the engine itself takes for an exact count. Few are looked up
# of many, so the granules and what is unpacked at a time are small.
_AUDIENCE: Final = """
CREATE TABLE IF NOT EXISTS audience (
    account_id UInt32,
    media String CODEC(ZSTD),
    line UInt64 CODEC(ZSTD),
    visitor UInt128 CODEC(NONE),
    since SimpleAggregateFunction(min, UInt64) CODEC(ZSTD),
    played_since SimpleAggregateFunction(min, UInt64) CODEC(ZSTD)
)
ENGINE = AggregatingMergeTree
ORDER BY (account_id, media, line, visitor)
SETTINGS index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 8192
"""

# Which blocks have sessions that started lately, or of one visitor (store/recent.py). What was
# written before has them once the engine has come to it, and is read in full until then.
_INDEXES: Final = """
ALTER TABLE sessions
    ADD INDEX IF NOT EXISTS by_start started_ms TYPE minmax GRANULARITY 1,
    ADD INDEX IF NOT EXISTS by_visitor visitor TYPE bloom_filter(0.01) GRANULARITY 1
"""
_INDEX_STARTS: Final = "ALTER TABLE sessions MATERIALIZE INDEX by_start"
_INDEX_VISITORS: Final = "ALTER TABLE sessions MATERIALIZE INDEX by_visitor"

# With roll-ups few questions read all of a media, so disk counts for more than it did. The two
# sums stay as they are: ZSTD makes them hardly smaller.
_SMALLER: Final = """
ALTER TABLE sessions
    MODIFY COLUMN session_ms UInt64 CODEC(Delta, ZSTD),
    MODIFY COLUMN session UUID CODEC(ZSTD),
    MODIFY COLUMN started_ms Int64 CODEC(Delta, ZSTD),
    MODIFY COLUMN piece_starts Array(UInt64) CODEC(ZSTD),
    MODIFY COLUMN piece_ends Array(UInt64) CODEC(ZSTD),
    MODIFY COLUMN piece_times Array(UInt16) CODEC(ZSTD)
"""

# Sums by visitor, each row whole in one text (store/visitors.py). A page of visitors reads a
# hundred of them that lie far apart, so granules and what is unpacked at a time are small.
_VISITORS: Final = """
CREATE TABLE IF NOT EXISTS visitors (
    account_id UInt32,
    visitor String COMMENT 'empty: how far the account is summed up' CODEC(ZSTD),
    edition UInt64 CODEC(ZSTD),
    until_ms UInt64 COMMENT 'sessions with an id from before are in here' CODEC(ZSTD),
    stale Bool COMMENT 'nothing is known until it is made anew' CODEC(ZSTD),
    sums String COMMENT 'JSON, empty when stale' CODEC(ZSTD)
)
ENGINE = ReplacingMergeTree(edition)
ORDER BY (account_id, visitor)
SETTINGS index_granularity = 128, min_compress_block_size = 8192, max_compress_block_size = 16384
"""

# With what the actions of a media add up to, and with smaller granules where rows are long: a graph
# is read for itself. Of an audience's hashes 80 bits are kept: among a million visitors two are
# taken for one in one of 10^12 medias.
_ROLLUPS_WITH_ACTIONS: Final = (
    "DROP TABLE IF EXISTS rollups",
    "DROP TABLE IF EXISTS audience",
    _ROLLUPS.replace(
        "    rewatches Array(Int64)\n",
        """    rewatches Array(Int64),
    action_types Array(String),
    actions_told Array(UInt64) COMMENT 'how often a session told of one',
    actions_used Array(UInt64),
    actions_shown Array(UInt64)
""",
    )
    + ", index_granularity_bytes = 65536",
    _AUDIENCE.replace("UInt128", "FixedString(10)"),
)

# Codecs as they were found best on ten million sessions; a new one is in use once parts are merged.
_SMALLER_YET: Final = """
ALTER TABLE sessions
    MODIFY COLUMN session_ms UInt64 CODEC(Delta, T64, ZSTD),
    MODIFY COLUMN played Bool CODEC(ZSTD),
    MODIFY COLUMN piece_starts Array(UInt64) CODEC(T64, ZSTD),
    MODIFY COLUMN piece_ends Array(UInt64) CODEC(T64, ZSTD),
    MODIFY COLUMN startup_ms UInt32 CODEC(T64, ZSTD),
    MODIFY COLUMN user_agent LowCardinality(String) CODEC(ZSTD),
    MODIFY COLUMN language LowCardinality(String) CODEC(ZSTD),
    MODIFY COLUMN browser LowCardinality(String) CODEC(ZSTD),
    MODIFY COLUMN browser_version LowCardinality(String) CODEC(ZSTD),
    MODIFY COLUMN platform LowCardinality(String) CODEC(ZSTD),
    MODIFY COLUMN country LowCardinality(String) CODEC(ZSTD)
"""

# Where visitors said who they are: a few among millions of sessions, so whoever looks for a
# visitor's email starts here. A newer beacon may have taken it back, and then the row stays: it
# only says where to look, what counts stands in the session.
_IDENTIFIED: Final = """
CREATE TABLE IF NOT EXISTS identified (
    account_id UInt32,
    visitor String CODEC(ZSTD),
    media String CODEC(ZSTD),
    session_ms UInt64 CODEC(ZSTD),
    session UUID CODEC(ZSTD)
)
ENGINE = ReplacingMergeTree
ORDER BY (account_id, visitor, media, session_ms, session)
SETTINGS index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384
"""
_OF_SESSIONS: Final = """
SELECT account_id, visitor, media, session_ms, session FROM sessions WHERE email != '' OR name != ''
"""
_WATCH_FOR_IDENTIFIED: Final = (
    "CREATE MATERIALIZED VIEW IF NOT EXISTS identified_by_session TO identified AS" + _OF_SESSIONS
)
FIND_IDENTIFIED: Final = "INSERT INTO identified" + _OF_SESSIONS

# What was replaced goes soon after its time, where the engine would look after half a minute only.
_KEEPS_ROWS: Final = "sessions", "bot_sessions", "rollups", "audience", "visitors", "identified"
_SWEEP_OFTEN: Final = tuple(
    f"ALTER TABLE {table} MODIFY SETTING cleanup_delay_period = 2,"
    " cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 4,"
    " merge_tree_clear_old_parts_interval_seconds = 2"
    for table in _KEEPS_ROWS
)

# The spool forgets what is in the store, so it has to be on disk by then: a power cut within the
# half minute in which the system writes by itself would take what was acknowledged.
_ON_DISK: Final = tuple(
    f"ALTER TABLE {table} MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1"
    for table in _KEEPS_ROWS
)

# A page of visitors unpacks a hundred blocks, so they are small; those that are there become so
# when the engine merges them.
_SMALLER_BLOCKS: Final = """
ALTER TABLE visitors MODIFY SETTING min_compress_block_size = 1024, max_compress_block_size = 8192
"""

# For who was there before some days (store/returning.py). Rows of before say nothing of it, nor
# do those that an older Playhead writes: the settler then sums the account's visitors up anew.
_FIRST_MINUTES: Final = """
ALTER TABLE visitors
    ADD COLUMN IF NOT EXISTS first_minute Int32
        COMMENT 'of the first session, since 1970' CODEC(T64, ZSTD) AFTER stale,
    ADD COLUMN IF NOT EXISTS changed Bool DEFAULT true
        COMMENT 'another row may say another minute' CODEC(ZSTD) AFTER first_minute
"""

STEPS: Final = (
    (_SESSIONS, _BOT_SESSIONS),
    (_WHERE_AND_WITH_WHAT,),
    (_ROLLUPS, _AUDIENCE),
    (_INDEXES, _INDEX_STARTS, _INDEX_VISITORS),
    (_SMALLER,),
    (_VISITORS,),
    (*_ROLLUPS_WITH_ACTIONS, _SMALLER_YET),
    (_IDENTIFIED, _WATCH_FOR_IDENTIFIED, FIND_IDENTIFIED),
    _SWEEP_OFTEN,
    session_table.moving(_WATCH_FOR_IDENTIFIED, "identified_by_session"),
    _ON_DISK,
    (*recent_table.MAKING, recent_table.FILL, recent_table.FILL_AGAIN),
    (_SMALLER_BLOCKS,),
    (_FIRST_MINUTES,),
)
"""Step i brings the schema to version i + 1."""

BEFORE_STEPS: Final = _VERSIONS
READ_VERSION: Final = "SELECT max(version) FROM schema_versions"
WRITE_VERSION: Final = "INSERT INTO schema_versions VALUES ({version:UInt32})"
