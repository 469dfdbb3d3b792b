"""Who is no person: known crawlers, and browsers that say they are driven by a program."""

from enum import StrEnum
from functools import lru_cache

import crawleruseragents


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
    return bool(crawleruseragents.is_crawler(user_agent))
