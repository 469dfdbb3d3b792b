"""Questions about one media over some time, in buckets and by where its viewers came from."""

from collections.abc import Sequence
from typing import Any, Final, Literal

from msgspec import Struct

from playhead.store.client import Store
from playhead.store.fragments import (
    ACTIONS,
    IS_CALL,
    IS_FORM,
    KNOWN,
    ORDER,
    ORDER_IN_MEDIA,
    PERCENT_VIEWED,
    USED_FORM,
    SessionKey,
    behind,
)
from playhead.store.intervals import Interval
from playhead.store.segments import TRAITS, Segment, in_segment_by_weeks
from playhead.store.spans import Span, bucket_of


class ActionTypes(Struct, frozen=True):
    """Which types of action, in small letters only, count as what."""

    calls_to_action: tuple[str, ...]
    forms: tuple[str, ...]


class Viewing(Struct, frozen=True):
    """Sums and means over some sessions of a media."""

    loads: int
    plays: int
    watched_seconds: float
    visitors: int
    visitors_with_a_play: int
    percent_viewed: float
    """Mean over the sessions with a play and a duration; 0.0 when there are none."""
    calls_shown: int
    calls_used: int
    forms_used: int


class Location(Struct, frozen=True):
    """A page, by its address without query and fragment, and what was viewed there."""

    url: str
    title: str
    viewing: Viewing


class Source(Struct, frozen=True):
    """Where viewers came from or what they had, and what they viewed."""

    name: str
    loads: int
    plays: int
    percent_viewed: float


class Conversion(Struct, frozen=True):
    """A session that used a form. ``actions`` as the player sent them, JSON."""

    key: SessionKey
    email: str
    actions: str


Dimension = Literal[
    "utm_campaign", "utm_source", "utm_medium", "referrer_domain", "viewer_screen_size"
]
LocationOrder = Literal[
    "plays", "loads", "engagement_rate", "play_rate", "played_time", "unique_visitors"
]
SourceOrder = Literal["plays", "loads", "engagement_rate"]

# First by visitor, so that visitors are counted without a set for each group.
_BY_VISITOR: Final = f"""
    visitor,
    count() AS loads,
    countIf(played) AS plays,
    sum(watched_seconds) AS watched,
    countIf({KNOWN}) AS known,
    sumIf({PERCENT_VIEWED}, {KNOWN}) AS viewed,
    sum(arraySum(action -> {IS_CALL} * action.shown, {ACTIONS})) AS calls_shown,
    sum(arraySum(action -> {IS_CALL} * action.converted, {ACTIONS})) AS calls_used,
    sum(arraySum(action -> {IS_FORM} * action.converted, {ACTIONS})) AS forms_used
"""
_MEAN: Final = "if(sum(known) = 0, 0, sum(viewed) / sum(known))"
_VIEWING: Final = f"""
    sum(loads) AS all_loads, sum(plays) AS all_plays, sum(watched) AS all_watched,
    count() AS visitors, countIf(plays > 0) AS visitors_with_a_play, {_MEAN} AS mean_viewed,
    sum(calls_shown), sum(calls_used), sum(forms_used)
"""

_BUCKETS: Final = f"""
SELECT bucket, {_VIEWING}
FROM (
    SELECT {bucket_of("started_ms")} AS bucket, {_BY_VISITOR}
    FROM sessions FINAL
    WHERE %s
    GROUP BY bucket, visitor
)
WHERE bucket >= 0
GROUP BY bucket
"""

_LOCATIONS: Final = f"""
SELECT url, argMax(title, titled) AS page_title, {_VIEWING}
FROM (
    SELECT
        {TRAITS["page"]} AS url,
        argMaxIf(page_title, {ORDER_IN_MEDIA}, page_title != '') AS title,
        maxIf({ORDER_IN_MEDIA}, page_title != '') AS titled,
        {_BY_VISITOR}
    FROM sessions FINAL
    WHERE %s AND url != ''
    GROUP BY url, visitor
)
GROUP BY url
ORDER BY %s, url
LIMIT {{limit:UInt64}}
"""
_LOCATION_ORDER: Final[dict[LocationOrder, str]] = {
    "plays": "all_plays",
    "loads": "all_loads",
    # Sums of floats end in digits that depend on the order of adding; equals must be equal.
    "engagement_rate": "round(mean_viewed, 12)",
    "play_rate": "visitors_with_a_play / visitors",
    "played_time": "round(all_watched, 6)",
    "unique_visitors": "visitors",
}

_SOURCE_ORDER: Final[dict[SourceOrder, str]] = {
    "plays": "plays",
    "loads": "loads",
    "engagement_rate": "round(mean_viewed, 12)",
}
_SOURCES: Final = f"""
SELECT
    %s AS source,
    count() AS loads,
    countIf(played) AS plays,
    if(countIf({KNOWN}) = 0, 0, avgIf({PERCENT_VIEWED}, {KNOWN})) AS mean_viewed
FROM sessions FINAL
WHERE %s
GROUP BY source
ORDER BY %s, source
LIMIT {{limit:UInt64}}
"""

