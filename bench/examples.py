"""Write the answers of a running server into docs/api: ``make docs``.

A page says what is asked, in a block that begins with a method; the block of JSON behind it is
what a server with a small, fixed audience answered. Whatever differs from server to server is
shown under a name that stays: ids made by chance, keys, tokens, the time of making and of asking.
"""

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from bench.servers import Running, playhead

PAGES = Path(__file__).parent.parent / "docs" / "api"
PUBLIC_URL = "https://stats.example.com"

_EXAMPLE = re.compile(
    r"```\n(?P<method>GET|POST|PUT|PATCH|DELETE) (?P<path>\S+)\n(?P<body>.*?)```\n\n"
    r"```json\n.*?```\n",
    re.DOTALL,
)
_NUMBERS = re.compile(r"\[\s+((?:-?[0-9.]+,?\s+)+)\]")
_MADE = re.compile(r'"(created|updated|last_seen|revoked)": "[^"]+"')
# Made by chance, and what they are shown as.
_BY_CHANCE = [
    (re.compile(r"phd_\w{36,}"), "phd_x1c8…"),
    (re.compile(r'"phd_\w{4}"'), '"phd_x1c8"'),
    (re.compile(r'"csrf": "\w+"'), '"csrf": "9f86d081884c…"'),
]
_MADE_AT = "2026-10-01T08:00:00.000Z"
_NOW = re.compile(r'"at": "[^"]+"')
_NOW_AT = "2026-11-01T09:30:00.000Z"
_SECOND_PROJECT = "t6m2x8r4kd"
_CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)
_IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
_PAGE = {
    "url": "https://www.example.com/course?utm_source=newsletter",
    "title": "The course",
    "referrer": "https://search.example.org/",
}
_FORM = {
    "type": "form",
    "id": "questions",
    "shown": 1,
    "converted": 1,
    "data": {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"},
}
_CALL = {"type": "call to action", "id": "enrol", "shown": 2, "converted": 1}
# Visitor, start, device, language, what was watched, and the rest of the beacon.
_AUDIENCE: list[tuple[str, str, str, str, list[list[float]], dict[str, Any]]] = [
    ("v-ada", "2026-10-15T08:00:00", _CHROME, "en-GB", [[0, 12, 1]], {}),
    (
        "v-ada",
        "2026-10-16T18:07:48",
        _CHROME,
        "en-GB",
        [[0, 4, 1], [4, 7, 2], [7, 12, 1]],
        {
            "actions": [_CALL, _FORM],
            "identity": {"email": "ada@example.com", "name": "Ada"},
            "quality": {"startup_ms": 320},
        },
    ),
    (
        "v-bob",
        "2026-10-16T19:30:00",
        _IPHONE,
        "de-AT",
        [[0, 5.5, 1]],
        {"actions": [_CALL], "quality": {"startup_ms": 900, "stalls": 2, "stalled_ms": 1450}},
    ),
    (
        "v-eve",
        "2026-10-16T20:00:00",
        _IPHONE,
        "fr",
        [],
        {"page": {}, "quality": {"errors": ["MEDIA_ERR_NETWORK"]}},
    ),
]


class Example:
    """A running server with the examples' audience."""

    def __init__(self, server: Running) -> None:
        headers = {"Authorization": f"Bearer {server.token}"}
        self._http = httpx.Client(base_url=server.url, headers=headers)
        self._server = server
        self._names: dict[str, str] = {server.account_key: "j9xt6pe6wdef4ht4"}
        self._settle_in()

    def answer(self, method: str, path: str, body: str) -> str:
        """What the server answers, as the pages show it."""
        for made, shown in self._names.items():
            path, body = path.replace(shown, made), body.replace(shown, made)
        content = body.strip().encode() or None
        headers = {"Content-Type": "application/json"} if content else {}
        answer = self._http.request(method, path, content=content, headers=headers)
        if method == "POST" and "hashedId" in answer.json():
            self._names[answer.json()["hashedId"]] = _SECOND_PROJECT
        text = json.dumps(answer.json(), indent=2, ensure_ascii=False)
        text = _NUMBERS.sub(lambda found: f"[{' '.join(found[1].split())}]", text)
        for secret, shown in _BY_CHANCE:
            text = secret.sub(shown, text)
        text = _NOW.sub(f'"at": "{_NOW_AT}"', text)
        return self._told(_MADE.sub(rf'"\1": "{_MADE_AT}"', text))

    def heatmap(self) -> str:
        """Where the running server draws a session in which a part was watched twice."""
        address: str = self._send("GET", "/v1/stats/events")[1]["iframe_heatmap_url"]
        return address.replace(PUBLIC_URL, str(self._http.base_url).rstrip("/"))

    def close(self) -> None:
        self._http.close()

    def _settle_in(self) -> None:
        project = self._send("POST", "/v1/projects", {"name": "Course"})
        self._names[project["hashedId"]] = "w9tqg5n31q"
        media = {"hashed_id": "intro", "name": "Introduction", "project_id": project["id"]}
        self._send("POST", "/v1/medias", media | {"url": "https://www.example.com/course"})
        lines = [
            {
                "account": self._server.account_key,
                "media": "intro",
                "session": _session(number, at),
                "seq": 1,
                "sent_at": _ms(at),
                "received_at": _ms(at),
                "visitor": visitor,
                "duration": 12.5,
                "played": bool(watched),
                "watched": watched,
                "ip": "203.0.113.77",
                "user_agent": device,
                "page": _PAGE,
                "player": {"language": language, "screen": [1920, 1080]},
            }
            | more
            for number, (visitor, at, device, language, watched, more) in enumerate(_AUDIENCE)
        ]
        answer = self._http.post(
            "/collect/batch",
            content="\n".join(map(json.dumps, lines)),
            headers={"Content-Type": "application/x-ndjson"},
        )
        assert answer.json() == {"accepted": len(lines), "rejected": []}, answer.text
        self._server.settle()
        heatmap = self._send("GET", "/v1/stats/events?per_page=1")[0]["iframe_heatmap_url"]
        self._names[heatmap.rpartition("=")[2]] = "yGX6ZxJ0v2cQ1tKmPq4uBn8D"

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def _told(self, text: str) -> str:
        for made, shown in self._names.items():
            text = text.replace(made, shown)
        return text


def _ms(at: str) -> int:
    return int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()) * 1000


def _session(number: int, at: str) -> str:
    digits = f"{_ms(at):012x}7{number:03x}8{number:015x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def with_answers(page: str, example: Example) -> str:
    """A page with what the server answers now behind every request."""

    def answered(found: re.Match[str]) -> str:
        method, path, body = found["method"], found["path"], found["body"]
        answer = example.answer(method, path, body)
        return f"```\n{method} {path}\n{body}```\n\n```json\n{answer}\n```\n"

    return _EXAMPLE.sub(answered, page)


@contextmanager
def running() -> Iterator[Example]:
    """A server of its own, in a folder of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="playhead-docs-") as folder,
        playhead(
            Path(folder) / "data",
            *("--public-url", PUBLIC_URL),
            account="Example School",
            timezone="Europe/Berlin",
        ) as server,
    ):
        example = Example(server)
        yield example
        example.close()


def main() -> None:
    with running() as example:
        for path in sorted(PAGES.glob("*.md")):
            path.write_text(with_answers(path.read_text("utf-8"), example), "utf-8")
            print(f"wrote {path.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()
