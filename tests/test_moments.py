"""What stands out in an engagement graph: drop-offs, and moments that were watched again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.stats.moments import DropOff, Rewatched, drop_offs, most_rewatched


@pytest.mark.parametrize(
    ("viewers", "expected"),
    [
        ([], []),
        ([7], []),
        ([0], []),
        ([5, 5, 5, 5], []),
        ([0, 1, 2, 3], []),
        # Steepest first, not first in time.
        ([10, 9, 9, 4, 4], [DropOff(3, 9, 5), DropOff(1, 10, 1)]),
        # At most three, of equals the earlier.
        ([4, 3, 2, 1, 0], [DropOff(1, 4, 1), DropOff(2, 3, 1), DropOff(3, 2, 1)]),
        ([9, 8, 6, 5, 2], [DropOff(4, 5, 3), DropOff(2, 8, 2), DropOff(1, 9, 1)]),
        # After a rise, too.
        ([1, 6, 2, 6, 5], [DropOff(2, 6, 4), DropOff(4, 6, 1)]),
    ],
    ids=str,
)
def test_the_steepest_drop_offs(viewers: list[int], expected: list[DropOff]) -> None:
    assert drop_offs(viewers) == expected


def test_drop_offs_less_than_a_twentieth_apart_are_one() -> None:
    # 100 cells: 5 apart.
    viewers = [100] * 40 + [90] * 4 + [70] * 1 + [69] * 55
    # The one at 40 is 4 from the one at 44; the one at 45 is 1.
    assert drop_offs(viewers) == [DropOff(44, 90, 20)]
    assert drop_offs([*viewers[:49], *[60] * 51]) == [DropOff(44, 90, 20), DropOff(49, 69, 9)]


def test_in_a_long_media_a_drop_off_is_over_a_hundredth_of_it() -> None:
    # 1000 cells: over ten of them, 50 apart.
    sudden = [100] * 300 + [80] * 700
    assert drop_offs(sudden) == [DropOff(300, 100, 20)]
    slow = [100] * 300 + [100 - number for number in range(1, 11)] + [90] * 690
    assert drop_offs(slow) == [DropOff(309, 100, 10)]
    # A wiggle that comes back within the stretch is steeper from cell to cell, and no loss.
    wiggle = [100] * 600 + [50] + [100] * 299 + [97] * 100
    assert drop_offs(wiggle) == [DropOff(600, 100, 50), DropOff(900, 100, 3)]


@pytest.mark.parametrize(
    ("rewatches", "expected"),
    [
        ([], []),
        ([0], []),
        ([0, 0, 0], []),
        ([3], [Rewatched(0, 0, 0, 3)]),
        # Flat: one moment that is all of it.
        ([2, 2, 2, 2], [Rewatched(0, 0, 3, 2)]),
        # To the half, both sides; a slope has no moment of its own.
        ([1, 4, 5, 10, 9, 4, 3, 2, 1], [Rewatched(3, 2, 4, 10)]),
        ([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], [Rewatched(0, 0, 5, 10)]),
        ([1, 2, 3, 4], [Rewatched(3, 1, 3, 4)]),
        # A plateau begins at its first cell.
        ([0, 6, 6, 6, 0], [Rewatched(1, 1, 3, 6)]),
        # Most first, then in order of time.
        (
            [0, 2, 0, 5, 0, 2, 0, 2],
            [Rewatched(3, 3, 3, 5), Rewatched(1, 1, 1, 2), Rewatched(5, 5, 5, 2)],
        ),
        # A lower peak counts where it goes below half of itself before the higher one.
        ([8, 4, 5, 1], [Rewatched(0, 0, 2, 8)]),
        ([8, 3, 5, 1], [Rewatched(0, 0, 0, 8)]),
        ([8, 2, 5, 1], [Rewatched(0, 0, 0, 8), Rewatched(2, 2, 2, 5)]),
    ],
    ids=str,
)
def test_the_moments_watched_again(rewatches: list[int], expected: list[Rewatched]) -> None:
    assert most_rewatched(rewatches) == expected


graphs = st.lists(st.integers(0, 12), max_size=60) | st.lists(
    st.integers(0, 1000), min_size=99, max_size=401
)


@given(graphs)
def test_no_steeper_drop_off_is_left_out(viewers: list[int]) -> None:
    found = drop_offs(viewers)
    stretch, apart = max(1, len(viewers) // 100), max(1, len(viewers) // 20)
    lost = {cell: viewers[cell - stretch] - viewers[cell] for cell in range(stretch, len(viewers))}
    assert all(lost[drop.cell] == drop.lost > 0 for drop in found)
    for number, drop in enumerate(found):
        free = {
            cell: fewer
            for cell, fewer in lost.items()
            if all(abs(cell - other.cell) >= apart for other in found[:number])
        }
        assert drop.lost == max(free.values())
        assert drop.cell == min(cell for cell, fewer in free.items() if fewer == drop.lost)
    if len(found) < 3:
        assert not [
            cell
            for cell, fewer in lost.items()
            if fewer > 0 and all(abs(cell - other.cell) >= apart for other in found)
        ]


@given(graphs)
def test_moments_watched_again_are_apart_and_the_highest(rewatches: list[int]) -> None:
    found = most_rewatched(rewatches)
    covered = [cell for moment in found for cell in range(moment.first, moment.last + 1)]
    assert len(covered) == len(set(covered))
    assert [moment.viewings for moment in found] == sorted(
        (moment.viewings for moment in found), reverse=True
    )
    for moment in found:
        assert moment.viewings == rewatches[moment.cell] > 0
        inside = rewatches[moment.first : moment.last + 1]
        assert all(moment.viewings <= 2 * height <= 2 * moment.viewings for height in inside)
        for beyond in (moment.first - 1, moment.last + 1):
            if 0 <= beyond < len(rewatches):
                assert 2 * rewatches[beyond] < moment.viewings
    if any(rewatches):
        assert found[0].cell == rewatches.index(max(rewatches))
