"""Writing roll-ups. Whatever is written here is derived from ``sessions`` and may be dropped.

One thread at a time settles an account. What belongs together is one insert, which the engine
takes as a whole or not at all; whoever reads sees all of a settling or nothing of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

from msgspec import Struct

from playhead.store.cells import GraphCells
from playhead.store.client import Store
from playhead.store.fragments import ACTIONS, BORDERS, KNOWN, PERCENT_VIEWED, PIECES, cell_of
from playhead.store.rollups import NEVER, audience_key
from playhead.store.spans import Span, bucket_of


class Settling(Struct, frozen=True):
    """One step: which sessions of an account, up to which time in their ids, as which edition."""

    account: int
    until_ms: int
    timezone: str
    edition: int


class Found(Struct, frozen=True):
    """What there is of a media's sessions; times in ms since 1970, the duration in seconds."""

    sessions: int
    longest: float
    first_ms: int
    last_ms: int


class Rolled(Struct, frozen=True):
    """What a media's roll-up was made with."""

    loads: int
    longest: float
    width_us: int
    divisor: int
    line: int


# A settling is one block, hence one part, hence seen as a whole.
_AS_A_WHOLE: Final = (
    "SETTINGS max_insert_threads = 1, min_insert_block_size_rows = 1000000000, "
    "min_insert_block_size_bytes = 0, max_block_size = 1000000"
)
_COLUMNS: Final = (
    "kind, media, day, loads, plays, watched_seconds, known, viewed, acting, "
    "visitors, players, longest, line, width_us, divisor, cells, viewers, rewatches, "
    "action_types, actions_told, actions_used, actions_shown"
)
_NO_SUMS: Final = "0 AS loads, 0 AS plays, 0. AS watched_seconds, 0 AS known, 0. AS viewed"
_NO_PEOPLE: Final = "0 AS visitors, 0 AS players, 0. AS longest, 0 AS line"
_NO_GRAPH: Final = (
    "0 AS width_us, 0 AS divisor, emptyArrayUInt32() AS cells, "
    "emptyArrayInt64() AS viewers, emptyArrayInt64() AS rewatches"
)
_NO_ACTIONS: Final = (
    "emptyArrayString() AS action_types, emptyArrayUInt64() AS actions_told, "
    "emptyArrayUInt64() AS actions_used, emptyArrayUInt64() AS actions_shown"
)
_NO_LISTS: Final = f"{_NO_GRAPH}, {_NO_ACTIONS}"
_SUMS: Final = f"""
    count() AS loads,
    countIf(played) AS plays,
    sum(watched_seconds) AS watched_seconds,
    countIf({KNOWN}) AS known,
    sumIf({PERCENT_VIEWED}, {KNOWN}) AS viewed,
    countIf(actions != '') AS acting,
    0 AS visitors, 0 AS players,
    max(duration) AS longest
"""
# Both kinds of step read these: of a slice of time, or of some medias up to a time.
_SLICE: Final = (
    "account_id = {account:UInt32} AND session_ms >= {from:UInt64} AND session_ms < {until:UInt64}"
)
_OF_MEDIAS: Final = (
    "account_id = {account:UInt32} AND media IN {medias:Array(String)}"
    " AND session_ms < {until:UInt64}"
)

_FOUND: Final = """
SELECT media, count(), max(duration), min(started_ms), max(started_ms)
FROM sessions FINAL WHERE %s GROUP BY media
"""
_ROLLED: Final = """
SELECT media, loads, longest, width_us, divisor, line
FROM rollups FINAL
WHERE account_id = {account:UInt32} AND kind = 'total' AND media != ''
"""
_LAST_EDITION: Final = "SELECT max(edition) FROM rollups WHERE account_id = {account:UInt32}"

