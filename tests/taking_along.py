"""Taking an installation along as files, and everything that it can be asked before and after."""

import gzip
import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from click.testing import CliRunner

from playhead.catalog import Account, Catalog
from playhead.cli import main
from support import Server, beacon, deliver, session_id

# Who is signed in and with what belongs to an installation, and who watches now to the moment.
NOT_TAKEN_ALONG = ("/session", "/manage/tokens", "/manage/users", "/insights/live")


HOUR_MS = 3_600_000
NOON_MS = 1_710_590_400_000  # 16 March 2024, 12:00 UTC
TEXTS = (
    "",
    "plain",
    'a "quote", a comma',
    "it's",
    "two\nlines\r\nand a\ttab",
    "back\\slash \\n \\N",
    "ж 한 🎬",
    "[1,2]",
    '{"a":null}',
    " NULL ",
)


@dataclass(frozen=True)
class Copied:
    """A data folder that nobody has open, and its export as Parquet."""

    data: Path
    export: Path
    sessions: int
    key: str


def lived_in(place: Path) -> Copied:
    """An installation that has seen all kinds of texts and numbers; it has stopped."""
    server = Server(place / "data").start()
    account = server.account()
    lines: list[dict[str, Any]] = []
    for number, text in enumerate(TEXTS):
        at = NOON_MS + number * 700 * HOUR_MS
        times = {"session": session_id(at), "sent_at": at, "received_at": at + 60_000}
        watched = [[0, 1.5 * number, 2], [20, 30.037, number + 1]]
        said = {
            "media": f"media-{number % 3}",
            "duration": 30.0366666 + number % 2,
            "watched": watched[number == 0 :],
            "page": {"url": f"https://e.example/{number}?q={text}", "title": text},
            "identity": {"email": text, "name": text, "org": {"name": text, "title": text}},
            "player": {"name": text, "rate": 1 + number / 7, "screen": [number, 2**31 - 1]},
            "quality": {"startup_ms": number, "errors": [text, number]},
            "actions": [{"type": "poll", "id": text, "shown": 1, "data": {"answer": text}}],
        }
        lines.append(beacon(account, **times, **said, seq=number * 7000, ip=f"203.0.113.{number}"))
        lines.append(
            beacon(account, **times | {"session": session_id(at + 1)}, played=False, watched=[])
        )
    try:
        with httpx.Client(base_url=server.url, timeout=30) as http:
            deliver(http, account, lines)
        server.settle()
    finally:
        server.stop()
    exported(server.data, place / "export")
    return Copied(server.data, place / "export", len(lines), account.key)


def ran(*words: str | Path) -> dict[str, Any]:
    """What a command that goes well says as JSON."""
    done = CliRunner().invoke(main, [*map(str, words), "--json"])
    assert done.exit_code == 0, done.output
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def exported(data: Path, folder: Path, *options: str) -> dict[str, Any]:
    return ran("export", folder, "--data", data, *options)


def imported(folder: Path, data: Path, *options: str) -> dict[str, Any]:
    return ran("import", folder, "--data", data, *options)


def content(folder: Path) -> dict[str, bytes]:
    """The files of an export but for its manifest, which says when it was made."""
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    del files["manifest.json"]
    return files


def rows_of(folder: Path) -> list[dict[str, Any]]:
    """The sessions of an export as NDJSON."""
    found = []
    for path in sorted(folder.glob("sessions-*")):
        body = path.read_bytes()
        text = gzip.decompress(body) if path.suffix == ".gz" else body
        found += [json.loads(line) for line in text.splitlines()]
    return found


def everything_said(server: Server, days: tuple[str, str]) -> dict[str, Any]:
    """The answers of every address that can be read, for each account, by account and address.

    Args:
        server: a running one.
        days: the first and the last day that questions with days are about.
    """
    said: dict[str, Any] = {}
    for account, token in tokens_of(server):
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=server.url, timeout=60, headers=headers) as http:
            for address in addresses(http, account, days):
                answer = http.get(address)
                assert answer.status_code == 200, (address, answer.text)
                said[f"{account.key} {address}"] = answer.text
    return said


def tokens_of(server: Server) -> list[tuple[Account, str]]:
    """Every account with a new token that may do everything."""
    catalog = Catalog.open(server.settings().catalog_url)
    try:
        return [
            (account, catalog.tokens.create(account.id, "test")[1])
            for account in catalog.accounts.list()
        ]
    finally:
        catalog.close()


def addresses(http: httpx.Client, account: Account, days: tuple[str, str]) -> Iterator[str]:
    """Every GET of the API's description, with all that its path can name."""
    named = {
        "media_id": [media["hashed_id"] for media in http.get("/v1/medias").json()],
        "project_id": [project["hashedId"] for project in http.get("/v1/projects").json()],
        "visitor_key": [each["visitor_key"] for each in http.get("/v1/stats/visitors").json()],
        "event_key": [each["event_key"] for each in http.get("/v1/stats/events").json()],
        "start_date": [days[0]],
        "end_date": [days[1]],
        "public_token": [account.public_token],
        "granularity": ["daily"],
        "per_page": ["100"],
    }
    named["folder_id"] = named["project_id"]
    for path, verbs in http.get("/openapi.json").json()["paths"].items():
        if "get" in verbs and path not in NOT_TAKEN_ALONG:
            yield from filled_in(path, verbs["get"].get("parameters", []), named)


def filled_in(
    path: str, parameters: list[dict[str, Any]], named: Mapping[str, list[str]]
) -> Iterator[str]:
    """A path with each of the things that are named, and with each choice that it must have."""
    needed = [
        each
        for each in parameters
        if each.get("required") or each["name"] in {"start_date", "end_date", "per_page"}
    ]
    known = {
        **{each["name"]: each["schema"]["enum"] for each in needed if "enum" in each["schema"]},
        **named,
    }
    choices = [known[each["name"]] for each in needed]
    for values in itertools.product(*choices):
        given = dict(zip((each["name"] for each in needed), values, strict=True))
        address = path
        for name in list(given):
            if f"{{{name}}}" in address:
                address = address.replace(f"{{{name}}}", given.pop(name))
        yield str(httpx.URL(address, params=given)) if given else address
