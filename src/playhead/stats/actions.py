"""Calls to action, forms and annotations (docs/numbers.md, Actions)."""

import re
from typing import Any, Final

import msgspec
from msgspec import Struct

CALL_TO_ACTION_TYPES: Final = ("cta", "calltoaction")
FORM_TYPES: Final = ("form", "emailgate", "turnstile")
"""Types of action that count as such, by their letters alone."""

_NO_LETTER: Final = re.compile(r"[^A-Za-z]")


class Action(Struct):
    """What a session last reported of one action."""

    type: str
    shown: int = 0
    converted: int = 0
    data: dict[str, Any] | None = None

    @property
    def is_form(self) -> bool:
        """Whether its type counts as a form."""
        return _NO_LETTER.sub("", self.type).lower() in FORM_TYPES


_decode: Final = msgspec.json.Decoder(list[Action]).decode


def conversion_of(actions: str) -> Action | None:
    """The action that made a session convert: its first used form, else its first used action.

    Args:
        actions: the session's, as the store keeps them.
    """
    used = used_actions(actions)
    return next((action for action in used if action.is_form), used[0] if used else None)


def used_actions(actions: str) -> list[Action]:
    """The actions of a session that were used, in the order of its report."""
    return [action for action in reported_actions(actions) if action.converted]


def reported_actions(actions: str) -> list[Action]:
    """The actions of a session, as the store keeps them, in the order of its report."""
    return _decode(actions) if actions else []


def rate_of(used: int, shown: int) -> float:
    """How much of what was shown was used, between 0 and 1.

    A player may tell of more uses than showings; that is a rate of 1.
    """
    return min(1.0, used / shown) if shown else 0.0