_OF: Final = "transform(media, {names:Array(String)}, {%s:Array(UInt64)}, 0::UInt64)"
_CELL: Final = cell_of(
    count="most", beyond="beyond", factor="2 * part", summand="width - 1", divisor="2 * width"
)
_GRAPHS: Final = f"""
SELECT
    'total' AS kind, media, 0 AS day, {_NO_SUMS}, 0 AS acting, {_NO_PEOPLE},
    any(width) AS width_us, any(part) AS divisor,
    groupArray(cell) AS cells, groupArray(up) AS viewers, groupArray(again_up) AS rewatches,
    {_NO_ACTIONS}, 1 AS new
FROM (
    SELECT
        media, width, part, ({_CELL})::UInt32 AS cell,
        sum(border.2)::Int64 AS up, sum(border.2 * again)::Int64 AS again_up
    FROM (
        SELECT
            media,
            {_OF % "counts"} AS most,
            {_OF % "widths"} AS width,
            {_OF % "divisors"} AS part,
            (intDiv(most * width, part) + 1)::Int64 AS beyond,
            {BORDERS}
        FROM sessions FINAL
        {PIECES}
        WHERE %s
    )
    GROUP BY media, width, part, cell
    HAVING up != 0 OR again_up != 0
)
GROUP BY media
"""

_ACTIONS: Final = f"""
SELECT
    'total' AS kind, media, 0 AS day, {_NO_SUMS}, 0 AS acting, {_NO_PEOPLE}, {_NO_GRAPH},
    groupArray(type) AS action_types, groupArray(told) AS actions_told,
    groupArray(used) AS actions_used, groupArray(shown) AS actions_shown, 1 AS new
FROM (
    SELECT media, action.type AS type, count() AS told,
        sum(action.converted) AS used, sum(action.shown) AS shown
    FROM sessions FINAL
    ARRAY JOIN {ACTIONS} AS action
    WHERE %s AND actions != ''
    GROUP BY media, type
)
GROUP BY media
"""

# Nothing is added to `audience` by a settling that whoever reads the one before would see.
_LINE: Final = _OF % "lines"
_VISITORS: Final = f"""
SELECT
    'total' AS kind, media, 0 AS day, {_NO_SUMS}, 0 AS acting,
    countIf(first_seen >= {{since:UInt64}}) AS visitors,
    countIf(first_played >= {{since:UInt64}} AND first_played != {NEVER}) AS players,
    0. AS longest, {_LINE} AS line, {_NO_LISTS}, 1 AS new
FROM (
    SELECT media, visitor, min(since) AS first_seen, min(played_since) AS first_played
    FROM audience
    WHERE account_id = {{account:UInt32}} AND media IN {{names:Array(String)}} AND line = {_LINE}
    %s
    GROUP BY media, visitor
)
GROUP BY media
"""
_PAIRS: Final = f"""
SELECT media, {audience_key("visitor")} AS key, max(played) AS player
FROM sessions FINAL WHERE %s GROUP BY media, key
"""
_ADD_PAIRS: Final = f"""
INSERT INTO audience (account_id, media, line, visitor, since, played_since)
SELECT {{account:UInt32}}, media, {_LINE}, key, {{edition:UInt64}},
    if(player, {{edition:UInt64}}, {NEVER})
FROM ({_PAIRS})
"""
# Those of the pairs, and whether they played, that are there already say nothing new.
_NOT_THERE: Final = f"""
WHERE (media, key, player) NOT IN (
    SELECT media, visitor, min(played_since) != {NEVER}
    FROM audience
    WHERE account_id = {{account:UInt32}} AND media IN {{names:Array(String)}} AND line = {_LINE}
    GROUP BY media, visitor
)
"""
_IN_SLICE: Final = f"""
AND (media, visitor) IN (
    SELECT media, {audience_key("visitor")} FROM sessions FINAL WHERE {_SLICE}
)
"""
# Pairs are only ever added, so as many as there should be means that they are the same.
_UNEQUAL: Final = f"""
SELECT media
FROM (
    SELECT media, count() AS visitors, countIf(player) AS players
    FROM ({_PAIRS % _OF_MEDIAS}) GROUP BY media
) AS ours
LEFT JOIN (
    SELECT media, visitors AS counted, players AS counted_players
    FROM ({_VISITORS % ""})
) AS theirs USING media
WHERE visitors != counted OR players != counted_players
"""
_UNPUBLISHED: Final = f"""
SELECT count() FROM audience
WHERE account_id = {{account:UInt32}} AND (
    since > {{edition:UInt64}} OR played_since > {{edition:UInt64}} AND played_since != {NEVER}
)
"""