_LANGUAGES: Final = f"""
SELECT
    {TRAITS["language"]} AS tongue,
    count() AS plays,
    sum(count()) OVER () AS total
FROM sessions FINAL
WHERE %s AND played
GROUP BY tongue
ORDER BY plays DESC, tongue
LIMIT {{limit:UInt64}}
"""

_CONVERSIONS: Final = f"""
SELECT started_ms, session, media, email, actions
FROM sessions FINAL
WHERE %s AND actions != '' AND {USED_FORM}
ORDER BY {ORDER} DESC
LIMIT {{limit:UInt64}}
"""


class Analytics:
    """Every question is about one media of an account. All raise StoreUnavailableError."""

    def __init__(self, store: Store, types: ActionTypes) -> None:
        """``types`` says which actions are calls to action and which are forms."""
        self._store = store
        self._types = {"calls": list(types.calls_to_action), "forms": list(types.forms)}

    def buckets(self, account: int, media: str, span: Span) -> dict[int, Viewing]:
        """What was viewed, by bucket; buckets without sessions are missing."""
        times = ((span.starts_ms[0], span.end_ms),)
        condition, parameters = self._condition(account, media, times)
        rows = self._store.ask(_BUCKETS % condition, parameters | span.parameters())
        return {row[0]: Viewing(*row[1:]) for row in rows}

    def locations(
        self,
        account: int,
        media: str,
        times: Sequence[Interval],
        *,
        only: str,
        order: LocationOrder,
        descending: bool,
        limit: int,
    ) -> list[Location]:
        """The pages where a media was loaded, in order; those without an address are left out.

        Args:
            account: numeric id.
            media: hashed id.
            times: when the sessions started.
            only: the address of a single page, empty for all.
            order: by what to sort; equals by address.
            descending: the most first.
            limit: at most so many.
        """
        condition, parameters = self._condition(account, media, times)
        parameters |= {"limit": limit, "only": only}
        if only:
            condition += " AND url = {only:String}"
        by = f"{_LOCATION_ORDER[order]} {_direction(descending=descending)}"
        sql = _LOCATIONS % (condition, by)
        rows = self._store.ask(sql, parameters)
        return [Location(row[0], row[1], Viewing(*row[2:])) for row in rows]

    def sources(
        self,
        account: int,
        media: str,
        times: Sequence[Interval],
        dimension: Dimension,
        *,
        order: SourceOrder,
        descending: bool,
        limit: int,
    ) -> list[Source]:
        """Where a media's viewers came from, in order; ``""`` is not known.

        Args:
            account: numeric id.
            media: hashed id.
            times: when the sessions started.
            dimension: what to tell apart.
            order: by what to sort; equals by plays, loads and name.
            descending: the most first.
            limit: at most so many.
        """
        condition, parameters = self._condition(account, media, times)
        parameters |= {"limit": limit}
        by = f"{_SOURCE_ORDER[order]} {_direction(descending=descending)}, plays DESC, loads DESC"
        rows = self._store.ask(_SOURCES % (TRAITS[dimension], condition, by), parameters)
        return [Source(*row) for row in rows]

    def languages(
        self, account: int, media: str, times: Sequence[Interval], limit: int
    ) -> list[tuple[str, int, int]]:
        """Language, its plays and all plays, most plays first; ``""`` is not known."""
        condition, parameters = self._condition(account, media, times)
        parameters |= {"limit": limit}
        rows = self._store.ask(_LANGUAGES % condition, parameters)
        return [(row[0], row[1], row[2]) for row in rows]

    def conversions(
        self,
        account: int,
        media: str,
        times: Sequence[Interval],
        *,
        after: SessionKey | None,
        limit: int,
    ) -> list[Conversion]:
        """Sessions that used a form, newest first, behind ``after`` if it is given."""
        condition, parameters = self._condition(account, media, times)
        parameters |= {"limit": limit}
        if after is not None:
            before, key = behind(after)
            condition += f" AND {before}"
            parameters |= key
        rows = self._store.ask(_CONVERSIONS % condition, parameters)
        return [Conversion((row[0], row[1], row[2]), row[3], row[4]) for row in rows]

    def _condition(
        self, account: int, media: str, times: Sequence[Interval]
    ) -> tuple[str, dict[str, Any]]:
        condition, parameters = in_segment_by_weeks(
            self._store, account, Segment((media,), tuple(times))
        )
        return condition, parameters | self._types


def _direction(*, descending: bool) -> str:
    return "DESC" if descending else "ASC"
