"""The store's tables as their steps leave them, made at once where none of them are.

The steps (schema.py) bring the tables of an earlier Playhead to where these are, which a test holds
against this list; what the tables are for is said there.
"""

from typing import Final

from playhead.store import recent_table, session_table

VERSION: Final = 14
"""The version that they are of; later steps are taken from there."""

_SWEPT_OFTEN: Final = (
    "fsync_after_insert = 1, fsync_part_directory = 1,"
    " cleanup_delay_period = 2, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 4,"
    " merge_tree_clear_old_parts_interval_seconds = 2"
)

_BOT_SESSIONS: Final = f"""
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
SETTINGS {_SWEPT_OFTEN}
"""

_ROLLUPS: Final = f"""
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
    rewatches Array(Int64),
    action_types Array(String),
    actions_told Array(UInt64) COMMENT 'how often a session told of one',
    actions_used Array(UInt64),
    actions_shown Array(UInt64)
)
ENGINE = ReplacingMergeTree(edition, gone)
ORDER BY (account_id, kind, media, day)
SETTINGS index_granularity = 1024, index_granularity_bytes = 65536,
    {_SWEPT_OFTEN}
"""

_AUDIENCE: Final = f"""
CREATE TABLE IF NOT EXISTS audience (
    account_id UInt32,
    media String CODEC(ZSTD),
    line UInt64 CODEC(ZSTD),
    visitor FixedString(10) CODEC(NONE),
    since SimpleAggregateFunction(min, UInt64) CODEC(ZSTD),
    played_since SimpleAggregateFunction(min, UInt64) CODEC(ZSTD)
)
ENGINE = AggregatingMergeTree
ORDER BY (account_id, media, line, visitor)
SETTINGS index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 8192,
    {_SWEPT_OFTEN}
"""

_VISITORS: Final = f"""
CREATE TABLE IF NOT EXISTS visitors (
    account_id UInt32,
    visitor String COMMENT 'empty: how far the account is summed up' CODEC(ZSTD),
    edition UInt64 CODEC(ZSTD),
    until_ms UInt64 COMMENT 'sessions with an id from before are in here' CODEC(ZSTD),
    stale Bool COMMENT 'nothing is known until it is made anew' CODEC(ZSTD),
    first_minute Int32 COMMENT 'of the first session, since 1970' CODEC(T64, ZSTD),
    changed Bool DEFAULT true COMMENT 'another row may say another minute' CODEC(ZSTD),
    sums String COMMENT 'JSON, empty when stale' CODEC(ZSTD)
)
ENGINE = ReplacingMergeTree(edition)
ORDER BY (account_id, visitor)
SETTINGS index_granularity = 128, min_compress_block_size = 1024, max_compress_block_size = 8192,
    {_SWEPT_OFTEN}
"""

_IDENTIFIED: Final = f"""
CREATE TABLE IF NOT EXISTS identified (
    account_id UInt32,
    visitor String CODEC(ZSTD),
    media String CODEC(ZSTD),
    session_ms UInt64 CODEC(ZSTD),
    session UUID CODEC(ZSTD)
)
ENGINE = ReplacingMergeTree
ORDER BY (account_id, visitor, media, session_ms, session)
SETTINGS index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
    {_SWEPT_OFTEN}
"""

_IDENTIFIED_BY_SESSION: Final = """
CREATE MATERIALIZED VIEW IF NOT EXISTS identified_by_session TO identified AS
SELECT account_id, visitor, media, session_ms, session FROM sessions WHERE email != '' OR name != ''
"""

TABLES: Final = (
    *session_table.MAKING,
    _BOT_SESSIONS,
    _ROLLUPS,
    _AUDIENCE,
    _VISITORS,
    _IDENTIFIED,
    _IDENTIFIED_BY_SESSION,
    *recent_table.MAKING,
)
"""What makes them, in this order."""