_WRITE: Final = f"""
INSERT INTO rollups (account_id, edition, gone, settled_ms, timezone, {_COLUMNS})
SELECT
    {{account:UInt32}}, {{edition:UInt64}},
    sum(loads) = 0 AND NOT (kind = 'total' AND media = ''),
    {{until:UInt64}}, {{timezone:String}},
    kind, media, day,
    sum(loads), sum(plays), sum(watched_seconds), sum(known), sum(viewed), sum(acting),
    sum(visitors), sum(players), max(longest), max(line), max(width_us), max(divisor),
    (sumMap(cells, viewers, rewatches) AS graph).1, graph.2, graph.3,
    (sumMap(action_types, actions_told, actions_used, actions_shown) AS acts).1,
    acts.2, acts.3, acts.4
FROM (%s)
GROUP BY kind, media, day
HAVING sum(new) > 0
{_AS_A_WHOLE}
"""
_THE_ACCOUNT: Final = f"""
SELECT 'total' AS kind, '' AS media, 0 AS day, {_NO_SUMS}, 0 AS acting, {_NO_PEOPLE}, {_NO_LISTS},
    1 AS new
"""
_NEW: Final = f"""
SELECT if(grouping(day) = 1, 'total', 'day') AS kind, media, day, {_SUMS}, 0 AS line, {_NO_LISTS},
    1 AS new
FROM (
    SELECT
        media, played, duration, watched_seconds, covered_seconds, actions,
        {bucket_of("started_ms")} AS day
    FROM sessions FINAL
    WHERE %s
)
GROUP BY GROUPING SETS (%s)
"""
_MEDIAS: Final = "(media, day), (media)"
_MEDIAS_AND_ACCOUNT: Final = f"{_MEDIAS}, (day), ()"
_OLD: Final = f"""
SELECT {_COLUMNS}, 0 AS new FROM rollups FINAL
WHERE account_id = {{account:UInt32}} AND (media = '' OR media IN {{names:Array(String)}})
"""
_BLANKS: Final = f"""
SELECT kind, %s AS media, day, {_NO_SUMS}, 0 AS acting, {_NO_PEOPLE}, {_NO_LISTS}, 1 AS new
FROM rollups AS old FINAL
WHERE account_id = {{account:UInt32}} AND old.media IN {{names:Array(String)}}
"""
_OTHERS: Final = f"""
SELECT kind, '' AS media, day, loads, plays, watched_seconds, known, viewed, acting,
    {_NO_PEOPLE}, {_NO_LISTS}, %d AS new
FROM rollups AS old FINAL
WHERE account_id = {{account:UInt32}}
  AND old.media != '' AND old.media NOT IN {{names:Array(String)}}
"""

_UNSETTLE: Final = """
INSERT INTO rollups (account_id, kind, media, day, edition, gone)
VALUES ({account:UInt32}, 'total', '', 0, {edition:UInt64}, 1)
"""
_FORGET: Final = (
    "DELETE FROM rollups WHERE account_id = {account:UInt32} AND (kind != 'total' OR media != '')",
    "DELETE FROM audience WHERE account_id = {account:UInt32}",
)


