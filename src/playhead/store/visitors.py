"""Sums by visitor: what has settled of each, so that a page of them need not read every session.

A row holds all of a visitor's sessions with an id from before its ``until_ms``, in parts as
:class:`VisitorPart`. The row of the visitor ``""``, which no visitor has as a key, says up to where
an account has been summed up: who has no row then has no sessions from before it. Each row stands
for itself, so it never matters how many of them were written when a process was killed.

A row also has the minute of the first session, by which it is told who is new (store/returning.py).
There rows that a newer one has replaced are read, too; a visitor of whom they may say another
minute has a row that is marked as ``changed``.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from playhead.store.client import Store
from playhead.store.fragments import SessionKey
from playhead.store.recent import OF_THESE_VISITORS
from playhead.store.sessions import Late

_THE_ACCOUNT: Final = ""

MINUTE_MS: Final = 60_000
"""Of what rows say about first sessions."""


class VisitorPart(Struct, frozen=True):
    """Those of a visitor's sessions that carried the same identity and user agent."""

    visitor: str
    email: str
    name: str
    org_name: str
    org_title: str
    browser: str
    browser_version: str
    platform: str
    mobile: bool
    loads: int
    plays: int
    first: SessionKey
    """Only its time when the part has no identity."""
    newest: SessionKey
    newest_play: SessionKey
    """Of no meaning when ``plays`` is 0."""


class SummedUp(Struct, frozen=True):
    """What there is of some visitors, up to where (ms) the account has been summed up.

    ``parts`` are of sessions from before that, or before the visitor's own time in ``later``.
    Nothing is known of those who are ``stale``.
    """

    until_ms: int
    parts: list[VisitorPart]
    later: dict[str, int]
    stale: set[str]


class Edge(Struct, frozen=True):
    """Up to where (ms) an account has been summed up, None: it is not, and its last edition.

    ``reach_ms`` is the furthest that any of its rows reaches.
    """

    until_ms: int | None
    reach_ms: int
    edition: int


# As text a key sorts as keys of sessions do: by time, then session, then media.
_KEY: Final = """concat(
    lower(hex(reverse(reinterpretAsFixedString(started_ms)))),
    lower(hex(reverse(reinterpretAsFixedString(toUInt128(session))))),
    media
)"""
_TIME: Final = 16
_SESSION: Final = 48
# The minute of a first session that there is not.
_NEVER: Final = "2147483647::Int32"

_NEW: Final = f"""
SELECT
    visitor,
    if(
        email = '' AND name = '' AND org_name = '' AND org_title = '',
        '',
        toJSONString([email, name, org_name, org_title])
    ) AS identity,
    concat(browser, '\\n', browser_version, '\\n', platform, '\\n', if(mobile, '1', '')) AS agent,
    count() AS loads,
    countIf(played) AS plays,
    min({_KEY}) AS first,
    max({_KEY}) AS newest,
    maxIf({_KEY}, played) AS newest_play,
    intDiv(min(started_ms), {MINUTE_MS})::Int32 AS minute,
    {_NEVER} AS said,
    false AS is_changed
FROM sessions FINAL
WHERE account_id = {{account:UInt32}} AND %s
GROUP BY visitor, identity, agent
"""
# What a row says of its parts. Whole rows are read, of few visitors among many, and every column
# costs such a reader as much as the first; so it is one.
_PARTS: Final = "Array(Tuple(String, String, UInt64, UInt64, String, String, String))"
_OLD: Final = f"""
SELECT
    visitor, part.1 AS identity, part.2 AS agent, part.3 AS loads, part.4 AS plays,
    part.5 AS first, if(part.6 = '', part.7, part.6) AS newest, part.7 AS newest_play,
    first_minute AS minute, first_minute AS said, changed AS is_changed
FROM (
    SELECT visitor, first_minute, changed, JSONExtract(sums, 2, '{_PARTS}') AS parts
    FROM visitors FINAL
    WHERE account_id = {{account:UInt32}} AND %s
)
LEFT ARRAY JOIN parts AS part
"""
_WRITE: Final = f"""
INSERT INTO visitors
    (account_id, visitor, edition, until_ms, stale, first_minute, changed, sums)
SELECT
    {{account:UInt32}}, visitor, {{edition:UInt64}}, {{until:UInt64}}, false,
    min(earliest_minute) AS minute,
    {{anew:Bool}} OR max(was_changed) OR min(said_minute) != {_NEVER} AND minute < min(said_minute),
    concat('[', toString({{until:UInt64}}), ',', toJSONString(groupArrayIf((
        identity, agent, all_loads, all_plays,
        if(identity = '', substring(earliest, 1, {_TIME}), earliest),
        if(latest = latest_play, '', latest), latest_play
    ), all_loads > 0)), ']')
FROM (
    SELECT
        visitor, identity, agent, sum(loads) AS all_loads, sum(plays) AS all_plays,
        min(first) AS earliest, max(newest) AS latest, max(newest_play) AS latest_play,
        min(minute) AS earliest_minute, min(said) AS said_minute, max(is_changed) AS was_changed
    FROM (%s)
    GROUP BY visitor, identity, agent
)
GROUP BY visitor
SETTINGS output_format_json_quote_64bit_integers = 0
"""

