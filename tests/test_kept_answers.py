"""What was just answered is answered again, and nobody gets what is not true any more."""

import subprocess
import sys
from collections.abc import Callable

import httpx
import pytest

from support import Api, Server, TestAccount, beacon, deliver

Settle = Callable[[], None]


@pytest.fixture
def plays(http: httpx.Client, account: TestAccount) -> Callable[[], int]:
    def ask() -> int:
        answer = http.get("/v1/stats/account.json", headers=account.headers)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["plays"])

    return ask


def test_a_beacon_that_is_in_the_store_is_in_the_next_answer(
    http: httpx.Client, account: TestAccount, settle: Settle, plays: Callable[[], int]
) -> None:
    for number in range(5):
        assert plays() == plays() == number
        deliver(http, account, [beacon(account)])
        settle()


def test_what_is_changed_over_the_api_is_in_the_next_answer(
    http: httpx.Client, account: TestAccount, api: Api, settle: Settle
) -> None:
    deliver(http, account, [beacon(account)])
    settle()
    project = api("POST", "/v1/projects", {"name": "Course"}).json()["hashedId"]
    for there in (project, None, project):
        api("PUT", "/v1/medias/lesson-1", {"project_id": there})
        asked = api("GET", f"/v1/stats/projects/{project}.json")
        assert asked.json()["plays"] == (there is not None)


def test_a_token_that_was_revoked_elsewhere_opens_nothing(
    server: Server, http: httpx.Client, account: TestAccount, plays: Callable[[], int]
) -> None:
    plays()
    command = [sys.executable, "-m", "playhead", "token"]
    data = ["--data", str(server.data)]
    listed = subprocess.run(
        [*command, "list", "--account", account.key, *data],
        check=True,
        capture_output=True,
        text=True,
    )
    number = listed.stdout.split()[0]
    # Kept meanwhile, whatever time the command takes to start.
    plays()
    subprocess.run([*command, "revoke", number, *data], check=True, capture_output=True)
    assert http.get("/v1/stats/account.json", headers=account.headers).status_code == 401


def test_a_limit_counts_answers_that_were_kept(own_server: Server) -> None:
    own_server.options = ("--api-limit", "5")
    own_server.start()
    account = own_server.account()
    with httpx.Client(base_url=own_server.url) as http:
        found = [
            http.get("/v1/stats/account.json", headers=account.headers).status_code
            for _ in range(10)
        ]
    assert found == [200] * 5 + [429] * 5


def test_who_asks_and_what_they_have_already_tells_answers_apart(
    http: httpx.Client,
    account: TestAccount,
    new_account: Callable[..., TestAccount],
    settle: Settle,
) -> None:
    deliver(http, account, [beacon(account)])
    settle()
    other = new_account()

    def ask(one: TestAccount, **headers: str) -> httpx.Response:
        return http.get("/v1/stats/account.json", headers=one.headers | headers)

    first = ask(account)
    assert (first.json()["plays"], ask(other).json()["plays"]) == (1, 0)
    again = ask(account, **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert ask(account).json() == first.json()
    assert http.get("/v1/stats/account.json").status_code == 401
