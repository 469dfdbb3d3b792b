"""The demo's audience: its history, where it is, and those who watch right now."""

import asyncio
import random
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.dashboard.demo import MEDIA
from playhead.simulate import DEFAULT_MEDIAS, SendError, audience, send_history, watch_live
from playhead.simulate.live import LiveAudience
from playhead.simulate.places import PLACES
from playhead.simulate.viewing import pieces_until, stretches, watch
from support import Server, TestAccount, now_ms

CLIP = DEFAULT_MEDIAS[0]


@given(st.integers(0, 2**32), st.floats(1, 4000))
def test_who_watches_live_leaves_the_watch_map_of_the_same_mind(seed: int, duration: float) -> None:
    path = stretches(duration, random.Random(seed))
    whole = watch(duration, random.Random(seed))
    length = sum(end - start for start, end in path)
    assert pieces_until(path, length) == whole
    assert pieces_until(path, 0) == []
    told = [pieces_until(path, length * part // 7) for part in range(8)]
    seconds = [sum((end - start) * times for start, end, times in pieces) for pieces in told]
    assert all(before <= after + 1e-9 for before, after in pairwise(seconds))
    assert seconds[-1] * 1000 == pytest.approx(length)


def test_a_live_viewer_reports_every_ten_seconds_and_at_the_end() -> None:
    crowd = LiveAudience([CLIP], viewers=1, seed=3)
    at = 0.0
    beacons: list[dict[str, Any]] = []
    while not beacons or beacons[-1]["session"] == beacons[0]["session"]:
        beacons += [beacon for _, beacon in crowd.due(at, 1_800_000_000_000)]
        at += 2
    mine = [one for one in beacons if one["session"] == beacons[0]["session"]]
    assert [one["seq"] for one in mine] == list(range(1, len(mine) + 1))
    assert mine[0]["played"] is False
    assert mine[0]["watched"] == []
    assert mine[-1]["played"] is True


def test_history_of_any_age_arrives_with_its_places(
    own_server: Server,
) -> None:
    own_server.options = (*own_server.options, "--geo", str(MEDIA / "places.mmdb"))
    own_server.start()
    account = own_server.account()
    crowd = list(audience(DEFAULT_MEDIAS, 200, days=300, now_ms=now_ms(), seed=5, growth=1.5))
    report = asyncio.run(send_history(own_server.url, account.key, account.token, crowd))
    assert report.sent == 200
    own_server.settle()
    with httpx.Client(base_url=own_server.url, headers=account.headers) as http:
        found = http.get("/insights/breakdown", params={"by": "city", "limit": 1000}).json()
        summary = http.get("/insights/summary").json()
    assert sum(row["loads"] for row in found["rows"]) == summary["sums"]["loads"] == 200
    # The file that the demo has knows every place that its audience is at.
    assert {row["name"] for row in found["rows"]} <= {place.city for place in PLACES}


def test_more_of_them_came_lately_when_the_audience_grows() -> None:
    now = 1_800_000_000_000
    day = 86_400_000

    def lately(growth: float) -> int:
        crowd = audience([CLIP], 2000, days=90, now_ms=now, seed=1, growth=growth)
        return sum(session.started_ms > now - 30 * day for session in crowd)

    assert lately(1.5) > 1.15 * lately(1.0)


def test_a_server_that_is_away_is_said() -> None:
    crowd = audience([CLIP], 3, days=3, now_ms=now_ms(), seed=1)
    sending = send_history("http://127.0.0.1:9", "key", "token", crowd)
    with pytest.raises(SendError, match="does not answer"):
        asyncio.run(sending)


def test_live_viewers_are_watching_now(server: Server, account: TestAccount) -> None:
    async def some_seconds() -> None:
        watching = watch_live(server.url, account.key, account.token, DEFAULT_MEDIAS, 3)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(watching, 14)

    asyncio.run(some_seconds())
    server.settle()
    answer = httpx.get(f"{server.url}/insights/live", headers=account.headers).json()
    assert 1 <= answer["watching"] <= 4
    assert {one["media_id"] for one in answer["sessions"]} <= {
        media.hashed_id for media in DEFAULT_MEDIAS
    }


def test_live_viewers_outlast_a_server_that_is_away() -> None:
    async def nobody_there() -> None:
        watching = watch_live("http://127.0.0.1:9", "key", "token", DEFAULT_MEDIAS, 1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(watching, 1)

    asyncio.run(nobody_there())
