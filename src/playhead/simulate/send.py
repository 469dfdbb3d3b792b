"""Sending an audience through the front door, as players do: ``POST /collect``."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

import httpx
import msgspec
from msgspec import Struct

from playhead.errors import OperatorError
from playhead.simulate.audience import SimulatedSession

_CONNECTIONS: Final = 50
_ANSWERS_WITHIN_S: Final = 30
_FIRST_DELAY_S: Final = 0.2
_LONGEST_DELAY_S: Final = 10.0
_PATIENCE_S: Final = 60.0
_LINES_AT_ONCE: Final = 1000


class SendError(OperatorError):
    """The audience cannot be sent; the message says why in one line."""


class SendReport(Struct):
    """How it went."""

    sent: int = 0
    repeated: int = 0
    """Attempts that had to be made again."""
    seconds: float = 0.0


async def send_audience(
    url: str,
    account_key: str,
    sessions: Iterable[SimulatedSession],
    *,
    rate: float | None = None,
    on_sent: Callable[[], None] = lambda: None,
) -> SendReport:
    """Send every session; those that a server could not take right now are sent again.

    Args:
        url: the server's, or with a path, the whole address of its collector.
        account_key: the account's public key.
        sessions: what to send.
        rate: sessions a second, None for as fast as it goes.
        on_sent: called after each.

    Raises:
        SendError: the server is not there, refuses, or stays away for a minute.
    """
    sender = _Sender(_collector(url), account_key, on_sent)
    started = time.monotonic()
    waiting = _paced(sessions)
    trusted = httpx.create_ssl_context()

    async def work() -> None:
        # A pool's time grows with the square of its connections, so each has one of its own.
        async with httpx.AsyncClient(verify=trusted, timeout=_ANSWERS_WITHIN_S) as client:
            for number, session in waiting:
                if rate:
                    await asyncio.sleep(started + number / rate - time.monotonic())
                await sender.send(client, session)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(_CONNECTIONS):
                group.create_task(work())
    except* SendError as errors:
        raise errors.exceptions[0] from None
    sender.report.seconds = time.monotonic() - started
    return sender.report


async def send_history(
    url: str,
    account_key: str,
    token: str,
    sessions: Iterable[SimulatedSession],
    *,
    on_sent: Callable[[int], None] = lambda _: None,
) -> SendReport:
    """Send sessions of any age, with where they came from, in few large requests.

    Args:
        url: the server's.
        account_key: the account's public key.
        token: one of scope write; only with it may a line say its address and its time.
        sessions: what to send.
        on_sent: called after each request with the number of its sessions.

    Raises:
        SendError: the server is not there, or refuses a line.
    """
    report = SendReport()
    started = time.monotonic()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    async with httpx.AsyncClient(base_url=url, timeout=_ANSWERS_WITHIN_S) as client:
        for some in _batched(sessions, _LINES_AT_ONCE):
            body = b"\n".join(_line(session, account_key) for session in some)
            try:
                answer = await client.post("/collect/batch", content=body, headers=headers)
            except httpx.HTTPError as error:
                what = str(error) or type(error).__name__
                raise SendError(f"{url} does not answer: {what}") from None
            if answer.status_code != httpx.codes.OK:
                raise SendError(f"{url} answered {answer.status_code}: {_error_of(answer)}")
            if refused := answer.json()["rejected"]:
                raise SendError(f"{url} refused a line: {refused[0]['error']}")
            report.sent += len(some)
            on_sent(len(some))
    report.seconds = time.monotonic() - started
    return report


def _line(session: SimulatedSession, account_key: str) -> bytes:
    return msgspec.json.encode(
        {
            **session.beacon,
            "account": account_key,
            "sent_at": session.started_ms,
            "received_at": session.started_ms,
            "ip": session.address,
            "user_agent": session.user_agent,
        }
    )


def _batched(
    sessions: Iterable[SimulatedSession], size: int
) -> Iterator[tuple[SimulatedSession, ...]]:
    """So many at once, the last time as many as there are (itertools has it from 3.12 on)."""
    waiting = iter(sessions)
    while some := tuple(islice(waiting, size)):
        yield some


def _paced(sessions: Iterable[SimulatedSession]) -> Iterator[tuple[int, SimulatedSession]]:
    # Shared by all workers: each takes the next one that nobody has taken.
    yield from enumerate(sessions)


def _collector(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise SendError(f"{url} is not an address: {error}") from None
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise SendError(f"{url} is not an address (use something like http://127.0.0.1:8000)")
    return str(parsed.copy_with(path="/collect") if parsed.path in {"", "/"} else parsed)


class _Sender:
    def __init__(self, collector: str, account_key: str, on_sent: Callable[[], None]) -> None:
        self.report = SendReport()
        self._collector = collector
        self._account_key = account_key
        self._on_sent = on_sent
        self._last_taken = 0.0

    async def send(self, client: httpx.AsyncClient, session: SimulatedSession) -> None:
        """Send a session until it is taken."""
        began = time.monotonic()
        delay = _FIRST_DELAY_S
        while True:
            what, wait_s = await self._try(client, session)
            if what is None:
                self.report.sent += 1
                self._last_taken = time.monotonic()
                self._on_sent()
                return
            pause_s = max(delay, wait_s or 0)
            # Whoever was never there will not come back; whoever was may be restarting.
            never_there = wait_s is None and not self.report.sent
            # A server that takes from others is only slow.
            away_s = time.monotonic() - max(began, self._last_taken)
            if never_there or max(away_s, pause_s) > _PATIENCE_S:
                raise SendError(what)
            self.report.repeated += 1
            await asyncio.sleep(pause_s)
            delay = min(2 * delay, _LONGEST_DELAY_S)

    async def _try(
        self, client: httpx.AsyncClient, session: SimulatedSession
    ) -> tuple[str | None, float | None]:
        """None when it was taken; else why not, and for how long the server wants to be left."""
        sent_at = time.time_ns() // 1_000_000
        beacon = {"account": self._account_key, "sent_at": sent_at, **session.beacon}
        headers = {"Content-Type": "text/plain;charset=UTF-8", "User-Agent": session.user_agent}
        try:
            answer = await client.post(
                self._collector, content=msgspec.json.encode(beacon), headers=headers
            )
        except httpx.HTTPError as error:
            what = str(error) or type(error).__name__
            return f"{self._collector} does not answer: {what} (is 'playhead serve' running?)", None
        if answer.status_code == httpx.codes.NO_CONTENT:
            return None, None
        what = f"{self._collector} answered {answer.status_code}: {_error_of(answer)}"
        if answer.status_code not in {429, 503}:
            raise SendError(what)
        asked = answer.headers.get("retry-after", "")
        return what, float(asked) if asked.isdigit() else 0.0


def _error_of(answer: httpx.Response) -> str:
    try:
        # A stranger's server may say anything; an error is one line.
        return " ".join(str(answer.json()["error"]).split())
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase
