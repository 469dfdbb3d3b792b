"""What PostgreSQL is asked: the questions of :mod:`bench.questions`, by name, in plain SQL.

The same draw asks both for the same thing, so their answers can be compared.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from bench.questions import any_media, month, years
from bench.stores import media_id

Parameters = Callable[[random.Random], Mapping[str, Any]]

_MEDIA = "account_id = %(account)s AND media = %(media)s"
_TOTALS = """
    count(*) AS loads, count(*) FILTER (WHERE played) AS plays,
    coalesce(sum(watched_seconds), 0) / 3600 AS hours
"""
_VIEWED = (
    "coalesce(avg(least(1, covered_seconds / duration)) FILTER (WHERE played AND duration > 0), 0)"
)
_VISITORS = "count(DISTINCT visitor)"
_PLAYERS = "count(DISTINCT visitor) FILTER (WHERE played)"

_ACCOUNT = f"SELECT {_TOTALS} FROM sessions WHERE account_id = %(account)s"
_DAYS = f"""
SELECT day::date, coalesce(loads, 0), coalesce(plays, 0), coalesce(hours, 0)
FROM generate_series(%%(first)s::date, %%(last)s::date, interval '1 day') AS day
LEFT JOIN (
    SELECT (started AT TIME ZONE 'UTC')::date AS day, {_TOTALS}
    FROM sessions
    WHERE %s AND started >= %%(first)s::date AND started < %%(last)s::date + 1
    GROUP BY 1
) AS found USING (day)
ORDER BY day DESC
"""
_TOTALS_OF_MEDIA = (
    f"SELECT {_TOTALS}, {_VISITORS}, {_PLAYERS}, {_VIEWED} FROM sessions WHERE {_MEDIA}"
)
# A piece adds at the first cell whose midpoint is in it and takes away after the last; a running
# sum makes the graph, of at most 1,000 cells.
_GRAPH = f"""
WITH watched AS (
    SELECT duration, piece_starts, piece_ends, piece_times FROM sessions WHERE {_MEDIA}
),
graph AS (
    SELECT
        least(1000, greatest(1, floor(longest)))::int AS count,
        CASE WHEN longest BETWEEN 1 AND 1001 THEN 1000
            ELSE longest * 1000 / least(1000, greatest(1, floor(longest))) END AS width_ms
    FROM (SELECT max(duration) AS longest FROM watched) AS longest
),
pieces AS (
    SELECT start_ms, least(end_ms, duration * 1000) AS end_ms, times
    FROM watched, unnest(piece_starts, piece_ends, piece_times) AS piece(start_ms, end_ms, times)
),
borders AS (
    SELECT start_ms AS border_ms, 1 AS viewers, times - 1 AS rewatches FROM pieces
    UNION ALL
    SELECT end_ms, -1, 1 - times FROM pieces
),
changes AS (
    SELECT
        ceil((2 * border_ms - width_ms) / (2 * width_ms))::int AS cell,
        sum(viewers) AS viewers, sum(rewatches) AS rewatches
    FROM borders, graph
    GROUP BY 1
)
SELECT
    coalesce(sum(viewers) OVER line, 0)::int, coalesce(sum(rewatches) OVER line, 0)::int
FROM generate_series(0, (SELECT count - 1 FROM graph)) AS cell
LEFT JOIN changes USING (cell)
WINDOW line AS (ORDER BY cell)
ORDER BY cell
"""
_NEWEST_VISITORS = """
SELECT
    visitor, count(*), count(*) FILTER (WHERE played), min(started),
    max(started) FILTER (WHERE played) AS played_at, max(started) AS loaded_at,
    max(email), max(name), max(browser), max(platform)
FROM sessions
WHERE account_id = %(account)s
GROUP BY visitor
ORDER BY played_at DESC NULLS LAST, loaded_at DESC, visitor DESC
LIMIT 100 OFFSET %(skipped)s
"""
_NEWEST_EVENTS = """
SELECT
    id, media, visitor, started, least(1, covered_seconds / duration),
    piece_starts, piece_ends, piece_times, page_url, email, ip, country, browser, platform, mobile
FROM sessions
WHERE account_id = %(account)s AND played
ORDER BY started DESC, id DESC, media DESC
LIMIT 100 OFFSET %(skipped)s
"""
_ANALYTICS = f"""
SELECT
    count(*) FILTER (WHERE played), round(sum(watched_seconds)), {_VISITORS}, {_PLAYERS}, {_VIEWED}
FROM sessions
WHERE {_MEDIA} AND started >= %(first)s::date AND started < %(last)s::date
"""


class PeerQuestion(Struct, frozen=True):
    """SQL, and the parameters of it for each draw, beside ``account``."""

    name: str
    sql: str
    parameters: Parameters


def peer_questions() -> list[PeerQuestion]:
    """Those that have a counterpart of the same name."""
    days_of_account = _DAYS % "account_id = %(account)s"
    days_of_media = _DAYS % _MEDIA
    return [
        PeerQuestion(name, sql, parameters)
        for name, sql, parameters in (
            ("account", _ACCOUNT, lambda _: {}),
            ("account by_date", days_of_account, lambda d: _between(month(d))),
            ("busiest media", _TOTALS_OF_MEDIA, _busiest),
            ("any media", _TOTALS_OF_MEDIA, _any),
            ("busiest media by_date", days_of_media, lambda d: _busiest(d) | _between(month(d))),
            ("any media by_date", days_of_media, lambda d: _any(d) | _between(month(d))),
            ("busiest media engagement", _GRAPH, _busiest),
            ("any media engagement", _GRAPH, _any),
            ("visitors, 100", _NEWEST_VISITORS, _page),
            ("events, 100", _NEWEST_EVENTS, _page),
            ("analytics of any media", _ANALYTICS, lambda d: _any(d) | _between(years(d))),
            (
                "analytics of the busiest media",
                _ANALYTICS,
                lambda d: _busiest(d) | _between(years(d)),
            ),
        )
    ]


def _busiest(_draw: random.Random) -> dict[str, Any]:
    return {"media": media_id(0)}


def _any(draw: random.Random) -> dict[str, Any]:
    return {"media": any_media(draw)}


def _between(days: tuple[Any, Any]) -> dict[str, Any]:
    return {"first": days[0], "last": days[1]}


def _page(draw: random.Random) -> dict[str, Any]:
    return {"skipped": 100 * (draw.randint(1, 9) - 1)}
