"""A house with numbers in it, and somebody at a desk who looks at its pages in a real Chromium."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from pages.desk import Desk
from pages.house import House
from support import Server, new_user


# For this package only: while Playwright is there, nothing else in the process can use asyncio.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "the tests need Chromium; make test installs it"
    started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    yield started
    started.close()


@pytest.fixture(scope="package")
def house(server: Server) -> Iterator[House]:
    """An account with sessions that every test may read and none may change."""
    with httpx.Client(base_url=server.url, timeout=30) as http:
        yield House.furnished(server, http)


NewDesk = Callable[..., Desk]


@pytest.fixture
def new_desk(browser: Browser, server: Server) -> Iterator[NewDesk]:
    """Opens a browser window of its own; at the end, none of them may have seen a fault."""
    opened: list[tuple[BrowserContext, Desk]] = []

    def open_one(**options: Any) -> Desk:
        context = browser.new_context(
            base_url=server.url,
            viewport={"width": 1280, "height": 900},
            accept_downloads=True,
            **options,
        )
        desk = Desk(context, server.url)
        opened.append((context, desk))
        return desk

    yield open_one
    for context, desk in opened:
        context.close()
        desk.assert_nothing_went_wrong()


@pytest.fixture
def sign_in_to(server: Server, new_desk: NewDesk) -> Callable[..., Desk]:
    """A desk at which a new user of a house is signed in, in a role.

    The door itself is for test_doors.py; here its key is brought along.
    """

    def sign_in(place: House, role: str = "admin", **options: Any) -> Desk:
        user = new_user(server, place.account, role=role)
        desk = new_desk(**options)
        desk.bring_cookies(place.cookies_of(user.email))
        return desk

    return sign_in


@pytest.fixture
def desk(house: House, sign_in_to: Callable[..., Desk]) -> Desk:
    """An admin of the house, signed in."""
    return sign_in_to(house)
