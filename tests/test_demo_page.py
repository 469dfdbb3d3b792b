"""The demo page, from a real server; at the end in a real browser."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from playhead.dashboard.demo import MEDIA

# A beacon is in the numbers within 2 s, and the page asks for them every second; the rest is for
# a machine that has other things to do.
_MOVES_WITHIN_MS = 8_000
# Headless browsers are crawlers to Playhead, and rightly so; this one plays somebody.
_SOMEBODY = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0"
# The page's policy does not allow what Playwright's own waiting needs.
_REACHES = """seconds => new Promise(done => {
  const look = () =>
    document.querySelector("video").currentTime > seconds ? done() : setTimeout(look, 50);
  look();
})"""


@dataclass(frozen=True)
class Demo:
    url: str
    account: str
    token: str
    media: str


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    program = Path(__file__).parent / "demo_server.py"
    command = [sys.executable, str(program), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Demo(**json.loads(process.stdout.readline()))
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def page_http(demo: Demo) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{demo.url}/demo/", timeout=30) as client:
        yield client


class _Tags(HTMLParser):
    """The tags of a page, each with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def with_attribute(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.found if name in attributes]


def _files(html: str, base: str) -> list[str]:
    tags = _Tags(html)
    return [
        urljoin(base, attributes[name] or "")
        for name in ("src", "href")
        for attributes in tags.with_attribute(name)
    ]


def test_the_page_carries_the_tag_and_the_mark_that_it_is_about(
    page_http: httpx.Client, demo: Demo
) -> None:
    answer = page_http.get("")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    tags = _Tags(answer.text)
    (script,) = tags.with_attribute("data-account")
    assert script == {"async": None, "src": "/tracker.js", "data-account": demo.account}
    (player,) = tags.with_attribute("data-playhead-media")
    assert player["data-playhead-media"] == demo.media
    # Nothing is left that should have been filled in, and the token is not in the page itself.
    assert not re.search(r"__[A-Z]+__", answer.text)
    assert demo.token not in answer.text


def test_only_who_chooses_it_is_measured_in_spite_of_do_not_track(page_http: httpx.Client) -> None:
    (script,) = _Tags(page_http.get("?measure").text).with_attribute("data-account")
    assert "data-ignore-dnt" in script


def test_every_file_that_the_page_names_is_there(page_http: httpx.Client, demo: Demo) -> None:
    files = _files(page_http.get("").text, f"{demo.url}/demo/")
    kinds = {Path(urlsplit(file).path).suffix for file in files}
    assert {".js", ".css", ".svg", ".webm"} <= kinds
    for file in files:
        answer = page_http.get(file)
        assert answer.status_code == 200, file
        assert "html" not in answer.headers["content-type"] or "?" in file, file


def test_nothing_comes_from_anywhere_else(page_http: httpx.Client, demo: Demo) -> None:
    page = page_http.get("")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    texts = [page.text]
    for file in _files(page.text, f"{demo.url}/demo/"):
        assert file.startswith(demo.url)
        if file.endswith((".js", ".css", ".svg")):
            texts.append(page_http.get(file).text)
    for text in texts:
        # The name of a vocabulary looks like an address and is none.
        plain = text.replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(https?:|[\"'(=])//\w", plain)


def test_the_configuration_names_account_token_and_media(
    page_http: httpx.Client, demo: Demo
) -> None:
    answer = page_http.get("config.json")
    config = answer.json()
    assert (config["account_key"], config["token"]) == (demo.account, demo.token)
    assert config["media"] == demo.media
    assert config["media"] in config["medias"]
    assert answer.headers["cache-control"] == "no-store"


def test_the_clip_can_be_fetched_in_ranges(page_http: httpx.Client) -> None:
    whole = page_http.get("media/clip.webm")
    assert (whole.status_code, whole.headers["content-type"]) == (200, "video/webm")
    assert whole.content == (MEDIA / "clip.webm").read_bytes()
    part = page_http.get("media/clip.webm", headers={"range": "bytes=1000-1999"})
    assert part.status_code == 206
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(whole.content)}"
    assert part.content == whole.content[1000:2000]
    end = page_http.get("media/clip.webm", headers={"range": "bytes=-100"})
    assert (end.status_code, end.content) == (206, whole.content[-100:])
    past = page_http.get("media/clip.webm", headers={"range": "bytes=99999999-"})
    assert past.status_code == 416


