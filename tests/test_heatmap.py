"""The page that draws one session's watch map."""

import base64
import hashlib
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.api.heatmap import HEATMAP_POLICY, heatmap_page

Piece = tuple[float, float, int]

_WIDTHS = (200, 300, 450, 650, 900, 1300, 1900)
_NEARLY = 2e-4
"""Percent of the width by which a rounded border may be off; a thousandth of a pixel."""


@dataclass
class _Rect:
    left: float
    width: float
    colour: str
    thin: bool
    tooltip: str

    @property
    def right(self) -> float:
        return self.left + self.width


def _svg(page: str, name: str) -> ET.Element:
    found = re.search(f'<svg class="{name}".*?</svg>', page, re.DOTALL)
    assert found
    return ET.fromstring(found[0])


def _rects(page: str) -> list[_Rect]:
    """What is drawn over the ground, which says that nothing was seen."""
    ground, *rects = _svg(page, "map").findall("rect")
    assert ground.attrib == {"class": "t0", "width": "100%", "height": "100%"}
    assert all(rect.get("height") == "100%" for rect in rects)
    return [
        _Rect(
            _percent(rect.get("x")),
            _percent(rect.get("width")),
            str(rect.get("class")).partition(" ")[0],
            str(rect.get("class")).endswith(" thin"),
            rect.findtext("title") or "",
        )
        for rect in rects
    ]


def _percent(value: str | None) -> float:
    assert value is not None
    assert value.endswith("%")
    return float(value[:-1])


def _marks(page: str, width: int) -> list[str]:
    group = _svg(page, "marks").find(f"g[@class='w{width}']")
    assert group is not None
    return [text.text or "" for text in group.findall("text")]


def _pieces(most: int, longest_ms: int) -> st.SearchStrategy[list[Piece]]:
    """Watch maps as the collector lets them through: ascending, to the millisecond."""
    lengths = st.tuples(
        st.integers(0, longest_ms), st.integers(1, longest_ms), st.integers(1, 10_000)
    )

    def laid_out(steps: list[tuple[int, int, int]]) -> list[Piece]:
        pieces: list[Piece] = []
        at = 0
        for gap, length, times in steps:
            pieces.append(((at + gap) / 1000, (at + gap + length) / 1000, times))
            at += gap + length
        return pieces

    return st.lists(lengths, min_size=1, max_size=most).map(laid_out)


def _united(pieces: Sequence[Piece]) -> list[Piece]:
    united: list[Piece] = []
    for start, end, times in pieces:
        if united and united[-1][1:] == (start, times):
            united[-1] = (united[-1][0], end, times)
        else:
            united.append((start, end, times))
    return united


def test_a_map_is_drawn_to_scale_and_coloured_by_times() -> None:
    pieces = [(0, 30, 1), (30, 45, 2), (45, 52.5, 3), (60, 61.2, 4), (90, 120, 9999)]
    rects = _rects(heatmap_page(pieces, 120, 0.7, "Introduction"))
    assert rects == [
        _Rect(0, 25, "t1", thin=False, tooltip="0:00 to 0:30 once"),
        _Rect(25, 12.5, "t2", thin=False, tooltip="0:30 to 0:45 twice"),
        _Rect(37.5, 6.25, "t3", thin=False, tooltip="0:45 to 0:52 3 times"),
        _Rect(50, 1, "t4", thin=False, tooltip="1:00.0 to 1:01.2 4 times"),
        _Rect(75, 25, "t4", thin=False, tooltip="1:30 to 2:00 9,999 times"),
    ]


@given(_pieces(60, 100_000), st.integers(0, 1000))
def test_every_width_drawn_is_proportional_to_its_piece(pieces: list[Piece], rest: int) -> None:
    duration = pieces[-1][1] + rest
    drawn = _rects(heatmap_page(pieces, duration, None, "clip"))
    for (start, end, times), rect in zip(_united(pieces), drawn, strict=True):
        # A moment at the very end is drawn where one can see it.
        assert rect.left == pytest.approx(min(100 * start / duration, 99.9), abs=_NEARLY)
        assert rect.right == pytest.approx(100 * end / duration, abs=_NEARLY)
        assert rect.width > 0
        assert rect.colour == f"t{min(times, 4)}"
        assert rect.thin == (end - start < duration / 600)


