"""The thinnest path: a beacon goes in, numbers come out."""

import time
from collections.abc import Callable

import httpx

from support import Server, TestAccount, beacon


def test_a_beacon_becomes_a_number_within_two_seconds(
    http: httpx.Client, account: TestAccount
) -> None:
    assert http.post("/collect", json=beacon(account)).status_code == 204
    deadline = time.monotonic() + 2
    loads = 0
    while not loads and time.monotonic() < deadline:
        answer = http.get("/v1/stats/account.json", headers=account.headers)
        loads = answer.json()["loads"]
    assert loads == 1


def test_what_was_watched_is_what_the_endpoints_say(
    http: httpx.Client, account: TestAccount, settle: Callable[[], None]
) -> None:
    sent = beacon(account, duration=12.5, watched=[[0, 5, 1], [7.25, 9, 2]])
    assert http.post("/collect", json=sent).status_code == 204
    settle()
    media = http.get("/v1/stats/medias/lesson-1.json", headers=account.headers).json()
    assert media == {
        "loads": 1,
        "load_count": 1,
        "plays": 1,
        "play_count": 1,
        "play_rate": 1.0,
        "hours_watched": 0.00236111111111,
        "engagement": 0.54,
        "visitors": 1,
        "actions": [],
    }
    graph = http.get("/v1/stats/medias/lesson-1/engagement.json", headers=account.headers).json()
    assert graph == {
        "engagement": 0.54,
        "engagement_data": [1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0],
        "rewatch_data": [0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0],
    }


def test_stopping_drains_and_ends_within_ten_seconds_and_a_restart_knows_everything(
    own_server: Server,
) -> None:
    own_server.start()
    account = own_server.account()
    with httpx.Client(base_url=own_server.url) as http:
        for _ in range(20):
            assert http.post("/collect", json=beacon(account)).status_code == 204
    assert own_server.stop() < 10
    assert own_server.events[-1]["event"] == "server.stopped"
    own_server.start()
    answer = httpx.get(f"{own_server.url}/v1/stats/account.json", headers=account.headers)
    assert answer.json()["loads"] == 20
