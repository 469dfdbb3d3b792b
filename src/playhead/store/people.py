"""Questions about visitors and single sessions. What the answers mean is for stats.

Pages of visitors come in two steps: first the keys, in order, from the few columns that decide it;
then what is to be shown of these keys only.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from playhead.store.client import Store
from playhead.store.details import (
    IN_THESE_SESSIONS,
    SessionDetails,
    WholeSession,
    details_of,
    parameters_of,
)
from playhead.store.fragments import ORDER, USED_FORM, SessionKey
from playhead.store.intervals import Interval, within
from playhead.store.newest import NewestSessions, Sought
from playhead.store.recent import (
    ALL_SESSIONS,
    OF_THESE_VISITORS,
    OF_THIS_VISITOR,
    Place,
    Recent,
    Window,
    ask_of_ids_from,
    span_of,
)
from playhead.store.visitors import SummedUp, VisitorPart, Visitors

VisitorKey = tuple[int, int, str]
"""Start of the newest play (-1: never played) and of the newest load, in ms; visitor."""


class VisitorFilter(Struct, frozen=True):
    """Which visitors; the conditions are all to be met.

    ``form_types`` are the types of action, in small letters only, that count as a form.
    """

    has_email: bool = False
    has_name: bool = False
    used_form: bool = False
    search: str = ""
    form_types: tuple[str, ...] = ()

    def takes_all(self) -> bool:
        """Whether there is no condition."""
        return not (self.has_email or self.has_name or self.used_form or self.search)


class SessionFilter(Struct, frozen=True):
    """Which sessions with a play; empty: all of them."""

    media: str = ""
    visitor: str = ""
    times: tuple[Interval, ...] = ()


_KEY: Final = "(started_ms, session, media)"
_OF_VISITOR: Final = "account_id = {account:UInt32} AND visitor IN {visitors:Array(String)}"

_PARTS: Final = f"""
SELECT
    visitor, email, name, org_name, org_title, browser, browser_version, platform, mobile,
    count(), countIf(played),
    argMin({_KEY}, {ORDER}),
    argMax({_KEY}, {ORDER}),
    argMaxIf({_KEY}, {ORDER}, played)
FROM %s
WHERE {_OF_VISITOR} AND %s
GROUP BY visitor, email, name, org_name, org_title, browser, browser_version, platform, mobile
"""
_ALL_PARTS: Final = _PARTS % (ALL_SESSIONS, OF_THESE_VISITORS)
_FROM: Final = "session_ms >= {from:UInt64}"
_FROM_LATER: Final = (
    f"{_FROM} AND session_ms >= transform("
    "visitor, {names:Array(String)}, {times:Array(UInt64)}, {from:UInt64})"
)

# The sessions in which these visitors said who they are, and all that FINAL has to look at.
_WHERE_SAID: Final = f"""
SELECT DISTINCT media, session_ms, session FROM identified WHERE {_OF_VISITOR}
"""
_SOME_SAID: Final = f"{_WHERE_SAID} LIMIT {{most:UInt64}}"
_IN_ALL_OF_THEM: Final = f"{_OF_VISITOR} AND (media, session_ms, session) IN ({_WHERE_SAID})"
# More of them take longer to name than to look up.
_MOST_NAMED: Final = 1000
_EMAILS: Final = f"""
SELECT visitor, argMax(email, {ORDER})
FROM sessions FINAL
WHERE %s AND email != ''
GROUP BY visitor
"""

_VISITOR_KEYS: Final = """
SELECT
    maxIf(started_ms, played) * (countIf(played) > 0) - (countIf(played) = 0) AS play_ms,
    max(started_ms) AS load_ms,
    visitor
    %s
