"""PostgreSQL as the catalog: what cannot be opened is said, and what holds while it is away."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from playhead.catalog import Catalog
from playhead.cli import main
from playhead.collect.refusals import Reason
from postgres import PASSWORD, Postgres, postgres_server
from refusing import assert_is_refusal, knows_media, loads
from support import Server, TestAccount, assert_error, beacon, new_user, wait_until

ACCOUNT = "/v1/stats/account"
AWAY = "the catalog does not answer"
REFUSES = "cannot open the catalog: "


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A server that a test may stop."""
    with postgres_server() as running:
        yield running


def said(url: str, folder: Path) -> str:
    """What a command says of a catalog that it cannot use."""
    words = ["account", "list", "--data", str(folder)]
    done = CliRunner(env={"PLAYHEAD_CATALOG": url}).invoke(main, words)
    assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (1, "", 1), done.output
    return done.stderr.removeprefix("Error: ").strip()


# -- what cannot be opened -----------------------------------------------------------------------


def test_commands_keep_nothing_in_the_data_folder(postgres: Postgres, tmp_path: Path) -> None:
    command = CliRunner(env={"PLAYHEAD_CATALOG": postgres.database()})
    made = command.invoke(main, ["account", "create", "School", "--data", str(tmp_path)])
    listed = command.invoke(main, ["account", "list", "--data", str(tmp_path)])
    assert (made.exit_code, listed.exit_code) == (0, 0)
    assert "School" in listed.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_named_without_its_password(
    postgres: Postgres, tmp_path: Path
) -> None:
    url = postgres.url("x").replace("playhead-pg-", "nowhere-")
    assert said(url, tmp_path).startswith(f"{REFUSES}connection ")
    assert PASSWORD not in said(url, tmp_path)


def test_a_wrong_password_is_called_wrong_and_not_shown(postgres: Postgres, tmp_path: Path) -> None:
    error = said(postgres.url("postgres", "a secret 91f0"), tmp_path)
    assert error.startswith(REFUSES)
    assert "password authentication failed for user" in error
    assert "91f0" not in error


def test_a_database_that_is_missing_is_named(postgres: Postgres, tmp_path: Path) -> None:
    assert 'database "nowhere" does not exist' in said(postgres.url("nowhere"), tmp_path)


def test_a_database_that_cannot_keep_every_character_is_refused(
    postgres: Postgres, tmp_path: Path
) -> None:
    url = postgres.database("ENCODING 'SQL_ASCII' LOCALE 'C'")
    assert said(url, tmp_path) == (
        f"{REFUSES}the database has the encoding SQL_ASCII "
        "(make one with: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0)"
    )


@pytest.mark.every_catalog
def test_a_catalog_of_a_newer_version_is_left_alone(catalog_url: str, tmp_path: Path) -> None:
    Catalog.open(catalog_url).close()
    engine = create_engine(catalog_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    error = said(catalog_url, tmp_path / "data")
    assert error.startswith(REFUSES)
    assert error.endswith("(was it made by a newer Playhead?)")


def test_a_missing_driver_is_named_with_the_command_that_brings_it(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert said(postgres.url("x"), tmp_path) == (
        f"{REFUSES}the driver for PostgreSQL is missing (run: pip install 'playhead[postgres]')"
    )


@pytest.mark.parametrize("url", ["mysql://ada:secret@host/db", "oracle+x://ada:secret@host/db"])
def test_another_kind_of_database_is_refused(url: str, tmp_path: Path) -> None:
    error = said(url, tmp_path)
    assert error.startswith(REFUSES)
    assert error.endswith("is not known (use postgresql://… or sqlite://…)")
    assert "secret" not in error


def test_what_is_no_url_is_not_repeated(tmp_path: Path) -> None:
    assert "secret" not in said("playhead:secret@host/db", tmp_path)


# -- while it is away ----------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_beacons_are_taken_while_it_is_away_and_all_recovers_when_it_is_back(
    own_postgres: Postgres, tmp_path: Path, how: str
) -> None:
    server = Server(tmp_path / "data", ("--api-limit", "0"), own_postgres.database()).start()
    known, stranger = server.account(), server.account()
    user = new_user(server, known)
    with httpx.Client(base_url=server.url, timeout=30) as http:
        assert http.post("/collect", json=beacon(known)).status_code == 204
        server.settle()
        own_postgres.stop(how)
        for number in range(30):
            # Past the second in which an account is believed unasked.
            media = f"new-{number % 3}"
            assert http.post("/collect", json=beacon(known, media=media)).status_code == 204
            answers_503(http, known, stranger, user.email)
        assert http.get("/healthz").status_code == 200
        own_postgres.start()
        server.settle()
        wait_until(lambda: http.get(ACCOUNT, headers=known.headers).status_code == 200)
        assert loads(http, known) == 31
        assert all(knows_media(http, known, f"new-{number}") for number in range(3))
        assert http.post("/collect", json=beacon(stranger)).status_code == 204
        server.settle()
        assert loads(http, stranger) == 1
    server.stop()
    for shown in (PASSWORD, quote(PASSWORD, safe=" "), PASSWORD.replace("@", "%40")):
        assert shown not in json.dumps(server.events)


def answers_503(http: httpx.Client, known: TestAccount, stranger: TestAccount, email: str) -> None:
    answer = http.get("/v1/medias", headers=known.headers)
    assert_error(answer, 503, AWAY)
    assert answer.headers["retry-after"] == "5"
    answer = http.post("/session", json={"email": email, "password": "correct horse battery"})
    assert_error(answer, 503, AWAY)
    answer = http.post("/collect", json=beacon(stranger))
    assert_is_refusal(
        answer, Reason.CATALOG_UNAVAILABLE, 503, "the account cannot be looked up now"
    )
    assert answer.headers["retry-after"] == "5"


def test_a_destroyed_secret_is_in_no_table_any_more(own_postgres: Postgres) -> None:
    catalog = Catalog.open(own_postgres.database())
    secret, newer = (catalog.visitor_secrets.get(day) for day in (20_000, 20_001))
    assert secret in own_postgres.files()
    catalog.visitor_secrets.destroy_old(20_002 * 86_400_000)
    kept = own_postgres.files()
    catalog.close()
    assert secret not in kept
    assert newer in kept
