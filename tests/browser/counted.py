"""What Playhead says was played."""

import logging
import time
from dataclasses import dataclass
from typing import Any, Final

import httpx

from browser.pages import CLIP_SECONDS
from browser.viewers import Played
from support import Server, TestAccount

# How much of what was played may be missing or too much.
TOLERANCE: Final = 0.5

_ARRIVES_WITHIN_S: Final = 20
_LOOK_EVERY_S: Final = 0.05

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Numbers:
    """The API's answers about the medias of one account."""

    server: Server
    account: TestAccount
    http: httpx.Client

    def ask(self, path: str) -> Any:
        """An answer; None where there is nothing."""
        url = f"{self.server.url}/v1/stats/{path}.json"
        answer = self.http.get(url, headers=self.account.headers)
        return None if answer.status_code == 404 else answer.raise_for_status().json()

    def seconds(self, media: str) -> float:
        found = self.ask(f"medias/{media}")
        return float(found["hours_watched"]) * 3600 if found else 0.0

    def become(self, played: Played, media: str, *, loads: int = 1, visitors: int = 1) -> None:
        """Wait for what was played; then nothing may be missing and nothing too much."""
        deadline = time.monotonic() + _ARRIVES_WITHIN_S
        while not self._fit(played, media) and time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY_S)
        # Whatever else has come must change nothing.
        self.server.settle()
        counted = self.seconds(media)
        said = (
            f"{media}: {played.seconds:.3f} s played, {counted:.3f} s counted, "
            f"{played.unseen:.3f} s unseen, {played.pieces}"
        )
        log.info(said)
        assert self._fit(played, media), said
        found = self.ask(f"medias/{media}")
        assert (found["loads"], found["plays"]) == (loads, loads)
        assert found["visitors"] == visitors

    def _fit(self, played: Played, media: str) -> bool:
        excess = self.seconds(media) - played.seconds
        return -TOLERANCE <= excess <= TOLERANCE + played.unseen

    def draw(self, played: Played, media: str) -> None:
        """Compare the graph of the clip's single session second by second."""
        graph = self.ask(f"medias/{media}/engagement")
        assert len(graph["engagement_data"]) == len(graph["rewatch_data"]) == CLIP_SECONDS
        for cell in range(CLIP_SECONDS):
            if played.is_sure(cell + 0.5):
                times = played.times(cell + 0.5)
                drawn = graph["engagement_data"][cell], graph["rewatch_data"][cell]
                assert drawn == (min(1, times), max(0, times - 1)), f"second {cell} of {played}"
