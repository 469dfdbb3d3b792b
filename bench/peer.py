"""The same questions of the same sessions to PostgreSQL: what Playhead's own store is worth."""

import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from msgspec import Struct
from rich.console import Console
from rich.progress import Progress

from bench import report
from bench.disk import bytes_by_table
from bench.part import Found, Given
from bench.peer_questions import PeerQuestion, peer_questions
from bench.postgres import postgres
from bench.questions import Asker, Taken, questions, times_taken
from bench.servers import serving
from bench.stores import Stored, opened, scratch_folder, stored

_TABLE = Path(__file__).with_name("peer.sql")
_SETTINGS = {
    "shared_buffers": "2GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "effective_cache_size": "8GB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
    "timezone": "UTC",
}
_MOST_S = 15
# The engine writes the lines that PostgreSQL's COPY reads.
_LINES = """
INSERT INTO FUNCTION file({path:String}, 'TabSeparated')
SELECT
    account_id, media, session,
    fromUnixTimestamp64Milli(started_ms, 'UTC'), fromUnixTimestamp64Milli(received_ms, 'UTC'),
    visitor, played, duration, watched_seconds, covered_seconds,
    concat('{', arrayStringConcat(piece_starts, ','), '}'),
    concat('{', arrayStringConcat(piece_ends, ','), '}'),
    concat('{', arrayStringConcat(piece_times, ','), '}'),
    page_url, page_title, referrer, email, name, actions, language, screen_width, screen_height,
    startup_ms, stalls, ip, user_agent, browser, browser_version, platform, mobile, country
FROM sessions FINAL
"""


class Compared(Struct):
    """A question to both."""

    name: str
    playhead: Taken
    postgres: Taken

    @property
    def ratio(self) -> float:
        """How many times as long PostgreSQL takes."""
        return self.postgres.p50_ms / self.playhead.p50_ms


class Peer:
    """PostgreSQL with the sessions of a store."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._draw = random.Random(0)
        self._account = 0

    def load(self, store: Stored, scratch: Path) -> None:
        """Copy the sessions; nobody may serve the store meanwhile."""
        path = (scratch / "sessions.tsv").resolve()
        with opened(store) as engine:
            engine.run(_LINES, {"path": str(path)})
        table, _, indexes = _TABLE.read_text().partition("-- Filled")
        run = self._connection.execute
        run("SET synchronous_commit = off")
        run(table.encode())
        copying = self._connection.cursor().copy("COPY sessions FROM STDIN")
        with path.open("rb") as lines, copying as copy:
            while some := lines.read(2**20):
                copy.write(some)
        path.unlink()
        run(f"-- Filled{indexes}".encode())
        run("VACUUM ANALYZE sessions")
        run("RESET synchronous_commit")
        ((self._account,),) = run("SELECT min(account_id) FROM sessions")

    def rows(self, question: PeerQuestion, draw: random.Random) -> list[tuple[Any, ...]]:
        """The answer."""
        parameters = {"account": self._account, **question.parameters(draw)}
        return self._connection.execute(question.sql.encode(), parameters).fetchall()

    def ask(self, question: PeerQuestion) -> float:
        """Ask and give the ms that it took."""
        began = time.perf_counter()
        if not self.rows(question, self._draw):
            raise AssertionError(f"no answer: {question.name}")
        return (time.perf_counter() - began) * 1000

    def bytes_on_disk(self) -> int:
        """With its indexes."""
        ((size,),) = self._connection.execute("SELECT pg_total_relation_size('sessions')")
        return int(size)

    def version(self) -> str:
        """The number of its release."""
        ((version,),) = self._connection.execute("SHOW server_version")
        return str(version).partition(" ")[0]


@contextmanager
def peer_of(store: Stored) -> Iterator[Peer]:
    """A PostgreSQL with the sessions of a store that nobody serves yet; removed at the end."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=scratch_folder()) as folder:
        # PostgreSQL may run as another user, who has to get through.
        Path(folder).chmod(0o755)
        data = Path(folder) / "postgres"
        data.mkdir()
        with (
            postgres(data, _SETTINGS) as words,
            psycopg.connect(words, autocommit=True) as connection,
        ):
            made = Peer(connection)
            made.load(store, Path(folder))
            yield made


def peer(console: Console, given: Given) -> Found:
    """Ask Playhead and PostgreSQL in turns, question by question."""
    with Progress(console=console) as progress:
        store = stored(given.peer_sessions, progress)
    ours = sum(bytes_by_table(store).values()) / store.sessions
    with (
        console.status(f"PostgreSQL with {store.sessions:,} sessions"),
        peer_of(store) as other,
        serving(Path(store.data), store.keys()) as server,
    ):
        rows = list(_in_turns(Asker(server), store, other, given.times))
        theirs = other.bytes_on_disk() / store.sessions
        version = other.version()
    return Found(
        {"peer": _table(rows, store.sessions, version, ours, theirs)},
        {
            "peer": {
                "sessions": store.sessions,
                "postgresql": version,
                "questions": rows,
                "bytes a session": {"playhead": ours, "postgresql": theirs},
            }
        },
    )


def _in_turns(asker: Asker, store: Stored, other: Peer, times: int) -> Iterator[Compared]:
    by_name = {question.name: question for question in questions(store)}
    for question in peer_questions():
        yield Compared(
            question.name,
            times_taken(partial(asker.ask, by_name[question.name]), times, _MOST_S),
            times_taken(partial(other.ask, question), times, _MOST_S),
        )


def _table(
    rows: Sequence[Compared], sessions: int, version: str, ours: float, theirs: float
) -> list[str]:
    def cells(row: Compared) -> list[str]:
        both = row.playhead, row.postgres
        return [
            row.name,
            f"{row.ratio:.1f}",
            *(f"{taken.p50_ms:.1f} ms ({taken.p99_ms:.1f})" for taken in both),
        ]

    disk = ["bytes on disk for a session", f"{theirs / ours:.1f}", f"{ours:.0f}", f"{theirs:.0f}"]
    head = ["p50 (p99)", "PostgreSQL / Playhead", "Playhead", f"PostgreSQL {version}"]
    asked = sum(row.postgres.answers for row in rows) / len(rows)
    return [
        *report.table(head, [*map(cells, rows), disk]),
        "",
        f"{report.named(sessions)} sessions; each question {asked:.0f} times on average.",
    ]
