"""How one viewer goes through a media: drop-off, skipping, going back, watching again."""

import random
from typing import Final

# Shares of viewers after a stretch of watching: what they do next.
_LEAVES: Final = 0.24
_GOES_BACK: Final = 0.16
_SKIPS: Final = 0.12
_MOST_STRETCHES: Final = 40
_LEAVES_AT_ONCE: Final = 0.12
_WATCHES_IT_ALL: Final = 0.3
_STARTS_LATER: Final = 0.06


def watch(duration: float, chance: random.Random) -> list[list[float]]:
    """The watch map that a viewer leaves: ``[start, end, times]`` in seconds, ascending.

    Args:
        duration: the media's, in seconds.
        chance: where the viewer's mind comes from.
    """
    return _pieces(stretches(duration, chance))


def stretches(duration: float, chance: random.Random) -> list[tuple[int, int]]:
    """What a viewer watches, in the order of watching: from one instant to another, in ms.

    Args:
        duration: the media's, in seconds.
        chance: where the viewer's mind comes from.
    """
    length = int(duration * 1000)
    if chance.random() < _LEAVES_AT_ONCE:
        return [(0, min(length, chance.randrange(300, 6000)))]
    stays = 0.0 if chance.random() < _WATCHES_IT_ALL else _LEAVES
    at = int(length * chance.random()) if chance.random() < _STARTS_LATER else 0
    found: list[tuple[int, int]] = []
    while at < length and len(found) < _MOST_STRETCHES:
        end = min(length, at + max(200, int(length * chance.expovariate(7))))
        found.append((at, end))
        at = end
        mood = chance.random()
        if mood < stays:
            break
        if mood < stays + _GOES_BACK:
            at = _place_to_see_again(end, length, chance)
        elif mood < stays + _GOES_BACK + _SKIPS:
            at = end + int(length * chance.uniform(0.02, 0.15))
    return found


def pieces_until(path: list[tuple[int, int]], watched_ms: int) -> list[list[float]]:
    """The watch map of a viewer who has watched for so long, at normal speed, of such a path."""
    seen: list[tuple[int, int]] = []
    left = watched_ms
    for start, end in path:
        if left <= 0:
            break
        seen.append((start, min(end, start + left)))
        left -= end - start
    return _pieces(seen)


def _place_to_see_again(at: int, length: int, chance: random.Random) -> int:
    """A bit back, or to the part of a media that many want to see twice."""
    favourite = int(length * chance.gauss(0.36, 0.04))
    if at > favourite > 0 and chance.random() < 0.5:
        return favourite
    return max(0, at - int(length * chance.uniform(0.03, 0.15)))


def _pieces(stretches: list[tuple[int, int]]) -> list[list[float]]:
    """Stretches in ms, in the order of watching, as pieces that say how often each was seen."""
    change: dict[int, int] = {}
    for start, end in stretches:
        change[start] = change.get(start, 0) + 1
        change[end] = change.get(end, 0) - 1
    pieces: list[list[float]] = []
    times, since = 0, 0
    for border in sorted(change):
        if times and change[border]:
            pieces.append([since / 1000, border / 1000, times])
        if change[border]:
            since = border
        times += change[border]
    return pieces
