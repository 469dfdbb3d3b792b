"""An account with some medias and sessions, small enough to be known by heart."""

from dataclasses import dataclass
from typing import Any, Final

import httpx

from support import Server, TestAccount, deliver, now_ms, session_id, sign_in

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS

CHROME: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)
IPHONE: Final = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


@dataclass(frozen=True)
class House:
    """The account, and asking its API."""

    account: TestAccount
    server: Server
    http: httpx.Client

    @classmethod
    def furnished(cls, server: Server, http: httpx.Client) -> "House":
        """Two medias in a project, 60 sessions over the last 20 days."""
        house = cls.empty(server, http)
        course = house.send("POST", "/v1/projects", {"name": "A course"})["hashedId"]
        for media, name in (("intro", "Introduction"), ("deep", "A deep dive")):
            body = {"hashed_id": media, "name": name, "project_id": course}
            house.send("POST", "/v1/medias", body)
        house.deliver([_session(number) for number in range(60)])
        return house

    @classmethod
    def empty(cls, server: Server, http: httpx.Client) -> "House":
        return cls(server.account("Europe/Berlin"), server, http)

    def ask(self, path: str, **params: Any) -> Any:
        answer = self.http.get(path, params=params, headers=self.account.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, method: str, path: str, body: Any) -> Any:
        answer = self.http.request(method, path, json=body, headers=self.account.headers)
        assert answer.is_success, answer.text
        return answer.json()

    def cookies_of(self, email: str) -> dict[str, str]:
        """What a browser keeps after the user has signed in."""
        with httpx.Client(base_url=self.server.url, timeout=30) as browser:
            sign_in(browser, email)
            return dict(browser.cookies)

    def deliver(self, beacons: list[dict[str, Any]]) -> None:
        """Let sessions arrive and settle; each says how long ago it began (``age_ms``)."""
        lines = []
        for told in beacons:
            given = dict(told)
            at = now_ms() - given.pop("age_ms", 0)
            lines.append(
                {
                    "account": self.account.key,
                    "seq": 1,
                    "visitor": "somebody",
                    "duration": 60.0,
                    "played": bool(given.get("watched")),
                    "watched": [],
                    "user_agent": CHROME,
                    "session": session_id(at),
                    "sent_at": at,
                    "received_at": at,
                    **given,
                }
            )
        deliver(self.http, self.account, lines)
        self.server.settle()


def _session(number: int) -> dict[str, Any]:
    media = "deep" if number % 4 == 0 else "intro"
    watched: list[list[float]] = [[0, 10 + number % 40, 1]]
    if number % 3 == 0:
        watched = [[0, 20, 1], [20, 30, 2], [30, 45, 1]]
    if number % 7 == 0:
        watched = []
    return {
        "age_ms": (number % 20) * DAY_MS + (number % 5) * HOUR_MS + 60_000,
        "media": media,
        "visitor": f"visitor-{number % 25}",
        "watched": watched,
        "duration": 90.0 if media == "deep" else 60.0,
        "user_agent": IPHONE if number % 3 == 1 else CHROME,
        "page": {
            "url": f"https://www.example.com/{media}?utm_source={'mail' if number % 2 else 'feed'}",
            "title": "A page with a video",
            "referrer": "https://search.example.org/" if number % 5 else "",
        },
        "player": {"language": "de-DE" if number % 2 else "en", "screen": [1920, 1080]},
        "quality": {"startup_ms": 100 + 10 * number, "stalls": number % 3, "stalled_ms": 0},
    } | ({"identity": {"name": "Ada", "email": "ada@example.com"}} if number % 25 == 3 else {})
