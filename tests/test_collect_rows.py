"""The collector's lines: every value of a beacon is in its own column."""

import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from collecting import CLOSE, collecting, request
from playhead.collect.watchmap import normalise
from playhead.rows import SessionRow
from support import TestAccount, beacon, session_id

NOW_NS = time.time_ns()
NOW_MS = NOW_NS // 10**6
AGENT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604"
)


def row_of(tmp_path: Path, **changes: Any) -> SessionRow:
    wishes: dict[str, Any] = {"trusted_proxies": "127.0.0.1", "country_header": "CF-IPCountry"}
    headers = "X-Forwarded-For: 203.0.113.9", "CF-IPCountry: SE", f"User-Agent: {AGENT}", CLOSE
    with collecting(tmp_path, **wishes) as place:
        made = place.catalog.accounts.create("Test", "UTC")
        account = TestAccount(made.key, "", "UTC", made.id)
        place.ask(request(beacon(account, **changes), *headers))
        topic, line = place.spool.kept[0]
    assert topic == "sessions"
    return msgspec.json.decode(line, type=SessionRow)


def test_a_full_beacon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: NOW_NS)
    session = session_id(NOW_MS - 5000)
    row = row_of(
        tmp_path,
        media="media",
        session=session,
        seq=3,
        sent_at=NOW_MS,
        visitor="visitor",
        duration=99.5,
        watched=[[1, 2.5, 1], [3, 4, 2]],
        page={"url": "url", "title": "page title", "referrer": "referrer"},
        identity={"email": "email", "name": "name", "org": {"name": "org", "title": "org title"}},
        actions=[{"type": "cta", "id": "1", "shown": 2, "converted": 1}],
        player={
            "name": "player",
            "version": "7",
            "rate": 1.25,
            "language": "sv",
            "screen": [640, 480],
        },
        quality={"startup_ms": 11, "stalls": 12, "stalled_ms": 13, "errors": ["E", 14]},
    )
    assert (row.version >> 48, row.account_id) == (3, 1)
    expected = {
        "media": "media",
        "session_ms": NOW_MS - 5000,
        "session": session,
        "started_ms": NOW_MS - 5000,
        "received_ms": NOW_MS,
        "visitor": "visitor",
        "played": True,
        "duration": 99.5,
        "watched_seconds": 3.5,
        "covered_seconds": 2.5,
        "piece_starts": [1000, 3000],
        "piece_ends": [2500, 4000],
        "piece_times": [1, 2],
        "page_url": "url",
        "page_title": "page title",
        "referrer": "referrer",
        "email": "email",
        "name": "name",
        "org_name": "org",
        "org_title": "org title",
        "player_name": "player",
        "player_version": "7",
        "rate": 1.25,
        "language": "sv",
        "screen_width": 640,
        "screen_height": 480,
        "startup_ms": 11,
        "stalls": 12,
        "stalled_ms": 13,
        "errors": ["E", "14"],
        "ip": "203.0.113.0",
        "user_agent": AGENT,
        "browser": "Safari",
        "platform": "iOS",
        "mobile": True,
        "country": "SE",
        "region": "",
        "city": "",
        "lat": None,
        "lon": None,
        "network": "",
    }
    shown = {name: getattr(row, name) for name in expected}
    assert shown == expected | {"session": row.session}
    assert str(row.session) == session
    assert row.browser_version.startswith("18.1")
    assert msgspec.json.decode(row.actions) == [
        {"type": "cta", "id": "1", "shown": 2, "converted": 1, "data": None}
    ]


def test_a_beacon_with_nothing_but_what_is_required(tmp_path: Path) -> None:
    row = row_of(tmp_path, visitor="v", duration=..., watched=[], played=False)
    assert (row.duration, row.watched_seconds, row.piece_starts) == (0, 0, [])
    assert (row.email, row.name, row.org_name, row.org_title) == ("",) * 4
    assert (row.page_url, row.player_name, row.actions, row.errors) == ("", "", "", [])


def test_a_row_has_all_columns(tmp_path: Path) -> None:
    with collecting(tmp_path) as place:
        made = place.catalog.accounts.create("Test", "UTC")
        place.ask(request(beacon(TestAccount(made.key, "", "UTC", made.id)), CLOSE))
        line = place.spool.kept[0][1]
    assert len(msgspec.json.decode(line)) == len(SessionRow.__struct_fields__)


def test_a_piece_that_a_duration_all_but_takes_away_keeps_its_digits() -> None:
    # As floats, 1.0000000000006 - 1 is 5.7e-13.
    found = normalise([(1.0, 1.5, 3)], 1.0000000000006)
    assert found.covered_seconds == pytest.approx(6e-13, rel=1e-12)
    assert found.watched_seconds == pytest.approx(18e-13, rel=1e-12)
