"""A server that dies, on paths that its operator has chosen."""

import os
import signal
import time
from collections.abc import Iterator

import httpx
import pytest

from browser.counted import TOLERANCE, Numbers
from browser.pages import STATS, tag, video
from browser.viewers import Viewer
from support import Server, TestAccount

_TRACKER = "/assets/lesson.js"
_COLLECT = "/seen"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that may be killed; whoever does it starts it again."""
    paths = ("--tracker-path", _TRACKER, "--collect-path", _COLLECT)
    made = Server(tmp_path_factory.mktemp("own") / "data", options=(*paths, "--api-limit", "0"))
    made.start()
    yield made
    made.kill()


@pytest.fixture
def own_account(own: Server) -> TestAccount:
    return own.account()


@pytest.fixture
def own_tag(own: Server, own_account: TestAccount) -> str:
    return tag(own, own_account, path=_TRACKER)


@pytest.fixture
def own_numbers(own: Server, own_account: TestAccount) -> Iterator[Numbers]:
    with httpx.Client() as http:
        yield Numbers(own, own_account, http)


def test_tracker_and_beacons_go_by_the_paths_that_were_chosen(
    viewer: Viewer, own: Server, own_tag: str, own_numbers: Numbers
) -> None:
    player = viewer.watch("renamed", own_tag, video("renamed"))
    player.play()
    player.until(1.5)
    player.pause()
    own_numbers.become(player.played(), "renamed")
    base = f"http://{STATS}:{own.port}"
    assert set(viewer.requests) == {f"GET {base}{_TRACKER}", f"POST {base}{_COLLECT}"}


def test_a_tag_that_asks_for_more_gets_it_by_the_chosen_path_too(
    viewer: Viewer, own: Server, own_account: TestAccount, own_numbers: Numbers
) -> None:
    asking = tag(own, own_account, "data-actions", path=_TRACKER)
    player = viewer.watch("renamed-more", asking, video("renamed-more"))
    player.play()
    player.until(1)
    player.pause()
    own_numbers.become(player.played(), "renamed-more")
    base = f"http://{STATS}:{own.port}"
    assert set(viewer.requests) == {
        f"GET {base}{_TRACKER}",
        f"GET {base}{_TRACKER}/more",
        f"POST {base}{_COLLECT}",
    }


def test_a_server_killed_while_somebody_plays_loses_and_doubles_nothing(
    viewer: Viewer, own: Server, own_tag: str, own_numbers: Numbers
) -> None:
    player = viewer.watch("killed", own_tag, video("killed"))
    player.play()
    player.until(1.5)
    with player.page.expect_response(f"**{_COLLECT}") as answered:
        player.pause()
    assert answered.value.status == 204
    confirmed = player.played()
    player.play()
    # Confirmed a moment ago, and most likely not yet anywhere but on the disk.
    own.kill()
    player.until(2.5)
    with player.page.expect_event("requestfailed", lambda it: it.url.endswith(_COLLECT)):
        player.pause()
    # As long as the browser can say nothing more, the server knows what it has confirmed.
    player.page.route(f"**{_COLLECT}", lambda route: route.abort())
    own.start()
    own_numbers.become(confirmed, "killed")
    # Then the tracker's next attempt comes through, though nothing more happens in the page.
    player.page.unroute(f"**{_COLLECT}")
    own_numbers.become(player.played(), "killed")
    player.play()
    player.until(player.at() + 0.5)
    player.pause()
    own_numbers.become(player.played(), "killed")
    own_numbers.draw(player.played(), "killed")


def test_what_could_not_be_delivered_comes_with_the_next_visit(
    viewer: Viewer, own: Server, own_tag: str, own_numbers: Numbers
) -> None:
    player = viewer.watch("kept", own_tag, video("kept"))
    player.play()
    player.until(2)
    own.kill()
    played = player.played_until(player.page.close)
    own.start()
    assert own_numbers.seconds("kept") < played.seconds - TOLERANCE
    # Any page of the site will do.
    viewer.open(own_tag, "Nothing to see here")
    own_numbers.become(played, "kept")


def test_a_beacon_outlives_its_page_while_the_server_makes_it_wait(
    viewer: Viewer, own: Server, own_tag: str, own_numbers: Numbers
) -> None:
    player = viewer.watch("slow", own_tag, video("slow"))
    player.play()
    player.until(1.5)
    os.kill(own.pid, signal.SIGSTOP)
    try:
        # The page's own requests take every connection that a browser opens to one server.
        player.page.evaluate(
            """url => {
              for (let i = 0; i < 6; i++)
                fetch(url + i, { mode: "no-cors", credentials: "omit" }).catch(() => {});
            }""",
            f"http://{STATS}:{own.port}/healthz?",
        )
        player.page.wait_for_timeout(200)
        played = player.played_until(player.page.close)
        # Closed is not gone at once.
        time.sleep(0.6)
    finally:
        os.kill(own.pid, signal.SIGCONT)
    own_numbers.become(played, "slow")
