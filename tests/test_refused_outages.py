"""When the disk, the spool or the catalog cannot: 503, and never a lost or a doubled beacon."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from playhead.collect.refusals import Reason
from refusing import NDJSON, NOTHING, assert_is_refusal, counter, knows_media, loads, sums
from support import Server, beacon

RETRY_AFTER = "5"


@contextmanager
def full_disk(server: Server) -> Iterator[None]:
    """No file of the server can grow, as on a disk without space."""
    soft, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def without_tables(database: Path, *tables: str) -> Iterator[None]:
    """The tables are gone, as in a database that has gone wrong."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        for table in tables:
            connection.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
        try:
            yield
        finally:
            for table in tables:
                connection.execute(f"ALTER TABLE {table}_away RENAME TO {table}")


@contextmanager
def writing_to(database: Path) -> Iterator[None]:
    """Somebody else writes to the database for a long time, so that nobody else can."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")


def test_a_full_disk_refuses_and_keeps_nothing(own_server: Server) -> None:
    own_server.start()
    account = own_server.account()
    with httpx.Client(base_url=own_server.url) as http:
        with full_disk(own_server):
            answer = http.post("/collect", json=beacon(account))
            assert_is_refusal(answer, Reason.SPOOL_UNAVAILABLE, 503, "the spool cannot be written")
            assert answer.headers["retry-after"] == RETRY_AFTER
            assert counter(http, "playhead_beacons_refused_total", Reason.SPOOL_UNAVAILABLE) == 1
            assert counter(http, "playhead_beacons_accepted_total") == 0
        own_server.settle()
        assert sums(http, account) == NOTHING
        assert not knows_media(http, account)
        # The retry that the contract asks the tracker for.
        assert http.post("/collect", json=beacon(account)).status_code == 204
        own_server.settle()
        assert loads(http, account) == 1
        assert knows_media(http, account)


def test_a_batch_on_a_full_disk_is_kept_whole_or_not_at_all(own_server: Server) -> None:
    own_server.start()
    account = own_server.account()
    lines = httpx.Request("POST", own_server.url, json=beacon(account)).read() + b"\n"
    with httpx.Client(base_url=own_server.url) as http:
        with full_disk(own_server):
            answer = http.post("/collect/batch", content=lines, headers={"content-type": NDJSON})
            assert_is_refusal(answer, Reason.SPOOL_UNAVAILABLE, 503, "the spool cannot be written")
        own_server.settle()
        assert sums(http, account) == NOTHING


def test_a_full_spool_refuses_and_keeps_what_it_took(own_server: Server) -> None:
    own_server.options += ("--spool-limit", "1")
    own_server.start()
    account = own_server.account()
    # Wide rows fill the one MiB quickly.
    watched = [[second, second + 1, 1] for second in range(2000)]
    taken = 0
    with httpx.Client(base_url=own_server.url, timeout=30) as http:
        # A new media has to be registered first, so the drain waits for the catalog.
        with writing_to(own_server.data / "catalog.sqlite"):
            wide = {"duration": 2000, "watched": watched}
            answer = http.post("/collect", json=beacon(account, **wide))
            while answer.status_code == 204 and taken < 200:
                taken += 1
                answer = http.post("/collect", json=beacon(account, **wide))
            assert_is_refusal(
                answer, Reason.SPOOL_FULL, 503, "too many beacons are waiting for the store"
            )
            assert answer.headers["retry-after"] == RETRY_AFTER
            assert counter(http, "playhead_beacons_refused_total", Reason.SPOOL_FULL) == 1
            assert counter(http, "playhead_beacons_accepted_total") == taken
        own_server.settle()
        assert taken > 0
        assert loads(http, account) == taken
        assert http.post("/collect", json=beacon(account)).status_code == 204


def test_without_the_catalog_only_known_accounts_are_taken(own_server: Server) -> None:
    own_server.start()
    known, stranger = own_server.account(), own_server.account()
    with httpx.Client(base_url=own_server.url) as http:
        assert http.post("/collect", json=beacon(known)).status_code == 204
        with without_tables(own_server.data / "catalog.sqlite", "accounts"):
            assert http.post("/collect", json=beacon(known)).status_code == 204
            answer = http.post("/collect", json=beacon(stranger))
            assert_is_refusal(
                answer, Reason.CATALOG_UNAVAILABLE, 503, "the account cannot be looked up now"
            )
            assert answer.headers["retry-after"] == RETRY_AFTER
            assert counter(http, "playhead_beacons_refused_total", Reason.CATALOG_UNAVAILABLE) == 1
        own_server.settle()
        assert loads(http, known) == 2
        assert sums(http, stranger) == NOTHING
        assert not knows_media(http, stranger)
        assert http.post("/collect", json=beacon(stranger)).status_code == 204


def test_without_the_catalog_a_token_is_neither_believed_nor_called_wrong(
    own_server: Server,
) -> None:
    own_server.start()
    account = own_server.account()
    with (
        httpx.Client(base_url=own_server.url, headers=account.headers) as http,
        without_tables(own_server.data / "catalog.sqlite", "tokens"),
    ):
        answer = http.post("/collect/batch", content=b"", headers={"content-type": NDJSON})
        assert_is_refusal(
            answer, Reason.CATALOG_UNAVAILABLE, 503, "the token cannot be looked up now"
        )
        answer = http.get("/v1/stats/account")
        assert (answer.status_code, answer.json()) == (
            503,
            {"error": "the catalog does not answer"},
        )
        assert answer.headers["retry-after"] == RETRY_AFTER
