"""Session ids, and the times in them: what is refused and what any clock may say."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from playhead.collect.refusals import Reason
from refusing import assert_is_refusal, loads, nothing_kept
from support import TestAccount, beacon, now_ms, session_id

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
Settle = Callable[[], None]

SEVEN = "0199e0b5-7c00-7abc-8def-0123456789ab"


@pytest.mark.parametrize(
    ("session", "reason", "error"),
    [
        (
            "22ef9bfc-757b-4782-8a21-8ac0c0e66000",
            Reason.SESSION_ID,
            "session: 22ef9bfc-757b-4782-8a21-8ac0c0e66000 is not a UUID of version 7",
        ),
        (
            SEVEN[:19] + "c" + SEVEN[20:],
            Reason.SESSION_ID,
            "session: 0199e0b5-7c00-7abc-cdef-0123456789ab is not a UUID of version 7",
        ),
        (
            "00000000-0000-0000-0000-000000000000",
            Reason.SESSION_ID,
            "session: 00000000-0000-0000-0000-000000000000 is not a UUID of version 7",
        ),
        ("", Reason.FIELD, "session: invalid UUID"),
        (SEVEN[:-1], Reason.FIELD, "session: invalid UUID"),
        (SEVEN + "0", Reason.FIELD, "session: invalid UUID"),
        (f"{{{SEVEN}}}", Reason.FIELD, "session: invalid UUID"),
        (f"urn:uuid:{SEVEN}", Reason.FIELD, "session: invalid UUID"),
        (f" {SEVEN}", Reason.FIELD, "session: invalid UUID"),
        (f"{SEVEN}\n", Reason.FIELD, "session: invalid UUID"),
    ],
)
def test_a_session_is_a_uuid_of_version_7(
    http: httpx.Client,
    account: TestAccount,
    settle: Settle,
    session: str,
    reason: Reason,
    error: str,
) -> None:
    with nothing_kept(http, account, settle, reason):
        answer = http.post("/collect", json=beacon(account, session=session))
        assert_is_refusal(answer, reason, 422, error)


def test_however_a_session_id_is_written_it_is_the_same_session(
    http: httpx.Client, account: TestAccount, settle: Settle
) -> None:
    written = session_id()
    for seq, session in enumerate([written, written.upper(), written.replace("-", "")]):
        assert http.post("/collect", json=beacon(account, session=session, seq=seq)).is_success
    settle()
    assert loads(http, account) == 1


def at(age_ms: int, clock_error_ms: int = 0) -> dict[str, Any]:
    """A session that started so long ago, from a viewer whose clock is behind by the error."""
    now = now_ms() - clock_error_ms
    return {"session": session_id(now - age_ms), "sent_at": now}


OLD = (
    "session: it is more than 35 days old "
    "(older ones are taken by /collect/batch with a token of scope write)"
)
AHEAD = "session: its time is more than 24 h ahead, even with the clock corrected by sent_at"
YEARS = 10 * 365 * DAY_MS


@pytest.mark.parametrize(
    ("times", "reason", "error"),
    [
        (lambda: at(36 * DAY_MS), Reason.TOO_OLD, OLD),
        (lambda: at(36 * DAY_MS, clock_error_ms=YEARS), Reason.TOO_OLD, OLD),
        (lambda: at(36 * DAY_MS, clock_error_ms=-YEARS), Reason.TOO_OLD, OLD),
        (lambda: at(-25 * HOUR_MS), Reason.TOO_FAR_AHEAD, AHEAD),
        (lambda: at(-25 * HOUR_MS, clock_error_ms=YEARS), Reason.TOO_FAR_AHEAD, AHEAD),
        (lambda: {"sent_at": 0}, Reason.TOO_FAR_AHEAD, AHEAD),
        (lambda: {"sent_at": 2**48 - 1}, Reason.TOO_OLD, OLD),
    ],
)
def test_a_session_too_old_or_too_far_ahead_is_refused_whatever_the_viewers_clock_says(
    http: httpx.Client,
    account: TestAccount,
    settle: Settle,
    times: Callable[[], dict[str, Any]],
    reason: Reason,
    error: str,
) -> None:
    with nothing_kept(http, account, settle, reason):
        answer = http.post("/collect", json=beacon(account, **times()))
        assert_is_refusal(answer, reason, 422, error)


@pytest.mark.parametrize(
    "times",
    [
        lambda: at(34 * DAY_MS),
        lambda: at(-23 * HOUR_MS),
        lambda: at(0, clock_error_ms=YEARS),
        lambda: at(0, clock_error_ms=-YEARS),
        lambda: at(34 * DAY_MS, clock_error_ms=YEARS),
        lambda: at(-23 * HOUR_MS, clock_error_ms=-YEARS),
    ],
)
def test_within_these_bounds_any_clock_will_do(
    http: httpx.Client,
    account: TestAccount,
    settle: Settle,
    times: Callable[[], dict[str, Any]],
) -> None:
    assert http.post("/collect", json=beacon(account, **times())).status_code == 204
    settle()
    assert loads(http, account) == 1
