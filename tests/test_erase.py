"""What is erased is in no file any more, and numbers are those of what remains."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from click.testing import CliRunner, Result

from clickhouse import ClickHouse, new_database
from playhead.catalog import Catalog
from playhead.cli import main
from playhead.erasing import Erasure
from playhead.rooms import settler_of
from playhead.settings import Settings
from playhead.stats import Scope, sums
from playhead.store import Batch, Doomed, Erasing, Questions, Sessions, Store
from storing import session_id as stored_id
from storing import session_row
from support import Server, TestAccount, beacon, deliver, new_user, now_ms, session_id, wait_until

EMAIL, NAME, KEY = "Erase.Me@gone.example", "Erasmus Gone", "visitor-to-erase"
MEDIA, PAGE = "lesson-to-erase", "https://www.example.com/page-to-erase"
OLD_MS = 5 * 3_600_000


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Not yet started; its store writes texts as they are, so that files can be searched."""
    made = Server(tmp_path / "data", ("--settle-after", "0", "--settle-every", "1"))
    made.data.mkdir()
    store = Store.open(made.settings().store_dsn)
    for table, columns in {
        "sessions": ("visitor", "email", "name", "media", "page_url"),
        "recent_sessions": ("visitor", "email", "name", "media", "page_url"),
        "identified": ("visitor", "media"),
        "visitors": ("visitor", "sums"),
        "bot_sessions": ("media", "page_url"),
        "rollups": ("media",),
        "audience": ("media",),
    }.items():
        for column in columns:
            store.run(f"ALTER TABLE {table} MODIFY COLUMN {column} String CODEC(NONE)", {})
    store.close()
    yield made
    made.kill()


def send(server: Server, account: TestAccount, number: int, **fields: Any) -> None:
    """A session of some hours ago that was watched for as many seconds as its number says."""
    sent = beacon(account, session=session_id(now_ms() - OLD_MS + number), **fields)
    sent |= {"watched": [[0, number, 1]], "received_at": now_ms() - OLD_MS}
    with httpx.Client(base_url=server.url) as http:
        deliver(http, account, [sent])


def live_in(server: Server) -> tuple[TestAccount, TestAccount]:
    """Two accounts with sessions of several visitors and medias, all of them summed up."""
    one, other = server.account(), server.account()
    identity = {"email": EMAIL, "name": NAME}
    send(server, one, 1, visitor=KEY, identity=identity)
    send(server, one, 2, visitor=KEY, media=MEDIA, page={"url": PAGE})
    send(server, one, 4, visitor="visitor-to-keep", media=MEDIA)
    send(server, one, 8, visitor="visitor-to-keep")
    send(server, other, 16, visitor="visitor-to-keep")
    server.settle()
    for account in (one, other):
        wait_until(partial(summed_up, server, account))
    return one, other


def summed_up(server: Server, account: TestAccount) -> bool:
    return any(
        event.get("event") == "settler.visitors_summed_up" and event.get("account") == account.id
        for event in server.events
    )


def erased(server: Server, *words: str) -> Result:
    return CliRunner().invoke(main, ["erase", *words, "--data", str(server.data)])


def files_with(server: Server, *texts: str) -> list[Path]:
    """The files of the data folder that hold one of some texts, in whatever case."""
    wanted = [text.lower().encode() for text in texts]
    files = [file for file in server.data.rglob("*") if file.is_file()]
    return [file for file in files if any(text in file.read_bytes().lower() for text in wanted)]


def seconds(server: Server, account: TestAccount, path: str = "account") -> int:
    """The seconds watched, of which each session has a bit of its own, as all endpoints say."""
    answers: list[int] = []
    days = f"{path}/by_date"
    for asked in (path, days):
        url = f"{server.url}/v1/stats/{asked}.json"
        answer = httpx.get(url, headers=account.headers).raise_for_status().json()
        rows = answer if isinstance(answer, list) else [answer]
        answers.append(round(sum(row["hours_watched"] for row in rows) * 3600))
    assert answers[0] == answers[1]
    return answers[0]


