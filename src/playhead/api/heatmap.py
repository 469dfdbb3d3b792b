"""One session's watch map as a page to look at, made to stand in a frame of 70 pixels' height."""

import base64
import hashlib
import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Final, NamedTuple

# Frames from this width on get marks of their own, the finest for which there is room.
_WIDTHS: Final = (200, 300, 450, 650, 900, 1300, 1900)
_STEPS_S: Final = (
    *(1, 2, 5, 10, 15, 30),
    *(60 * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(3600 * hours for hours in (1, 2, 3, 6, 12)),
)
# Generous for digits of 11 px, so that marks keep apart in every font.
_DIGIT_PX: Final = 7
_BETWEEN_PX: Final = 14
_INSET_PX: Final = 6

_MOST_DRAWN: Final = 550
"""So many stretches with their tooltips stay under 100 kB."""
_FINEST: Final = 4096
_THIN: Final = 1 / 600
_RIGHTMOST: Final = 99.9
_MOST_READ_OUT: Final = 20
_DAY_S: Final = 86_400
_SHORT_S: Final = 3
"""What is shorter has its borders told with tenths of a second."""

_COLOURS: Final = ("not seen", "once", "twice", "3 times", "more")


def _widths_apart() -> Iterator[str]:
    """For every width of the frame the one set of marks that is shown."""
    for width, wider in itertools.zip_longest(_WIDTHS, _WIDTHS[1:]):
        bounds = [f"(min-width:{width}px)"] if width > _WIDTHS[0] else []
        bounds += [f"(max-width:{wider - 0.02}px)"] if wider else []
        yield f"@media {' and '.join(bounds)}{{.marks .w{width}{{display:inline}}}}\n"


_STYLE: Final = (Path(__file__).parent / "heatmap.css").read_text("utf-8") + "".join(
    _widths_apart()
)
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEATMAP_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
)
"""The page's Content-Security-Policy: nothing is loaded, nothing runs, anybody may frame it.

Nothing is said of frames, because even ``frame-ancestors *`` shuts out pages from files and apps.
"""


class _Stretch(NamedTuple):
    """What is drawn as one: from ``start`` to before ``end`` in seconds."""

    start: float
    end: float
    times: int
    """How often it was watched; in a mixed one, how often most of what was watched of it was."""
    mixed: bool = False


def heatmap_page(
    pieces: Iterable[tuple[float, float, int]],
    duration: float | None,
    percent_viewed: float | None,
    name: str,
) -> str:
    """A session's watch map as one HTML page, to be sent with :data:`HEATMAP_POLICY`.

    It fills its frame's width to scale, from 200 px on, and is made for a height of 70 px. Colours
    tell how often each stretch was watched, tooltips say it. It is under 100 kB whatever it shows:
    where there are too many stretches, the narrowest that lie side by side are drawn as one.

    Args:
        pieces: ``(start, end, times)`` of contract/metrics.md, "One session", in seconds.
        duration: length of the media in seconds; None: up to where it was watched.
        percent_viewed: 0 to 1; None: it is not said.
        name: of the media, any text.
    """
    watched = _in_order(pieces)
    length = max([duration or 0.0, *(piece.end for piece in watched)])
    said = "Nothing was watched" if not watched else _viewed(percent_viewed)
    body = _drawn(watched, length, name, said) if length > 0 else ""
    legend = "".join(
        f'<li><svg aria-hidden="true"><rect class="t{i}" width="9" height="9"/></svg>{words}</li>'
        for i, words in enumerate(_COLOURS)
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(name)}: what was watched</title>\n"
        f"<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<header><h1 dir="auto">{escape(name)}</h1>'
        f"{f'<ul>{legend}</ul>' if body else ''}{f'<p>{said}</p>' if said else ''}</header>\n{body}"
        "</body>\n</html>\n"
    )


def _in_order(pieces: Iterable[tuple[float, float, int]]) -> list[_Stretch]:
    """The pieces as watched; those that only go on with the same number of times are one."""
    watched: list[_Stretch] = []
    for start, end, times in sorted(pieces):
        if times < 1 or end <= start:
            continue
        goes_on = watched and (watched[-1].end, watched[-1].times) == (start, times)
        begin = watched.pop().start if goes_on else start
        watched.append(_Stretch(begin, end, times))
    return watched


def _drawn(watched: Sequence[_Stretch], length: float, name: str, said: str) -> str:
    described = [f"{_span(*one[:2])} {_often(one.times)}" for one in watched[:_MOST_READ_OUT]]
    more = len(watched) - len(described)
    words = ", ".join(described) + (f", and {more} more" if more else "")
    return (
        '<svg class="map" role="img" aria-labelledby="title desc">\n'
        f'<title id="title">{escape(name)}</title>\n'
        f'<desc id="desc">{". ".join(filter(None, [said, words, f"It lasts {_clock(length)}"]))}'
        ".</desc>\n"
        '<rect class="t0" width="100%" height="100%"><title>not seen</title></rect>\n'
        f"{''.join(_rect(one, length) for one in _few_enough(watched, length))}</svg>\n"
        '<svg class="marks" aria-hidden="true">\n'
        f"{''.join(_marks(length, width) for width in _WIDTHS)}</svg>\n"
    )