@given(_pieces(40, 5000), st.randoms(use_true_random=False))
def test_order_and_cuts_that_change_nothing_are_not_seen(pieces: list[Piece], random: Any) -> None:
    cut = [
        part
        for start, end, times in pieces
        for part in ((start, (start + end) / 2, times), ((start + end) / 2, end, times))
    ]
    random.shuffle(cut)
    assert _rects(heatmap_page(cut, None, None, "")) == _rects(heatmap_page(pieces, None, None, ""))


@given(
    st.integers(500, 2000),
    st.lists(st.integers(1, 3000), min_size=1, max_size=30),
    st.lists(st.integers(0, 3000), min_size=1, max_size=7),
)
def test_thousands_of_pieces_fit_100_kb_and_none_is_lost(
    count: int, lengths: list[int], gaps: list[int]
) -> None:
    pieces: list[Piece] = []
    at = 0
    for i, length, gap in zip(
        range(count), itertools.cycle(lengths), itertools.cycle(gaps), strict=False
    ):
        pieces.append(((at + gap) / 1000, (at + gap + length) / 1000, i % 5 + 1))
        at += gap + length
    # The longest numbers and the longest of names.
    duration = max(360_000.0, pieces[-1][1])
    page = heatmap_page(pieces, duration, 0.5, "&" * 500)
    assert len(page.encode()) < 100_000
    drawn = _rects(page)
    assert all(one.right <= other.left + _NEARLY for one, other in itertools.pairwise(drawn))
    for start, end, _ in pieces:
        middle = 50 * (start + end) / duration
        assert any(rect.left - _NEARLY <= middle <= rect.right + _NEARLY for rect in drawn)


@pytest.mark.parametrize("count", [549, 550, 1099, 1100, 1300, 2000])
def test_the_longest_numbers_fit_too(count: int) -> None:
    """The farthest positions that a beacon may name, and names that are longest when escaped."""
    apart = 1.5e9 / count
    pieces = [(2.4e9 + i * apart, 2.4e9 + (i + 0.9) * apart, 9000 + i % 1000) for i in range(count)]
    page = heatmap_page(pieces, 4e9, 0.5, "&" * 500)
    assert len(page.encode()) < 100_000


def test_of_too_many_pieces_the_wide_ones_stay_exact() -> None:
    narrow = [(i / 10, i / 10 + 0.05, 1 + i % 2) for i in range(1990)]
    page = heatmap_page([*narrow, (500, 800, 3)], 1000, 0.4, "clip")
    *others, last = _rects(page)
    assert last == _Rect(50, 30, "t3", thin=False, tooltip="8:20 to 13:20 3 times")
    mixed = [rect for rect in others if "in parts, mostly" in rect.tooltip]
    assert mixed
    # Not seen by anybody in a frame that is no wider than a screen.
    assert max(rect.width for rect in mixed) < 0.4
    assert sum(rect.width for rect in others) == pytest.approx(19.9, abs=3)


def test_a_moment_is_drawn_with_an_outline_and_inside_the_frame() -> None:
    page = heatmap_page([(1.75e9, 1.75e9 + 1, 1)], None, None, "live")
    (rect,) = _rects(page)
    assert rect.thin
    assert rect.left == 99.9
    assert rect.right == pytest.approx(100)


@pytest.mark.parametrize(
    ("duration", "width", "marks"),
    [
        (120, 200, ["0:00", "1:00", "2:00"]),
        (120, 300, ["0:00", "0:30", "1:00", "1:30", "2:00"]),
        (90, 900, ["0:00", *(f"{s // 60}:{s % 60:02}" for s in range(10, 90, 10)), "1:30"]),
        (3599.9, 450, ["0:00", *(f"{minutes}:00" for minutes in (10, 20, 30, 40, 50)), "59:59"]),
        (7325.3, 300, ["0:00:00", "1:00:00", "2:02:05"]),
        (7325.3, 450, ["0:00:00", "0:30:00", "1:00:00", "1:30:00", "2:02:05"]),
        (0.5, 900, ["0:00", "0:00.5"]),
    ],
)
def test_marks_stand_at_sensible_times(duration: float, width: int, marks: list[str]) -> None:
    assert _marks(heatmap_page([], duration, 0, "clip"), width) == marks