def test_a_visitor_a_media_and_an_account_leave_no_trace(server: Server) -> None:
    server.start()
    one, other = live_in(server)
    # What still waits in the spool is of the visitor, too.
    send(server, one, 32, visitor=KEY, media="another")
    server.kill()
    assert {file.suffix for file in files_with(server, KEY)} >= {".bin"}
    assert files_with(server, EMAIL)

    done = erased(server, "--visitor", EMAIL.upper(), "--account", one.key, "--yes", "--json")
    assert msgspec.json.decode(done.stdout) == {
        "account": one.key,
        "visitors": 1,
        "sessions": 3,
        "files_gone": True,
    }
    assert files_with(server, KEY, EMAIL, NAME, PAGE) == []
    server.start()
    assert (seconds(server, one), seconds(server, other)) == (4 + 8, 16)
    assert seconds(server, one, f"medias/{MEDIA}") == 4
    listed = httpx.get(f"{server.url}/v1/stats/visitors.json", headers=one.headers).json()
    assert [each["visitor_key"] for each in listed] == ["visitor-to-keep"]
    server.stop()

    assert files_with(server, MEDIA)
    done = erased(server, "--media", MEDIA, "--account", one.key, "--yes")
    assert done.output.splitlines()[-1] == f"1 sessions of account {one.key} are erased."
    assert files_with(server, MEDIA) == []
    server.start()
    assert (seconds(server, one), seconds(server, other)) == (8, 16)
    user = new_user(server, one, "teacher@gone.example")
    server.stop()

    assert files_with(server, one.key, user.email)
    done = erased(server, "--account", one.key, "--yes", "--json")
    assert msgspec.json.decode(done.stdout)["sessions"] == 1
    assert files_with(server, one.key, user.email) == []
    server.start()
    assert seconds(server, other) == 16
    answer = httpx.get(f"{server.url}/v1/stats/account.json", headers=one.headers)
    assert answer.status_code == 401


def test_on_a_clickhouse_server_what_is_summed_up_goes_with_the_sessions(
    tmp_path: Path, clickhouse: ClickHouse
) -> None:
    settings = Settings(data=tmp_path, store=new_database(clickhouse))
    catalog, store = Catalog.open(settings.catalog_url), Store.open(settings.store_dsn)
    try:
        account = catalog.accounts.create("School", "UTC")
        Sessions(store).add(Batch([_row(account.id, KEY, 1), _row(account.id, "other", 2)]))
        settler = settler_of(settings, store, catalog)
        for _ in settler.rebuild(account.id, "UTC", now_ms()):
            pass
        assert _found(store, KEY) == _found(store, "other") == [1, 1, 1, 1]
        erasure = Erasure(catalog, Erasing(store), settler)
        # How long the engine keeps files of what is gone: see the test above.
        next(
            stage for stage in erasure.run(account, Doomed(account.id, (KEY,))) if stage == "files"
        )
        assert (_found(store, KEY), _found(store, "other")) == ([0, 0, 0, 0], [1, 1, 1, 1])
        assert sums(Questions(store), Scope(account.id)).loads == 1
    finally:
        store.close()
        catalog.close()


def _row(account: int, visitor: str, number: int) -> bytes:
    at = now_ms() - OLD_MS
    return session_row(
        account_id=account,
        media=MEDIA,
        session_ms=at,
        session=stored_id(at, number),
        version=1,
        started_ms=at,
        received_ms=at,
        visitor=visitor,
        email=EMAIL,
        played=True,
    )


def _found(store: Store, visitor: str) -> list[int]:
    """How many rows there are of a visitor, with all that comes of them."""
    sql = "SELECT count() FROM %s FINAL WHERE visitor = {visitor:String}"
    tables = ("sessions", "recent_sessions", "identified", "visitors")
    return [store.ask(sql % table, {"visitor": visitor})[0][0] for table in tables]


def test_nothing_is_erased_unless_it_is_confirmed_and_named(server: Server) -> None:
    server.start()
    one, other = live_in(server)
    server.stop()
    asked = erased(server, "--account", one.key)
    assert asked.exit_code == 1
    assert "Erase all of it of Test, 4 sessions, for good? [y/N]" in asked.output
    for words, said in (
        ([], "say what to erase: --visitor, --media or --account"),
        (["--visitor", KEY], "--account: say whose it is, there are 2"),
        (["--visitor", KEY, "--media", MEDIA], "give one of them"),
        (["--visitor", KEY, "--account", other.key], "nobody in Test is known by"),
        (["--account", "nobody"], "no account has the key 'nobody'"),
    ):
        refused = erased(server, *words, "--yes")
        assert refused.exit_code != 0
        assert said in refused.output
    server.start()
    assert (seconds(server, one), seconds(server, other)) == (15, 16)


def test_a_running_server_keeps_what_it_has(server: Server) -> None:
    server.start()
    refused = erased(server, "--account", "any", "--yes")
    assert refused.exit_code == 1
    assert "is in use by another Playhead" in refused.output
