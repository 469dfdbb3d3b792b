"""What a store takes on disk; what merges have replaced is not counted. Nobody may serve it."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.stores import Stored, opened

_TEXTS = ["page_url", "page_title", "referrer"]


def bytes_by_table(store: Stored) -> dict[str, int]:
    """Bytes on disk, the largest table first."""
    rows = _ask(
        store,
        "SELECT table, sum(bytes_on_disk) FROM system.parts WHERE active"
        " AND database = currentDatabase() GROUP BY table ORDER BY 2 DESC",
        {},
    )
    return {row[0]: row[1] for row in rows}


def bytes_of_texts(store: Stored) -> int:
    """Bytes of the sessions' URLs and titles, which depend on the site more than on Playhead."""
    sql = (
        "SELECT sum(column_bytes_on_disk) FROM system.parts_columns WHERE active"
        " AND table IN ('sessions', 'recent_sessions') AND column IN {texts:Array(String)}"
    )
    return int(_ask(store, sql, {"texts": _TEXTS})[0][0])


def _ask(store: Stored, sql: str, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    with opened(store) as engine:
        return engine.ask(sql, parameters)
