"""What simulated viewers watch with."""

from typing import Final

from msgspec import Struct

_WEBKIT: Final = "AppleWebKit/537.36 (KHTML, like Gecko)"
_APPLE: Final = "AppleWebKit/605.1.15 (KHTML, like Gecko)"


class Device(Struct, frozen=True):
    """A browser on a machine; ``share`` weighs how many have it, ``screen`` is in pixels."""

    share: int
    user_agent: str
    screen: tuple[int, int]


DEVICES: Final = (
    Device(
        30,
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/148.0.0.0 Safari/537.36",
        (1920, 1080),
    ),
    Device(
        18,
        f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {_APPLE} "
        "Version/26.1 Mobile/15E148 Safari/604.1",
        (390, 844),
    ),
    Device(
        15,
        f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} Chrome/148.0.0.0 Mobile Safari/537.36",
        (412, 915),
    ),
    Device(
        12,
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_APPLE} Version/26.1 Safari/605.1.15",
        (1512, 982),
    ),
    Device(
        9,
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/148.0.0.0 Safari/537.36 "
        "Edg/148.0.0.0",
        (2560, 1440),
    ),
    Device(
        7,
        "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
        (1920, 1200),
    ),
    Device(
        5,
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_WEBKIT} Chrome/148.0.0.0 Safari/537.36",
        (1728, 1117),
    ),
    Device(
        4,
        f"Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) {_APPLE} "
        "Version/26.1 Mobile/15E148 Safari/604.1",
        (834, 1194),
    ),
)
