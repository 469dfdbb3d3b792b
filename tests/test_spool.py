"""The spool by itself: lines in order, none lost, forgotten bit by bit."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from playhead.spool import Entry, Spool, SpoolFullError, SpoolUnavailableError
from playhead.spool.database import SpoolFile
from support import wait_until

LIMIT = 2**30


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool.sqlite", LIMIT)
    yield opened
    opened.close()


async def put(spool: Spool, *entries: Entry) -> None:
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def settle(error: SpoolUnavailableError | None) -> None:
        done.set_exception(error) if error else done.set_result(None)

    spool.append(entries, settle, loop)
    await asyncio.wait_for(done, 10)


def lines_of(spool: Spool) -> list[bytes]:
    return [line for frame in spool.read(10**9) for line in frame.body.split(b"\n")]


def test_lines_come_back_in_order_and_none_waits_for_long(spool: Spool) -> None:
    async def send() -> list[float]:
        took = []
        for number in range(300):
            started = time.monotonic()
            await put(spool, ("topic", b"%d" % number))
            took.append(time.monotonic() - started)
        return took

    took = asyncio.run(send())
    assert lines_of(spool) == [b"%d" % number for number in range(300)]
    # The writer sleeps for two seconds at a time; whoever was overlooked would wait for so long.
    assert max(took) < 1.5


def test_many_at_once_are_all_told(spool: Spool) -> None:
    async def send() -> None:
        for _ in range(20):
            await asyncio.gather(*(put(spool, ("a", b"x"), ("b", b"y")) for _ in range(100)))

    asyncio.run(send())
    assert spool.waiting == 4000
    assert sorted(set(lines_of(spool))) == [b"x", b"y"]


def test_loops_one_after_the_other_are_each_told(spool: Spool) -> None:
    for _ in range(3):
        asyncio.run(put(spool, ("topic", b"line")))
    assert spool.waiting == 3


def test_what_is_told_to_fail_does_not_keep_back_the_others(spool: Spool) -> None:
    async def send() -> None:
        loop = asyncio.get_running_loop()

        def broken(_: Any) -> None:
            raise ZeroDivisionError

        spool.append([("topic", b"one")], broken, loop)
        await put(spool, ("topic", b"two"))

    asyncio.run(send())
    assert lines_of(spool) == [b"one", b"two"]


def test_a_great_deal_is_forgotten_bit_by_bit(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted: list[int] = []
    write = SpoolFile.write

    def watched(self: SpoolFile, topics: Any, forget_to: int) -> Any:
        written = write(self, topics, forget_to)
        if forget_to:
            deleted.append(-written.size)
        return written

    async def send() -> None:
        for _ in range(20):
            await put(spool, ("topic", b"x" * 500_000))

    asyncio.run(send())
    monkeypatch.setattr(SpoolFile, "write", watched)
    frames = spool.read(10**9)
    spool.forget(frames[-1])
    assert spool.read(10**9) == []
    wait_until(lambda: spool.waiting == 0)
    assert len(deleted) >= 4
    assert max(deleted) < 3 * 2**20
    asyncio.run(put(spool, ("topic", b"next")))
    assert lines_of(spool) == [b"next"]


def test_forgetting_goes_on_after_the_disk_failed(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(put(spool, ("topic", b"line")))
    frame = spool.read(10)[-1]
    with monkeypatch.context() as broken:

        def full(*_: Any) -> None:
            raise sqlite3.OperationalError("disk full")

        broken.setattr(SpoolFile, "write", full)
        spool.forget(frame)
        with pytest.raises(SpoolUnavailableError):
            asyncio.run(put(spool, ("topic", b"lost")))
        assert spool.waiting == 1
    wait_until(lambda: spool.waiting == 0)


def test_a_full_spool_takes_nothing_until_the_store_has_some(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.sqlite", 1000)
    try:
        asyncio.run(put(spool, ("topic", b"x" * 900)))
        with pytest.raises(SpoolFullError):
            asyncio.run(put(spool, ("topic", b"x" * 200)))
        spool.forget(spool.read(10)[-1])
        wait_until(lambda: spool.waiting == 0)
        asyncio.run(put(spool, ("topic", b"x" * 200)))
    finally:
        spool.close()


def test_what_was_taken_is_on_disk_when_it_closes(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.sqlite", LIMIT)

    async def send() -> None:
        loop = asyncio.get_running_loop()
        for number in range(50):
            spool.append([("topic", b"%d" % number)], lambda _: None, loop)

    asyncio.run(send())
    spool.close()
    assert not any(thread.name == "spool" for thread in threading.enumerate())
    with pytest.raises(SpoolFullError):
        asyncio.run(put(spool, ("topic", b"late")))
    again = Spool(tmp_path / "spool.sqlite", LIMIT)
    assert lines_of(again) == [b"%d" % number for number in range(50)]
    again.close()
