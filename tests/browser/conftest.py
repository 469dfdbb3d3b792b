"""Real browsers and a site that they visit; every viewer's browser knows nothing yet."""

import shutil
import socket
from collections.abc import Callable, Iterator
from typing import Final

import httpx
import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from browser.counted import Numbers
from browser.pages import Site
from browser.viewers import Viewer
from support import Server, TestAccount

# Headless browsers are crawlers to Playhead, and rightly so; these play somebody.
_SOMEBODY: Final = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)
_ARGUMENTS: Final = [
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-blink-features=AutomationControlled",
    "--host-resolver-rules=MAP *.test 127.0.0.1",
    f"--user-agent={_SOMEBODY}",
]
# What Playwright takes away for the sake of steadiness is what viewers' browsers have.
_AS_VIEWERS_HAVE_IT: Final = [
    "--disable-back-forward-cache",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
]


# For this package only: while Playwright is there, nothing else in the process can use asyncio.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def launch(playwright: Playwright) -> Callable[..., Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "the tests need Chromium; make test installs it"

    def start(*arguments: str) -> Browser:
        return playwright.chromium.launch(
            executable_path=chromium,
            args=[*_ARGUMENTS, *arguments],
            ignore_default_args=_AS_VIEWERS_HAVE_IT,
        )

    return start


@pytest.fixture(scope="package")
def debugging_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@pytest.fixture(scope="package")
def browser(launch: Callable[..., Browser], debugging_port: int) -> Iterator[Browser]:
    started = launch(f"--remote-debugging-port={debugging_port}")
    yield started
    started.close()


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    with Site() as started:
        yield started


@pytest.fixture
def new_viewer(browser: Browser, site: Site) -> Iterator[Callable[..., Viewer]]:
    viewers: list[Viewer] = []

    def make(inside: Browser = browser) -> Viewer:
        viewers.append(Viewer(inside.new_context(), site))
        return viewers[-1]

    yield make
    for made in viewers:
        made.context.close()
    # Whatever happens to the tracker, no page ever hears of it.
    assert [made.errors for made in viewers] == [[] for _ in viewers]


@pytest.fixture
def viewer(new_viewer: Callable[..., Viewer]) -> Viewer:
    return new_viewer()


@pytest.fixture
def numbers(server: Server, account: TestAccount) -> Iterator[Numbers]:
    with httpx.Client() as http:
        yield Numbers(server, account, http)