class SettlingStore:
    """All raise StoreUnavailableError when it is not known whether a step was done."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def turn_if_free(self) -> AbstractContextManager[bool]:
        """As :meth:`Store.turn_if_free`."""
        return self._store.turn_if_free()

    def last_edition(self, account: int) -> int:
        """The highest edition of anything that was ever written, 0 for none."""
        return int(self._ask(_LAST_EDITION, {"account": account})[0][0])

    def is_whole(self, account: int, edition: int) -> bool:
        """Whether no settling after this edition was begun and not ended."""
        return not self._ask(_UNPUBLISHED, {"account": account, "edition": edition})[0][0]

    def rolled(self, account: int) -> dict[str, Rolled]:
        """What was rolled up, by media (hashed id)."""
        rows = self._ask(_ROLLED, {"account": account})
        return {row[0]: Rolled(*row[1:]) for row in rows}

    def found(
        self, account: int, *, from_ms: int = 0, until_ms: int, medias: Sequence[str] | None = None
    ) -> dict[str, Found]:
        """What there is to settle, by media: of a slice of time, or of some medias of all time."""
        parameters: dict[str, Any] = {"account": account, "until": until_ms}
        if medias is None:
            rows = self._ask(_FOUND % _SLICE, parameters | {"from": from_ms})
        else:
            rows = self._ask(_FOUND % _OF_MEDIAS, parameters | {"medias": list(medias)})
        return {row[0]: Found(*row[1:]) for row in rows}

    def add_slice(
        self,
        step: Settling,
        from_ms: int,
        span: Span,
        cells: Mapping[str, GraphCells],
        lines: Mapping[str, int],
    ) -> None:
        """Add the sessions of a slice of time, from where the account's roll-ups end.

        Args:
            step: which account, and where the slice ends.
            from_ms: where it begins.
            span: the days (as ordinals) of all starts in it.
            cells: those of each media in it; the same as in the roll-up that is there.
            lines: the line of audience of each media in it.
        """
        parameters = _parameters(step, span, cells, lines) | {"from": from_ms}
        parameters["since"] = step.edition
        self._run(_ADD_PAIRS % _SLICE, parameters)
        parts = (
            _OLD,
            _NEW % (_SLICE, _MEDIAS_AND_ACCOUNT),
            _VISITORS % _IN_SLICE,
            _GRAPHS % _SLICE,
            _ACTIONS % _SLICE,
            _THE_ACCOUNT,
        )
        self._write(parts, parameters)

    def replace(
        self,
        step: Settling,
        span: Span,
        cells: Mapping[str, GraphCells],
        lines: Mapping[str, int],
        *,
        account_too: bool,
    ) -> None:
        """Make the roll-ups of some medias anew, from all of their sessions up to a time.

        Args:
            step: which account, and up to where.
            span: the days (as ordinals) of all their starts.
            cells: those of each media; they say which medias.
            lines: the line of audience of each media.
            account_too: make the account's from them and from those of the other medias.
        """
        names = list(cells)
        parameters = _parameters(step, span, cells, lines) | {"medias": names, "since": 0}
        self._run(_ADD_PAIRS % _OF_MEDIAS + _NOT_THERE, parameters)
        unequal = {row[0] for row in self._ask(_UNEQUAL, parameters)}
        if unequal:
            # Somebody is no visitor any more: such a media's audience begins anew.
            lines = {name: step.edition if name in unequal else lines[name] for name in names}
            parameters["lines"] = list(lines.values())
            anew = _parameters(step, span, {name: cells[name] for name in unequal}, lines)
            self._run(_ADD_PAIRS % _OF_MEDIAS, anew | {"medias": list(unequal)})
        parts = [
            _NEW % (_OF_MEDIAS, _MEDIAS_AND_ACCOUNT if account_too else _MEDIAS),
            _VISITORS % "",
            _GRAPHS % _OF_MEDIAS,
            _ACTIONS % _OF_MEDIAS,
            _BLANKS % "media",
        ]
        if account_too:
            parts += [_BLANKS % "''", _OTHERS % 0, _THE_ACCOUNT]
        self._write(parts, parameters)

    def publish(self, step: Settling) -> None:
        """Make the account's roll-ups from those of its medias, which are seen from then on."""
        parameters = _parameters(step, Span([], [], 0), {}, {})
        parts = _OTHERS % 1, _THE_ACCOUNT
        self._write(parts, parameters)

    def unsettle(self, account: int, edition: int) -> None:
        """Let nobody read the account's roll-ups any more."""
        self._run(_UNSETTLE, {"account": account, "edition": edition})
        self._store.changes.settled(account)

    def forget(self, account: int) -> None:
        """Drop what is left of an account's roll-ups that nobody reads any more."""
        for statement in _FORGET:
            self._store.change(statement, {"account": account})

    def _write(self, parts: Iterable[str], parameters: Mapping[str, Any]) -> None:
        self._run(_WRITE % " UNION ALL ".join(parts), parameters)
        self._store.changes.settled(parameters["account"])

    def _ask(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        return self._store.work(sql, parameters)

    def _run(self, sql: str, parameters: Mapping[str, Any]) -> None:
        self._store.run(sql, parameters)


def _parameters(
    step: Settling, span: Span, cells: Mapping[str, GraphCells], lines: Mapping[str, int]
) -> dict[str, Any]:
    return {
        "account": step.account,
        "until": step.until_ms,
        "timezone": step.timezone,
        "edition": step.edition,
        "names": list(cells),
        "counts": [each.count for each in cells.values()],
        "widths": [each.width_us for each in cells.values()],
        "divisors": [each.divisor for each in cells.values()],
        "lines": [lines[name] for name in cells],
        **span.parameters(),
    }