FROM %s
WHERE account_id = {account:UInt32} AND %s
GROUP BY visitor
HAVING %s
ORDER BY play_ms DESC, load_ms DESC, visitor DESC
LIMIT {limit:UInt64} OFFSET {offset:UInt64}
"""
_IDENTIFIED: Final = """visitor IN (
    SELECT visitor FROM identified WHERE account_id = {account:UInt32}
)"""
_EMAIL_NOW: Final = f", argMaxIf(email, {ORDER}, email != '') AS email_now"
_NAME_NOW: Final = f", argMaxIf(name, {ORDER}, name != '') AS name_now"
_TOUCHED: Final = """
SELECT DISTINCT visitor
FROM sessions
WHERE account_id = {account:UInt32} AND received_ms >= {since:Int64}
"""

_IDENTITIES: Final = f"""
SELECT visitor, argMaxIf(email, {ORDER}, email != ''), argMaxIf(name, {ORDER}, name != '')
FROM sessions FINAL
WHERE %s
GROUP BY visitor
"""


class People:
    """Every question is within an account. All raise StoreUnavailableError without an answer."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._recent = Recent(store)
        self._newest = NewestSessions(store, self._recent)
        self._visitors = Visitors(store)
        # Up to where an account was summed up when it was last asked about; it seldom moves.
        self._edges: dict[int, int | None] = {}

    def visitor_keys(
        self,
        account: int,
        wanted: VisitorFilter,
        *,
        limit: int,
        offset: int = 0,
        after: VisitorKey | None = None,
        or_among: Sequence[str] = (),
    ) -> list[VisitorKey]:
        """Visitors, most recently active first.

        Args:
            account: numeric id.
            wanted: which of them.
            limit: at most so many.
            offset: leave out so many first.
            after: only those that come after this one in the list.
            or_among: these too, wherever in the list they are.
        """
        columns, conditions, parameters = _visitor_conditions(wanted)
        if after is not None:
            conditions.append(
                "((play_ms, load_ms, visitor) < ({play:Int64}, {load:Int64}, {visitor:String})"
                " OR has({among:Array(String)}, visitor))"
            )
            play, load, visitor = after
            parameters |= {
                "play": play,
                "load": load,
                "visitor": visitor,
                "among": list(or_among),
            }
        parameters |= {"account": account, "limit": limit, "offset": offset}
        having = " AND ".join(conditions) or "1"
        among = _IDENTIFIED  # few say who they are, and only they pass a filter
        if wanted.takes_all():
            among = "1"
            if after is None or after[0] >= 0:
                found = self._newest_players(account, having, parameters, after)
                if found:
                    return found
        sql = _VISITOR_KEYS % (columns, ALL_SESSIONS, among, having)
        return self._visitor_keys(sql, parameters)

    def _newest_players(
        self, account: int, having: str, parameters: dict[str, Any], after: VisitorKey | None
    ) -> list[VisitorKey] | None:
        """The page of the list, if it ends among those who played not long ago.

        Their newest play and load are not from before the window in which they played.
        """
        having = f"{having} AND play_ms >= {{since:Int64}}"

        def ask(window: Window) -> list[VisitorKey]:
            sql = _VISITOR_KEYS % ("", window.rows, window.condition, having)
            return self._visitor_keys(sql + window.settings, parameters | window.parameters)

        span = span_of((), after[0] if after else None)
        place = Place(parameters["limit"], parameters["offset"])
        return self._recent.newest(account, span, place, ask, of="visitors")

    def _visitor_keys(self, sql: str, parameters: Mapping[str, Any]) -> list[VisitorKey]:
        return [(row[0], row[1], row[2]) for row in self._store.ask(sql, parameters)]

    def touched_visitors(self, account: int, since_ms: int) -> list[str]:
        """Visitors of whom something was received at or after a moment, in no order."""
        rows = self._store.ask(_TOUCHED, {"account": account, "since": since_ms})
        return [row[0] for row in rows]

    def visitor_parts(self, account: int, visitors: Sequence[str]) -> list[VisitorPart]:
        """What is known of some visitors, in parts and in no order."""
        if not visitors:
            return []
        guess = self._edges.get(account)
        if guess is None:
            rolled = self._visitors.read(account, visitors)
            live: list[VisitorPart] = []
        else:
            rolled, live = self._store.at_once(
                lambda: self._visitors.read(account, visitors),
                lambda: self._later_parts(account, visitors, _FROM, {"from": guess}),
            )
        self._edges[account] = None if rolled is None else rolled.until_ms
        if rolled is None:
            return self._parts(_ALL_PARTS, account, visitors)
        if rolled.until_ms != guess or rolled.later or rolled.stale:
            live = self._live_parts(account, visitors, rolled)
        return [*rolled.parts, *live]

    def _live_parts(
        self, account: int, visitors: Sequence[str], rolled: SummedUp
    ) -> list[VisitorPart]:
        """What has been summed up of none of them."""
        since: dict[str, Any] = {"from": rolled.until_ms}
        if rolled.later:
            since |= {"names": list(rolled.later), "times": list(rolled.later.values())}
        known = [visitor for visitor in visitors if visitor not in rolled.stale]
        live = self._later_parts(account, known, _FROM_LATER if rolled.later else _FROM, since)
        unknown = self._parts(_ALL_PARTS, account, list(rolled.stale)) if rolled.stale else []
        return [*live, *unknown]

    def _later_parts(
        self, account: int, visitors: Sequence[str], condition: str, since: Mapping[str, Any]
    ) -> list[VisitorPart]:
        def ask(among: str) -> list[VisitorPart]:
            return self._parts(_PARTS % (among, condition), account, visitors, since)

        return ask_of_ids_from(self._store, since["from"], ask)

    def _parts(
        self,
        sql: str,
        account: int,
        visitors: Sequence[str],
        others: Mapping[str, Any] = MappingProxyType({}),
    ) -> list[VisitorPart]:
        parameters = {"account": account, "visitors": list(visitors), **others}
        return [VisitorPart(*row) for row in self._store.ask(sql, parameters)]

    def emails(self, account: int, visitors: Sequence[str]) -> dict[str, str]:
        """The newest email of those visitors who gave one."""
        return {row[0]: row[1] for row in self._of_who_said(_EMAILS, account, visitors)}

    def identities(self, account: int, visitors: Sequence[str]) -> dict[str, tuple[str, str]]:
        """The newest email and the newest name, ``""`` for none, of those who ever gave one."""
        rows = self._of_who_said(_IDENTITIES, account, visitors) if visitors else ()
        return {row[0]: (row[1], row[2]) for row in rows}

    def _of_who_said(
        self, sql: str, account: int, visitors: Sequence[str]
    ) -> Sequence[Sequence[Any]]:
        """Ask about the sessions in which some visitors said who they are: mostly there is none."""
        parameters = {"account": account, "visitors": list(visitors), "most": _MOST_NAMED + 1}
        said = self._store.ask(_SOME_SAID, parameters)
        if not said:
            return ()
        if len(said) > _MOST_NAMED:
            return self._store.ask(sql % _IN_ALL_OF_THEM, parameters)
        # Another visitor's session among them by now gives a row that nobody looks for.
        named = parameters_of(account, [(session, media) for media, _, session in said])
        return self._store.ask(sql % IN_THESE_SESSIONS, named)

    def newest_sessions(
        self,
        account: int,
        wanted: SessionFilter,
        *,
        limit: int,
        offset: int = 0,
        after: SessionKey | None = None,
    ) -> list[SessionDetails]:
        """Sessions with a play, newest first.

        Args:
            account: numeric id.
            wanted: which of them.
            limit: at most so many.
            offset: leave out so many first.
            after: only those that come after this one in the list.
        """
        conditions, parameters = _session_conditions(account, wanted)
        sought = Sought(
            conditions,
            parameters,
            wanted.times,
            are_enough=not wanted.visitor,
            medias=(wanted.media,) if wanted.media else None,
        )
        return self._newest.read(SessionDetails, account, sought, Place(limit, offset), after)

    def sessions(self, account: int, keys: Sequence[tuple[UUID, str]]) -> list[SessionDetails]:
        """What is known of some sessions, named by session id and media, in no order."""
        return details_of(SessionDetails, self._store, account, keys)

    def whole_sessions(self, account: int, keys: Sequence[tuple[UUID, str]]) -> list[WholeSession]:
        """All that is shown of some sessions, named by session id and media, in no order."""
        return details_of(WholeSession, self._store, account, keys)