@given(st.floats(0.001, 4e9))
def test_marks_never_overlap_and_stand_where_they_say(duration: float) -> None:
    page = heatmap_page([], duration, 0, "clip")
    for group, width in zip(_svg(page, "marks").findall("g"), _WIDTHS, strict=True):
        assert group.get("class") == f"w{width}"
        first, *inner, last = group.findall("text")
        assert (first.get("x"), last.get("x"), last.get("text-anchor")) == ("6", "100%", "end")
        edges = [6.0, 6 + _broad(first)]
        for mark in inner:
            centre = _percent(mark.get("x"))
            *hours, minutes, seconds = (int(part) for part in (mark.text or "").split(":"))
            said = (hours[0] if hours else 0) * 3600 + minutes * 60 + seconds
            assert centre == pytest.approx(100 * said / duration, abs=1e-3)
            middle = centre / 100 * width
            edges += [middle - _broad(mark) / 2, middle + _broad(mark) / 2]
        edges += [width - 6 - _broad(last), width - 6]
        # In pairs: where one ends and where the next begins.
        for end, begin in zip(edges[1:-1:2], edges[2:-1:2], strict=True):
            assert begin - end >= 6


def _broad(text: ET.Element) -> float:
    return 7 * len(text.text or "")


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0, "0% viewed"),
        (0.004, "<1% viewed"),
        (0.625, "62% viewed"),
        (0.9999, "99% viewed"),
        (1, "100% viewed"),
    ],
)
def test_percent_viewed_is_never_all_or_nothing_unless_it_is(share: float, said: str) -> None:
    page = heatmap_page([(0, 1, 1)], 100, share, "clip")
    assert f">{said.replace('<', '&lt;')}<" in page


@pytest.mark.parametrize("duration", [None, 90])
def test_nothing_watched_is_said(duration: float | None) -> None:
    page = heatmap_page([], duration, None if duration is None else 0, "clip")
    assert "<p>Nothing was watched</p>" in page
    assert ('class="map"' in page) == (duration is not None)
    assert "%</p>" not in page


def test_readers_of_the_screen_hear_what_is_drawn() -> None:
    svg = _svg(heatmap_page([(0, 30, 1), (60, 90, 2)], 120, 0.5, "Introduction"), "map")
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == "title desc"
    assert svg.findtext("title") == "Introduction"
    assert svg.findtext("desc") == (
        "50% viewed. 0:00 to 0:30 once, 1:00 to 1:30 twice. It lasts 2:00."
    )
    many = [(i, i + 0.5, 1) for i in range(50)]
    told = _svg(heatmap_page(many, 50, 0.5, ""), "map").findtext("desc") or ""
    assert told.endswith(", and 30 more. It lasts 0:50.")


class _Skeleton(HTMLParser):
    """The elements of a page with their attributes, and the text of some."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, list[str]]] = []
        self.texts: dict[str, str] = {}
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, [name for name, _ in attrs]))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self._inside, data)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=80))
def test_a_name_is_text_whatever_it_is(name: str) -> None:
    plain = _Skeleton(heatmap_page([(0, 1, 1)], 3, 0.3, "x"))
    hostile = _Skeleton(heatmap_page([(0, 1, 1)], 3, 0.3, f'{name}"><script>alert(1)</script>'))
    assert hostile.elements == plain.elements
    assert hostile.texts["h1"] == f'{name}"><script>alert(1)</script>'


def test_the_policy_lets_through_this_style_and_nothing_else() -> None:
    page = heatmap_page([(0, 1, 1)], 3, 0.3, "clip")
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert HEATMAP_POLICY.split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    for never in ("<script", "style=", "href", "src=", "url(", "@import", "http:", "https:"):
        assert never not in page


def test_in_light_and_dark_neighbouring_colours_differ_in_lightness() -> None:
    page = heatmap_page([(0, 1, 1)], 3, 0.3, "clip")
    schemes = page.split("prefers-color-scheme: dark")
    assert len(schemes) == 2
    for scheme, falling in zip(schemes, (True, False), strict=True):
        shades = [_luminance(*re.findall(rf"--t{i}: #([0-9a-f]{{6}})", scheme)) for i in range(5)]
        # All in one direction: seen more often is always farther from not seen.
        assert shades == sorted(shades, reverse=falling)
        for one, other in itertools.pairwise(shades):
            lighter, darker = max(one, other), min(one, other)
            assert (lighter + 0.05) / (darker + 0.05) > 1.5


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
