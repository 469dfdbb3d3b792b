"""Somebody plays, jumps, repeats and pauses, and exactly what was played is counted."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import Browser, Page

from browser.counted import Numbers
from browser.pages import BLIP_SECONDS, TONE_SECONDS, Site, audio, tag, video
from browser.viewers import Player, Viewer
from support import Server, TestAccount

_SILENCE_S = 12


@dataclass(frozen=True)
class PausedTab:
    page: Page
    viewer: Viewer
    since: float
    requests: list[str]


@pytest.fixture(scope="module", autouse=True)
def paused_tab(browser: Browser, site: Site, server: Server) -> Iterator[PausedTab]:
    """A tab in which somebody pauses before anything else here begins: silence takes its time."""
    viewer = Viewer(browser.new_context(), site)
    account = server.account()
    body = video("silent"), video("untouched"), audio("also-untouched")
    player = viewer.watch("silent", tag(server, account), *body)
    player.page.wait_for_function(
        "[...document.querySelectorAll('video, audio')].every(it => it.readyState > 0)"
    )
    player.play()
    player.until(1)
    player.pause()
    with httpx.Client() as http:
        Numbers(server, account, http).become(player.played(), "silent")
    # That the page around it lives on is nothing to talk about either.
    player.page.evaluate("document.title = 'You are away'; document.body.append('!')")
    yield PausedTab(player.page, viewer, time.monotonic(), viewer.requests.copy())
    viewer.context.close()
    assert viewer.errors == []


def test_what_is_played_until_the_pause_is_counted(
    viewer: Viewer, server: Server, account: TestAccount, numbers: Numbers
) -> None:
    player = viewer.watch("plain", tag(server, account), video("plain"))
    player.play()
    player.until(2)
    player.pause()
    played = player.played()
    assert played.seconds >= 2
    numbers.become(played, "plain")
    numbers.draw(played, "plain")


def test_what_is_watched_again_is_counted_again(
    viewer: Viewer, server: Server, account: TestAccount, numbers: Numbers
) -> None:
    player = viewer.watch("again", tag(server, account), video("again"))
    player.play()
    player.until(3)
    player.seek(1)
    player.until(2)
    player.pause()
    played = player.played()
    assert [played.times(at) for at in (0.5, 1.5, 2.5, 4.5)] == [1, 2, 1, 0]
    numbers.become(played, "again")
    numbers.draw(played, "again")


def test_a_jump_is_never_counted(
    viewer: Viewer, server: Server, account: TestAccount, numbers: Numbers
) -> None:
    page = viewer.open(tag(server, account), video("far"), video("near"))
    far, near = Player(page, "far"), Player(page, "near")
    far.play()
    near.play()
    for to in (50, 10, 40, 20):
        far.seek(to)
    far.until(21)
    far.pause()
    for to in (5, 55, 30):
        far.seek(to)
    # Each jump is so small that the playhead seems to hurry a little; together they are a second.
    for _ in range(12):
        near.seek(near.at() + 0.09)
    near.pause()
    far.play()
    far.until(31)
    far.pause()
    for player in (far, near):
        assert player.played().seconds < 20
        numbers.become(player.played(), player.media)
        numbers.draw(player.played(), player.media)


def test_twice_as_fast_is_the_same_seconds_of_the_media(
    viewer: Viewer, server: Server, account: TestAccount, numbers: Numbers
) -> None:
    player = viewer.watch("fast", tag(server, account), video("fast"))
    player.do("player.playbackRate = 2")
    player.play()
    player.until(5)
    player.do("player.playbackRate = 1")
    player.until(6)
    player.pause()
    played = player.played()
    assert played.seconds >= 6
    numbers.become(played, "fast")
    numbers.draw(played, "fast")


def test_a_loop_is_counted_round_by_round(
    viewer: Viewer, server: Server, account: TestAccount, numbers: Numbers
) -> None:
    # What is lost or doubled where a round ends would add up in the short one.
    page = viewer.open(
        tag(server, account),
        video("loop-video", "loop"),
        audio("loop-audio", "loop", sound="blip"),
    )
    shown, heard = Player(page, "loop-video"), Player(page, "loop-audio")
    shown.seek(59)
    shown.play()
    heard.play()
    heard.until_begun_again(8)
    shown.until_begun_again(1)
    heard.until(BLIP_SECONDS / 2)
    heard.pause()
    shown.until(1)
    shown.pause()
    assert heard.played().seconds > 8 * BLIP_SECONDS
    numbers.become(heard.played(), "loop-audio")
    assert [shown.played().times(at) for at in (0.5, 30, 59.5)] == [1, 0, 1]
    numbers.become(shown.played(), "loop-video")
    numbers.draw(shown.played(), "loop-video")


def test_a_sound_is_counted_to_its_end(
    viewer: Viewer, server: Server, account: TestAccount, numbers: Numbers
) -> None:
    player = viewer.watch("sound", tag(server, account), audio("sound"))
    player.play()
    player.until(TONE_SECONDS)
    played = player.played()
    assert played.seconds == TONE_SECONDS
    numbers.become(played, "sound")
    found = numbers.ask("medias/sound")
    assert found["engagement"] > 0.99


def test_a_paused_tab_is_silent(paused_tab: PausedTab) -> None:
    quiet_for = time.monotonic() - paused_tab.since
    paused_tab.page.wait_for_timeout(max(1, _SILENCE_S - quiet_for) * 1000)
    assert paused_tab.viewer.requests == paused_tab.requests
