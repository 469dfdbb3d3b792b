"""An installation to move: lived in, stopped, with somebody signed in and beacons on their way."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from clickhouse import ClickHouse, new_database
from playhead.catalog import Catalog, Role, hash_password
from postgres import Postgres
from support import (
    PASSWORD,
    Server,
    TestAccount,
    beacon,
    deliver,
    ndjson,
    now_ms,
    session_id,
    sign_in,
)

BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
EMAIL = "ada@example.com"
HOUR_MS = 3_600_000
_NDJSON = {"content-type": "application/x-ndjson"}


@dataclass(frozen=True)
class House:
    """A data folder that nobody has open; ``cookies`` are those of who is signed in."""

    data: Path
    account: TestAccount
    other: TestAccount
    revoked: str
    cookies: dict[str, str]
    sessions: int

    def copied_to(self, place: Path) -> Path:
        """A copy, for who changes it."""
        shutil.copytree(self.data, place, symlinks=True)
        return place


@dataclass(frozen=True)
class Servers:
    """Where it may go: a database that is not there yet, and an empty one."""

    store: str
    catalog: str

    @property
    def words(self) -> tuple[str, ...]:
        return "--to", self.store, "--to", self.catalog


NewServers = Callable[[], Servers]


def servers_of(clickhouse: ClickHouse, postgres: Postgres) -> NewServers:
    return lambda: Servers(new_database(clickhouse), postgres.database())


def house_with_beacons_on_their_way(place: Path) -> House:
    """Two accounts, one with everything; some of its beacons wait in the spool."""
    server = Server(place / "data", options=("--settle-after", "60", "--settle-every", "1")).start()
    try:
        account, other = server.account("America/St_Johns"), server.account()
        with httpx.Client(base_url=server.url, timeout=30) as http:
            project = _post(http, account, "/v1/projects", {"name": "Lessons"})
            for name in ("media-0", "never-watched", "gone"):
                body = {"hashed_id": name, "duration": 90, "project_id": project["hashedId"]}
                _post(http, account, "/v1/medias", body)
            lines = [_watched(account, number) for number in range(60)]
            deliver(http, account, lines)
            deliver(http, other, [_watched(other, 1)])
            crawled = httpx.Headers({"user-agent": BOT} | account.headers)
            assert http.post("/collect", json=beacon(account), headers=crawled).status_code == 204
            server.settle()
            gone = http.delete("/v1/medias/gone", headers=account.headers)
            assert gone.status_code == 200
            cookies, revoked = _let_people_in(server, account)
            late = [beacon(account, visitor=f"late-{number}") for number in range(40)]
            accepted = http.post("/collect/batch", content=ndjson(late), headers=_NDJSON)
            assert accepted.status_code == 200
    finally:
        server.kill()
    return House(server.data, account, other, revoked, cookies, len(lines) + len(late) + 1)


def _let_people_in(server: Server, account: TestAccount) -> tuple[dict[str, str], str]:
    """A user who is signed in, one who was removed, and a token that is of no use any more."""
    catalog = Catalog.open(server.settings().catalog_url)
    try:
        hashed = hash_password(PASSWORD)
        catalog.users.create(account.id, EMAIL, hashed, "Ada", Role.ADMIN)
        left = catalog.users.create(account.id, "left@example.com", hashed, "Bob", Role.VIEWER)
        catalog.users.remove(account.id, left.id)
        token, revoked = catalog.tokens.create(account.id, "old")
        catalog.tokens.revoke(token.id)
    finally:
        catalog.close()
    with httpx.Client(base_url=server.url) as browser:
        sign_in(browser, EMAIL)
        return dict(browser.cookies), revoked


def _watched(account: TestAccount, number: int) -> dict[str, object]:
    at = now_ms() - number * 31 * HOUR_MS
    return beacon(
        account,
        media=f"media-{number % 3}",
        session=session_id(at),
        sent_at=at,
        received_at=at + 1,
        seq=1 + number * 900,
        visitor=f"visitor-{number % 7}",
        duration=60.5,
        watched=[[0, number / 3, 2], [number / 3, 40, 1]] if number else [],
        identity={"email": f"{number}@e.example", "name": "ж 🎬"} if number % 5 == 0 else None,
        actions=[{"type": "form", "id": "a", "shown": 2, "converted": 1}]
        if number % 4 == 0
        else [],
    )


def _post(http: httpx.Client, account: TestAccount, path: str, body: object) -> dict[str, str]:
    answer = http.post(path, json=body, headers=account.headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    return made
