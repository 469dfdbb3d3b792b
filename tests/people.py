"""What players tell besides what was watched: who, from where, with what, and what was used."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st


@dataclass(frozen=True)
class Device:
    """What a person would say that a user agent is."""

    browser: str
    major: str
    platform: str
    mobile: bool


DEVICES: Mapping[str, Device] = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36": Device("Chrome", "140", "Windows", mobile=False),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36 Edg/139.0.0.0": Device("Edge", "139", "Windows", mobile=False),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Safari/605.1.15": Device("Safari", "18", "Mac OS X", mobile=False),
    "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0": Device(
        "Firefox", "141", "Linux", mobile=False
    ),
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1": Device(
        "Safari", "18", "iOS", mobile=True
    ),
    "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.0 Mobile/15E148 Safari/604.1": Device("Safari", "17", "iOS", mobile=True),
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/138.0.0.0 Mobile Safari/537.36": Device("Chrome", "138", "Android", mobile=True),
    "Mozilla/5.0 (Android 13; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0": Device(
        "Firefox", "140", "Android", mobile=True
    ),
}

_EMAILS = ["ada@example.com", "ADA@example.com", "b'ob@example.org", "", "жанна@example.com"]
_NAMES = ["Ada Lovelace", "<b>Bob</b>", "", "Жанна", "a%'_\\"]
_TYPES = ["cta", "Call to Action", "call_to_action", "form", "Email-Gate", "annotation", "Form 2"]
_PAGES = [
    "https://www.example.com/",
    "https://www.example.com/a?utm_source=news%20letter&utm_medium=email#top",
    "https://www.example.com/a?utm_source=&utm_source=second&x=1",
    "https://www.example.com/a#utm_source=fragment?utm_campaign=none",
    "https://www.example.com/ü/ä?utm_campaign=a+b%2Bc&UTM_SOURCE=capital",
    "http://other.example.org:8080/a",
]
_REFERRERS = ["https://Search.example.org/q?x=1", "http://other.example.org:8080/a", "", "android"]


def told() -> st.SearchStrategy[dict[str, Any]]:
    """Fields of a beacon; every user agent is said, or the sender's own would count."""
    identity = st.fixed_dictionaries(
        {},
        optional={
            "email": st.none() | st.sampled_from(_EMAILS),
            "name": st.none() | st.sampled_from(_NAMES),
            "org": st.fixed_dictionaries(
                {}, optional={"name": st.sampled_from(["Acme", ""]), "title": st.just("Dr")}
            ),
        },
    )
    data = st.fixed_dictionaries(
        {},
        optional={
            "first_name": st.sampled_from(["Ada", "", "Ж"]),
            "last_name": st.just("Lovelace"),
            "email": st.sampled_from(_EMAILS) | st.just(7),
        },
    )
    action = st.fixed_dictionaries(
        {"type": st.sampled_from(_TYPES)},
        optional={
            "id": st.just("x"),
            "shown": st.integers(0, 3),
            "converted": st.integers(0, 2),
            "data": st.none() | data,
        },
    )
    page = st.fixed_dictionaries(
        {},
        optional={
            "url": st.sampled_from(_PAGES),
            "title": st.sampled_from(["A title", "Another", ""]),
            "referrer": st.sampled_from(_REFERRERS),
        },
    )
    player = st.fixed_dictionaries(
        {},
        optional={
            "language": st.sampled_from(["de-AT", "de", "EN_us", "fr", ""]),
            "screen": st.sampled_from([[1920, 1080], [390, 844], [0, 10]]),
        },
    )
    quality = st.fixed_dictionaries(
        {},
        optional={
            "startup_ms": st.none() | st.integers(0, 5) | st.integers(0, 100_000),
            "stalls": st.none() | st.integers(0, 3),
            "stalled_ms": st.integers(0, 3) | st.integers(0, 3_600_000),
            "errors": st.lists(st.sampled_from([3, "3", "MEDIA_ERR", "<b>'ж%"]), max_size=3),
        },
    )
    return st.fixed_dictionaries(
        {"user_agent": st.sampled_from(["", *DEVICES])},
        optional={
            "quality": quality,
            "identity": identity,
            "actions": st.lists(action, max_size=3),
            "page": page,
            "player": player,
        },
    )
