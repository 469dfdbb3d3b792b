"""Query parameters: how the documentation shows them, their rules, and the error that names them.

A handler declares a parameter with one of the types here and hands it to the function that reads
it. An empty parameter counts as not given.
"""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from litestar.params import QueryParameter
from msgspec import Struct

from playhead.api.errors import bad_parameter
from playhead.catalog import Order, SortKey


def one_of(name: str, description: str, *values: str, default: str | None = None) -> Any:
    """A parameter that takes one of some words; it is required where it has no default."""
    schema: dict[str, Any] = {"type": "string", "enum": list(values)}
    if default is not None:
        schema["default"] = default
    return QueryParameter(
        name=name, description=description, schema_extra=schema, required=default is None
    )


MEDIA_KINDS: Final = (
    "Video",
    "Audio",
    "Image",
    "PdfDocument",
    "MicrosoftOfficeDocument",
    "Swf",
    "UnknownType",
)
"""The types of medias that clients may ask for."""
MOST_OF_A_PROJECT: Final = 500
_SORTED_BY: Final = ("name", "created", "updated")

StartDate = Annotated[
    str | None,
    QueryParameter(
        name="start_date",
        description="First day, YYYY-MM-DD, in the account's time zone.",
        schema_extra={"type": "string", "format": "date"},
    ),
]
EndDate = Annotated[
    str | None,
    QueryParameter(
        name="end_date",
        description="Last day, YYYY-MM-DD, in the account's time zone; it is included.",
        schema_extra={"type": "string", "format": "date"},
    ),
]
SortDirection = Annotated[
    str | None,
    QueryParameter(
        name="sort_direction",
        description="1: ascending, 0: descending.",
        schema_extra={"type": "integer", "enum": [0, 1]},
    ),
]
SortBy = Annotated[
    str | None,
    QueryParameter(
        name="sort_by",
        description="What to sort by; by default by the numeric id. What is equal stands by that.",
        schema_extra={"type": "string", "enum": [*_SORTED_BY]},
    ),
]
MediaName = Annotated[
    str | None,
    QueryParameter(
        name="name",
        description="Only medias with exactly this name.",
        schema_extra={"type": "string"},
    ),
]
MediaHashedId = Annotated[
    str | None,
    QueryParameter(
        name="hashed_id",
        description="Only the media with this hashed id.",
        schema_extra={"type": "string"},
    ),
]
MediaKind = Annotated[
    str | None,
    QueryParameter(
        name="type",
        description="Only medias of this type. Playhead knows of Video and Audio; "
        "of the others there are none.",
        schema_extra={"type": "string", "enum": [*MEDIA_KINDS]},
    ),
]
InProject = Annotated[
    str | None,
    QueryParameter(
        name="project_id",
        description="Only medias of this project, by its hashed or numeric id.",
        schema_extra={"type": "string"},
    ),
]
InFolder = Annotated[
    str | None,
    QueryParameter(
        name="folder_id",
        description="Only medias of this folder, by its hashed or numeric id; "
        "`project_id` is the same under its older name.",
        schema_extra={"type": "string"},
    ),
]
PageNumber = Annotated[
    str | None,
    QueryParameter(
        name="page",
        description="Which page, from 1. Past the end is an empty list.",
        schema_extra={"type": "integer", "minimum": 1, "default": 1},
    ),
]
PerPage = Annotated[
    str | None,
    QueryParameter(
        name="per_page",
        description="How many on a page; more than 100 counts as 100.",
        schema_extra={"type": "integer", "minimum": 1, "default": 100},
    ),
]
PerPageOfProject = Annotated[
    str | None,
    QueryParameter(
        name="per_page",
        description="How many medias on a page; more than 500 counts as 500.",
        schema_extra={"type": "integer", "minimum": 1, "default": MOST_OF_A_PROJECT},
    ),
]

MOST_PER_PAGE: Final = 100
MOST_YEARS: Final = 10
"""That days may be apart."""
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER: Final = re.compile(r"[0-9]{1,15}")


