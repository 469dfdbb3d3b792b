"""Viewers who do not want to be known, and browsers that forbid things."""

from collections.abc import Callable

from browser.counted import Numbers
from browser.pages import tag, video
from browser.viewers import Viewer
from support import Server, TestAccount

_SAYS = "Object.defineProperty(Navigator.prototype, '{name}', {{ get: () => {value} }})"
_WISHES = {
    "do-not-track": _SAYS.format(name="doNotTrack", value="'1'"),
    "privacy-control": _SAYS.format(name="globalPrivacyControl", value="true"),
    # Does not care, and shows that the others would have been counted.
    "no-wish": _SAYS.format(name="doNotTrack", value="null"),
}

_STORED = """async () => ({
  local: Object.keys(localStorage),
  session: Object.keys(sessionStorage),
  cookies: document.cookie,
  databases: await indexedDB.databases(),
})"""
_NOTHING = {"local": [], "session": [], "cookies": "", "databases": []}

_THROWS = "() => { throw new DOMException('not here', 'SecurityError') }"
_NO_STORAGE = f"Object.defineProperty(window, 'localStorage', {{ get: {_THROWS} }});"
_BROKEN = {
    "no-storage": _NO_STORAGE,
    "no-fetch": "delete window.fetch;",
    "fetch-throws": f"window.fetch = {_THROWS};",
    "no-observer": f"{_NO_STORAGE} window.MutationObserver = function () {{ ({_THROWS})() }};",
}
_YET_COUNTED = {"no-storage"}


def test_who_does_not_want_to_be_measured_is_not(
    new_viewer: Callable[..., Viewer], server: Server, account: TestAccount, numbers: Numbers
) -> None:
    players = []
    viewers = []
    for media, wish in _WISHES.items():
        viewer = new_viewer()
        viewer.context.add_init_script(wish)
        viewers.append(viewer)
        players.append(viewer.watch(media, tag(server, account), video(media)))
        players[-1].play()
    for player in players:
        player.until(2)
        player.pause()
    measured = players.pop()
    numbers.become(measured.played(), measured.media)
    for player in players:
        player.page.close()
        assert numbers.ask(f"medias/{player.media}") is None
    for viewer in viewers[:-1]:
        # The script that finds out about the wish, and nothing after it.
        assert [request.partition(" ")[0] for request in viewer.requests] == ["GET"]
        assert viewer.context.storage_state(indexed_db=True) == {"cookies": [], "origins": []}


def test_without_cookies_nothing_is_kept_and_yet_counted(
    viewer: Viewer, server: Server, account: TestAccount, numbers: Numbers
) -> None:
    player = viewer.watch(
        "cookieless", tag(server, account, "data-cookieless"), video("cookieless")
    )
    player.play()
    player.until(1)
    player.pause()
    numbers.become(player.played(), "cookieless")
    player.play()
    player.until(2)
    assert player.page.evaluate(_STORED) == _NOTHING
    numbers.become(player.played_until(player.page.close), "cookieless")
    assert viewer.context.storage_state(indexed_db=True) == {"cookies": [], "origins": []}
    # The same look at a page that is measured the ordinary way finds something.
    ordinary = viewer.open(tag(server, account), video("ordinary"))
    ordinary.wait_for_function("window.__playhead")
    assert ordinary.evaluate(_STORED) != _NOTHING


def test_a_page_hears_of_nothing_that_the_tracker_runs_into(
    new_viewer: Callable[..., Viewer], server: Server, account: TestAccount, numbers: Numbers
) -> None:
    players = []
    for media, script in _BROKEN.items():
        viewer = new_viewer()
        viewer.context.add_init_script(script)
        players.append(viewer.watch(media, tag(server, account), video(media)))
        players[-1].play()
    for player in players:
        player.until(1.5)
        player.pause()
        assert player.do("return player.paused && window.__playhead")
        if player.media in _YET_COUNTED:
            numbers.become(player.played(), player.media)
        # Whether the page heard of an error is looked at when the viewers have gone.
        player.page.close()
