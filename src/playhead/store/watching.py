"""Questions about sessions as they are lived: now, one after another, and how well they played."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from playhead.store.client import Store
from playhead.store.details import WholeSession
from playhead.store.fragments import SessionKey
from playhead.store.newest import NewestSessions, Sought
from playhead.store.recent import Place, Recent
from playhead.store.segments import Segment, in_segment, in_segment_by_weeks

_GOOD_FOR_MS: Final = 600_000
_MOST_REMEMBERED: Final = 1000


class Heard(Struct, frozen=True):
    """Sessions with a play whose newest beacon arrived within some time; times in ms since 1970.

    ``newest`` are some of them, the last heard first. ``last_ms`` is when the newest beacon of any
    session, with a play or without, arrived, within that time or before; None when none did.
    """

    sessions: int
    newest: list[SessionKey]
    last_ms: int | None


class QualityTotals(Struct, frozen=True):
    """How well some sessions played. All but ``with_errors`` are of those with a play.

    ``startup_ms`` are the quantiles that were asked for, of the ``started_up`` sessions that told
    how long it took; they mean nothing when there are none.
    """

    plays: int
    started_up: int
    startup_ms: list[float]
    stalled: int
    stalls: int
    stalled_ms: int
    watched_seconds: float
    with_errors: int


class ErrorTotals(Struct, frozen=True):
    """A code of an error and in how many sessions it came."""

    code: str
    sessions: int


# Few rows arrived lately, and looking for them without FINAL costs a tenth of looking with it. The
# newest row of a session that was heard lately is one of them, whatever the viewer's clock says.
_HEARD: Final = """
SELECT
    countIf(played AND received_ms >= {heard_since:Int64}),
    arraySlice(arrayReverseSort(groupArrayIf(
        (received_ms, started_ms, toUInt128(session), media),
        played AND received_ms >= {heard_since:Int64}
    )), 1, {limit:UInt64}),
    max(received_ms),
    count()
FROM sessions FINAL
WHERE %s
  AND received_ms BETWEEN {since:Int64} AND {until:Int64}
  AND (media, session_ms, session) IN (
    SELECT media, session_ms, session FROM sessions
    WHERE %s AND received_ms BETWEEN {since:Int64} AND {until:Int64}
  )
"""

_LAST: Final = """
SELECT max(received_ms), count() FROM sessions FINAL
WHERE %s AND received_ms <= {until:Int64}
"""

# A quantile between two sessions' start-ups lies as far between them as its rank does.
_QUALITY: Final = """
SELECT
    countIf(played),
    countIf(played AND startup_ms > 0),
    quantilesExactInclusiveIf(%s)(startup_ms, played AND startup_ms > 0),
    countIf(played AND stalls > 0),
    sumIf(stalls, played),
    sumIf(stalled_ms, played),
    sumIf(watched_seconds, played),
    countIf(notEmpty(errors))
FROM sessions FINAL
WHERE %s
"""

_ERRORS: Final = """
SELECT arrayJoin(arrayDistinct(errors)) AS code, count() AS in_sessions
FROM sessions FINAL
WHERE %s AND notEmpty(errors)
GROUP BY code
ORDER BY in_sessions DESC, code
LIMIT {limit:UInt64}
"""


class Watching:
    """Every question is within an account. All raise StoreUnavailableError without an answer."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._newest = NewestSessions(store, Recent(store))
        # When the newest beacon had arrived by some moment, and that moment.
        self._last: dict[tuple[int, tuple[str, ...] | None], tuple[int, int]] = {}

    def heard(
        self, account: int, medias: tuple[str, ...] | None, since_ms: int, until_ms: int, limit: int
    ) -> Heard:
        """Sessions with a play that were last heard from between two moments, both inclusive.

        Args:
            account: numeric id.
            medias: hashed ids, None for all.
            since_ms: the first moment.
            until_ms: the last, which is about now.
            limit: name at most so many.
        """
        condition, parameters = in_segment(self._store, account, Segment(medias))
        # Where the newest beacon stood at the question before, the newest is there or behind it,
        # and all the rows before need not be looked at.
        last, asked_ms = self._last.get((account, medias), (since_ms, until_ms))
        from_ms = min(since_ms, last) if 0 <= until_ms - asked_ms <= _GOOD_FOR_MS else since_ms
        parameters |= {
            "heard_since": since_ms,
            "since": from_ms,
            "until": until_ms,
            "limit": limit,
        }
        row = self._store.ask(_HEARD % (condition, condition), parameters)[0]
        newest = [(at, UUID(int=session), media) for _, at, session, media in row[1]]
        last_ms = row[2] if row[3] else self._last_ms(account, medias, until_ms)
        if last_ms is not None:
            if len(self._last) >= _MOST_REMEMBERED:
                self._last.clear()
            self._last[account, medias] = last_ms, until_ms
        return Heard(row[0], newest, last_ms)

    def _last_ms(self, account: int, medias: tuple[str, ...] | None, until_ms: int) -> int | None:
        condition, parameters = in_segment(self._store, account, Segment(medias))
        row = self._store.ask(_LAST % condition, parameters | {"until": until_ms})[0]
        return row[0] if row[1] else None

    def newest_sessions(
        self, account: int, segment: Segment, *, limit: int, after: SessionKey | None = None
    ) -> list[WholeSession]:
        """The sessions of a segment, newest first.

        Args:
            account: numeric id.
            segment: which of them.
            limit: at most so many.
            after: only those that come after this one in the list.
        """
        condition, parameters = in_segment(self._store, account, segment)
        sought = Sought(
            [condition],
            parameters,
            segment.times,
            are_enough=segment == Segment(segment.medias, segment.times, played=segment.played),
            medias=segment.medias,
        )
        return self._newest.read(WholeSession, account, sought, Place(limit), after)

    def quality(self, account: int, segment: Segment, levels: Sequence[float]) -> QualityTotals:
        """How well the sessions of a segment played, with these quantiles of the start-up."""
        condition, parameters = in_segment_by_weeks(self._store, account, segment)
        written = ", ".join(map(repr, levels))
        return QualityTotals(*self._store.ask(_QUALITY % (written, condition), parameters)[0])

    def errors(self, account: int, segment: Segment, limit: int) -> list[ErrorTotals]:
        """The errors of a segment's sessions, in most sessions first, of equals by code."""
        condition, parameters = in_segment_by_weeks(self._store, account, segment)
        rows: Sequence[Any] = self._store.ask(_ERRORS % condition, parameters | {"limit": limit})
        return [ErrorTotals(*row) for row in rows]
