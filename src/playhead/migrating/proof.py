"""That every number is equal: what ``stats`` says on both sides, asked the same."""

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from playhead.catalog import Account, Catalog
from playhead.stats import Scope, by_date, engagement, events, media_stats, sums, visitors
from playhead.stats.insights import Asked, segment_sums
from playhead.store import (
    ROLLED_DAYS,
    Insights,
    Moving,
    People,
    Questions,
    Segment,
    SessionFilter,
    Store,
    Transfer,
    VisitorFilter,
)
from playhead.transfer.steps import Step

MOST_DIFFERENCES: Final = 100
"""So many are named, a few of each question; all are counted."""
_OF_A_QUESTION: Final = 3

# Floats are added up in another order in another store (docs/numbers.md).
_RELATIVE_ERROR: Final = 1e-9
_DAYS_AT_ONCE: Final = 366
_LISTED: Final = 100

# What is asked of an account, a project or a media.
_UNIT: Final = "sets of numbers"

_Span = tuple[date, date]
_Kind = Literal["account", "project", "media"]


class Found:
    """What the proof has come to: numbers that were compared, and how they differ."""

    def __init__(self) -> None:
        self.numbers = 0
        self.differing = 0
        self.differences: list[str] = []
        self._most = 0

    def compare(self, what: str, one: object, other: object) -> None:
        """Compare two answers to the same question."""
        self._most = min(MOST_DIFFERENCES, len(self.differences) + _OF_A_QUESTION)
        self._compare(what, msgspec.to_builtins(one), msgspec.to_builtins(other))

    def _compare(self, what: str, one: Any, other: Any) -> None:
        if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
            for name in one:
                self._compare(f"{what}, {name}", one[name], other[name])
        elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            for place, (mine, others) in enumerate(zip(one, other, strict=True)):
                self._compare(f"{what}[{place}]", mine, others)
        else:
            self.numbers += isinstance(one, int | float) and not isinstance(one, bool)
            if not _is_equal(one, other):
                self.differing += 1
                if len(self.differences) < self._most:
                    self.differences.append(f"{what}: {_short(one)} before, {_short(other)} now")


class Rooms(Struct, frozen=True):
    """What an installation keeps things in. Two of them may share one of the rooms."""

    catalog: Catalog
    store: Store


class _Side:
    """One of the two installations, and what can be asked of it."""

    def __init__(self, rooms: Rooms) -> None:
        self.catalog = rooms.catalog
        self.questions = Questions(rooms.store)
        self.people = People(rooms.store)
        self.insights = Insights(rooms.store)
        self.moving = Moving(rooms.store)
        self.transfer = Transfer(rooms.store)
        self.projects: dict[str, tuple[str, ...]] = {}
        self.durations: dict[str, float] = {}

    def turn_to(self, account: Account) -> None:
        """Read what the catalog has of an account."""
        groups = self.catalog.projects.groups(account.id)
        self.projects = {hashed_id: tuple(sorted(medias)) for hashed_id, _, medias in groups}
        self.durations = self.catalog.medias.durations(account.id)


