"""What stands out in an engagement graph: by hand, and for any graph (docs/numbers.md, Moments)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.stats.moments import DropOff, Rewatched, drop_offs, most_rewatched

graphs = st.lists(st.integers(0, 9), max_size=45) | st.lists(
    st.integers(0, 10_000), min_size=150, max_size=1000
)


@pytest.mark.parametrize(
    ("viewers", "expected"),
    [
        pytest.param([], [], id="no media"),
        pytest.param([5], [], id="one cell"),
        pytest.param([4] * 50, [], id="flat"),
        pytest.param([1, 2, 3, 4, 5], [], id="only more"),
        pytest.param([9, 9, 9, 2, 2, 2], [(3, 9, 7)], id="one step"),
        pytest.param([9, 0], [(1, 9, 9)], id="everybody"),
        pytest.param([8, 7, 5, 4, 1, 1], [(4, 4, 3), (2, 7, 2), (1, 8, 1)], id="steepest first"),
        pytest.param(
            [8, 6, 4, 2, 0], [(1, 8, 2), (2, 6, 2), (3, 4, 2)], id="the earlier of equals"
        ),
        pytest.param([0, 5, 0, 5, 0, 6, 0, 5, 0], [(6, 6, 6), (2, 5, 5), (4, 5, 5)], id="waves"),
    ],
)
def test_drop_offs_by_hand(viewers: list[int], expected: list[tuple[int, int, int]]) -> None:
    assert drop_offs(viewers) == [DropOff(*one) for one in expected]


def test_of_drop_offs_that_are_near_only_the_steepest_counts() -> None:
    viewers = [100] * 10 + [90] + [70] * 2 + [65] * 27
    # A twentieth of 40 cells is two: 11 hides 10 and 12, not 13.
    assert drop_offs(viewers) == [DropOff(11, 90, 20), DropOff(13, 70, 5)]
    viewers = [100] * 10 + [90, 89, 69] + [69] * 27
    assert drop_offs(viewers) == [DropOff(12, 89, 20), DropOff(10, 100, 10)]


def test_drop_offs_of_long_medias_are_over_a_hundredth() -> None:
    # 1,000 cells: over ten of them, and fifty apart.
    viewers = [1000] * 300 + [1000 - 10 * n for n in range(1, 11)] + [900] * 200 + [850] * 490
    assert len(viewers) == 1000
    assert drop_offs(viewers) == [DropOff(309, 1000, 100), DropOff(510, 900, 50)]
    # Coming back is no drop-off.
    viewers = [1000] * 500 + [100] + [1000] * 499
    assert drop_offs(viewers) == [DropOff(500, 1000, 900)]


@pytest.mark.parametrize(
    ("cells", "stretch", "apart"), [(100, 1, 5), (199, 1, 9), (200, 2, 10), (999, 9, 49)]
)
def test_a_hundredth_and_a_twentieth_are_whole_cells(cells: int, stretch: int, apart: int) -> None:
    first = 50
    falls = [10 if cell < first else 5 if cell < first + apart else 0 for cell in range(cells)]
    found = drop_offs(falls)
    assert found == [DropOff(first, 10, 5), DropOff(first + apart, 5, 5)]
    falls = [10 if cell < first else 6 if cell < first + stretch else 0 for cell in range(cells)]
    # What lies a stretch later is nearer than a twentieth, and steeper: it alone counts.
    assert drop_offs(falls) == [DropOff(first + stretch, 6, 6)]


@pytest.mark.parametrize(
    ("rewatches", "expected"),
    [
        pytest.param([], [], id="no media"),
        pytest.param([0, 0, 0], [], id="nobody"),
        pytest.param([3], [(0, 0, 0, 3)], id="one cell"),
        pytest.param([2, 2, 2, 2], [(0, 0, 3, 2)], id="flat"),
        pytest.param([0, 4, 4, 4, 0], [(1, 1, 3, 4)], id="plateau"),
        pytest.param([0, 1, 2, 4, 2, 1, 0], [(3, 2, 4, 4)], id="to half of the peak"),
        pytest.param([3, 0, 3], [(0, 0, 0, 3), (2, 2, 2, 3)], id="the earlier of equals"),
        pytest.param([5, 1, 9], [(2, 2, 2, 9), (0, 0, 0, 5)], id="the highest first"),
        # The valley between is over half of the higher one: it is one moment.
        pytest.param([0, 6, 5, 8, 0], [(3, 1, 3, 8)], id="two peaks that touch"),
        # The valley is not below half of the lower one, which so is the higher one's slope.
        pytest.param([8, 3, 5, 1], [(0, 0, 0, 8)], id="a valley that is not deep"),
        pytest.param([8, 2, 5, 1], [(0, 0, 0, 8), (2, 2, 2, 5)], id="two peaks beside a valley"),
        pytest.param([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], [(0, 0, 5, 10)], id="a long slope"),
        pytest.param([1, 2, 3, 4], [(3, 1, 3, 4)], id="a slope upwards"),
        pytest.param([9, 4, 0], [(0, 0, 0, 9)], id="a slope is no moment"),
        pytest.param(
            [1, 0, 2, 0, 3, 0, 4],
            [(6, 6, 6, 4), (4, 4, 4, 3), (2, 2, 2, 2)],
            id="at most three",
        ),
    ],
)
def test_moments_watched_again_by_hand(
    rewatches: list[int], expected: list[tuple[int, int, int, int]]
) -> None:
    assert most_rewatched(rewatches) == [Rewatched(*one) for one in expected]


@given(graphs)
def test_drop_offs_of_any_graph(viewers: list[int]) -> None:
    cells = len(viewers)
    stretch, apart = max(1, cells // 100), max(1, cells // 20)
    lost = {
        cell: viewers[cell - stretch] - viewers[cell]
        for cell in range(stretch, cells)
        if viewers[cell - stretch] > viewers[cell]
    }
    found = drop_offs(viewers)
    # One after the other: the steepest of what is far from those before.
    expected: list[DropOff] = []
    while lost and len(expected) < 3:
        cell = min(lost, key=lambda cell: (-lost[cell], cell))
        expected.append(DropOff(cell, viewers[cell - stretch], lost[cell]))
        lost = {other: by for other, by in lost.items() if abs(other - cell) >= apart}
    assert found == expected
    assert all(drop.lost > 0 for drop in found)


@given(graphs)
def test_moments_watched_again_of_any_graph(rewatches: list[int]) -> None:
    found = most_rewatched(rewatches)
    assert len(found) <= 3
    assert bool(found) == any(rewatches)
    cells: set[int] = set()
    for moment in found:
        inside = range(moment.first, moment.last + 1)
        assert 0 <= moment.first <= moment.cell <= moment.last < len(rewatches)
        assert moment.viewings == rewatches[moment.cell] == max(rewatches[c] for c in inside)
        assert all(2 * rewatches[cell] >= moment.viewings for cell in inside)
        beyond = {moment.first - 1, moment.last + 1} & set(range(len(rewatches)))
        assert all(2 * rewatches[cell] < moment.viewings for cell in beyond)
        assert cells.isdisjoint(inside)
        # There is something between two of them, or they would be one.
        assert cells.isdisjoint({moment.first - 1, moment.last + 1})
        cells.update(inside)
    assert [m.viewings for m in found] == sorted((m.viewings for m in found), reverse=True)
    if found:
        assert found[0].cell == rewatches.index(max(rewatches))