_SLICE: Final = (
    "account_id = {account:UInt32} AND session_ms >= {from:UInt64} AND session_ms < {until:UInt64}"
)
_IN_SLICE: Final = f"visitor IN (SELECT visitor FROM sessions WHERE {_SLICE})"
# Who is stale stays so; whose row reaches further was written before a kill.
_DONE: Final = f"""visitor NOT IN (
    SELECT visitor FROM visitors FINAL
    WHERE account_id = {{account:UInt32}} AND {_IN_SLICE}
      AND (stale OR until_ms >= {{until:UInt64}})
)"""
_ADD: Final = _WRITE % (
    _NEW % f"{_SLICE} AND {_DONE}"
    + " UNION ALL "
    + _OLD % f"{_IN_SLICE} AND NOT stale AND until_ms < {{until:UInt64}}"
)
_MAKE_SHARE: Final = _WRITE % (
    _NEW % "session_ms < {until:UInt64} AND sipHash64(visitor) % {shares:UInt64} = {share:UInt64}"
)
_NOTHING: Final = f"""
SELECT arrayJoin({{visitors:Array(String)}}) AS visitor, '' AS identity, '' AS agent,
    0 AS loads, 0 AS plays, '' AS first, '' AS newest, '' AS newest_play,
    {_NEVER} AS minute, {_NEVER} AS said, false AS is_changed
"""
_OF_VISITORS: Final = "visitor IN {visitors:Array(String)}"
_MAKE_SOME: Final = _WRITE % (
    _NEW % f"{_OF_VISITORS} AND {OF_THESE_VISITORS} AND session_ms < {{until:UInt64}}"
    + " UNION ALL "
    + _NOTHING
)
_SET: Final = """
INSERT INTO visitors (account_id, visitor, edition, until_ms, stale, changed, sums)
SELECT {account:UInt32}, arrayJoin({visitors:Array(String)}), {edition:UInt64}, {until:UInt64},
    {stale:Bool}, {stale:Bool}, if({stale:Bool}, '', concat('[', toString({until:UInt64}), ',[]]'))
"""
_FORGET: Final = "DELETE FROM visitors WHERE account_id = {account:UInt32} AND visitor != ''"

_EDGE: Final = """
SELECT maxIf((edition, until_ms, stale OR changed), visitor = ''), max(until_ms), max(edition)
FROM visitors WHERE account_id = {account:UInt32}
"""
_STALE: Final = """
SELECT visitor FROM visitors FINAL
WHERE account_id = {account:UInt32} AND stale AND visitor != ''
"""
_COUNT: Final = """
SELECT count() FROM sessions WHERE account_id = {account:UInt32} AND session_ms < {until:UInt64}
"""
_VISITORS_OF: Final = """
SELECT DISTINCT visitor FROM sessions
WHERE account_id = {account:UInt32}
  AND media IN {medias:Array(String)}
  AND session_ms IN {times:Array(UInt64)}
  AND session IN {sessions:Array(UUID)}
"""
_READ: Final = """
SELECT visitor, sums FROM visitors FINAL
WHERE account_id = {account:UInt32} AND visitor IN {visitors:Array(String)}
"""


class _Part(Struct, array_like=True):
    identity: str
    agent: str
    loads: int
    plays: int
    first: str
    newest: str
    newest_play: str


class _Row(Struct, array_like=True):
    until_ms: int
    parts: list[_Part]


_read_row = msgspec.json.Decoder(_Row).decode
_read_identity = msgspec.json.Decoder(tuple[str, str, str, str]).decode
_NOBODY: Final = ("", "", "", "")


