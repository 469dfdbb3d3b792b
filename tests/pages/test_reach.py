"""Everybody reaches everything: wide and narrow, light and dark, by keyboard and by ear."""

from collections.abc import Callable
from typing import Any, Literal

import pytest
from playwright.sync_api import ViewportSize, expect

from pages.desk import Desk
from pages.house import House

WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 360, "height": 740}
EVERY_PAGE = (
    "/",
    "/medias",
    "/medias/intro",
    "/medias/intro?compare=device",
    "/sessions",
    "/visitors",
    "/visitors/visitor-3",
    "/settings",
    "/settings/tokens",
    "/settings/users",
    "/settings/embed",
    "/settings/profile",
    "/medias/nowhere/at-all",
)


@pytest.mark.parametrize(
    ("viewport", "scheme"),
    [(WIDE, "light"), (NARROW, "dark")],
    ids=["wide and light", "narrow and dark"],
)
def test_no_page_has_serious_findings(
    house: House,
    sign_in_to: Callable[..., Desk],
    viewport: ViewportSize,
    scheme: Literal["light", "dark"],
) -> None:
    # The pages forbid scripts from outside; axe is one, and only a guest.
    options: dict[str, Any] = {"bypass_csp": True, "color_scheme": scheme}
    desk = sign_in_to(house, **options)
    desk.page.set_viewport_size(viewport)
    for address in EVERY_PAGE:
        desk.open(address)
        assert desk.findings() == [], address
        assert desk.is_as_wide_as_the_window(), address


def test_a_keyboard_is_enough_to_go_anywhere(desk: Desk) -> None:
    page = desk.open("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    link = page.get_by_role("link", name="Sessions", exact=True)
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sessions")
    # The new page begins at its top, for screen readers too.
    expect(page.locator("main")).to_be_focused()
    expect(page).to_have_title("Sessions · Playhead")


def test_nothing_jumps_while_numbers_come_in(desk: Desk) -> None:
    """Cumulative layout shift, as browsers measure it; under 0.1 counts as good."""
    for address in ("/", "/medias/intro"):
        page = desk.page
        page.goto("about:blank")
        page.add_init_script(
            """window.shifted = 0;
            new PerformanceObserver((list) => {
              for (const entry of list.getEntries())
                if (!entry.hadRecentInput) window.shifted += entry.value;
            }).observe({ type: "layout-shift", buffered: true });"""
        )
        desk.open(address)
        page.wait_for_timeout(500)
        assert page.evaluate("window.shifted") < 0.1, address


def test_colours_are_chosen_and_stay(desk: Desk) -> None:
    page = desk.open("/")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("summary", has_text="Test").click()
    page.get_by_label("Colours").select_option("dark")
    after = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert before != after
    desk.open("/sessions")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == after
