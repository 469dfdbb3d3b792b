"""What pages and links tell beside the playing: who is there, and what was shown and used."""

import time
from collections.abc import Callable
from typing import Any, Final

from browser.counted import Numbers
from browser.pages import tag, video
from browser.viewers import Player, Viewer
from support import Server, TestAccount

_ARRIVES_WITHIN_S: Final = 20
_LOADED: Final = "window.__playhead && document.querySelector('script[src$=\"/more\"]')"

_TELL: Final = """return player.dispatchEvent(
  new CustomEvent("playhead:action", { bubbles: true, detail: %s })
)"""


def _watched(player: Player, numbers: Numbers) -> None:
    player.play()
    player.until(1)
    player.pause()
    numbers.become(player.played(), player.media)


def _until(numbers: Numbers, path: str, arrived: Callable[[Any], bool]) -> Any:
    """What the API says once it is what is waited for, or in the end."""
    deadline = time.monotonic() + _ARRIVES_WITHIN_S
    while True:
        found = numbers.ask(path)
        if arrived(found) or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def test_a_link_names_its_visitor_and_its_address_does_not(
    viewer: Viewer, server: Server, account: TestAccount, numbers: Numbers
) -> None:
    player = viewer.watch(
        "letter",
        tag(server, account, 'data-identify="wemail"'),
        video("letter"),
        video("second"),
        query="?utm_source=letter&wemail=ada%40example.com",
    )
    _watched(player, numbers)
    _watched(Player(player.page, "second"), numbers)
    (visitor,) = numbers.ask("visitors")
    assert visitor["visitor_identity"]["email"] == "ada@example.com"
    assert visitor["load_count"] == 2
    events = numbers.ask("events")
    assert [event["email"] for event in events] == ["ada@example.com"] * 2
    for event in events:
        assert event["embed_url"].endswith(".html?utm_source=letter")
    # The page after it knows where its visitor came from, without the email as well.
    body = tag(server, account, 'data-identify="wemail"') + video("next")
    with player.page.expect_request(lambda it: '"next"' in (it.post_data or "")) as loaded:
        player.page.evaluate("url => { location.href = url }", viewer.site.publish(body))
    beacon: Any = loaded.value.post_data_json
    assert beacon["page"]["referrer"].endswith("?utm_source=letter")
    assert "identity" not in beacon


def test_no_tag_asks_no_email_is_read(
    viewer: Viewer, server: Server, account: TestAccount, numbers: Numbers
) -> None:
    player = viewer.watch(
        "unread", tag(server, account), video("unread"), query="?wemail=ada@example.com"
    )
    _watched(player, numbers)
    (visitor,) = numbers.ask("visitors")
    assert visitor["visitor_identity"]["email"] is None
    assert not any(request.endswith("/more") for request in viewer.requests)


def test_a_page_names_its_viewer_when_it_knows(
    viewer: Viewer, server: Server, account: TestAccount, numbers: Numbers
) -> None:
    player = viewer.watch("login", tag(server, account, "data-identify"), video("login"))
    _watched(player, numbers)
    assert numbers.ask("visitors")[0]["visitor_identity"]["name"] == ""
    player.page.evaluate(
        """() => Object.assign(document.querySelector("script[data-account]").dataset, {
          email: "ada@example.com",
          name: "Ada Lovelace",
        })"""
    )
    (visitor,) = _until(
        numbers, "visitors", lambda found: bool(found[0]["visitor_identity"]["name"])
    )
    assert visitor["visitor_identity"]["name"] == "Ada Lovelace"
    assert visitor["visitor_identity"]["email"] == "ada@example.com"
    assert visitor["load_count"] == 1


def test_a_used_form_arrives_with_its_data_though_the_page_goes_at_once(
    viewer: Viewer, server: Server, account: TestAccount, numbers: Numbers
) -> None:
    player = viewer.watch("gate", tag(server, account, "data-actions"), video("gate"))
    _watched(player, numbers)
    player.do(_TELL % '{ type: "cta", id: "enrol" }')
    player.do(_TELL % '{ type: "Email Gate", id: "gate" }')
    player.do(
        _TELL
        % """{ type: "Email Gate", id: "gate", used: true,
               data: { email: "ada@example.com", first_name: "Ada" } }"""
    )
    # As a form that is sent off does.
    player.page.goto("about:blank")
    event, *others = _until(numbers, "events", lambda found: "conversion_type" in found[0])
    assert others == []
    assert event["conversion_type"] == "Email Gate"
    assert event["conversion_data"] == {"email": "ada@example.com", "first_name": "Ada"}
    found = numbers.ask("medias/gate")
    assert {
        action["type"]: (action["impression_count"], action["action_count"])
        for action in found["actions"]
    } == {"cta": (1, 0), "Email Gate": (1, 1)}


def test_more_is_loaded_where_scripts_need_a_nonce(
    viewer: Viewer, server: Server, account: TestAccount, numbers: Numbers
) -> None:
    policy = "<meta http-equiv=Content-Security-Policy content=\"script-src 'nonce-tod4y'\">"
    player = viewer.watch(
        "nonce",
        policy,
        tag(server, account, "data-identify=e", "nonce=tod4y"),
        video("nonce"),
        query="?e=ada@example.com",
    )
    player.page.wait_for_function(_LOADED)
    _watched(player, numbers)
    assert numbers.ask("events")[0]["email"] == "ada@example.com"
