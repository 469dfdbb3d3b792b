"""Who is no person: known crawlers, and browsers that say they are driven by a program."""

import re
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final

from crawleruseragents import CRAWLER_USER_AGENTS_DATA

# A library's name says how a beacon was sent, not who watched: okhttp is every second Android
# app, and servers report for their viewers (contract/beacon.md, /collect/batch).
_NOT_A_CRAWLER: Final = "http-library"

# Many small alternations are quicker than a single large one.
_PATTERNS_IN_ONE: Final = 25


class BotReason(StrEnum):
    """Why a session was kept apart (contract/beacon.md, last paragraph)."""

    CRAWLER = "crawler"
    WEBDRIVER = "webdriver"


def bot_reason(user_agent: str, *, webdriver: bool) -> BotReason | None:
    """Why this is a bot; None for a person."""
    if webdriver:
        return BotReason.WEBDRIVER
    return BotReason.CRAWLER if _is_crawler(user_agent) else None


@lru_cache(maxsize=20_000)
def _is_crawler(user_agent: str) -> bool:
    return any(pattern.search(user_agent) for pattern in _patterns())


@cache
def _patterns() -> list[re.Pattern[str]]:
    sources = [
        crawler["pattern"]
        for crawler in CRAWLER_USER_AGENTS_DATA
        if _NOT_A_CRAWLER not in crawler.get("tags", ())
    ]
    return [
        re.compile("|".join(sources[first : first + _PATTERNS_IN_ONE]))
        for first in range(0, len(sources), _PATTERNS_IN_ONE)
    ]
