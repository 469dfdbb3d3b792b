"""Killed, replayed, cut off from its store: nothing that was acknowledged is lost or doubled."""

import asyncio
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from playhead.rooms import Playhead
from playhead.settings import Settings
from playhead.store import Store, StoreUnavailableError
from support import Server, TestAccount, beacon, now_ms, session_id

VIEWERS = 6
KILLS = 4
BEACONS = 3


class Viewer(threading.Thread):
    """Sends sessions one after the other, and each beacon until it is acknowledged."""

    def __init__(self, server: Server, account: TestAccount, number: int) -> None:
        super().__init__()
        self._server = server
        self._account = account
        self._number = number
        self._ended = threading.Event()
        self.sessions = 0
        self.repeats = 0

    def run(self) -> None:
        with httpx.Client(base_url=self._server.url, timeout=10) as http:
            while not self._ended.is_set():
                session = session_id()
                for seq in range(1, BEACONS + 1):
                    sent = beacon(
                        self._account,
                        session=session,
                        seq=seq,
                        visitor=f"viewer-{self._number}",
                        watched=[[0, seq, 1], [30, 30.5, seq]],
                    )
                    self._send_until_taken(http, sent)
                self.sessions += 1

    def _send_until_taken(self, http: httpx.Client, sent: dict[str, Any]) -> None:
        while True:
            try:
                answer = http.post("/collect", json=sent | {"sent_at": now_ms()})
            except httpx.HTTPError:
                # Whether it was kept is not known, so it is sent again, as the tracker does.
                self.repeats += 1
                time.sleep(0.02)
                continue
            assert answer.status_code == 204, answer.text
            return

    def end(self) -> None:
        self._ended.set()
        self.join()


def test_killed_again_and_again_under_load_nothing_is_lost_or_doubled(own_server: Server) -> None:
    own_server.start()
    account = own_server.account()
    chance = random.Random(3)
    viewers = [Viewer(own_server, account, number) for number in range(VIEWERS)]
    for viewer in viewers:
        viewer.start()
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.1, 0.9))
        own_server.kill()
        own_server.start()
    time.sleep(0.3)
    for viewer in viewers:
        viewer.end()
    own_server.settle()
    sessions = sum(viewer.sessions for viewer in viewers)
    assert sum(viewer.repeats for viewer in viewers) >= KILLS
    shown = media_of(own_server, account)
    assert (shown["loads"], shown["plays"], shown["visitors"]) == (sessions, sessions, VIEWERS)
    # Three seconds once, and half a second three times.
    assert shown["hours_watched"] == pytest.approx(sessions * 4.5 / 3600, rel=1e-9)


def test_a_spool_that_comes_back_from_the_past_changes_nothing(
    own_server: Server, tmp_path: Path
) -> None:
    own_server.start()
    account = own_server.account()
    session = session_id()
    with httpx.Client(base_url=own_server.url) as http:
        for seq in (1, 2):
            sent = beacon(account, session=session, seq=seq, watched=[[0, 10 * seq, 1]])
            assert http.post("/collect", json=sent).status_code == 204
    own_server.kill()
    past = tmp_path / "past"
    past.mkdir()
    for file in own_server.data.glob("spool.sqlite*"):
        shutil.copy(file, past)
    own_server.start()
    sent = beacon(account, session=session, seq=3, watched=[[0, 30, 1]])
    assert httpx.post(f"{own_server.url}/collect", json=sent).status_code == 204
    own_server.settle()
    before = media_of(own_server, account)
    assert (before["loads"], before["hours_watched"]) == (1, pytest.approx(30 / 3600))
    own_server.kill()
    for file in past.iterdir():
        shutil.copy(file, own_server.data)
    own_server.start()
    own_server.settle()
    assert media_of(own_server, account) == before


def media_of(server: Server, account: TestAccount) -> dict[str, Any]:
    answer = httpx.get(f"{server.url}/v1/stats/medias/lesson-1", headers=account.headers)
    shown: dict[str, Any] = answer.json()
    return shown


@pytest.fixture
def playhead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Playhead]:
    """All rooms in this process, so that the way to the store can be cut."""
    # The store puts the process's temporary files into its folder; that must end with the test.
    monkeypatch.setattr(tempfile, "tempdir", tempfile.gettempdir())
    with Playhead.open(Settings(data=tmp_path)) as opened:
        yield opened


async def in_process(playhead: Playhead, method: str, path: str, **request: Any) -> httpx.Response:
    transport = httpx.ASGITransport(playhead, client=("127.0.0.1", 40_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:
        return await http.request(method, path, **request)


async def settled(playhead: Playhead) -> None:
    deadline = time.monotonic() + 20
    while playhead.spool.waiting:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


def test_inserts_whose_answer_was_lost_count_once(
    playhead: Playhead, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = playhead.catalog.accounts.create("Test", "UTC")
    _, token = playhead.catalog.tokens.create(account.id, "test")
    insert = Store.insert
    lost: list[Any] = []

    def insert_and_lose_the_answer(self: Store, *arguments: Any) -> None:
        insert(self, *arguments)
        if len(lost) < 2:
            lost.append(arguments)
            raise StoreUnavailableError("the answer was lost")

    monkeypatch.setattr(Store, "insert", insert_and_lose_the_answer)

    async def send_and_ask() -> dict[str, Any]:
        for _ in range(20):
            sent = beacon(TestAccount(account.key, token, "UTC", account.id))
            assert (await in_process(playhead, "POST", "/collect", json=sent)).status_code == 204
        await settled(playhead)
        headers = {"Authorization": f"Bearer {token}"}
        answer = await in_process(playhead, "GET", "/v1/stats/account", headers=headers)
        shown: dict[str, Any] = answer.json()
        return shown

    assert asyncio.run(send_and_ask())["loads"] == 20
    assert len(lost) == 2


def test_while_the_store_is_away_beacons_are_taken_and_questions_get_a_503(
    playhead: Playhead, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = playhead.catalog.accounts.create("Test", "UTC")
    _, token = playhead.catalog.tokens.create(account.id, "test")
    headers = {"Authorization": f"Bearer {token}"}

    def away(*_: Any) -> None:
        raise StoreUnavailableError("the store is away")

    async def outage() -> tuple[httpx.Response, httpx.Response, httpx.Response]:
        with monkeypatch.context() as cut:
            cut.setattr(Store, "insert", away)
            cut.setattr(Store, "ask", away)
            sent = beacon(TestAccount(account.key, token, "UTC", account.id))
            assert (await in_process(playhead, "POST", "/collect", json=sent)).status_code == 204
            refused = await in_process(playhead, "GET", "/v1/stats/account", headers=headers)
            unready = await in_process(playhead, "GET", "/readyz")
        await settled(playhead)
        answer = await in_process(playhead, "GET", "/v1/stats/account", headers=headers)
        return refused, unready, answer

    refused, unready, answer = asyncio.run(outage())
    assert refused.status_code == unready.status_code == 503
    assert int(refused.headers["retry-after"]) > 0
    assert answer.json()["loads"] == 1
