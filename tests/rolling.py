"""An account whose roll-ups can be compared with its sessions after each thing that happens."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cutting import NEVER, CutError, CutStore
from playhead.catalog import Catalog
from playhead.catalog.accounts import AccountChange
from playhead.catalog.medias import MediaChange
from playhead.drain import Pace, Retention, Settler, VisitorSettler
from playhead.stats import (
    Agent,
    Scope,
    Visitor,
    by_date,
    engagement,
    media_stats,
    sums,
    visitors,
)
from playhead.stats.people import Identity
from playhead.stats.rolling import Definitions
from playhead.store import (
    Batch,
    Expiring,
    Insights,
    People,
    PlainQuestions,
    Questions,
    Rollups,
    Segment,
    Sessions,
    SettlingStore,
    VisitorFilter,
    Visitors,
)
from storing import session_id, session_row

HOUR_MS = 3_600_000
NOON_MS = 1_773_662_400_000  # 16 March 2026, 12:00 UTC
NOON = date(2026, 3, 16)
ZONES = ("UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati")
MEDIAS = ("short", "long", "tiny", "live")
DURATIONS = {"short": (60.5, 61.0), "long": (1500.25, 2400.0), "tiny": (0.4,), "live": (0.0,)}


# What was told of and neither shown nor used is an action as well.
_ACTIONS = (
    '[{"type":"poll","shown":1,"converted":0},{"type":"cta","shown":3,"converted":2}]',
    "",
    '[{"type":"form","shown":0,"converted":0}]',
    '[{"type":"poll","shown":2,"converted":1}]',
    "",
)


@dataclass(frozen=True)
class Viewing:
    """A session as its ``version``-th beacon tells it."""

    number: int
    version: int
    media: str
    hour: int
    shift_ms: int
    visitor: str
    played: bool
    duration: float
    pieces: tuple[tuple[int, int, int], ...]
    email: str = ""
    browser: str = ""

    def row(self, account: int) -> bytes:
        at = NOON_MS + self.hour * HOUR_MS + self.number
        ends = [
            min(end, self.duration * 1000) if self.duration else end for _, end, _ in self.pieces
        ]
        whole = [
            (start, end / 1000, times)
            for (start, _, times), end in zip(self.pieces, ends, strict=True)
            if end > start
        ]
        return session_row(
            account_id=account,
            media=self.media,
            session_ms=at,
            session=session_id(at, self.number),
            version=self.version,
            started_ms=at + self.shift_ms,
            received_ms=at + self.shift_ms,
            visitor=self.visitor,
            email=self.email,
            browser=self.browser,
            played=self.played or bool(whole),
            duration=self.duration,
            watched_seconds=sum((end - start / 1000) * n for start, end, n in whole),
            covered_seconds=sum(end - start / 1000 for start, end, _ in whole),
            piece_starts=[start for start, _, _ in whole],
            piece_ends=[-int(-end * 1000 // 1) for _, end, _ in whole],
            piece_times=[times for _, _, times in whole],
            actions=_ACTIONS[self.number % len(_ACTIONS)],
        )


@dataclass(frozen=True)
class Step:
    """Something that happens; ``fails_at`` cuts it off before that statement."""

    what: str
    viewings: tuple[Viewing, ...] = ()
    hours: int = 0
    zone: str = "UTC"
    media: str = "short"
    duration: float | None = None
    fails_at: int = NEVER


@dataclass
class House:
    """An account with its store, its catalog and its settler."""

    store: CutStore
    catalog: Catalog
    account: int
    key: str
    now_ms: int = NOON_MS
    zone: str = "UTC"
    undelivered: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.questions = Questions(self.store)
        self.people = People(self.store)
        self.restart()

    def restart(self) -> None:
        self.settler = Settler(
            SettlingStore(self.store),
            Rollups(self.store),
            self.catalog,
            Definitions(),
            VisitorSettler(Visitors(self.store), every_ms=10_000),
            Retention(Expiring(self.store), Definitions()),
            Pace(after_ms=3 * HOUR_MS, every_ms=10_000),
        )

    def do(self, step: Step) -> None:
        self.store.left = step.fails_at
        try:
            self._do(step)
        except CutError:
            self.restart()
        self.store.left = NEVER
        # What was not acknowledged by the settler comes again, as the spool sees to.
        self.deliver([])

    def _do(self, step: Step) -> None:
        match step.what:
            case "deliver":
                self.deliver([viewing.row(self.account) for viewing in step.viewings])
            case "settle":
                self.now_ms += step.hours * HOUR_MS
                self.settle()
            case "zone":
                self.zone = step.zone
                self.catalog.accounts.change(self.key, AccountChange(timezone=step.zone))
                self.settle()
            case "duration":
                change = MediaChange(duration=step.duration)
                self.catalog.medias.change(self.account, step.media, change)
            case "rebuild":
                for _ in self.settler.rebuild(self.account, self.zone, self.now_ms):
                    pass
            case "drop":
                SettlingStore(self.store).unsettle(self.account, 10**6)
                SettlingStore(self.store).forget(self.account)
                self.restart()
            case _:
                self.restart()

    def deliver(self, rows: list[bytes]) -> None:
        self.undelivered += rows
        if self.undelivered:
            batch = Batch(self.undelivered)
            self.settler.coming(batch, self.now_ms)
            Sessions(self.store).add(batch)
            self.settler.taken(batch, self.now_ms)
            self.undelivered.clear()

    def settle(self) -> None:
        # Past the pause between two looks, and past the quiet that a rebuild waits for. How far
        # visitors are summed up is said a look later.
        for pause_ms in (60_000, 10_000):
            self.now_ms += pause_ms
            while self.settler.check(self.now_ms):
                pass

    def answers(self, questions: Any) -> dict[str, Any]:
        scopes = {
            "account": Scope(self.account),
            "project": Scope(self.account, ("short", "tiny")),
        } | {media: Scope(self.account, (media,)) for media in MEDIAS}
        long = date(2026, 2, 1), date(2026, 4, 20)
        found: dict[str, Any] = {}
        for name, scope in scopes.items():
            found[f"{name} sums"] = sums(questions, scope)
            found[f"{name} days"] = by_date(questions, scope, *long, self.zone)
        account = Scope(self.account)
        found["of another zone"] = by_date(questions, account, *long, "Europe/Berlin")
        found["a day"] = by_date(questions, account, NOON, NOON, self.zone)
        by_hand = self.catalog.medias.durations(self.account)
        for media in MEDIAS:
            found[f"{media} media"] = media_stats(questions, self.account, media)
            found[f"{media} graph"] = engagement(questions, self.account, media, by_hand.get(media))
        found["longest"] = questions.longest_durations(self.account, MEDIAS)
        return {name: msgspec.to_builtins(value) for name, value in found.items()}

    def agrees(self) -> None:
        # The same object as ever, with all that it remembers.
        rolled = self.answers(self.questions)
        plain = self.answers(PlainQuestions(self.store))
        for name, value in plain.items():
            assert same(rolled[name], value), (name, rolled[name], value)
        rows = self.store.ask(
            "SELECT started_ms, session, media, visitor, played, email, browser"
            " FROM sessions FINAL WHERE account_id = {account:UInt32}",
            {"account": self.account},
        )
        assert self.visitors() == visitors_by_hand(rows)
        for begin, end in ((-48, -24), (-30, 0), (-24, 6)):
            times = (NOON_MS + begin * HOUR_MS, NOON_MS + end * HOUR_MS)
            for medias in (None, MEDIAS[:1]):
                assert self.returning(times, medias) == returning_by_hand(rows, times, medias)

    def is_rolled_up(self) -> bool:
        return bool(Rollups(self.store).settled(self.account).edition)

    def visitors(self) -> list[Visitor]:
        keys = self.people.visitor_keys(self.account, VisitorFilter(), limit=20)
        return visitors(self.people, self.account, keys)

    def returning(
        self, times: tuple[int, int], medias: tuple[str, ...] | None
    ) -> dict[bool, tuple[int, int]]:
        segment = Segment(medias, (times,))
        found = Insights(self.store).by_returning(self.account, segment)
        return {is_so: (each.visitors, each.loads) for is_so, each in found.items()}


def returning_by_hand(
    rows: Sequence[Any], times: tuple[int, int], medias: tuple[str, ...] | None
) -> dict[bool, tuple[int, int]]:
    earlier = {row[3] for row in rows if row[0] < times[0]}
    inside = [
        row[3] for row in rows if times[0] <= row[0] < times[1] and row[2] in (medias or MEDIAS)
    ]
    parts = {
        is_so: [each for each in inside if (each in earlier) == is_so] for is_so in (False, True)
    }
    return {is_so: (len(set(part)), len(part)) for is_so, part in parts.items() if part}


def visitors_by_hand(rows: Sequence[Any]) -> list[Visitor]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row[3], []).append(row)
    listed = [visitor_by_hand(name, rows) for name, rows in found.items()]
    return [
        each
        for *_, each in sorted(
            (
                each.newest_play[0] if each.newest_play else -1,
                max(row[0] for row in found[each.key]),
                each.key,
                each,
            )
            for each in listed
        )
    ][::-1]


def visitor_by_hand(name: str, rows: list[Any]) -> Visitor:
    rows = sorted(rows, key=lambda row: (row[0], row[1].int, row[2]), reverse=True)
    plays = [row[:3] for row in rows if row[4]]
    emails = [row[5] for row in rows if row[5]]
    browsers = [row[6] for row in rows if row[6]]
    by = [row[:3] for row in rows if row[5] and row[5] == emails[0]]
    return Visitor(
        key=name,
        created_ms=rows[-1][0],
        newest_play=plays[0] if plays else None,
        loads=len(rows),
        plays=len(plays),
        identity=Identity(email=emails[0] if emails else ""),
        identified_by=by[-1] if by else None,
        agent=Agent(browsers[0], "", "", mobile=False) if browsers else Agent(),
    )


def same(one: Any, other: Any) -> bool:
    if isinstance(one, float):
        return one == pytest.approx(other, rel=1e-9, abs=1e-12)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@contextmanager
def rooms_in(dsn: str, folder: Path) -> Iterator[tuple[CutStore, Catalog]]:
    store = CutStore.open(dsn)
    catalog = Catalog.open(f"sqlite:///{folder}/catalog.sqlite")
    yield store, catalog
    catalog.close()
    store.close()


def settle_in(rooms: tuple[CutStore, Catalog]) -> House:
    store, catalog = rooms
    account = catalog.accounts.create("Rolled")
    catalog.medias.register({(account.id, media): media for media in MEDIAS})
    return House(store, catalog, account.id, account.key)


@contextmanager
def eager_rooms(store_dsn: str, folder: Path) -> Iterator[tuple[CutStore, Catalog]]:
    """After one media, who is new to the others is looked up at once, and now."""
    with pytest.MonkeyPatch.context() as patch, rooms_in(store_dsn, folder) as rooms:
        patch.setattr("playhead.store.newcomers._SEVERAL", 1)
        patch.setattr(CutStore, "beside", lambda _, work: work())
        yield rooms


def watched_at(hour: int, number: int = 0, visitor: str = "a") -> Viewing:
    return Viewing(
        number=number,
        version=1,
        media=MEDIAS[0],
        hour=hour,
        shift_ms=0,
        visitor=visitor,
        played=True,
        duration=DURATIONS[MEDIAS[0]][0],
        pieces=((500, 9_000, 1),),
        email="",
        browser="Firefox",
    )