class Proof:
    """Asks both sides. All raise StoreUnavailableError: prove it again."""

    def __init__(self, source: Rooms, target: Rooms) -> None:
        self._sides = _Side(source), _Side(target)
        self.found = Found()

    def run(self) -> Iterator[Step]:
        """Compare everything; says after each account, project and media how far it is."""
        self._ask("rows of sessions", lambda side: side.moving.rows("sessions"))
        accounts = self._sides[0].catalog.accounts.list()
        scopes = [(account, list(self._scopes(account))) for account in accounts]
        done, total = 0, sum(len(each) for _, each in scopes)
        yield Step("compared", done, total, _UNIT)
        for account, each in scopes:
            self._turn_to(account)
            spans = self._spans(account)
            for kind, name in each:
                self._prove(account, kind, name, spans)
                done += 1
                yield Step("compared", done, total, _UNIT)

    def _ask(self, what: str, ask: Callable[[_Side], object]) -> None:
        one, other = (ask(side) for side in self._sides)
        self.found.compare(what, one, other)

    def _turn_to(self, account: Account) -> None:
        for side in self._sides:
            side.turn_to(account)

    def _scopes(self, account: Account) -> Iterator[tuple[_Kind, str]]:
        """An account, its projects that have medias, and its medias that have sessions."""
        self._turn_to(account)
        yield "account", account.key
        for project in sorted({name for side in self._sides for name in side.projects}):
            yield "project", project
        watched = {media for side in self._sides for media in side.transfer.medias(account.id)}
        for media in sorted(watched):
            yield "media", media

    def _prove(self, account: Account, kind: _Kind, name: str, spans: Sequence[_Span]) -> None:
        number = account.id
        what = f"account {account.key}" + (f", {kind} {name}" if kind != "account" else "")
        self._ask(what, lambda side: sums(side.questions, _scope(side, number, kind, name)))
        if kind == "account":
            everything = Asked(number, account.timezone, Segment(), None, None)
            self._ask(what, lambda side: segment_sums(side.insights, everything))
            self._ask(f"{what}, visitors", lambda side: _newest_visitors(side.people, number))
            self._ask(f"{what}, events", lambda side: _newest_events(side.people, number))
        elif kind == "media":
            self._ask(what, lambda side: media_stats(side.questions, number, name))
            self._ask(
                f"{what}, graph",
                lambda side: engagement(side.questions, number, name, side.durations.get(name)),
            )
        else:
            self._ask(f"{what}, medias", lambda side: len(side.projects.get(name, ())))
        for span in spans:
            self._ask_days(what, account, (kind, name), span)

    def _ask_days(self, what: str, account: Account, scope: tuple[_Kind, str], span: _Span) -> None:
        self._ask(
            f"{what}, days",
            lambda side: _days(side, _scope(side, account.id, *scope), span, account.timezone),
        )

    def _spans(self, account: Account) -> list[_Span]:
        """The days of an account that have sessions, in stretches of a year at the most."""
        starts = [found for side in self._sides if (found := side.moving.starts(account.id))]
        if not starts:
            return []
        first = _day(min(first for first, _ in starts), account.timezone)
        last = _day(max(last for _, last in starts), account.timezone)
        whole = Scope(account.id)
        spans = []
        while first <= last:
            end = min(last, first + timedelta(days=_DAYS_AT_ONCE - 1))
            # A viewer's clock that was years off leaves many without anybody.
            if any(_days(side, whole, (first, end), account.timezone) for side in self._sides):
                spans.append((first, end))
            first = end + timedelta(days=1)
        return spans


def _scope(side: _Side, account: int, kind: _Kind, name: str) -> Scope:
    if kind == "account":
        return Scope(account)
    return Scope(account, (name,) if kind == "media" else side.projects.get(name, ()))


def _days(side: _Side, scope: Scope, span: _Span, timezone: str) -> dict[str, Any]:
    """The days of a span with their sums, without those that have nothing."""
    found = by_date(side.questions, scope, *span, timezone)
    return {each.day.isoformat(): each.sums for each in found if each.sums.loads}


def _newest_visitors(people: People, account: int) -> object:
    keys = people.visitor_keys(account, VisitorFilter(), limit=_LISTED)
    return visitors(people, account, keys)


def _newest_events(people: People, account: int) -> object:
    newest = people.newest_sessions(account, SessionFilter(), limit=_LISTED)
    return events(people, account, [each.key for each in newest], newest)


def _day(at_ms: int, timezone: str) -> date:
    """The local date of an instant, or the nearest that roll-ups know."""
    first, last = (date.fromordinal(day) for day in ROLLED_DAYS)
    day_ms = 86_400_000
    if at_ms < (first.toordinal() - date(1970, 1, 1).toordinal() + 1) * day_ms:
        return first
    if at_ms > (last.toordinal() - date(1970, 1, 1).toordinal() - 1) * day_ms:
        return last
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(timezone)).date()


def _is_equal(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=_RELATIVE_ERROR)
    return one == other


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
