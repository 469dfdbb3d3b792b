"""The collector's two addresses: one beacon, and many.

Plain ASGI beside the API rather than under its middleware, because this is the hot path.
"""

import asyncio
import time
from collections.abc import Awaitable, MutableMapping
from functools import partial
from typing import Any, Final

import msgspec

from playhead.addresses import Addresses, is_loopback, neighbourhood
from playhead.beacon import Beacon, ImportedBeacon
from playhead.catalog import Account, Catalog, CatalogUnavailableError, Scope
from playhead.collect import direct, http
from playhead.collect.accounts import KnownAccounts
from playhead.collect.addresses import is_given_address
from playhead.collect.clocks import SendersClocks
from playhead.collect.lookups import Lookups
from playhead.collect.places import Places
from playhead.collect.reading import MOST_BYTES, read_beacon, read_line
from playhead.collect.refusals import Reason, Refusal, count_accepted, count_refusal
from playhead.collect.rows import Lines, RowMaker
from playhead.collect.signatures import Signatures
from playhead.collect.steps import Draft, Sender, run_steps
from playhead.collect.visitors import CookielessVisitors
from playhead.credentials import token_of
from playhead.limits import RateLimit
from playhead.log import get_logger
from playhead.settings import Settings
from playhead.signing import plain_key
from playhead.spool import Done, Spool, SpoolFullError, SpoolUnavailableError

_MOST_BATCH_BYTES: Final = 16 * 1024 * 1024
# As many as fit of the shortest that could be taken; each that is refused costs memory, too.
_MOST_LINES: Final = 100_000
# Of batches that are coming in or at work, unpacked. Each costs about three times as much in all.
_MOST_OF_BATCHES: Final = 128 * 1024 * 1024
_CONTENT_TYPES: Final = frozenset({"application/json", "text/plain"})
_BATCH_CONTENT_TYPES: Final = frozenset({"application/x-ndjson", "application/jsonl"})
_RETRY_AFTER_S: Final = 5
# After so many lines of a batch, about two milliseconds, everybody else gets a turn. More turns
# would cost more, because with each of them another thread may take the interpreter.
_LINES_IN_A_TURN: Final = 250

_log = get_logger("collect")


class Rejected(msgspec.Struct):
    """A line of a batch that was not taken; lines count from 1."""

    line: int
    error: str


class BatchAnswer(msgspec.Struct):
    """What became of a batch."""

    accepted: int
    rejected: list[Rejected]


