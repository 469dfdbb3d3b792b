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
from playhead.stats.people import (
    Agent,
    Event,
    Identity,
    Visitor,
    event,
    event_key,
    events,
    visitor,
    visitor_filter,
    visitors,
    watched_pieces,
)

__all__ = [
    "Actions",
    "Agent",
    "DayRange",
    "DayStats",
    "Engagement",
    "Event",
    "Identity",
    "MediaStats",
    "Scope",
    "Sums",
    "Visitor",
    "by_date",
    "days_of_range",
    "engagement",
    "event",
    "event_key",
    "events",
    "media_stats",
    "sums",
    "visitor",
    "visitor_filter",
    "visitors",
    "watched_pieces",
]
