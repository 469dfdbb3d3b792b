"""The brute-force reader, pinned by examples worked out by hand from the definitions."""

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from oracle import (
    CatalogMedia,
    Delivery,
    Oracle,
    Session,
    clock_error,
    local_date,
    midpoints,
    session_of,
)
from support import session_id

NOON_MS = int(datetime(2024, 6, 1, 12, tzinfo=UTC).timestamp() * 1000)
QUARTER_MS = 15 * 60 * 1000


def sent(
    *, media: str = "m", seq: int = 1, at_ms: int = NOON_MS, late_ms: int = 0, **changes: Any
) -> Delivery:
    beacon = {
        "media": media,
        "session": session_id(at_ms),
        "seq": seq,
        "sent_at": at_ms,
        "visitor": "v",
        "duration": 10,
        "played": True,
        "watched": [],
        **changes,
    }
    return Delivery(beacon, at_ms + late_ms)


def session(**changes: Any) -> Session:
    return session_of(sent(**changes), ZoneInfo("UTC"))


def oracle(*log: Delivery, medias: tuple[CatalogMedia, ...] = ()) -> Oracle:
    return Oracle(log, "UTC", medias)


def test_repeats_count_as_watched_and_not_as_covered() -> None:
    found = session(watched=[[0, 4, 1], [4, 8, 2], [8, 10, 1]])
    assert found.watched_seconds() == 14
    assert found.covered_seconds() == 10
    assert found.percent_viewed() == 1


def test_percent_viewed_is_of_the_duration_that_the_session_itself_carries() -> None:
    assert session(duration=8, watched=[[2, 4, 9]]).percent_viewed() == Fraction(1, 4)
    assert session(duration=None, watched=[[2, 4, 9]]).percent_viewed() is None


def test_pieces_are_rounded_to_the_millisecond_and_cut_back_to_the_duration() -> None:
    found = session(duration=9.5, watched=[[0.0004, 0.0006, 1], [9, 10.4, 1]])
    assert found.watched_seconds() == Fraction("0.001") + Fraction("0.5")


def test_what_rounding_leaves_empty_is_dropped_and_leaves_no_play() -> None:
    assert not session(played=False, watched=[[1.0001, 1.0004, 1]]).played


def test_a_session_with_a_watch_map_was_played_whatever_it_says() -> None:
    assert session(played=False, watched=[[0, 1, 1]]).played
    assert session(played=True, watched=[]).played
    assert not session(played=False, watched=[]).played


def test_the_value_of_a_watch_map_is_half_open() -> None:
    found = session(watched=[[1, 2, 3]])
    assert [found.times_at(Fraction(at)) for at in (0, 1, Fraction("1.999"), 2)] == [0, 3, 3, 0]


@pytest.mark.parametrize(
    ("duration", "cells", "first", "last"),
    [
        ("0.4", 1, "0.2", "0.2"),
        ("1.999", 1, "0.5", "0.5"),
        ("60", 60, "0.5", "59.5"),
        ("1000.5", 1000, "0.5", "999.5"),
        ("1001", 1000, "0.5005", "1000.4995"),
        ("10800", 1000, "5.4", "10794.6"),
    ],
)
def test_the_middles_of_the_cells(duration: str, cells: int, first: str, last: str) -> None:
    found = midpoints(Fraction(duration))
    assert (len(found), found[0], found[-1]) == (cells, Fraction(first), Fraction(last))


def test_the_graph_counts_sessions_and_puts_extra_viewings_on_top() -> None:
    found = oracle(
        sent(duration=4, watched=[[0, 2, 1], [2, 2.6, 3]]),
        sent(duration=4, watched=[[1.5, 3.5, 2]]),
    ).engagement("m")
    # The second session begins exactly at the middle of cell 1 and ends exactly at that of cell 3.
    assert found["engagement_data"] == [1, 2, 2, 0]
    assert found["rewatch_data"] == [0, 1, 3, 0]


def test_the_graph_takes_the_duration_set_by_hand_else_the_longest_carried() -> None:
    log = [sent(duration=2), sent(duration=3.7), sent(duration=None)]
    assert len(oracle(*log).engagement("m")["engagement_data"]) == 3
    by_hand = oracle(*log, medias=(CatalogMedia("m", duration=7),))
    assert len(by_hand.engagement("m")["engagement_data"]) == 7
    assert oracle(sent(duration=None)).engagement("m")["engagement_data"] == []


