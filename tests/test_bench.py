"""The bench makes the store that it says, and puts its tables where they belong."""

from pathlib import Path
from typing import Any

import pytest
from bench import report, stores
from bench.fleet import Fleet, day_of
from bench.questions import Answering
from bench.soak import slope
from rich.progress import Progress

from playhead.settings import Settings
from playhead.store import Store


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(stores, "_FOLDER", tmp_path)
    return tmp_path


def test_a_store_has_as_many_sessions_as_were_asked_for_and_is_kept(folder: Path) -> None:
    with Progress(disable=True) as progress:
        made = stores.stored(3000, progress)
        assert stores.stored(3000, progress) == made
    store = Store.open(Settings(data=folder / "3000").store_dsn)
    ((sessions, ids, busiest, ahead, wrong),) = store.ask(
        "SELECT count(), uniqExact(session), countIf(media = 'bench-0000'),"
        " countIf(started_ms > {now:Int64}),"
        " countIf(played AND (covered_seconds > duration OR watched_seconds < covered_seconds))"
        " FROM sessions FINAL",
        {"now": 4_000_000_000_000},
    )
    store.close()
    assert (sessions, ids, ahead, wrong) == (3000, 3000, 0, 0)
    assert 200 < busiest < 400


@pytest.mark.usefixtures("folder")
def test_a_store_made_in_another_way_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    with Progress(disable=True) as progress:
        made = stores.stored(100, progress)
        monkeypatch.setattr(stores, "_fingerprint", lambda: "other")
        assert stores.stored(100, progress).token != made.token


def test_growth_is_the_ratio_of_the_medians() -> None:
    def row(p50_ms: float) -> Answering:
        return Answering("account", 8, 0, p50_ms, 0, 0, 0, 0)

    table = report.growth({10_000_000: [row(3.0)], 100_000: [row(2.0)]})
    assert table[0] == "| endpoint | 10 M / 100 k | p50 at 100 k | p50 at 10 M |"
    assert table[-1] == "| account | 1.5 | 2.0 ms | 3.0 ms |"


def test_a_table_replaces_only_its_own_section(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    other = "<!-- bench:b -->\n<!-- /bench -->\n"
    page.write_text(f"one\n<!-- bench:a -->\nold\n<!-- /bench -->\n{other}")
    monkeypatch.setattr(report, "_PAGE", page)
    report.write_into_page("a", ["new"])
    report.write_into_page("a", ["newer"])
    assert page.read_text() == f"one\n<!-- bench:a -->\n\nnewer\n\n<!-- /bench -->\n{other}"
    with pytest.raises(SystemExit, match="no section bench:c"):
        report.write_into_page("c", [])


def test_the_slope_is_that_of_the_nearest_line() -> None:
    assert slope([(0, 1), (10, 3), (20, 5)]) == pytest.approx(0.2)
    assert slope([(0, 4), (10, 4), (20, 4)]) == 0


def a_fleet(**changes: Any) -> Fleet:
    plain: dict[str, Any] = {
        "sessions_a_month": 10**8,
        "beacons_a_session": 8,
        "collectors": 2,
        "taken_a_second": 15_000,
        "stored_a_second": 50_000,
        "bytes_a_beacon": 500,
        "peak": 1.8,
        "burst": 2.0,
        "away_from_s": 64_800,
        "away_for_s": 3600,
    }
    return Fleet(**plain | changes)


def test_a_fleet_bears_an_outage_and_what_waits_is_what_came_meanwhile() -> None:
    day = day_of(a_fleet())
    assert day.refused == 0
    assert day.mean_rate == pytest.approx(10**8 * 8 / (30 * 86_400))
    assert 3600 * day.mean_rate < day.most_waiting < 3600 * day.highest_rate
    assert day.caught_up_after_s is not None


def test_a_fleet_that_is_too_small_refuses_and_a_store_that_is_too_slow_never_catches_up() -> None:
    assert day_of(a_fleet(taken_a_second=200)).refused > 0
    assert day_of(a_fleet(stored_a_second=250)).caught_up_after_s is None
    assert day_of(a_fleet(away_for_s=0)).most_waiting == 0
