"""Query parameters, each with its rules and the error that names it."""

import re
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from litestar import Request
from msgspec import Struct

from playhead.api.errors import bad_parameter

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOST_YEARS: Final = 10


class Days(Struct, frozen=True):
    """Days from ``first`` to ``last``, both inclusive."""

    first: date
    last: date


def parameter(request: Request[Any, Any, Any], name: str) -> str | None:
    """One query parameter; an empty one counts as not given.

    Raises:
        ApiError: 422, it is given more than once.
    """
    given: list[str] = request.query_params.getall(name, [])
    if len(given) > 1:
        raise bad_parameter(name, f"is given {len(given)} times (use it once)")
    return given[0] or None if given else None


def days_parameter(request: Request[Any, Any, Any], timezone: str) -> Days:
    """``start_date`` and ``end_date`` (contract/stats-api.md, by_date).

    Neither: yesterday and today. Only the start: until today. Only the end: that one day.

    Args:
        request: whose query is read.
        timezone: the account's, in which today is.

    Raises:
        ApiError: 422, not a date, the end before the start, or over 10 years.
    """
    first = _date(request, "start_date")
    last = _date(request, "end_date")
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
    if _years_later(first) < last:
        raise bad_parameter(
            "end_date", f"{last} is over {_MOST_YEARS} years after the start_date {first}"
        )
    return Days(first, last)


def descending_parameter(request: Request[Any, Any, Any], *, default: bool) -> bool:
    """``sort_direction``: 1 ascending, 0 descending.

    Raises:
        ApiError: 422, something else.
    """
    given = parameter(request, "sort_direction")
    if given is None:
        return default
    if given not in {"0", "1"}:
        raise bad_parameter(
            "sort_direction", f"{given[:80]!r} is not known (use 1 ascending, 0 descending)"
        )
    return given == "0"


def _date(request: Request[Any, Any, Any], name: str) -> date | None:
    given = parameter(request, name)
    if given is None:
        return None
    try:
        if _DATE.fullmatch(given):
            return date.fromisoformat(given)
    except ValueError:
        pass  # 31 February and the like
    raise bad_parameter(name, f"{given[:80]!r} is not a date (use YYYY-MM-DD)")


def _years_later(day: date) -> date:
    year = day.year + _MOST_YEARS
    if year > date.max.year:
        return date.max
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 3, 1)  # 29 February
