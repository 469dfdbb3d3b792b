"""The metrics of contract/metrics.md as plain functions: a scope and dates in, typed rows out."""

from playhead.stats.days import DayRange, days_of_range
from playhead.stats.metrics import (
    Actions,
    DayStats,
    Engagement,
    MediaStats,
    Scope,
    Sums,
    by_date,
    engagement,
    media_stats,
    sums,
)

__all__ = [
    "Actions",
    "DayRange",
    "DayStats",
    "Engagement",
    "MediaStats",
    "Scope",
    "Sums",
    "by_date",
    "days_of_range",
    "engagement",
    "media_stats",
    "sums",
]
