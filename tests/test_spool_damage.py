"""A damaged spool costs what was damaged and no more, says so, and goes on."""

import asyncio
import json
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from playhead.spool import Spool, SpoolUnavailableError
from support import Server, beacon

LIMIT, FRAMES, PAGE = 2**30, 60, 4096
BODY = 3000


def filled(path: Path) -> list[bytes]:
    """Fill a spool frame by frame, each on pages of its own; its lines."""
    spool = Spool(path, LIMIT)
    lines = [b"%05d" % number + bytes([97 + number % 26]) * BODY for number in range(FRAMES)]

    async def fill() -> None:
        loop = asyncio.get_running_loop()
        for line in lines:
            done = loop.create_future()
            spool.append([("topic", line)], done.set_result, loop)
            assert await done is None

    asyncio.run(fill())
    spool.close()
    return lines


def drained(spool: Spool) -> list[bytes]:
    """What a drain gets, which forgets as it goes."""
    lines = []
    quiet = 0
    while quiet < 3:
        frames = spool.read(20)
        if frames:
            lines += [line for frame in frames for line in frame.body.split(b"\n")]
            spool.forget(frames[-1])
            quiet = 0
        else:
            quiet += not spool.wait(0.25)
    return lines


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool.sqlite"


def write(path: Path, at: int, what: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(what)


def pages(path: Path) -> int:
    return path.stat().st_size // PAGE


def put_aside(path: Path) -> list[Path]:
    return sorted(path.parent.glob("spool.damaged-*"))


def test_a_body_that_was_changed_is_put_aside_and_the_rest_comes(path: Path) -> None:
    lines = filled(path)
    at = path.read_bytes().index(b"00017rrr") + 1000
    write(path, at, b"not what was written")
    spool = Spool(path, LIMIT)
    assert drained(spool) == lines[:17] + lines[18:]
    spool.close()
    (aside,) = put_aside(path)
    assert b"not what was written" in aside.read_bytes()


def test_when_all_that_is_left_was_changed_the_drain_is_not_held_up(path: Path) -> None:
    filled(path)
    whole = path.read_bytes()
    for number in range(FRAMES):
        write(path, whole.index(b"%05d" % number) + 1000, b"changed")
    spool = Spool(path, LIMIT)
    assert drained(spool) == []
    assert len(put_aside(path)) == FRAMES
    spool.close()


@pytest.mark.parametrize("seed", range(12))
def test_pages_of_rubbish_cost_what_was_on_them(path: Path, seed: int) -> None:
    lines = filled(path)
    chance = random.Random(seed)
    hit = chance.sample(range(2, pages(path)), 3)
    for page in hit:
        write(path, page * PAGE, chance.randbytes(PAGE))
    spool = Spool(path, LIMIT)
    found = drained(spool)
    # None is changed, doubled or out of order; each page had at most some frames.
    assert found == [line for line in lines if line in set(found)]
    assert len(found) >= FRAMES - 8 * len(hit)
    assert put_aside(path)

    async def more() -> None:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        spool.append([("topic", b"more")], done.set_result, loop)
        assert await done is None

    asyncio.run(more())
    assert drained(spool) == [b"more"]
    spool.close()


def test_a_file_that_is_no_database_any_more_is_put_aside(path: Path) -> None:
    filled(path)
    rubbish = random.Random(1).randbytes(path.stat().st_size)
    path.write_bytes(rubbish)
    spool = Spool(path, LIMIT)
    assert drained(spool) == []
    spool.close()
    assert put_aside(path)[0].read_bytes() == rubbish


def test_a_log_that_was_cut_off_costs_what_had_not_been_acknowledged(path: Path) -> None:
    spool = Spool(path, LIMIT)
    lines = [b"%d" % number for number in range(200)]
    copies = path.parent / "copies"
    copies.mkdir()

    async def fill() -> None:
        loop = asyncio.get_running_loop()
        for number, line in enumerate(lines):
            done = loop.create_future()
            spool.append([("topic", line)], done.set_result, loop)
            assert await done is None
            if number == 100:
                for file in path.parent.glob("spool.sqlite*"):
                    (copies / file.name).write_bytes(file.read_bytes())

    asyncio.run(fill())
    spool.close()
    log = copies / "spool.sqlite-wal"
    # As a power cut may leave it: the last page of the log is half there.
    log.write_bytes(log.read_bytes() + bytes(1000))
    cut = Spool(copies / path.name, LIMIT)
    assert drained(cut) == lines[:101]
    cut.close()


def test_a_spool_of_an_earlier_playhead_is_read_as_ever(path: Path) -> None:
    earlier = sqlite3.connect(path)
    earlier.execute(
        "CREATE TABLE frames (number INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL,"
        " lines INTEGER NOT NULL, body BLOB NOT NULL)"
    )
    earlier.execute("INSERT INTO frames (topic, lines, body) VALUES ('topic', 2, ?)", (b"a\nb",))
    earlier.commit()
    earlier.close()
    spool = Spool(path, LIMIT)
    assert drained(spool) == [b"a", b"b"]
    spool.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "data", ("--api-limit", "0"))
    yield made
    made.kill()


def test_a_server_starts_on_a_damaged_spool_says_what_it_cost_and_counts_the_rest(
    server: Server,
) -> None:
    server.start()
    account = server.account()
    with httpx.Client(base_url=server.url) as http:
        for _ in range(100):
            assert http.post("/collect", json=beacon(account)).status_code == 204
        server.settle()
    server.kill()
    spool = sqlite3.connect(server.data / "spool.sqlite")
    line = json.dumps(["not", "a", "row"]).encode()
    spool.execute(
        "INSERT INTO frames (topic, lines, body, checksum) VALUES ('sessions', 1, ?, 7)", (line,)
    )
    spool.commit()
    spool.close()
    server.start()
    with httpx.Client(base_url=server.url) as http:
        assert http.post("/collect", json=beacon(account)).status_code == 204
        server.settle()
        answer = http.get("/v1/stats/account.json", headers=account.headers)
        assert answer.json()["load_count"] == 101
    assert [each["lost_lines"] for each in server.events if each["event"] == "spool.damaged"] == [1]


def test_what_cannot_be_opened_at_all_is_named(tmp_path: Path) -> None:
    (tmp_path / "spool.sqlite").mkdir()
    with pytest.raises(SpoolUnavailableError, match="cannot open the spool"):
        Spool(tmp_path / "spool.sqlite", LIMIT)
