"""Viewers who watch in real time, for as long as somebody lets them."""

import asyncio
import contextlib
import random
import time
from collections.abc import Sequence
from typing import Any, Final

import httpx
from msgspec import Struct, json

from playhead.simulate.audience import SimulatedMedia, SimulatedSession, Visitor, session_of
from playhead.simulate.viewing import pieces_until, stretches

_TICK_S: Final = 2.0
_BEACON_EVERY_S: Final = 10.0
_ANSWERS_WITHIN_S: Final = 10
_NEXT_COMES: Final = 0.3
"""Of a viewer who is missing, how likely the next one comes within a tick."""


class LiveViewer(Struct):
    """Somebody who began to watch at ``began_s`` (of a steady clock)."""

    session: SimulatedSession
    path: list[tuple[int, int]]
    """Stretches of media time in ms, in the order of watching."""
    began_s: float
    told: int = 0
    next_s: float = 0.0

    def beacon(self, now_s: float) -> dict[str, Any]:
        """What the player reports at a moment: all that was watched until then."""
        self.told += 1
        self.next_s = now_s + _BEACON_EVERY_S
        watched = pieces_until(self.path, int((now_s - self.began_s) * 1000))
        return {
            **self.session.beacon,
            "seq": self.told,
            "played": bool(watched),
            "watched": watched,
        }

    def is_done(self, now_s: float) -> bool:
        """Whether the viewer has seen all that there was to see for this one."""
        return (now_s - self.began_s) * 1000 >= sum(end - start for start, end in self.path)


class LiveAudience:
    """A handful of viewers at any time; those who have seen enough leave, others come."""

    def __init__(self, medias: Sequence[SimulatedMedia], viewers: int, seed: int) -> None:
        self._medias = medias
        self._viewers = viewers
        self._chance = random.Random(f"playhead live {seed}")  # noqa: S311
        self._here: list[LiveViewer] = []

    def due(self, now_s: float, now_ms: int) -> list[tuple[LiveViewer, dict[str, Any]]]:
        """The beacons that are to be sent now, with who sends them."""
        if len(self._here) < self._viewers and (
            not self._here or self._chance.random() < _NEXT_COMES
        ):
            self._here.append(self._new(now_s, now_ms))
        found = [
            (viewer, viewer.beacon(now_s))
            for viewer in self._here
            if viewer.next_s <= now_s or viewer.is_done(now_s)
        ]
        self._here = [viewer for viewer in self._here if not viewer.is_done(now_s)]
        return found

    def _new(self, now_s: float, now_ms: int) -> LiveViewer:
        chance = self._chance
        media = chance.choice(self._medias)
        session = session_of(media, Visitor.some(chance), now_ms, chance)
        return LiveViewer(session, stretches(media.duration, chance), now_s)


async def watch_live(
    url: str, account_key: str, token: str, medias: Sequence[SimulatedMedia], viewers: int
) -> None:
    """Let viewers watch until this is cancelled.

    Args:
        url: the server's.
        account_key: the account's public key.
        token: one of scope write, so that the beacons may say where they come from.
        medias: what there is to watch.
        viewers: how many at the same time, at most.
    """
    crowd = LiveAudience(medias, viewers, seed=time.time_ns())
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    async with httpx.AsyncClient(timeout=_ANSWERS_WITHIN_S) as client:
        while True:
            now_ms = time.time_ns() // 1_000_000
            lines = [
                {
                    **beacon,
                    "account": account_key,
                    "sent_at": now_ms,
                    "ip": viewer.session.address,
                    "user_agent": viewer.session.user_agent,
                }
                for viewer, beacon in crowd.due(time.monotonic(), now_ms)
            ]
            if lines:
                body = b"\n".join(json.encode(line) for line in lines)
                # Every beacon tells all: the next one makes up for one that is lost.
                with contextlib.suppress(httpx.HTTPError):
                    await client.post(f"{url}/collect/batch", content=body, headers=headers)
            await asyncio.sleep(_TICK_S)
