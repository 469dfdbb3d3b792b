"""Take the pictures that README and docs show: ``make screenshots``."""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, expect, sync_playwright

from bench.examples import running

_PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
_CHROMIUM = "/usr/bin/chromium"
_SWITCHES = (
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    # A browser that says it is automated does not count; this one stands for a viewer.
    "--disable-blink-features=AutomationControlled",
)
_VIEWER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/148.0.0.0 Safari/537.36"
_STARTS_AT_S = 22
_WATCHES_MS = 12_500
# So that somebody is there who watches now.
_SETTLES_MS = 12_000


@dataclass(frozen=True)
class Shot:
    """A page to take a picture of; ``point`` says where in its graph somebody points, 0 to 1."""

    name: str
    path: str
    width: int = 1280
    height: int = 900
    scheme: Literal["light", "dark"] = "light"
    point: float | None = None


_SHOTS = (
    Shot("overview", "/?range=28d", height=1010),
    Shot("overview-dark", "/?range=28d", height=1010, scheme="dark"),
    Shot("overview-narrow", "/?range=28d", width=390, height=844),
    Shot("media", "/medias/demo-clip?range=28d", height=900, point=0.45),
    Shot("media-dark", "/medias/demo-clip?range=28d", height=900, scheme="dark", point=0.45),
    Shot("media-narrow", "/medias/demo-clip?range=28d", width=390, height=844, scheme="dark"),
    Shot("compare", "/medias/demo-clip?range=28d&compare=device", height=900, point=0.45),
    Shot("sessions", "/sessions?range=28d", height=860),
    Shot("sessions-narrow", "/sessions?range=28d", width=390, height=844),
    Shot("medias", "/medias", height=640),
    Shot("embed", "/settings/embed", height=900),
)


def main() -> None:
    _PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="playhead-pictures-") as folder:
        command = [sys.executable, "-m", "playhead", "demo", "--port", "0", "--data", folder]
        demo = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert demo.stdout is not None
        try:
            url = next(line.split()[-1] for line in demo.stdout if "The pages" in line)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_SWITCHES)
                for shot in _SHOTS:
                    _look(browser, url.rstrip("/"), shot)
                video = f"{url}demo/"
                _take(browser, video, "demo", width=1280, height=960, scheme="light")
                _take(browser, video, "demo-dark", width=1280, height=960, scheme="dark")
                _take(browser, video, "demo-narrow", width=390, height=844, scheme="light")
                with running() as example:
                    _frame(browser, example.heatmap())
                browser.close()
        finally:
            demo.terminate()
            demo.wait(20)
            demo.stdout.close()


def _look(browser: Browser, url: str, shot: Shot) -> None:
    """A page of the dashboard with all its numbers; the demo signs in by itself."""
    page = browser.new_page(
        viewport={"width": shot.width, "height": shot.height}, color_scheme=shot.scheme
    )
    page.goto(f"{url}{shot.path}")
    page.locator("h1").wait_for()
    expect(page.locator(".waiting, [aria-busy=true]")).to_have_count(0, timeout=_SETTLES_MS)
    page.wait_for_timeout(_SETTLES_MS if shot is _SHOTS[0] else 1_500)
    if shot.point is not None:
        over = page.locator(".u-over").first
        box = over.bounding_box()
        assert box is not None
        over.hover(position={"x": box["width"] * shot.point, "y": 30})
        page.wait_for_timeout(700)
    picture = _PICTURES / f"{shot.name}.png"
    page.screenshot(path=picture)
    print(picture)
    page.close()


def _take(browser: Browser, url: str, name: str, *, width: int, height: int, scheme: str) -> None:
    """The page while somebody watches a part of the clip."""
    page = browser.new_page(
        viewport={"width": width, "height": height},
        user_agent=_VIEWER,
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page.goto(url)
    page.evaluate(
        """async seconds => {
            const video = document.querySelector('video');
            video.muted = true;
            video.currentTime = seconds;
            await video.play();
        }""",
        _STARTS_AT_S,
    )
    page.wait_for_timeout(_WATCHES_MS)
    picture = _PICTURES / f"{name}.png"
    page.screenshot(path=picture)
    print(picture)
    page.close()


def _frame(browser: Browser, address: str) -> None:
    """A session's heatmap as it stands in somebody's page."""
    page = browser.new_page(viewport={"width": 900, "height": 70})
    page.set_content(
        f'<body style="margin: 0"><iframe src="{address}" width="900" height="70" '
        'style="border: 0"></iframe></body>'
    )
    page.frame_locator("iframe").locator("svg.map").wait_for()
    picture = _PICTURES / "heatmap.png"
    page.screenshot(path=picture)
    print(picture)
    page.close()


main()
