"""How well medias play (docs/numbers.md, Quality)."""

from typing import Final

from msgspec import Struct

from playhead.stats.insights import Asked
from playhead.store import ErrorTotals, Watching

_LEVELS: Final = (0.5, 0.75, 0.95)
_MOST_CODES: Final = 100


class Startup(Struct, frozen=True):
    """Quantiles of the start-up, in ms, of the ``count`` sessions that told it.

    The quantile ``q`` of ``n`` values in order stands at place ``q * (n - 1)``, counted from 0;
    between two places it is as far between their values.
    """

    count: int
    median_ms: float
    p75_ms: float
    p95_ms: float


class Quality(Struct, frozen=True):
    """How well some sessions played: those with a play, but for the errors, which are of all."""

    plays: int
    startup: Startup | None
    sessions_stalled: int
    stalls: int
    stalled_seconds: float
    stalled_share: float
    """Stalled seconds / (watched seconds + stalled seconds); 0.0 when there are none."""
    sessions_with_errors: int
    errors: list[ErrorTotals]
    """The codes, in most sessions first, at most 100."""


def quality(watching: Watching, asked: Asked) -> Quality:
    """How well the sessions of a segment played.

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    found = watching.quality(asked.account_id, asked.segment, _LEVELS)
    errors = (
        watching.errors(asked.account_id, asked.segment, _MOST_CODES) if found.with_errors else []
    )
    stalled_seconds = found.stalled_ms / 1000
    return Quality(
        plays=found.plays,
        startup=Startup(found.started_up, *found.startup_ms) if found.started_up else None,
        sessions_stalled=found.stalled,
        stalls=found.stalls,
        stalled_seconds=stalled_seconds,
        stalled_share=_share(stalled_seconds, found.watched_seconds),
        sessions_with_errors=found.with_errors,
        errors=errors,
    )


def _share(stalled: float, watched: float) -> float:
    # Digits that depend on the order in which the store happened to add are dropped.
    return float(f"{stalled / (stalled + watched):.12g}") if stalled else 0.0
