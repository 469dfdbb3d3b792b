"""Take the pictures that README and docs show: ``make screenshots``."""

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

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


def main() -> None:
    _PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="playhead-pictures-") as folder:
        command = [sys.executable, "-m", "playhead", "demo", "--port", "0", "--data", folder]
        demo = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert demo.stdout is not None
        try:
            url = next(line.split()[-1] for line in demo.stdout if "The page" in line)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_SWITCHES)
                _take(browser, url, "demo", width=1280, height=960, scheme="light")
                _take(browser, url, "demo-dark", width=1280, height=960, scheme="dark")
                _take(browser, url, "demo-narrow", width=390, height=844, scheme="light")
                with running() as example:
                    _frame(browser, example.heatmap())
                browser.close()
        finally:
            demo.terminate()
            demo.wait(20)
            demo.stdout.close()


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
