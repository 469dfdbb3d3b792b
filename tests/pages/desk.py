"""A browser window with the pages in it, and what a person does there."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Download,
    Locator,
    Page,
    Request,
    expect,
)

AXE: Final = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
SOON_MS: Final = 15_000
# What a browser writes to its console for an answer that the page itself deals with.
_ANSWERED: Final = "Failed to load resource: the server responded with a status of"


class Desk:
    """One window. It notes whatever no page may do: faults, and requests to other hosts."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self._faults: list[str] = []
        self._elsewhere: list[str] = []
        context.on("console", self._note)
        context.on("weberror", lambda error: self._faults.append(str(error.error)))
        context.on("request", self._look_where)
        context.on("dialog", lambda dialog: self._faults.append(f"a dialog: {dialog.message}"))
        self.page: Page = context.new_page()
        self.page.set_default_timeout(SOON_MS)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_ANSWERED):
            self._faults.append(message.text)

    def _look_where(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"} and f"{parts.scheme}://{parts.netloc}" != self.url:
            self._elsewhere.append(request.url)

    def assert_nothing_went_wrong(self) -> None:
        assert self._faults == []
        assert self._elsewhere == [], "the pages ask this server only"

    def sign_in(self, email: str, password: str) -> None:
        self.page.goto("/")
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("navigation", name="Pages")).to_be_visible()

    def bring_cookies(self, cookies: dict[str, str]) -> None:
        """Be signed in by cookies that the server gave to somebody else's hands."""
        self.context.add_cookies(
            [
                {
                    "name": name,
                    "value": value,
                    "url": self.url,
                    "httpOnly": True,
                    "sameSite": "Lax",
                }
                for name, value in cookies.items()
            ]
        )

    def open(self, address: str) -> Page:
        """Open a page and wait until nothing on it is still to come."""
        self.page.goto(address)
        self.settled()
        return self.page

    def settled(self) -> None:
        expect(self.page.locator(".waiting, [aria-busy=true]")).to_have_count(0, timeout=SOON_MS)

    def panel(self, name: str) -> Locator:
        return self.page.get_by_role("region", name=name, exact=True)

    def number(self, name: str) -> str:
        """What a tile of the overview says."""
        tile = self.page.locator(f"[data-number={name}]").first
        expect(tile).not_to_have_text("", timeout=SOON_MS)
        return tile.inner_text()

    def take(self, panel: str, kind: str) -> bytes:
        """What the panel's PNG or CSV button gives."""
        with self.page.expect_download() as waiting:
            self.panel(panel).get_by_role("button", name=f", {kind}").click()
        return _bytes(waiting.value)

    def findings(self) -> list[str]:
        """What axe finds serious on the page as it is now."""
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate(
            "() => axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)"
        )
        return [
            f"{one['id']}: {node['html'][:200]}"
            for one in found
            if one["impact"] in {"serious", "critical"}
            for node in one["nodes"]
        ]

    def is_as_wide_as_the_window(self) -> bool:
        """Whether nothing makes the page itself scroll sideways."""
        wide: bool = self.page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
        return wide


def _bytes(download: Download) -> bytes:
    return Path(download.path()).read_bytes()
