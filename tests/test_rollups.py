"""Roll-ups change no answer: whatever was settled, when, and what came late.

The same store is asked twice after every step: with its roll-ups, and as if there were none.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from playhead.catalog import Catalog
from playhead.catalog.accounts import AccountChange
from playhead.catalog.medias import MediaChange
from playhead.drain import Settler
from playhead.rows import SessionRow
from playhead.stats import (
    Scope,
    by_date,
    engagement,
    media_stats,
    sums,
)
from playhead.stats.rolling import Definitions
from playhead.store import (
    PlainQuestions,
    Questions,
    Rollups,
    Sessions,
    SettlingStore,
    Store,
)

HOUR_MS = 3_600_000
NOON_MS = 1_773_662_400_000  # 16 March 2026, 12:00 UTC
NOON = date(2026, 3, 16)
ZONES = ("UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati")
MEDIAS = ("short", "long", "tiny", "live")
DURATIONS = {"short": (60.5, 61.0), "long": (1500.25, 2400.0), "tiny": (0.4,), "live": (0.0,)}


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
        fields: dict[str, Any] = dict.fromkeys(
            ("rate", "screen_width", "screen_height", "startup_ms", "stalls"), 0
        )
        fields |= {"stalled_ms": 0, "errors": [], "mobile": False, "lat": None, "lon": None}
        fields |= {
            "account_id": account,
            "media": self.media,
            "session_ms": at,
            "session": uuid.UUID(int=at << 80 | 7 << 76 | 2 << 62 | self.number),
            "version": self.version,
            "started_ms": at + self.shift_ms,
            "received_ms": at + self.shift_ms,
            "visitor": self.visitor,
            "played": self.played or bool(whole),
            "duration": self.duration,
            "watched_seconds": sum((end - start / 1000) * n for start, end, n in whole),
            "covered_seconds": sum(end - start / 1000 for start, end, _ in whole),
            "piece_starts": [start for start, _, _ in whole],
            "piece_ends": [-int(-end * 1000 // 1) for _, end, _ in whole],
            "piece_times": [times for _, _, times in whole],
            "actions": '[{"type":"poll","shown":1,"converted":0}]' if self.number % 3 == 0 else "",
        }
        values = [fields.get(name, "") for name in SessionRow.__struct_fields__]
        return msgspec.json.encode(values)


@st.composite
def viewings(draw: st.DrawFn) -> Viewing:
    media = draw(st.sampled_from(MEDIAS))
    borders = sorted(
        draw(st.sets(st.integers(0, 70).map(lambda s: s * 500), min_size=2, max_size=6))
    )
    pieces = tuple(
        (start, end, draw(st.integers(1, 3)))
        for start, end in zip(borders[::2], borders[1::2], strict=False)
    )
    played = draw(st.booleans())
    return Viewing(
        number=draw(st.integers(0, 14)),
        version=draw(st.integers(1, 4)),
        media=media,
        hour=draw(st.sampled_from((-900, -30, -13, -12, -11, -3, -2, -1, 0, 1, 2, 3, 400_000))),
        shift_ms=draw(st.sampled_from((0, 0, 0, 900_000, -12 * HOUR_MS, 24 * 20 * HOUR_MS))),
        visitor=draw(st.sampled_from("abcde")),
        played=played,
        duration=draw(st.sampled_from(DURATIONS[media])),
        pieces=pieces if played else (),
    )


@dataclass(frozen=True)
class Step:
    """Something that happens; ``fails_at`` cuts it off before that statement of the settler."""

    what: str
    viewings: tuple[Viewing, ...] = ()
    hours: int = 0
    zone: str = "UTC"
    media: str = "short"
    duration: float | None = None
    fails_at: int | None = None


deliveries = st.builds(
    Step, st.just("deliver"), viewings=st.lists(viewings(), min_size=1, max_size=8).map(tuple)
)
settlings = st.builds(Step, st.just("settle"), hours=st.integers(0, 4))
steps = st.lists(
    st.one_of(
        deliveries,
        settlings,
        st.builds(
            Step,
            st.sampled_from(("deliver", "settle")),
            viewings=st.lists(viewings(), min_size=1, max_size=4).map(tuple),
            hours=st.integers(0, 2),
            fails_at=st.integers(0, 7),
        ),
        st.builds(Step, st.just("zone"), zone=st.sampled_from(ZONES)),
        st.builds(
            Step,
            st.just("duration"),
            media=st.sampled_from(MEDIAS),
            duration=st.sampled_from((None, 45.0, 1200.5, 1800.0)),
        ),
        st.builds(Step, st.sampled_from(("rebuild", "restart", "drop"))),
    ),
    min_size=3,
    max_size=7,
)


class CutError(Exception):
    """The process was killed here."""


class CutStore(Store):
    """A store whose settler is killed before one of its statements."""

    left: int | None = None

    def run(self, sql: str, parameters: Any) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise CutError
        super().run(sql, parameters)


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
        self.restart()

    def restart(self) -> None:
        self.settler = Settler(
            SettlingStore(self.store),
            Rollups(self.store),
            self.catalog,
            Definitions(),
            after_ms=3 * HOUR_MS,
            every_ms=10_000,
        )

    def do(self, step: Step) -> None:
        self.store.left = step.fails_at
        try:
            self._do(step)
        except CutError:
            self.restart()
        self.store.left = None
        # What was not acknowledged by the settler comes again, as the spool sees to.
        self._deliver([])

    def _do(self, step: Step) -> None:
        match step.what:
            case "deliver":
                self._deliver([viewing.row(self.account) for viewing in step.viewings])
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

    def _deliver(self, rows: list[bytes]) -> None:
        self.undelivered += rows
        if self.undelivered:
            body = b"\n".join(self.undelivered)
            Sessions(self.store).add(body)
            self.settler.taken(body, self.now_ms)
            self.undelivered.clear()

    def settle(self) -> None:
        # Past the pause between two looks, and past the quiet that a rebuild waits for.
        self.now_ms += 60_000
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


def same(one: Any, other: Any) -> bool:
    if isinstance(one, float):
        return one == pytest.approx(other, rel=1e-9, abs=1e-12)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[CutStore, Catalog]]:
    folder: Path = tmp_path_factory.mktemp("rollups")
    store = CutStore.open(f"chdb://{folder}/store")
    catalog = Catalog.open(f"sqlite:///{folder}/catalog.sqlite")
    yield store, catalog
    catalog.close()
    store.close()


def settle_in(rooms: tuple[CutStore, Catalog]) -> House:
    store, catalog = rooms
    account = catalog.accounts.create("Rolled")
    catalog.medias.register({(account.id, media): media for media in MEDIAS})
    return House(store, catalog, account.id, account.key)


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    print_blob=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_roll_ups_change_no_answer_whatever_happens(
    rooms: tuple[CutStore, Catalog], steps: list[Step]
) -> None:
    house = settle_in(rooms)
    for step in steps:
        house.do(step)
        house.agrees()
    house.settle()
    house.agrees()
