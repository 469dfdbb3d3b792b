"""The beacon as a player sends it: its fields, their types and bounds.

Source: contract/beacon.md, "Request". Nothing in a beacon can refer back to it, so the garbage
collector need not know of them (``gc=False``), which makes them quicker to make.
"""

from typing import Annotated, Any, Final
from uuid import UUID

from msgspec import Meta, Struct

MAX_SECONDS: Final = 4_000_000_000
"""The longest duration and the farthest position, about 126 years.

Far beyond any media, near enough that a graph's cell borders fit 64-bit arithmetic, and beyond
today's Unix time, which some live players use as their position.
"""

Seconds = Annotated[float, Meta(ge=0, le=MAX_SECONDS)]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
UnixMs = Annotated[int, Meta(ge=0, le=2**48 - 1)]
Piece = tuple[Seconds, Seconds, Annotated[int, Meta(ge=1, le=10_000)]]


class Page(Struct, gc=False):
    """Where the player is."""

    url: str | None = None
    title: str | None = None
    referrer: str | None = None


class Org(Struct, gc=False):
    """The organisation that a visitor says to belong to."""

    name: str | None = None
    title: str | None = None


class Identity(Struct, gc=False):
    """Who the visitor says to be."""

    email: str | None = None
    name: str | None = None
    org: Org | None = None


class Action(Struct, gc=False):
    """A call to action, form or annotation: how often shown and used in this session."""

    type: str
    id: str | None = None
    shown: Count | None = None
    converted: Count | None = None
    data: dict[str, Any] | None = None


class Player(Struct, gc=False):
    """The player and the device around it."""

    name: str | None = None
    version: str | None = None
    rate: Annotated[float, Meta(ge=0, le=1000)] | None = None
    language: str | None = None
    screen: tuple[Count, Count] | None = None


class Quality(Struct, gc=False):
    """How well playback went; times in milliseconds."""

    startup_ms: Count | None = None
    stalls: Count | None = None
    stalled_ms: Count | None = None
    errors: list[str | int] | None = None


class Beacon(Struct, gc=False):
    """One beacon as a player sends it, typed but not yet checked against the rest of the world."""

    account: str
    media: str
    session: UUID
    seq: Annotated[int, Meta(ge=0, le=65_535)]
    sent_at: UnixMs
    played: bool
    watched: Annotated[list[Piece], Meta(max_length=2000)]
    visitor: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}\Z")] | None = None
    duration: Annotated[float, Meta(gt=0, le=MAX_SECONDS)] | None = None
    page: Page | None = None
    title: str | None = None
    identity: Identity | None = None
    actions: list[Action] | None = None
    player: Player | None = None
    quality: Quality | None = None
    webdriver: bool | None = None


class ImportedBeacon(Beacon, gc=False):
    """A line of a batch that came with a write token: it may speak for somebody else."""

    ip: str | None = None
    user_agent: str | None = None
    received_at: UnixMs | None = None
