"""From a checked beacon to the lines that are put on disk."""

import time
from typing import Final

import msgspec
from msgspec import Struct

from playhead.beacon import Action, Beacon, Identity, Org, Page, Player, Quality
from playhead.catalog import clean_text
from playhead.collect.addresses import kept_address
from playhead.collect.agents import Agent, agent_of
from playhead.collect.bots import BotReason, bot_reason
from playhead.collect.places import Place, Places
from playhead.collect.steps import Draft
from playhead.collect.watchmap import WatchMap
from playhead.rows import BotRow, MediaNote, encode_row
from playhead.spool import Entry
from playhead.topics import Topic

_URL_LENGTH: Final = 2048
_TITLE_LENGTH: Final = 500
_TEXT_LENGTH: Final = 200
_USER_AGENT_LENGTH: Final = 1000
_MOST_KNOWN_MEDIAS: Final = 500_000

# An ordinal is the time in ticks of 10 microseconds since 2020, or one more than the ordinal
# before it, whichever is higher. So ordinals grow within a process, are in order of time between
# the processes that share a store, and fit 48 bits until 2109.
_ORDINAL_BITS: Final = 48
_LAST_ORDINAL: Final = 2**_ORDINAL_BITS - 1
_TICK_NS: Final = 10_000
_TICKS_START_NS: Final = 1_577_836_800_000_000_000

_encode_json = msgspec.json.Encoder().encode


_NO_PAGE: Final = Page()
_NOBODY: Final = "", "", "", ""
_NO_ORG: Final = Org()
_NO_PLAYER: Final = Player()
_NO_QUALITY: Final = Quality()
_NOTHING_WATCHED: Final = WatchMap([], [], [])
_NO_AGENT: Final = Agent()


class Lines(Struct, gc=False):
    """What one request puts on disk."""

    entries: list[Entry] = []
    beacons: int = 0
    noted: list[tuple[int, str]] = []
    """The medias (account id, hashed id) that some of the entries tell of."""


class RowMaker:
    """Makes the lines of beacons, numbered in the order in which they were taken."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._ordinal = 0
        self._known_medias: set[tuple[int, str]] = set()
        # The first one compiles all patterns, which would hold up the first beacons.
        agent_of("Playhead")

    def add(self, draft: Draft, lines: Lines) -> None:
        """Add what to put on disk for a beacon that has been through all steps."""
        self._ordinal = max(self._ordinal + 1, (time.time_ns() - _TICKS_START_NS) // _TICK_NS)
        version = version_of(draft.beacon.seq, self._ordinal)
        lines.beacons += 1
        reason = bot_reason(draft.sender.user_agent, webdriver=bool(draft.beacon.webdriver))
        if reason is not None:
            lines.entries.append((Topic.BOTS, encode_row(_bot_row(draft, version, reason))))
            return
        lines.entries.append((Topic.SESSIONS, self._session_row(draft, version)))
        key = (draft.account.id, draft.beacon.media)
        if key not in self._known_medias:
            note = MediaNote(*key, _cut(draft.beacon.title, _TITLE_LENGTH))
            lines.entries.append((Topic.MEDIAS, encode_row(note)))
            lines.noted.append(key)

    def _session_row(self, draft: Draft, version: int) -> bytes:
        """A :class:`playhead.rows.SessionRow` as a line."""
        beacon, sender = draft.beacon, draft.sender
        watch_map = draft.watch_map or _NOTHING_WATCHED
        page = beacon.page or _NO_PAGE
        player = beacon.player or _NO_PLAYER
        quality = beacon.quality or _NO_QUALITY
        width, height = player.screen or (0, 0)
        agent = agent_of(sender.user_agent) if sender.user_agent else _NO_AGENT
        place = self._places.of(sender.address, draft.account.address_mode, sender.country)
        # A visitor without a key must not become known again by address and browser.
        known = not draft.cookieless
        if not known:
            agent = Agent(agent.browser, platform=agent.platform, mobile=agent.mobile)
            place = Place(place.country)
        # A tuple, because the struct would take three times as long to make and to encode, a tenth
        # of a beacon. tests/test_collect_rows.py holds it against the struct's fields.
        row = (
            draft.account.id,
            beacon.media,
            beacon.session.int >> 80,
            beacon.session,
            version,
            draft.started_ms,
            sender.received_ms,
            draft.visitor,
            beacon.played or bool(watch_map.starts),
            beacon.duration or 0.0,
            watch_map.watched_seconds,
            watch_map.covered_seconds,
            watch_map.starts,
            watch_map.ends,
            watch_map.times,
            _cut(page.url, _URL_LENGTH),
            _cut(page.title, _TITLE_LENGTH),
            _cut(page.referrer, _URL_LENGTH),
            *(_NOBODY if beacon.identity is None else _names(beacon.identity)),
            _actions(beacon) if beacon.actions else "",
            _cut(player.name),
            _cut(player.version),
            player.rate or 0.0,
            _cut(player.language),
            width,
            height,
            quality.startup_ms or 0,
            quality.stalls or 0,
            quality.stalled_ms or 0,
            [_cut(str(code)) for code in quality.errors] if quality.errors else [],
            kept_address(sender.address, draft.account.address_mode) if known else "",
            _cut(sender.user_agent, _USER_AGENT_LENGTH) if known else "",
            agent.browser,
            agent.version,
            agent.platform,
            agent.mobile,
            place.country,
            place.region,
            place.city,
            place.lat,
            place.lon,
            place.network,
        )
        return encode_row(row)

    def kept(self, lines: Lines) -> None:
        """The lines are on disk, so their medias need not be noted again."""
        if not lines.noted:
            return
        if len(self._known_medias) >= _MOST_KNOWN_MEDIAS:
            self._known_medias.clear()
        self._known_medias.update(lines.noted)


def version_of(seq: int, ordinal: int) -> int:
    """The higher of two wins: first the higher seq, then the beacon that came earlier.

    An equal seq is a repeat and is ignored (contract/beacon.md, ``seq``).
    """
    return seq << _ORDINAL_BITS | (_LAST_ORDINAL - ordinal)


def _bot_row(draft: Draft, version: int, reason: BotReason) -> BotRow:
    page = draft.beacon.page or _NO_PAGE
    return BotRow(
        account_id=draft.account.id,
        media=draft.beacon.media,
        session=draft.beacon.session,
        version=version,
        received_at=draft.sender.received_ms // 1000,
        reason=reason.value,
        user_agent=_cut(draft.sender.user_agent, _USER_AGENT_LENGTH),
        page_url=_cut(page.url, _URL_LENGTH),
    )


def _names(identity: Identity) -> tuple[str, str, str, str]:
    org = identity.org or _NO_ORG
    return _cut(identity.email), _cut(identity.name), _cut(org.name), _cut(org.title)


def _actions(beacon: Beacon) -> str:
    return _encode_json([_action(action) for action in beacon.actions or ()]).decode()


def _action(action: Action) -> Action:
    return Action(
        _cut(action.type), _cut(action.id), action.shown or 0, action.converted or 0, action.data
    )


def _cut(text: str | None, length: int = _TEXT_LENGTH) -> str:
    if not text:
        return ""
    # Nearly every text is fine as it is.
    return text if len(text) <= length and "\x00" not in text else clean_text(text, length)