def _rect(one: _Stretch, length: float) -> str:
    # Both ends are rounded, not the width: neighbours meet. Nothing has no width or is outside.
    left, right = (round(100 * at / length, 4) for at in (one.start, one.end))
    left = min(left, right - 0.0001, _RIGHTMOST)
    name = f"t{min(one.times, len(_COLOURS) - 1)}"
    thin = " thin" if one.end - one.start < length * _THIN else ""
    how = f"in parts, mostly {_often(one.times)}" if one.mixed else _often(one.times)
    return (
        f'<rect class="{name}{thin}" x="{_number(left)}%" width="{_number(right - left)}%" '
        f'height="100%"><title>{_span(one.start, one.end)} {how}</title></rect>\n'
    )


def _few_enough(watched: Sequence[_Stretch], length: float) -> Sequence[_Stretch]:
    """As many stretches as can be drawn, the narrowest put together where there are more."""
    drawn = watched
    columns = _FINEST
    # Comes to an end: two that follow each other and stay apart reach over a column at least.
    while len(drawn) > _MOST_DRAWN:
        drawn = _joined(watched, length / columns)
        columns //= 2
    return drawn


def _joined(watched: Iterable[_Stretch], column: float) -> list[_Stretch]:
    """Those narrower than a column, with less than a column between them, up to two as one."""
    joined: list[_Stretch] = []
    together: list[_Stretch] = []
    for one in watched:
        goes_on = (
            together
            and max(one.end - one.start, one.start - together[-1].end) < column
            and together[-1].end - together[-1].start < column
            and one.end - together[0].start < 2 * column
        )
        if together and not goes_on:
            joined.append(_mixture(together))
            together = []
        together.append(one)
    return [*joined, _mixture(together)] if together else joined


def _mixture(parts: Sequence[_Stretch]) -> _Stretch:
    if len(parts) == 1:
        return parts[0]
    seconds: defaultdict[int, float] = defaultdict(float)
    for part in parts:
        seconds[part.times] += part.end - part.start
    most = max(seconds, key=lambda times: (seconds[times], times))
    return _Stretch(parts[0].start, parts[-1].end, most, mixed=True)


def _marks(length: float, width: int) -> str:
    """Where in the media one is, as fine as there is room in a frame of this width."""
    first, last = _clock(0, length), _clock(length, tenths=length < _SHORT_S)
    room = len(last) * _DIGIT_PX + _BETWEEN_PX
    # The first mark stands to the right of its place and the last to the left, in full.
    beside_px = _INSET_PX + _BETWEEN_PX / 2 + room / 2
    after_first = length * (beside_px + len(first) * _DIGIT_PX) / width
    before_last = length * (1 - (beside_px + len(last) * _DIGIT_PX) / width)
    step = _step(max(length * room / width, after_first))
    inner = itertools.takewhile(lambda at: at <= before_last, itertools.count(step, step))
    return (
        f'<g class="w{width}"><text x="{_INSET_PX}" y="15">{first}</text>'
        f"{''.join(_mark(at, length) for at in inner)}"
        f'<text x="100%" dx="-{_INSET_PX}" y="15" text-anchor="end">{last}</text></g>\n'
    )


def _mark(at: float, length: float) -> str:
    x = _number(100 * at / length)
    return (
        f'<line x1="{x}%" x2="{x}%" y2="4"/>'
        f'<text x="{x}%" y="15" text-anchor="middle">{_clock(at, length)}</text>'
    )


def _step(least: float) -> int:
    """The sensible number of seconds that is nearest to this, and not less."""
    for step in _STEPS_S:
        if step >= least:
            return step
    days = math.ceil(least / _DAY_S)
    power: int = 10 ** (len(str(days)) - 1)
    return _DAY_S * next(one * power for one in (1, 2, 5, 10) if one * power >= days)


def _viewed(share: float | None) -> str:
    """A share in whole percent; never all and never nothing that is not."""
    if share is None:
        return ""
    if 0 < share < 0.01:
        return "&lt;1% viewed"
    return f"{min(round(100 * share), 100 if share >= 1 else 99)}% viewed"


def _often(times: int) -> str:
    return {1: "once", 2: "twice"}.get(times, f"{times:,} times")


def _span(start: float, end: float) -> str:
    # In whole seconds, a moment would seem to end where it begins.
    tenths = end - start < _SHORT_S
    return f"{_clock(start, end, tenths=tenths)} to {_clock(end, tenths=tenths)}"


def _clock(seconds: float, length: float = 0, *, tenths: bool = False) -> str:
    """``m:ss`` like players say it, with hours where the media has some."""
    whole, tenth = divmod(round(seconds * 10), 10) if tenths else (int(seconds), 0)
    hours, minutes = divmod(whole // 60, 60)
    longer = max(whole, length) >= 3600
    shown = f"{hours}:{minutes:02}" if longer else f"{minutes}"
    return f"{shown}:{whole % 60:02}" + (f".{tenth}" if tenths else "")


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")
