"""Which sessions of an account a question is about: conditions that combine."""

from typing import Any, Final, Literal

from msgspec import Struct

from playhead.store.client import Store
from playhead.store.intervals import Interval, within
from playhead.store.returning import were_there_before
from playhead.store.weeks import in_weeks_of

Trait = Literal[
    "page",
    "referrer_domain",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "country",
    "region",
    "city",
    "network",
    "browser",
    "platform",
    "device",
    "viewer_screen_size",
    "language",
]
"""What can be told of a session in a word; ``""`` when it is not known."""

_PARAMETER: Final = (
    "toValidUTF8(decodeURLFormComponent(extractURLParameter(cutFragment(page_url), '%s')))"
)
TRAITS: Final[dict[Trait, str]] = {
    "page": "extract(page_url, '^[^?#]*')",
    # Each referrer of a block is taken apart once: this takes longer than all the rest.
    "referrer_domain": (
        "lower(extract(toLowCardinality(referrer), '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?"
        "(\\\\[[^\\\\]/?#]*\\\\]|[^/?#:]*)'))"
    ),
    "utm_source": _PARAMETER % "utm_source",
    "utm_medium": _PARAMETER % "utm_medium",
    "utm_campaign": _PARAMETER % "utm_campaign",
    "country": "country",
    "region": "region",
    "city": "city",
    "network": "network",
    "browser": "browser",
    "platform": "platform",
    "device": "multiIf(browser = '' AND platform = '', '', mobile, 'mobile', 'desktop')",
    "viewer_screen_size": (
        "if(screen_width > 0 AND screen_height > 0,"
        " concat(toString(screen_width), 'x', toString(screen_height)), '')"
    ),
    "language": "lower(extract(language, '^[^-_]*'))",
}
"""How each is read from a session, as SQL."""


class Segment(Struct, frozen=True):
    """Some sessions of an account: those that meet every condition that is given.

    ``medias`` are hashed ids, None for all. ``times`` are when they started, empty for all time.
    ``returning`` visitors had a session before the first of these times, new ones had none.
    """

    medias: tuple[str, ...] | None = None
    times: tuple[Interval, ...] = ()
    visitor: str = ""
    played: bool | None = None
    returning: bool | None = None
    traits: tuple[tuple[Trait, str], ...] = ()


def in_segment(store: Store, account: int, segment: Segment) -> tuple[str, dict[str, Any]]:
    """The condition, and its parameters, for the sessions of an account's segment."""
    return _conditions(store, account, segment, in_weeks=False)


def in_segment_by_weeks(store: Store, account: int, segment: Segment) -> tuple[str, dict[str, Any]]:
    """The same for what is read of ``sessions`` itself (:mod:`playhead.store.weeks`)."""
    return _conditions(store, account, segment, in_weeks=True)


def of_returning(store: Store, segment: Segment) -> str:
    """The condition for returning visitors among the sessions of a segment.

    It stands beside that of the segment, whose parameters it needs.
    """
    if not segment.times:
        return "false"  # before all time there was nobody
    condition, _ = _narrowed(segment)
    few = segment.medias is not None or bool(segment.visitor)
    return were_there_before(store, condition, segment.times, few=few)


def _conditions(
    store: Store, account: int, segment: Segment, *, in_weeks: bool
) -> tuple[str, dict[str, Any]]:
    condition, parameters = _narrowed(segment)
    parameters |= {"account": account}
    conditions = [in_weeks_of(condition, segment.times) if in_weeks else condition]
    if segment.played is not None:
        conditions.append("played" if segment.played else "NOT played")
    for number, (trait, value) in enumerate(segment.traits):
        conditions.append(f"{TRAITS[trait]} = {{trait_{number}:String}}")
        parameters[f"trait_{number}"] = value
    if segment.returning is not None:
        condition = of_returning(store, segment)
        conditions.append(condition if segment.returning else f"NOT ({condition})")
    return " AND ".join(conditions), parameters


def _narrowed(segment: Segment) -> tuple[str, dict[str, Any]]:
    """What of the condition takes little to read, and its parameters but for the account."""
    conditions = ["account_id = {account:UInt32}"]
    parameters: dict[str, Any] = {}
    if segment.medias is not None:
        conditions.append("media IN {medias:Array(String)}")
        parameters["medias"] = list(segment.medias)
    if segment.times:
        condition, times = within(segment.times)
        conditions.append(condition)
        parameters |= times
    if segment.visitor:
        conditions.append("visitor = {visitor:String}")
        parameters["visitor"] = segment.visitor
    return " AND ".join(conditions), parameters