class Visitors:
    """Reading and writing the sums. All raise StoreUnavailableError.

    One thread at a time writes those of an account.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, account: int, visitors: Sequence[str]) -> SummedUp | None:
        """What has been summed up of some visitors; None when nothing of the account has.

        Nor is it known when a part of it was damaged: who has no row may have lost it.
        """
        names = [_THE_ACCOUNT, *visitors]
        answer = self._store.ask(_READ, {"account": account, "visitors": names})
        rows: dict[str, str] = {row[0]: row[1] for row in answer}
        edge = rows.pop(_THE_ACCOUNT, "")
        if not edge or not self._store.is_whole("visitors"):
            return None
        until_ms = _read_row(edge).until_ms
        found = {visitor: _read_row(sums) for visitor, sums in rows.items() if sums}
        return SummedUp(
            until_ms=until_ms,
            parts=[_part(name, part) for name, row in found.items() for part in row.parts],
            later={name: row.until_ms for name, row in found.items() if row.until_ms > until_ms},
            stale=rows.keys() - found.keys(),
        )

    def edge(self, account: int) -> Edge:
        """Up to where an account has been summed up."""
        (written, until_ms, unknown), reach_ms, edition = self._work(_EDGE, {"account": account})[0]
        return Edge(until_ms if written and not unknown else None, reach_ms, edition)

    def stale(self, account: int) -> set[str]:
        """The visitors whose sums are to be made anew."""
        return {row[0] for row in self._work(_STALE, {"account": account})}

    def count(self, account: int, until_ms: int) -> int:
        """How many sessions, about, there are to sum up."""
        return int(self._work(_COUNT, {"account": account, "until": until_ms})[0][0])

    def of_sessions(self, account: int, sessions: Sequence[Late]) -> set[str]:
        """The visitors of some sessions, as they are in the store."""
        parameters = {
            "account": account,
            "medias": sorted({each.media for each in sessions}),
            "times": sorted({each.session_ms for each in sessions}),
            "sessions": sorted({each.session for each in sessions}),
        }
        return {row[0] for row in self._work(_VISITORS_OF, parameters)}

    def add_slice(self, account: int, edition: int, from_ms: int, until_ms: int) -> None:
        """Add the sessions of a slice of time to the sums of their visitors."""
        self._run(_ADD, account, edition, until_ms, {"from": from_ms, "anew": False})

    def make_share(
        self, account: int, edition: int, until_ms: int, share: int, shares: int
    ) -> None:
        """Make the sums of a share of all visitors."""
        parameters = {"share": share, "shares": shares, "anew": False}
        self._run(_MAKE_SHARE, account, edition, until_ms, parameters)

    def make(self, account: int, edition: int, until_ms: int, visitors: Sequence[str]) -> None:
        """Make the sums of some visitors anew; some may have no sessions any more."""
        parameters = {"visitors": list(visitors), "anew": True}
        self._run(_MAKE_SOME, account, edition, until_ms, parameters)

    def make_stale(self, account: int, edition: int, visitors: Iterable[str]) -> None:
        """Say of some visitors that nothing is known; all is read from their sessions then."""
        parameters = {"visitors": sorted(visitors), "stale": True}
        self._run(_SET, account, edition, 0, parameters)

    def set_edge(self, account: int, edition: int, until_ms: int | None) -> None:
        """Say up to where the account has been summed up; None: nobody is to read its rows."""
        parameters = {"visitors": [_THE_ACCOUNT], "stale": until_ms is None}
        self._run(_SET, account, edition, until_ms or 0, parameters)

    def forget(self, account: int) -> None:
        """Drop all rows of an account but its own."""
        self._store.change(_FORGET, {"account": account})

    def _work(self, sql: str, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        return self._store.work(sql, parameters)

    def _run(
        self, sql: str, account: int, edition: int, until_ms: int, others: Mapping[str, Any]
    ) -> None:
        parameters = {"account": account, "edition": edition, "until": until_ms, **others}
        self._store.run(sql, parameters)


def _part(visitor: str, part: _Part) -> VisitorPart:
    email, name, org_name, org_title = _read_identity(part.identity) if part.identity else _NOBODY
    browser, version, platform, mobile = part.agent.split("\n")
    return VisitorPart(
        visitor=visitor,
        email=email,
        name=name,
        org_name=org_name,
        org_title=org_title,
        browser=browser,
        browser_version=version,
        platform=platform,
        mobile=bool(mobile),
        loads=part.loads,
        plays=part.plays,
        first=_key(part.first),
        newest=_key(part.newest or part.newest_play),
        newest_play=_key(part.newest_play),
    )


def _key(text: str) -> SessionKey:
    time, session, media = text[:_TIME], text[_TIME:_SESSION], text[_SESSION:]
    return int(time or "0", 16), UUID(int=int(session or "0", 16)), media
