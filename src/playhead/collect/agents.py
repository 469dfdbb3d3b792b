"""What a user agent says of browser and device, by the maintained patterns of uap-core."""

import re
from functools import lru_cache
from typing import Final

from msgspec import Struct
from ua_parser import OS, UserAgent, parse_os, parse_user_agent

# uap-core names the same browser anew for each kind of device; that is told apart already.
_KIND_OF_DEVICE: Final = re.compile(r"\b(?:Mobile|iOS|WebView|UI/WKWebView)\b")
_HANDHELD: Final = frozenset(
    {"iOS", "iPadOS", "Android", "HarmonyOS", "KaiOS", "Windows Phone", "BlackBerry OS", "Tizen"}
)
_TELEVISION: Final = re.compile(r"\bTV\b|SmartTV|SMART-TV|AFT[A-Z]|BRAVIA|CrKey")


class Agent(Struct, frozen=True):
    """Browser and device; all empty when nothing is known."""

    browser: str = ""
    version: str = ""
    platform: str = ""
    mobile: bool = False
    """A phone or a tablet."""


@lru_cache(maxsize=20_000)
def agent_of(user_agent: str) -> Agent:
    """What a user agent says of itself."""
    browser: UserAgent | None = parse_user_agent(user_agent)
    system: OS | None = parse_os(user_agent)
    if browser is None and system is None:
        return Agent()
    platform = system.family if system else ""
    mobile = platform in _HANDHELD or "Mobi" in user_agent
    return Agent(
        browser=_KIND_OF_DEVICE.sub("", browser.family).strip() if browser else "",
        version=_version(browser) if browser else "",
        platform=platform,
        mobile=mobile and not _TELEVISION.search(user_agent),
    )


def _version(browser: UserAgent) -> str:
    parts = (browser.major, browser.minor, browser.patch)
    return ".".join(part for part in parts if part)