def _visitor_conditions(wanted: VisitorFilter) -> tuple[str, list[str], dict[str, Any]]:
    columns = ""
    conditions: list[str] = []
    parameters: dict[str, Any] = {}
    if wanted.has_email or wanted.search:
        columns += _EMAIL_NOW
    if wanted.has_name or wanted.search:
        columns += _NAME_NOW
    if wanted.has_email:
        conditions.append("email_now != ''")
    if wanted.has_name:
        conditions.append("name_now != ''")
    if wanted.used_form:
        conditions.append(f"countIf(email != '' AND {USED_FORM}) > 0")
        parameters["forms"] = list(wanted.form_types)
    if wanted.search:
        conditions.append(
            "(positionCaseInsensitiveUTF8(email_now, {search:String}) > 0"
            " OR positionCaseInsensitiveUTF8(name_now, {search:String}) > 0)"
        )
        parameters["search"] = wanted.search
    return columns, conditions, parameters


def _session_conditions(account: int, wanted: SessionFilter) -> tuple[list[str], dict[str, Any]]:
    conditions = ["account_id = {account:UInt32}", "played"]
    parameters: dict[str, Any] = {"account": account}
    if wanted.media:
        conditions.append("media = {media:String}")
        parameters["media"] = wanted.media
    if wanted.visitor:
        conditions.append(f"visitor = {{visitor:String}} AND {OF_THIS_VISITOR}")
        parameters["visitor"] = wanted.visitor
    if wanted.times:
        condition, times = within(wanted.times)
        conditions.append(condition)
        parameters |= times
    return conditions, parameters
