"""A ClickHouse server as the store: what it is given and gives, and what holds while it is away."""

import json
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest
from click.testing import CliRunner

from clickhouse import PASSWORD, ClickHouse, clickhouse_front, new_database
from playhead.cli import main
from playhead.store import QuestionTooHeavyError, Store, StoreUnavailableError
from refusing import loads
from support import Server, assert_error, beacon, wait_until

CANNOT = "the store cannot answer"


@pytest.mark.parametrize("server", ["clickhouse"], indirect=True, scope="session")
def test_nothing_of_the_store_is_in_the_data_folder(server: Server) -> None:
    assert server.data.exists()
    assert not (server.data / "store").exists()
    assert not (server.data / "scratch").exists()


def test_a_database_that_is_missing_is_made_once(clickhouse: ClickHouse) -> None:
    dsn = new_database(clickhouse)
    for expected in (0, 1):
        store = Store.open(dsn)
        assert store.ask("SELECT currentDatabase()", {}) == [(urlsplit(dsn).path[1:],)]
        assert store.ask("SELECT count() FROM bot_sessions", {})[0][0] == expected
        store.run("INSERT INTO bot_sessions (received_at) VALUES (now())", {})
        store.close()


@pytest.mark.parametrize("how", ["", "?compress=false", "?compress=gzip"])
def test_texts_numbers_and_lists_come_back_as_they_went(clickhouse: ClickHouse, how: str) -> None:
    store = Store.open(new_database(clickhouse) + how)
    texts = ["", "a'b\"c\\", "tab\there\nline", "é😀", "{x:String}", "%", "\x00", "?a=b&c"]
    sent = {"texts": texts, "big": 2**63 - 1, "small": -(2**62), "part": 0.1}
    asked = "SELECT {texts:Array(String)}, {big:UInt64}, {small:Int64}, {part:Float64}"
    assert store.ask(asked, sent) == [tuple(sent.values())]
    store.close()


def test_there_is_room_for_any_number_of_parameters(clickhouse: ClickHouse) -> None:
    store = Store.open(new_database(clickhouse))
    names = [f"visitor {number}" for number in range(20_000)]
    named = {"names": names}
    store.run("INSERT INTO visitors (visitor) SELECT arrayJoin({names:Array(String)})", named)
    count = "SELECT count() FROM visitors WHERE visitor IN {names:Array(String)}"
    assert store.ask(count, named) == store.work(count, named) == [(len(names),)]
    store.close()


def test_a_question_that_is_too_heavy_is_cut_off_and_says_so(clickhouse: ClickHouse) -> None:
    store = Store.open(new_database(clickhouse), memory_mib=50, seconds=1)
    with pytest.raises(QuestionTooHeavyError, match="more memory"):
        store.ask("SELECT length(groupArray(toString(number))) FROM numbers(10000000)", {})
    with pytest.raises(QuestionTooHeavyError, match="more time"):
        store.ask("SELECT sum(sleepEachRow(0.01)) FROM numbers(300)", {})
    assert store.ask("SELECT 1", {}) == [(1,)]
    # Whoever inserts may take what it takes.
    assert store.work("SELECT sum(sleepEachRow(0.01)) FROM numbers(150)", {}) == [(0,)]
    store.close()


def test_what_another_process_writes_is_noticed(clickhouse: ClickHouse) -> None:
    store = Store.open(new_database(clickhouse))
    mark = store.changes.of(1)
    wait_until(lambda: store.changes.of(1) != mark)
    store.close()


# -- what cannot be used -------------------------------------------------------------------------


def test_a_wrong_password_is_called_wrong_and_not_shown(clickhouse: ClickHouse) -> None:
    dsn = clickhouse.url("x", "a secret 91f0")
    with pytest.raises(StoreUnavailableError) as raised:
        Store.open(dsn)
    at = f"http://127.0.0.1:{clickhouse.port}/x"
    assert str(raised.value) == (
        f"the store at {at} does not let us in: are user and password right?"
    )


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    env = {"PLAYHEAD_STORE": "http://ada:secret@127.0.0.1:9/sessions", "PLAYHEAD_PORT": "0"}
    done = CliRunner(env=env).invoke(main, ["serve", "--data", str(tmp_path)])
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == (
        "Error: the store at http://127.0.0.1:9/sessions does not answer: "
        "is ClickHouse running there?"
    )
    assert "secret" not in done.output


@pytest.mark.parametrize(
    "address",
    [
        "clickhouse://ada:secret@host/db",
        "host:8123",
        "http://ada:sec/ret@host:8123/db",
        "http://ada:secret@host:port/db",
        "http://",
        "ada:secret@host",
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(tmp_path: Path, address: str) -> None:
    words = ["serve", "--data", str(tmp_path)]
    done = CliRunner(env={"PLAYHEAD_STORE": address}).invoke(main, words)
    assert done.exit_code == 1
    assert done.stderr == (
        "Error: --store: is not an address of ClickHouse (use "
        "http://user:password@host:8123/database or https, with %2F for / and %40 for @ in the "
        "password)\n"
    )


# -- while it is away ----------------------------------------------------------------------------


def test_beacons_are_taken_while_it_is_away_and_all_recovers_when_it_is_back(
    tmp_path: Path,
) -> None:
    with clickhouse_front() as front:
        store = front.url("sessions")
        server = Server(tmp_path / "data", ("--api-limit", "0"), store=store).start()
        account = server.account()
        with httpx.Client(base_url=server.url, timeout=30) as http:
            assert http.post("/collect", json=beacon(account)).status_code == 204
            server.settle()
            assert loads(http, account) == 1
            front.stop()
            for _ in range(30):
                assert http.post("/collect", json=beacon(account)).status_code == 204
            wait_until(lambda: http.get("/readyz").status_code == 503)
            answer = http.get("/v1/stats/account?x=1", headers=account.headers)
            assert_error(answer, 503, CANNOT)
            assert answer.headers["retry-after"] == "5"
            assert http.get("/readyz").json() == {"status": CANNOT, "waiting": 30}
            wait_until(lambda: server.said("drain.waiting"))
            front.start()
            server.settle()
            assert loads(http, account) == 31
        server.stop()
    logged = json.dumps(server.events)
    for shown in (PASSWORD, quote(PASSWORD, safe="")):
        assert shown not in logged
