"""People who watch while things go wrong: each beacon is sent until it is acknowledged."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import httpx
import pytest

from support import TestAccount, beacon, now_ms, session_id

BEACONS = 3
HOUR_MS = 3_600_000
_AGAIN_AFTER_S = 0.02
_TAKEN_WITHIN_S = 120


class Viewer(threading.Thread):
    """Plays session after session; the newest beacon of each says two seconds for each beacon."""

    def __init__(
        self, urls: Sequence[str], account: TestAccount, number: int, pause_s: float, hours_ago: int
    ) -> None:
        super().__init__(name=f"viewer-{number}")
        self._places = [url.removeprefix("http://") for url in urls]
        self._open: dict[str, http.client.HTTPConnection] = {}
        self._account = account
        self._chance = random.Random(number)
        self._pause_s = pause_s
        self._hours_ago = hours_ago
        self._ended = threading.Event()
        self.sessions = 0
        self.acknowledged = 0
        self.repeats = 0
        self.answers: Counter[int] = Counter()
        self.without_retry_after = 0
        self.took_s: list[float] = []

    def run(self) -> None:
        while not self._ended.is_set():
            at_ms = now_ms() - self._chance.randint(0, self._hours_ago) * HOUR_MS
            session = session_id(at_ms)
            for seq in range(1, BEACONS + 1):
                sent = beacon(
                    self._account,
                    session=session,
                    seq=seq,
                    visitor=self.name,
                    watched=[[0, 2 * seq, 1]],
                )
                self._send_until_taken(json.dumps(sent).encode())
                time.sleep(self._pause_s)
            self.sessions += 1
        for connection in self._open.values():
            connection.close()

    def _send_until_taken(self, body: bytes) -> None:
        deadline = time.monotonic() + _TAKEN_WITHIN_S
        while time.monotonic() < deadline:
            place = self._chance.choice(self._places)
            began = time.perf_counter()
            try:
                status = self._send(place, body)
            except (OSError, http.client.HTTPException):
                # Whether it was kept is not known, so it is sent again, as the tracker does.
                self._open.pop(place).close()
            else:
                self.answers[status] += 1
                if status == 204:
                    self.took_s.append(time.perf_counter() - began)
                    self.acknowledged += 1
                    return
            self.repeats += 1
            time.sleep(_AGAIN_AFTER_S)
        raise AssertionError(f"{self.name} was not heard: {self.answers}")

    def _send(self, place: str, body: bytes) -> int:
        if place not in self._open:
            self._open[place] = http.client.HTTPConnection(place, timeout=30)
        connection = self._open[place]
        connection.request("POST", "/collect", body, {"content-type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status == 503 and not answer.getheader("retry-after"):
            self.without_retry_after += 1
        return answer.status

    def end(self) -> None:
        self._ended.set()


class Audience:
    """Several viewers, for as long as the context lasts."""

    def __init__(
        self,
        account: TestAccount,
        *urls: str,
        viewers: int = 6,
        pause_s: float = 0.0,
        hours_ago: int = 0,
    ) -> None:
        """``urls``: of servers, any of which may get a beacon. ``pause_s``: after each beacon.

        ``hours_ago``: sessions began up to so many hours ago, by whole hours.
        """
        self.account = account
        self._viewers = [
            Viewer(urls, account, number, pause_s, hours_ago) for number in range(viewers)
        ]

    def __enter__(self) -> Self:
        for viewer in self._viewers:
            viewer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for viewer in self._viewers:
            viewer.end()
        for viewer in self._viewers:
            viewer.join()

    @property
    def acknowledged(self) -> int:
        """Beacons with a 204."""
        return sum(viewer.acknowledged for viewer in self._viewers)

    @property
    def repeats(self) -> int:
        """How often one was sent again."""
        return sum(viewer.repeats for viewer in self._viewers)

    @property
    def sessions(self) -> int:
        """Sessions of which every beacon was acknowledged."""
        return sum(viewer.sessions for viewer in self._viewers)

    @property
    def answers(self) -> Counter[int]:
        """How often each status was answered."""
        return sum((viewer.answers for viewer in self._viewers), Counter())

    @property
    def without_retry_after(self) -> int:
        """How many 503 did not say when to try again."""
        return sum(viewer.without_retry_after for viewer in self._viewers)

    @property
    def took_s(self) -> list[float]:
        """How long each 204 took."""
        return [took for viewer in self._viewers for took in viewer.took_s]

    def expected(self) -> dict[str, int]:
        """Sessions of each visitor."""
        return {viewer.name: viewer.sessions for viewer in self._viewers if viewer.sessions}

    def assert_counted(self, url: str) -> None:
        """The numbers are those of what was acknowledged: nothing is missing, nothing doubled."""
        with httpx.Client(base_url=url, headers=self.account.headers, timeout=60) as client:
            whole = client.get("/v1/stats/account.json").raise_for_status().json()
            listed = client.get("/v1/stats/visitors.json").raise_for_status().json()
            shown = client.get("/v1/stats/medias/lesson-1.json").raise_for_status().json()
        hours = pytest.approx(self.sessions * 2 * BEACONS / 3600, rel=1e-9)
        assert whole["load_count"] == shown["load_count"] == self.sessions
        assert whole["hours_watched"] == shown["hours_watched"] == hours
        assert {each["visitor_key"]: each["load_count"] for each in listed} == self.expected()
