"""What the settler keeps in mind of each account, and what follows from it alone."""

from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from msgspec import Struct, field

from playhead.store import Found, GraphCells, Rolled, Settled, Settling, Span

# Sessions that are summed up in one step, during which the drain waits: about a second.
_SESSIONS_AT_ONCE: Final = 500_000


class Definitions(Protocol):
    """What roll-ups need to know of the numbers, which are defined in ``stats``."""

    def days(self, timezone: str, first_ms: int, last_ms: int) -> Span:
        """The days, as ordinals, of every instant between two, both inclusive."""

    def cells(self, duration: float) -> GraphCells:
        """The cells of the graph of a duration (s; 0.0: not known), of seconds always 1000."""


class Pace(Struct, frozen=True):
    """After how long a session has settled, and how long it is from one look to the next, in ms."""

    after_ms: int
    every_ms: int


class Progress(Struct, frozen=True):
    """How many sessions are summed up by ``what``, and how many there are to sum up."""

    what: str
    done: int
    total: int


class Rebuild(Struct):
    """Roll-ups of an account that are being made anew and that nobody sees yet."""

    step: Settling
    found: dict[str, Found]
    groups: list[list[str]]
    late: set[str] = field(default_factory=set)


class Books(Struct):
    """What is known of an account."""

    settled: Settled
    checked_ms: int = 0
    late_ms: int = 0
    rebuild: Rebuild | None = None


def groups(found: Mapping[str, Found]) -> Iterator[list[str]]:
    """Medias whose sessions are summed up together."""
    group: list[str] = []
    sessions = 0
    for name, each in found.items():
        if group and sessions + each.sessions > _SESSIONS_AT_ONCE:
            yield group
            group, sessions = [], 0
        group.append(name)
        sessions += each.sessions
    if group:
        yield group


def is_other(cells: GraphCells, rolled: Rolled | None) -> bool:
    """Whether a media's roll-up has a graph of other cells."""
    return rolled is not None and (rolled.width_us, rolled.divisor) != (
        cells.width_us,
        cells.divisor,
    )


def next_step(account: int, settled: Settled, until_ms: int) -> Settling:
    """The step after what has settled, up to a time (ms)."""
    return Settling(account, until_ms, settled.timezone, settled.edition + 1)


def settled_by(step: Settling) -> Settled:
    """What has settled once the step is done."""
    return Settled(step.until_ms, step.timezone, step.edition)
