"""The table of sessions as it is since version 10: what it holds, and how rows come into it.

A row comes in as it is in the spool and in files (:mod:`playhead.store.columns`) through a table
that keeps nothing and a view on it. What can be told from other columns, or takes more room in the
form in which it came, is kept in another one and given back as it was by a column that is computed
when it is read; so questions need not know.
"""

from typing import Final

from playhead.rows import SessionRow

TABLE: Final = "sessions"
INTO: Final = "sessions_in"
"""Where rows are inserted."""

# Few of many thousand rows of a week are of one media, so a granule is small, and so is what is
# unpacked at a time: a question about one media reads half of what it read with 8192 and 64 KiB.
# The id is kept as its time, its 16 bits after that and its last 64, of which transposing leaves
# out those that are the same in all ids. Sums are whole ms but where a piece was cut at the end of
# a duration that is not, and most addresses are four bytes.
COLUMNS: Final = """\
    account_id UInt32,
    media String COMMENT 'hashed id' CODEC(ZSTD),
    session_ms UInt64 COMMENT 'time in the session id, by the viewer''s clock'
        CODEC(Delta, T64, ZSTD),
    session_a UInt16 COMMENT 'bits 48 to 63 of the session id' CODEC(T64, ZSTD),
    session_b UInt64 COMMENT 'bits 64 to 127' CODEC(T64, ZSTD),
    version UInt64 CODEC(ZSTD),
    clock_ms Int64 COMMENT 'what puts the viewer''s clock right' CODEC(T64, ZSTD),
    heard_ms Int64 COMMENT 'from the start to the arrival of the newest beacon' CODEC(T64, ZSTD),
    visitor String CODEC(ZSTD),
    played Bool CODEC(ZSTD),
    duration Float64 COMMENT 'seconds, 0 when unknown' CODEC(ZSTD),
    watched_ms UInt64 CODEC(T64, ZSTD),
    again_ms Int64 COMMENT 'of watched_ms, what was watched before' CODEC(T64, ZSTD),
    watched_rest Float64 COMMENT 'seconds' CODEC(ZSTD),
    covered_rest Float64 COMMENT 'seconds' CODEC(ZSTD),
    piece_starts Array(UInt64) COMMENT 'ms' CODEC(T64, ZSTD),
    piece_ends Array(UInt64) COMMENT 'ms, the last one may exceed duration by < 1'
        CODEC(T64, ZSTD),
    piece_times Array(UInt16) CODEC(ZSTD),
    page_url String CODEC(ZSTD),
    page_title String CODEC(ZSTD),
    referrer String CODEC(ZSTD),
    email String CODEC(ZSTD),
    name String CODEC(ZSTD),
    org_name String CODEC(ZSTD),
    org_title String CODEC(ZSTD),
    actions String COMMENT 'JSON' CODEC(ZSTD),
    player_name LowCardinality(String) CODEC(ZSTD),
    player_version LowCardinality(String) CODEC(ZSTD),
    rate Float32 CODEC(ZSTD),
    language LowCardinality(String) CODEC(ZSTD),
    screen_width UInt32 CODEC(ZSTD),
    screen_height UInt32 CODEC(ZSTD),
    startup_ms UInt32 CODEC(T64, ZSTD),
    stalls UInt32 CODEC(ZSTD),
    stalled_ms UInt32 CODEC(ZSTD),
    errors Array(String) CODEC(ZSTD),
    ip_number UInt32 COMMENT 'an IPv4 address' CODEC(ZSTD),
    ip_text String COMMENT 'any other' CODEC(ZSTD),
    user_agent LowCardinality(String) CODEC(ZSTD),
    browser LowCardinality(String) CODEC(ZSTD),
    browser_version LowCardinality(String) CODEC(ZSTD),
    platform LowCardinality(String) CODEC(ZSTD),
    mobile Bool CODEC(ZSTD),
    country LowCardinality(String) CODEC(ZSTD),
    region LowCardinality(String) CODEC(ZSTD),
    city LowCardinality(String) CODEC(ZSTD),
    lat Nullable(Float64) CODEC(ZSTD),
    lon Nullable(Float64) CODEC(ZSTD),
    network LowCardinality(String) CODEC(ZSTD),
    session UUID ALIAS reinterpretAsUUID(bitOr(
        bitShiftLeft(toUInt128(session_b), 64), bitOr(bitShiftLeft(session_ms, 16), session_a)
    )),
    started_ms Int64 ALIAS toInt64(session_ms) + clock_ms,
    received_ms Int64 ALIAS toInt64(session_ms) + clock_ms + heard_ms,
    watched_seconds Float64 ALIAS watched_ms / 1000 + watched_rest,
    covered_seconds Float64 ALIAS (toInt64(watched_ms) - again_ms) / 1000 + covered_rest,
    ip String ALIAS if(ip_number = 0, ip_text, IPv4NumToString(ip_number))"""
"""As they are kept, and those that are computed of them."""

PARTITION: Final = """PARTITION BY if(
    session_ms BETWEEN 1577836800000 AND 2208988799999,
    toYYYYMMDD(%s),
    0
)"""
"""By a date that is made of the session's id, but for ids of clocks that are years off."""
SETTINGS: Final = """\
    min_age_to_force_merge_seconds = 60, min_age_to_force_merge_on_partition_only = 1,
    index_granularity = 1024, min_compress_block_size = 16384, max_compress_block_size = 16384,
    cleanup_delay_period = 2, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 4,
    merge_tree_clear_old_parts_interval_seconds = 2,
    fsync_after_insert = 1, fsync_part_directory = 1"""
