"""In which order projects and medias are listed, and how one of them is asked for."""

from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, UnaryExpression, false

from playhead.catalog.tables import MediaRow, ProjectRow


class SortKey(StrEnum):
    """What a list of the catalog may be sorted by."""

    ID = "id"
    NAME = "name"
    CREATED = "created"
    UPDATED = "updated"


class Order(Struct, frozen=True):
    """The order of a list. What is equal stands by id, so that no order leaves anything open."""

    key: SortKey = SortKey.ID
    descending: bool = False

    @property
    def grows_at_its_end(self) -> bool:
        """Whether what is added comes last."""
        return self.key in {SortKey.ID, SortKey.CREATED} and not self.descending

    def of(self, table: type[ProjectRow | MediaRow]) -> list[UnaryExpression[Any]]:
        """The order of a table's rows."""
        columns: dict[SortKey, list[ColumnElement[Any]]] = {
            SortKey.ID: [],
            SortKey.NAME: [table.name.expression],
            SortKey.CREATED: [table.created_ms.expression],
            SortKey.UPDATED: [table.updated_ms.expression],
        }
        return [
            column.desc() if self.descending else column.asc()
            for column in [*columns[self.key], table.id.expression]
        ]


def id_is(
    column: ColumnElement[int], hashed: ColumnElement[str], given: str
) -> ColumnElement[bool]:
    """Match a path's ``<id>``: digits are the numeric id, all else is the hashed id."""
    if given.isascii() and given.isdigit():
        # Past 18 digits no id exists and some databases would refuse the number.
        return column == (int(given) if len(given) <= 18 else -1)
    return same_text(hashed, given)


def same_text(column: ColumnElement[str], given: str) -> ColumnElement[bool]:
    """Match a text from outside, which may hold what no database has to be asked for."""
    # PostgreSQL cannot keep NUL and refuses to be asked for it; nothing that is kept has one.
    return false() if "\x00" in given else column == given
