"""Pages that live: tabs come, go, close and return, players appear and change."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Playwright

from browser.counted import Numbers
from browser.pages import Site, tag, video
from browser.viewers import Player, Viewer
from support import Server, TestAccount


@pytest.fixture
def tabs(
    playwright: Playwright, browser: Browser, debugging_port: int, site: Site
) -> Iterator[Viewer]:
    """Tabs of one window that are hidden in earnest while another one is in front.

    Playwright makes every page believe that it is in front. It leaves alone only what it finds in
    the browser's own profile, which is why this one goes there by a second door.
    """
    assert browser.is_connected()
    address = f"http://127.0.0.1:{debugging_port}"
    found = playwright.chromium.connect_over_cdp(address, no_defaults=True)
    viewer = Viewer(found.contexts[0], site)
    yield viewer
    for page in viewer.context.pages:
        page.close()
    found.close()
    assert viewer.errors == []


def test_a_hidden_tab_goes_on_to_be_counted(
    tabs: Viewer, server: Server, account: TestAccount, numbers: Numbers
) -> None:
    returned = tabs.watch("returned-to", tag(server, account), video("returned-to"))
    returned.play()
    returned.until(1)
    closed = tabs.watch("closed-behind", tag(server, account), video("closed-behind"))
    closed.play()
    closed.until(1)
    so_far = closed.played_until(lambda: tabs.open("In front"))
    for player in (returned, closed):
        assert player.page.evaluate("document.visibilityState") == "hidden"
    # Nobody knows whether a hidden tab ever comes back: it tells at once, and plays on.
    numbers.become(so_far, "closed-behind")
    closed.until(closed.at() + 1.5)
    numbers.become(closed.played_until(closed.page.close), "closed-behind")
    returned.page.bring_to_front()
    assert returned.page.evaluate("document.visibilityState") == "visible"
    returned.until(returned.at() + 0.5)
    returned.pause()
    numbers.become(returned.played(), "returned-to")
    numbers.draw(returned.played(), "returned-to")


def test_closing_in_the_middle_loses_nothing(
    new_viewer: Callable[..., Viewer], server: Server, account: TestAccount, numbers: Numbers
) -> None:
    tab, window = (
        new_viewer().watch(media, tag(server, account), video(media)) for media in ("tab", "window")
    )
    tab.play()
    window.play()
    tab.until(2)
    played_in_tab = tab.played_until(lambda: tab.page.close(run_before_unload=False))
    window.until(2.6)
    played_in_window = window.played_until(window.page.context.close)
    numbers.become(played_in_tab, "tab")
    numbers.become(played_in_window, "window")


def test_there_and_back_again_is_counted_once(
    viewer: Viewer, site: Site, server: Server, account: TestAccount, numbers: Numbers
) -> None:
    player = viewer.watch("back", tag(server, account), video("back"))
    page = player.page
    page.evaluate("window.remembers = true")
    player.play()
    player.until(2)
    elsewhere = site.publish(tag(server, account) + "Another page")
    there = player.played_until(lambda: page.goto(elsewhere))
    numbers.become(there, "back")
    page.evaluate("void history.back()")
    # The browser has kept the page as it was, player and tracker included.
    page.wait_for_function("window.remembers", polling=50)
    player.play()
    player.until(player.at() + 1.5)
    player.pause()
    assert player.played().seconds >= 3.5
    numbers.become(player.played(), "back")
    numbers.draw(player.played(), "back")


def test_coming_back_by_a_new_load_is_another_session(
    viewer: Viewer, server: Server, account: TestAccount, numbers: Numbers
) -> None:
    player = viewer.watch("reloaded", tag(server, account), video("reloaded"))
    player.play()
    player.until(1)
    before = player.played_until(player.page.reload)
    player.play()
    player.until(1)
    player.pause()
    numbers.become(before + player.played(), "reloaded", loads=2)


def test_two_browsers_are_two_visitors(
    launch: Callable[..., Browser],
    new_viewer: Callable[..., Viewer],
    server: Server,
    account: TestAccount,
    numbers: Numbers,
) -> None:
    other = launch()
    one, two = (
        viewer.watch("shared", tag(server, account), video("shared"))
        for viewer in (new_viewer(), new_viewer(other))
    )
    one.play()
    two.play()
    one.until(2)
    one.pause()
    two.until(3)
    two.pause()
    numbers.become(one.played() + two.played(), "shared", loads=2, visitors=2)
    other.close()
    graph = numbers.ask("medias/shared/engagement")
    assert graph["engagement_data"][:2] == [2, 2]
    assert set(graph["rewatch_data"]) == {0}


def test_a_player_that_comes_later_is_found(
    viewer: Viewer, server: Server, account: TestAccount, numbers: Numbers
) -> None:
    page = viewer.open(tag(server, account), "<main></main>")
    page.wait_for_function("window.__playhead")
    page.evaluate(
        "html => { document.querySelector('main').innerHTML = html }",
        f"<section><p>{video('later')}</p></section>",
    )
    player = Player(page, "later")
    player.play()
    player.until(2)
    player.pause()
    numbers.become(player.played(), "later")


def test_a_tracker_that_comes_later_knows_what_was_played_before(
    viewer: Viewer, server: Server, account: TestAccount, numbers: Numbers
) -> None:
    player = viewer.watch("early", video("early"))
    player.play()
    player.until(1.5)
    assert viewer.requests == []
    player.page.evaluate(
        "html => document.head.append(document.createRange().createContextualFragment(html))",
        tag(server, account),
    )
    player.until(3)
    player.pause()
    numbers.become(player.played(), "early")
    numbers.draw(player.played(), "early")


def test_another_media_in_the_same_player_is_another_session(
    viewer: Viewer, server: Server, account: TestAccount, numbers: Numbers
) -> None:
    first = viewer.watch("first", tag(server, account), video("first"))
    first.play()
    first.until(1.5)
    second = first.become(
        "second", "player.dataset.playheadMedia = 'second'; player.src += '?2'; player.play()"
    )
    second.until(1)
    third = second.become(
        "third", "player.src += '&3'; player.dataset.playheadMedia = 'third'; player.play()"
    )
    third.until(1)
    third.pause()
    for media, at_least in (("first", 1.5), ("second", 1), ("third", 1)):
        assert at_least <= third.played(media).seconds < 10
        numbers.become(third.played(media), media)
        numbers.draw(third.played(media), media)
