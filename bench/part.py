"""What every part of the bench is given, and what it hands back."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from rich.console import Console


class Given(Struct, frozen=True):
    """What was asked for: sizes in sessions, how often questions are asked, seconds."""

    sessions: list[int]
    times: int
    idle_s: int
    peer_sessions: int
    soak_s: int


class Found(Struct):
    """Tables by the section that they belong to, and the same as values by name."""

    sections: dict[str, list[str]]
    results: dict[str, Any]


Part = Callable[[Console, Given], Found]