"""Of tables with these columns."""

_CREATE: Final = f"""
CREATE TABLE IF NOT EXISTS {{name}} (
{COLUMNS},
    INDEX by_start toInt64(session_ms) + clock_ms TYPE minmax GRANULARITY 1,
    INDEX by_visitor visitor TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
{PARTITION % "toMonday(toDateTime(intDiv(session_ms, 1000), 'UTC'))"}
ORDER BY (account_id, media, session_ms, session_a, session_b)
SETTINGS
{SETTINGS}
"""

# As in columns.py, but for the first, by which files name an account.
_CREATE_INTO: Final = f"""
CREATE TABLE IF NOT EXISTS {INTO} (
    account_id UInt32,
    media String,
    session_ms UInt64,
    session UUID,
    version UInt64,
    started_ms Int64,
    received_ms Int64,
    visitor String,
    played Bool,
    duration Float64,
    watched_seconds Float64,
    covered_seconds Float64,
    piece_starts Array(UInt64),
    piece_ends Array(UInt64),
    piece_times Array(UInt16),
    page_url String,
    page_title String,
    referrer String,
    email String,
    name String,
    org_name String,
    org_title String,
    actions String,
    player_name String,
    player_version String,
    rate Float32,
    language String,
    screen_width UInt32,
    screen_height UInt32,
    startup_ms UInt32,
    stalls UInt32,
    stalled_ms UInt32,
    errors Array(String),
    ip String,
    user_agent String,
    browser String,
    browser_version String,
    platform String,
    mobile Bool,
    country String,
    region String,
    city String,
    lat Nullable(Float64),
    lon Nullable(Float64),
    network String
)
ENGINE = Null
"""
_COMPUTED: Final = (
    "session",
    "started_ms",
    "received_ms",
    "watched_seconds",
    "covered_seconds",
    "ip",
)
_AS_IT_CAME: Final = [name for name in SessionRow.__struct_fields__ if name not in _COMPUTED]
# What a float has more than another of the same number is no rest.
_REST: Final = "if(abs({0} - {1} / 1000) <= {0} * 1e-14, 0., {0} - {1} / 1000)"
_whole = "toInt64(round({} * 1000))".format
_STORED: Final = f"""
SELECT
    {", ".join(_AS_IT_CAME)},
    toUInt16(bitAnd(bitShiftRight(toUInt128(session), 64), 65535)) AS session_a,
    toUInt64(bitAnd(toUInt128(session), 18446744073709551615)) AS session_b,
    started_ms - toInt64(session_ms) AS clock_ms,
    received_ms - started_ms AS heard_ms,
    {_whole("watched_seconds")}::UInt64 AS watched_ms,
    {_whole("watched_seconds")} - {_whole("covered_seconds")} AS again_ms,
    {_REST.format("watched_seconds", _whole("watched_seconds"))} AS watched_rest,
    {_REST.format("covered_seconds", _whole("covered_seconds"))} AS covered_rest,
    toIPv4OrDefault(ip) AS ip_v4,
    if(IPv4NumToString(ip_v4::UInt32) = ip, ip_v4::UInt32, 0) AS ip_number,
    if(ip_number = 0, ip, '') AS ip_text
FROM %s
"""
KEPT: Final = (
    ", ".join(_AS_IT_CAME)
    + ", session_a, session_b, clock_ms, heard_ms, watched_ms, again_ms"
    + ", watched_rest, covered_rest, ip_number, ip_text"
)
"""The columns that are kept."""

_WATCH: Final = (
    f"CREATE MATERIALIZED VIEW IF NOT EXISTS sessions_stored TO {TABLE} AS"
    f" SELECT {KEPT} FROM ({_STORED % INTO})"
)

MAKING: Final = (_CREATE.format(name=TABLE), _CREATE_INTO, _WATCH)
"""What makes the table, and the way into it, where there is none."""

# A table of before is copied and then takes the other's place. Whatever is killed meanwhile is
# begun again: copying twice changes nothing, and the old one goes last. What others put into it
# while it was copied is copied once more after that.
_NEXT, _BEFORE = f"{TABLE}_next", f"{TABLE}_before"
_COPY: Final = f"INSERT INTO {{}} ({KEPT}) SELECT {KEPT} FROM ({_STORED})"
LATELY: Final = "received_ms >= toUnixTimestamp64Milli(now64(3)) - 86400000"
"""True for what came while a table was copied, or was on its way when that began."""


def moving(watch: str, view: str) -> tuple[str, ...]:
    """The step to this table from the one before.

    Args:
        watch: creates the view ``view`` on sessions, which has to be made anew.
        view: its name.
    """
    return (
        f"DROP TABLE IF EXISTS {_BEFORE}",
        _CREATE.format(name=_NEXT),
        _COPY.format(_NEXT) % TABLE,
        f"DROP VIEW IF EXISTS {view}",
        "DROP VIEW IF EXISTS sessions_stored",
        f"RENAME TABLE {TABLE} TO {_BEFORE}, {_NEXT} TO {TABLE}",
        _CREATE_INTO,
        _WATCH,
        watch,
        _COPY.format(TABLE) % f"{_BEFORE} WHERE {LATELY}",
        f"DROP TABLE {_BEFORE}",
    )