class Collector:
    """Takes beacons: parse, check, put on disk, answer (contract/beacon.md)."""

    def __init__(
        self,
        settings: Settings,
        spool: Spool,
        catalog: Catalog,
        visitors: CookielessVisitors,
        places: Places,
    ) -> None:
        self._spool = spool
        self._catalog = catalog
        self._visitors = visitors
        self._lookups = Lookups()
        self._signatures = Signatures()
        self._clocks = SendersClocks()
        self._accounts = KnownAccounts(catalog, self._lookups, self._signatures)
        self._addresses = Addresses(settings.proxy_networks())
        self._limit = RateLimit(settings.collect_limit)
        self._batches = http.Memory(_MOST_OF_BATCHES)
        self._country_header = settings.country_header.lower().encode()
        self._rows = RowMaker(places)

    async def collect(self, scope: http.Scope, receive: http.Receive, send: http.Send) -> None:
        """``POST /collect``: one beacon."""
        if scope["method"] == "OPTIONS":
            await http.answer_preflight(send)
            return
        self._offer_the_short_way(scope)
        await self._keep(self._lines_of(scope, receive), send)

    def _taker(self, loop: asyncio.AbstractEventLoop, given: http.Headers) -> direct.Take | None:
        """``POST /collect`` by the short way (direct.py): what takes beacons with such a head.

        None when the long way has more to do with them, or to say.
        """
        headers = http.read_headers(given, self._country_header)
        if headers.content_type not in _CONTENT_TYPES or headers.content_encoding:
            return None
        return partial(self._take, loop, headers)

    def _take(
        self,
        loop: asyncio.AbstractEventLoop,
        headers: http.RequestHeaders,
        peer: str,
        body: bytes,
        answer: direct.Answer,
    ) -> http.App | None:
        """The same steps as of the long way, in the same order.

        What has to wait for the catalog goes on from there by the long way; so does the answer
        to a refusal.
        """
        try:
            sender = self._sender_of(headers, peer)
            self._take_from_limit(sender.address, 1)
            if len(body) > MOST_BYTES:
                raise http.too_large(MOST_BYTES)
            beacon = read_beacon(body)
            account = self._at_hand(beacon)
            if account is None:
                return partial(self._finish, beacon, sender)
            lines = self._lines(beacon, account, sender)
            self._clocks.heard(sender.address, sender.received_ms - beacon.sent_at)
            self._append(lines, partial(self._on_disk, lines, answer), loop)
        except Refusal as refusal:
            return partial(_answer_refusal, refusal)
        return None

    async def _finish(
        self,
        beacon: Beacon,
        sender: Sender,
        _scope: http.Scope,
        _receive: http.Receive,
        send: http.Send,
    ) -> None:
        """The long way of a beacon that was read already."""
        await self._keep(self._lines_when_known(beacon, sender), send)

    async def _keep(self, making: Awaitable[Lines], send: http.Send) -> None:
        """Put the lines on disk, once they are made, and answer."""
        try:
            # Only the lines wait for the disk. All else that was made of the beacon is gone by now,
            # which keeps the processor's caches for the beacons at work.
            lines = await making
            await self._on_disk_soon(lines)
        except Refusal as refusal:
            await _refuse(send, refusal)
        except ConnectionError:
            return
        else:
            await http.answer_no_content(send)

    async def _lines_of(self, scope: http.Scope, receive: http.Receive) -> Lines:
        headers, sender = self._begin(scope, _CONTENT_TYPES)
        self._take_from_limit(sender.address, 1)
        beacon = read_beacon(await http.read_body(receive, headers, MOST_BYTES))
        return await self._lines_when_known(beacon, sender)

    async def _lines_when_known(self, beacon: Beacon, sender: Sender) -> Lines:
        account = self._at_hand(beacon) or await self._look_up(beacon)
        self._clocks.heard(sender.address, sender.received_ms - beacon.sent_at)
        return self._lines(beacon, account, sender)

    def _lines(self, beacon: Beacon, account: Account, sender: Sender) -> Lines:
        lines = Lines()
        self._add(beacon, account, sender, lines)
        return lines

    def _add(self, beacon: Beacon, account: Account, sender: Sender, lines: Lines) -> None:
        draft = Draft(beacon, account, sender, self._visitors, self._signatures)
        run_steps(draft)
        self._rows.add(draft, lines)

    async def collect_batch(
        self, scope: MutableMapping[str, Any], receive: http.Receive, send: http.Send
    ) -> None:
        """``POST /collect/batch``: newline-delimited beacons."""
        if scope["method"] == "OPTIONS":
            await http.answer_preflight(send)
            return
        try:
            headers, sender = self._begin(scope, _BATCH_CONTENT_TYPES)
            importer = await self._importer(scope)
            with self._batches.room() as take:
                body = await http.read_body(receive, headers, _MOST_BATCH_BYTES, take)
                lines, rejected = await self._run_batch(body, sender, importer)
                if lines.entries:
                    await self._on_disk_soon(lines)
        except Refusal as refusal:
            await _refuse(send, refusal)
        except ConnectionError:
            return
        else:
            await http.answer_json(send, 200, BatchAnswer(lines.beacons, rejected))

    async def _run_batch(
        self, body: bytes, sender: Sender, importer: int | None
    ) -> tuple[Lines, list[Rejected]]:
        count = body.count(b"\n")
        if importer is None:
            self._take_from_limit(sender.address, max(1, count))
        if count > _MOST_LINES:
            raise Refusal(Reason.TOO_LARGE, f"body: has more than {_MOST_LINES:,} lines")
        lines = Lines()
        rejected: list[Rejected] = []
        for number, line in enumerate(body.split(b"\n"), start=1):
            if not line.strip():
                continue
            if number % _LINES_IN_A_TURN == 0:
                await asyncio.sleep(0)
            try:
                beacon, misfit = read_line(line, imported=importer is not None)
                account = self._at_hand(beacon) or await self._look_up(beacon)
                speaker = sender
                if account.id == importer:
                    speaker = _sender_of_import(beacon, misfit, sender)
                self._add(beacon, account, speaker, lines)
            except Refusal as refusal:
                count_refusal(refusal.reason)
                rejected.append(Rejected(number, refusal.message))
        return lines, rejected

    def _begin(
        self, scope: MutableMapping[str, Any], content_types: frozenset[str]
    ) -> tuple[http.RequestHeaders, Sender]:
        """What can be said of a request before its body is there."""
        if scope["method"] != "POST":
            raise Refusal(Reason.METHOD, f"method: {scope['method']} is not taken here (use POST)")
        headers = http.read_headers(scope["headers"], self._country_header)
        if headers.content_type not in content_types:
            raise Refusal(
                Reason.CONTENT_TYPE,
                f"content-type: {headers.content_type!r} is not taken here "
                f"(use {' or '.join(sorted(content_types))})",
            )
        return headers, self._sender_of(headers, scope["client"][0] if scope.get("client") else "")

    def _sender_of(self, headers: http.RequestHeaders, peer: str) -> Sender:
        return Sender(
            address=self._addresses.of(peer, headers.forwarded_for),
            user_agent=headers.user_agent,
            origin=headers.origin,
            received_ms=time.time_ns() // 1_000_000,
            country=headers.country if headers.country and self._addresses.trusts(peer) else "",
        )

    def _take_from_limit(self, address: str, beacons: int) -> None:
        if is_loopback(address):
            return
        wait_s = self._limit.take(neighbourhood(address), beacons)
        if wait_s:
            raise Refusal(
                Reason.TOO_MANY, "too many beacons from this address", retry_after_s=wait_s
            )

    def _at_hand(self, beacon: Beacon) -> Account | None:
        """The beacon's account, if there is nothing about it to be asked from the catalog."""
        account = self._accounts.get(plain_key(beacon.account))
        return account if account is not None and account.registers_medias else None

    async def _look_up(self, beacon: Beacon) -> Account:
        """The beacon's account, where it is not at hand or has more to be asked."""
        key = plain_key(beacon.account)
        account = self._accounts.get(key)
        try:
            if account is None:
                account = await self._accounts.find(key)
            if account is None:
                raise Refusal(Reason.ACCOUNT, f"account: {key[:80]!r} is not known")
            if not account.registers_medias and not await self._accounts.has_media(
                account, beacon.media
            ):
                raise Refusal(
                    Reason.MEDIA_UNKNOWN,
                    f"media: {beacon.media[:80]!r} is not known (this account adds medias by hand)",
                )
        except CatalogUnavailableError as error:
            raise Refusal(
                Reason.CATALOG_UNAVAILABLE,
                "the account cannot be looked up now",
                retry_after_s=_RETRY_AFTER_S,
            ) from error
        return account

    async def _importer(self, scope: MutableMapping[str, Any]) -> int | None:
        """The account for which this request may speak: that of its token of scope write."""
        secret = token_of(scope["headers"], scope["query_string"])
        if secret is None:
            return None
        try:
            token = await self._lookups.ask(self._catalog.tokens.find, secret)
        except CatalogUnavailableError as error:
            raise Refusal(
                Reason.CATALOG_UNAVAILABLE,
                "the token cannot be looked up now",
                retry_after_s=_RETRY_AFTER_S,
            ) from error
        return token.account_id if token and Scope.WRITE in token.scopes else None

    def _offer_the_short_way(self, scope: http.Scope) -> None:
        rooms: direct.Rooms | None = scope.get("extensions", {}).get(direct.EXTENSION)
        path = scope["path"].encode()
        if rooms is not None and path == scope["raw_path"]:
            # Asking for the loop is a system call, so it is not done for every beacon.
            rooms[path] = partial(self._taker, asyncio.get_running_loop())

    async def _on_disk_soon(self, lines: Lines) -> None:
        """Wait until the lines are on disk.

        Raises:
            Refusal: they are not.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._append(lines, partial(_settle, done), loop)
        try:
            await done
        except SpoolUnavailableError as error:
            raise _spool_unavailable(error) from None
        self._kept(lines)

    def _on_disk(
        self, lines: Lines, answer: direct.Answer, error: SpoolUnavailableError | None
    ) -> None:
        """The end of the short way."""
        if error is None:
            self._kept(lines)
            answer(None)
        else:
            answer(partial(_answer_refusal, _spool_unavailable(error)))

    def _append(self, lines: Lines, done: Done, loop: asyncio.AbstractEventLoop) -> None:
        try:
            self._spool.append(lines.entries, done, loop)
        except SpoolFullError as error:
            raise Refusal(Reason.SPOOL_FULL, str(error), retry_after_s=_RETRY_AFTER_S) from None

    def _kept(self, lines: Lines) -> None:
        self._rows.kept(lines)
        count_accepted(lines.beacons)


def _settle(future: asyncio.Future[None], error: SpoolUnavailableError | None) -> None:
    if future.done():
        return  # its caller has gone
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


async def _answer_refusal(
    refusal: Refusal, _scope: http.Scope, _receive: http.Receive, send: http.Send
) -> None:
    await _refuse(send, refusal)


async def _refuse(send: http.Send, refusal: Refusal) -> None:
    count_refusal(refusal.reason)
    await http.answer_refusal(send, refusal)


def _spool_unavailable(error: SpoolUnavailableError) -> Refusal:
    return Refusal(Reason.SPOOL_UNAVAILABLE, str(error), retry_after_s=_RETRY_AFTER_S)


def _sender_of_import(beacon: Beacon, misfit: Refusal | None, sender: Sender) -> Sender:
    """Whom a line with a write token speaks for; what it leaves out is the importer's own."""
    if misfit is not None:
        raise misfit
    if not isinstance(beacon, ImportedBeacon):
        return sender
    if beacon.ip and not is_given_address(beacon.ip):
        raise Refusal(Reason.FIELD, f"ip: {beacon.ip[:80]!r} is not an IP address")
    return Sender(
        address=beacon.ip or sender.address,
        user_agent=sender.user_agent if beacon.user_agent is None else beacon.user_agent,
        origin=sender.origin,
        received_ms=sender.received_ms if beacon.received_at is None else beacon.received_at,
        # The proxy told where the importer is, not where its viewers are.
        country="" if beacon.ip else sender.country,
        has_token=True,
    )
