"""Who some viewers say to be, and what they do besides watching."""

import random
from typing import Any, Final

from msgspec import Struct

_FIRST: Final = (
    "Ada", "Alan", "Amara", "Chen", "Dana", "Emeka", "Fatima", "Grace", "Hedy", "Ines",
    "Jamal", "Katsuko", "Lena", "Mateo", "Noor", "Olga", "Priya", "Rosa", "Sven", "Yuki",
)  # fmt: skip
_LAST: Final = (
    "Abara", "Berg", "Castillo", "Diallo", "Endo", "Fischer", "Garcia", "Haddad", "Ivanova",
    "Jensen", "Kowalski", "Lopez", "Moreau", "Nakamura", "Okafor", "Patel", "Rossi", "Silva",
)  # fmt: skip
_ORGS: Final = ("Example School", "Hill Academy", "Open Lessons", "")
_SAYS_WHO: Final = 0.15
_CALL_SHOWN: Final = 0.6
_CALL_USED: Final = 0.09
_FORM_SHOWN: Final = 0.25


class Person(Struct, frozen=True):
    """Who a viewer says to be."""

    first_name: str
    last_name: str
    email: str
    org: str

    @property
    def identity(self) -> dict[str, Any]:
        """As a beacon tells it."""
        identity: dict[str, Any] = {
            "name": f"{self.first_name} {self.last_name}",
            "email": self.email,
        }
        return identity | ({"org": {"name": self.org}} if self.org else {})


def some_person(chance: random.Random) -> Person | None:
    """A person with a name, or as most of the time nobody known."""
    if chance.random() >= _SAYS_WHO:
        return None
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    # A number keeps two of the same name apart, as mail providers do.
    email = f"{first}.{last}{chance.randrange(100)}@example.com".lower()
    return Person(first, last, email, chance.choice(_ORGS))


def some_actions(person: Person | None, chance: random.Random) -> list[dict[str, Any]]:
    """What a viewer of a session was shown, and used."""
    actions: list[dict[str, Any]] = []
    if chance.random() < _CALL_SHOWN:
        used = int(chance.random() < _CALL_USED)
        actions.append({"type": "call to action", "id": "enrol", "shown": 1, "converted": used})
    if chance.random() < _FORM_SHOWN:
        form: dict[str, Any] = {"type": "form", "id": "questions", "shown": 1, "converted": 0}
        if person is not None:
            form |= {
                "converted": 1,
                "data": {
                    "first_name": person.first_name,
                    "last_name": person.last_name,
                    "email": person.email,
                },
            }
        actions.append(form)
    return actions