class Days(Struct, frozen=True):
    """Days from ``first`` to ``last``, both inclusive."""

    first: date
    last: date


class Page(Struct, frozen=True):
    """A page of a list, counted from 1."""

    number: int
    size: int


def refuse_repeated(names: Iterable[str]) -> None:
    """Which of two values was meant is not for us to guess.

    Raises:
        ApiError: 422, a name is given more than once.
    """
    for name, times in Counter(names).items():
        if times > 1:
            raise bad_parameter(name[:80], f"is given {times} times (use it once)")


def read_days(start_date: str | None, end_date: str | None, timezone: str) -> Days:
    """``start_date`` and ``end_date`` (contract/stats-api.md, by_date).

    Neither: yesterday and today. Only the start: until today. Only the end: that one day.

    Args:
        start_date: as given.
        end_date: as given.
        timezone: the account's, in which today is.

    Raises:
        ApiError: 422, not a date, the end before the start, or over 10 years.
    """
    first = read_date("start_date", start_date)
    last = read_date("end_date", end_date)
    today = datetime.now(UTC).astimezone(ZoneInfo(timezone)).date()
    if first is None and last is None:
        return Days(date.fromordinal(today.toordinal() - 1), today)
    if first is None:
        assert last is not None  # noqa: S101
        return Days(last, last)
    if last is None:
        if first > today:
            raise bad_parameter("start_date", f"{first} is after today, {today} in {timezone}")
        last = today
    if last < first:
        raise bad_parameter("end_date", f"{last} is before the start_date {first}")
    if years_later(first, MOST_YEARS) < last:
        raise bad_parameter(
            "end_date", f"{last} is over {MOST_YEARS} years after the start_date {first}"
        )
    return Days(first, last)


def read_descending(sort_direction: str | None, *, default: bool) -> bool:
    """``sort_direction``: 1 ascending, 0 descending.

    Raises:
        ApiError: 422, something else.
    """
    if not sort_direction:
        return default
    if sort_direction not in {"0", "1"}:
        raise bad_parameter(
            "sort_direction",
            f"{sort_direction[:80]!r} is not known (use 1 ascending, 0 descending)",
        )
    return sort_direction == "0"


def read_order(sort_by: str | None, sort_direction: str | None) -> Order:
    """``sort_by`` and ``sort_direction`` of the catalog's lists.

    Raises:
        ApiError: 422, something else.
    """
    descending = read_descending(sort_direction, default=False)
    if not sort_by:
        return Order(descending=descending)
    if sort_by not in _SORTED_BY:
        known = ", ".join(_SORTED_BY)
        raise bad_parameter("sort_by", f"{sort_by[:80]!r} is not known (use {known})")
    return Order(SortKey(sort_by), descending)


def read_page(
    page: str | None,
    per_page: str | None,
    *,
    default: int = MOST_PER_PAGE,
    most: int = MOST_PER_PAGE,
) -> Page:
    """``page`` and ``per_page``; a larger page than ``most`` is clamped.

    Raises:
        ApiError: 422, not a whole number from 1.
    """
    number = _read_count("page", page) or 1
    size = _read_count("per_page", per_page) or default
    return Page(number, min(size, most))


def read_date(name: str, given: str | None) -> date | None:
    """A date, None when it is not given.

    Raises:
        ApiError: 422, not a date.
    """
    if not given:
        return None
    try:
        if _DATE.fullmatch(given):
            return date.fromisoformat(given)
    except ValueError:
        pass  # 31 February and the like
    raise bad_parameter(name, f"{given[:80]!r} is not a date (use YYYY-MM-DD)")


def years_later(day: date, years: int) -> date:
    """The same day some years later, or the calendar's last."""
    year = day.year + years
    if year > date.max.year:
        return date.max
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 3, 1)  # 29 February


def _read_count(name: str, given: str | None) -> int | None:
    if not given:
        return None
    if not _NUMBER.fullmatch(given) or int(given) < 1:
        raise bad_parameter(name, f"{given[:80]!r} is not a whole number from 1")
    return int(given)