def test_the_clip_is_small_enough_to_be_committed() -> None:
    assert (MEDIA / "clip.webm").stat().st_size < 400_000


@pytest.mark.parametrize("path", ["nowhere", "media/", "assets/", "media/..%2fdemo.py", "media/x"])
def test_there_is_nothing_else(page_http: httpx.Client, path: str) -> None:
    answer = page_http.get(path)
    assert answer.status_code == 404
    assert "content-security-policy" in answer.headers


def test_the_slash_may_be_forgotten(demo: Demo) -> None:
    answer = httpx.get(f"{demo.url}/demo", follow_redirects=True)
    assert (answer.status_code, str(answer.url)) == (200, f"{demo.url}/demo/")


@pytest.fixture
def browser_page(demo: Demo) -> Iterator[Page]:
    chromium = shutil.which("chromium")
    assert chromium, "the tests need Chromium; make test installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=[
                "--no-sandbox",
                "--autoplay-policy=no-user-gesture-required",
                "--disable-blink-features=AutomationControlled",
            ],
        )
        page = browser.new_page(user_agent=_SOMEBODY)
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text))
        page.on("request", lambda request: _at_home(request.url, demo, troubles))
        page.goto(f"{demo.url}/demo/")
        yield page
        browser.close()
    assert troubles == []


def _at_home(url: str, demo: Demo, troubles: list[str]) -> None:
    if not url.startswith(demo.url):
        troubles.append(f"asked for {url}")


def test_the_numbers_move_while_somebody_watches(browser_page: Page) -> None:
    page = browser_page
    expect(page.locator("#status")).to_have_attribute("data-state", "live", timeout=20_000)
    # Names come from outside, so they are text and never markup.
    expect(page.locator("#video-name")).to_have_text("Name of <demo-clip>")

    def number(name: str) -> str:
        return page.locator(f"#media-numbers [data-field={name}] .value").inner_text()

    def moves(name: str, to: str) -> None:
        shown = page.locator(f"#media-numbers [data-field={name}] .value")
        expect(shown).to_have_text(to, timeout=_MOVES_WITHIN_MS)

    moves("loads", "1")
    moves("plays", "0")
    page.evaluate("document.querySelector('video').muted = true")
    page.locator("#back").click()
    moves("plays", "1")
    page.evaluate(_REACHES, 3)
    page.evaluate("document.querySelector('video').currentTime = 1")
    page.evaluate(_REACHES, 2.5)
    page.evaluate("document.querySelector('video').pause()")
    more = page.locator("#media-numbers [data-field=hours_watched] .more")
    expect(more).to_have_text(re.compile(r"^\+[4-9] s$"), timeout=_MOVES_WITHIN_MS)
    expect(page.locator("#readout")).to_contain_text("of 1 play")
    assert number("play_rate") == "100 %"
    # The line in the graph stands where the video does.
    share = page.evaluate(
        "new DOMMatrix(getComputedStyle(document.getElementById('now')).transform).e"
        " / document.getElementById('plot').clientWidth"
    )
    here = page.evaluate("document.querySelector('video').currentTime")
    assert share * 60 == pytest.approx(here, abs=0.1)
    # A second that was seen twice, half a minute after nothing was seen at all.
    plot = page.locator("#plot").bounding_box()
    assert plot is not None
    page.mouse.move(plot["x"] + plot["width"] * 1.5 / 60, plot["y"] + 20)
    expect(page.locator("#readout")).to_have_text(
        "0:01: seen in 1 of 1 play (100 %), watched again 1 time"
    )
    page.mouse.click(plot["x"] + plot["width"] / 2, plot["y"] + 20)
    assert page.evaluate("document.querySelector('video').currentTime") == pytest.approx(30, abs=1)
