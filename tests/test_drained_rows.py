"""What the drain reads of rows on their way into the store, against a reader of their JSON."""

import json
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from playhead.rows import encode_row
from playhead.store import Batch

_MEDIAS = ("lesson", "Lesson", "a-b_c", "0x")
_HOSTILE = st.text(alphabet='a,"[]\\\n\r\u2028\u00e9', max_size=12)
_ROWS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from(_MEDIAS),
        st.integers(0, 2**48 - 1),
        st.uuids(),
        _HOSTILE,
    ),
    min_size=1,
    max_size=30,
)


def _line(account: int, media: str, at_ms: int, session: UUID, text: str) -> bytes:
    """The columns up to the visitor, then one that may hold anything."""
    return encode_row((account, media, at_ms, session, 1, at_ms, at_ms, f"v-{text}", text))


@given(_ROWS, st.integers(1, 30))
def test_a_batch_tells_of_each_media_since_when_there_are_rows(
    rows: list[tuple[int, str, int, UUID, str]], in_a_piece: int
) -> None:
    batch = Batch(_pieces(rows, in_a_piece))
    found: dict[tuple[int, str], int] = {}
    for line in batch.rows().split(b"\n"):
        account, media, at_ms, *_ = json.loads(line)
        found[account, media] = min(at_ms, found.get((account, media), at_ms))
    assert batch.medias == found
    assert batch.earliest() == {
        account: min(at for (of, _), at in found.items() if of == account) for account, _ in found
    }


@given(_ROWS, st.integers(1, 30), st.integers(0, 2**48))
def test_the_late_rows_of_a_batch_are_those_of_the_account_from_before(
    rows: list[tuple[int, str, int, UUID, str]], in_a_piece: int, until_ms: int
) -> None:
    late = Batch(_pieces(rows, in_a_piece)).before(1, until_ms)
    assert [(each.media, each.session_ms, each.session, each.visitor) for each in late] == [
        (media, at_ms, str(session), f"v-{text}")
        for account, media, at_ms, session, text in rows
        if account == 1 and at_ms < until_ms
    ]


def _pieces(rows: list[tuple[int, str, int, UUID, str]], in_a_piece: int) -> list[bytes]:
    lines = [_line(*row) for row in rows]
    return [
        b"\n".join(lines[start : start + in_a_piece]) for start in range(0, len(lines), in_a_piece)
    ]