@pytest.mark.parametrize(
    ("difference_ms", "error_ms"),
    [
        (0, 0),
        (QUARTER_MS // 2, 0),
        (-QUARTER_MS // 2, 0),
        (QUARTER_MS // 2 + 1, QUARTER_MS),
        (-QUARTER_MS // 2 - 1, -QUARTER_MS),
        (3 * QUARTER_MS - 400_000, 3 * QUARTER_MS),
    ],
)
def test_a_clock_is_put_right_by_whole_quarter_hours(difference_ms: int, error_ms: int) -> None:
    assert clock_error(difference_ms) == error_ms


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("UTC", datetime(2024, 6, 1, 23, 59, 59, tzinfo=UTC), date(2024, 6, 1)),
        ("Asia/Kathmandu", datetime(2024, 6, 1, 18, 14, 59, tzinfo=UTC), date(2024, 6, 1)),
        ("Asia/Kathmandu", datetime(2024, 6, 1, 18, 15, tzinfo=UTC), date(2024, 6, 2)),
        ("America/New_York", datetime(2024, 3, 10, 4, 59, 59, tzinfo=UTC), date(2024, 3, 9)),
        ("America/New_York", datetime(2024, 3, 11, 3, 59, 59, tzinfo=UTC), date(2024, 3, 10)),
    ],
)
def test_a_session_belongs_to_the_local_day_of_its_start(
    zone: str, instant: datetime, day: date
) -> None:
    assert local_date(int(instant.timestamp() * 1000), ZoneInfo(zone)) == day


def test_a_wrong_clock_moves_the_day_back_to_where_it_belongs() -> None:
    two_days_ms = 2 * 86_400_000
    assert session(at_ms=NOON_MS - two_days_ms, late_ms=two_days_ms).day == date(2024, 6, 1)


def test_the_highest_seq_stands_for_the_session_and_of_equals_the_first() -> None:
    one = sent(seq=2, watched=[[0, 5, 1]])
    older = Delivery({**one.beacon, "seq": 1, "watched": []}, NOON_MS)
    repeat = Delivery({**one.beacon, "watched": [[0, 9, 1]]}, NOON_MS)
    found = oracle(older, one, repeat, older).account()
    assert found == {"loads": 1, "plays": 1, "hours_watched": Fraction(5, 3600)}


def test_the_same_session_id_with_another_media_is_another_session() -> None:
    one = sent(media="m")
    other = Delivery({**one.beacon, "media": "n"}, NOON_MS)
    assert oracle(one, other).account()["loads"] == 2


def test_play_rate_is_of_visitors_and_engagement_of_sessions_with_a_play() -> None:
    found = oracle(
        sent(visitor="a", watched=[[0, 5, 1]]),
        sent(visitor="a", watched=[[0, 10, 1]]),
        sent(visitor="b", played=False),
        sent(visitor="c", duration=None, watched=[[0, 5, 1]]),
    ).media("m")
    assert found["visitors"] == 3
    assert found["play_rate"] == Fraction(2, 3)
    assert found["engagement"] == Fraction(3, 4)


def test_with_nothing_to_count_everything_is_nothing() -> None:
    found = oracle(medias=(CatalogMedia("m"),)).media("m")
    assert set(found.values()) == {0}


def test_a_project_is_the_medias_that_it_has_now() -> None:
    log = [sent(media="m"), sent(media="n"), sent(media="o")]
    medias = (CatalogMedia("m", project="p"), CatalogMedia("n", project="q"), CatalogMedia("z"))
    found = oracle(*log, medias=medias)
    assert found.project("p") == {
        "loads": 1,
        "plays": 1,
        "hours_watched": 0,
        "number_of_videos": 1,
    }
    assert found.account()["loads"] == 3


def test_by_date_has_every_day_newest_first() -> None:
    found = oracle(sent()).account_by_date(date(2024, 5, 31), date(2024, 6, 2))
    assert [(row["data_date"], row["loads"]) for row in found] == [
        ("2024-06-02", 0),
        ("2024-06-01", 1),
        ("2024-05-31", 0),
    ]
