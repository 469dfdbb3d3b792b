"""Tokens: how they are sent, what they allow, and that nobody else learns anything."""

import json
from collections.abc import Callable, Iterator
from urllib.parse import quote

import httpx
import pytest

from refusing import NDJSON
from support import Server, TestAccount, beacon, wait_until
from tokens import basic, bearer, new_token, revoke

pytestmark = pytest.mark.every_catalog

ACCOUNT = "/v1/stats/account.json"
UNAUTHORIZED = {"code": "unauthorized_credentials", "error": "Invalid credentials."}
SEVEN = [
    "/v1/stats/account",
    "/v1/stats/account/by_date",
    "/v1/stats/projects/{id}",
    "/v1/stats/projects/{id}/by_date",
    "/v1/stats/medias/{id}",
    "/v1/stats/medias/{id}/by_date",
    "/v1/stats/medias/{id}/engagement",
]
CATALOG = [
    *(
        (method, f"{base}{path}")
        for base, projects in (("/v1", "projects"), ("/modern", "folders"))
        for method, path in (
            ("GET", f"/{projects}"),
            ("POST", f"/{projects}"),
            ("GET", f"/{projects}/{{id}}"),
            ("PUT", f"/{projects}/{{id}}"),
            ("DELETE", f"/{projects}/{{id}}"),
            ("GET", "/medias"),
            ("POST", "/medias"),
            ("GET", "/medias/{id}"),
            ("PUT", "/medias/{id}"),
            ("DELETE", "/medias/{id}"),
            ("GET", "/medias/{id}/stats"),
            ("GET", "/account"),
        )
    ),
]
EVERY = [("GET", path) for path in SEVEN] + CATALOG


def assert_unauthorized(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["www-authenticate"] == 'Bearer realm="Playhead"'


@pytest.mark.parametrize(
    "headers_of",
    [
        bearer,
        lambda token: {"authorization": f"bearer {token}"},
        lambda token: {"authorization": f"BEARER   {token}"},
        lambda token: basic("anyone", token),
        lambda token: basic("api", token),
        lambda token: basic("", token),
        lambda token: basic(token, ""),
    ],
)
def test_a_token_may_be_sent_as_bearer_or_basic(
    http: httpx.Client, account: TestAccount, headers_of: Callable[[str], dict[str, str]]
) -> None:
    assert http.get(ACCOUNT, headers=headers_of(account.token)).status_code == 200


def test_a_token_may_be_sent_in_the_query(http: httpx.Client, account: TestAccount) -> None:
    assert http.get(ACCOUNT, params={"api_password": account.token}).status_code == 200


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer phd_nobody",
        "Bearer {token}x",
        "Bearer {token},{token}",
        "Bearer token={token}",
        "Token {token}",
        "{token}",
        "Digest {token}",
        "Basic",
        "Basic {token}",
        "Basic !!!",
        "Basic \u00ff",
        "Basic /w==",
        "Basic Og==",
    ],
)
def test_anything_else_in_the_header_is_nobodys_token(
    http: httpx.Client, account: TestAccount, authorization: str
) -> None:
    header = authorization.format(token=account.token).encode("latin-1")
    assert_unauthorized(http.get(ACCOUNT, headers={b"authorization": header}))


def test_a_token_as_the_user_name_counts_only_without_a_password(
    http: httpx.Client, account: TestAccount
) -> None:
    assert_unauthorized(http.get(ACCOUNT, headers=basic(account.token, "wrong")))


@pytest.mark.parametrize(
    "query",
    [
        "",
        "api_password",
        "api_password=",
        "api_password=phd_nobody",
        "api_password={token}%00",
        "api_password=%20{token}",
        "API_PASSWORD={token}",
        "api_password[]={token}",
        "api_password=' OR 1=1--",
        "access_token={token}",
    ],
)
def test_anything_else_in_the_query_is_nobodys_token(
    http: httpx.Client, account: TestAccount, query: str
) -> None:
    assert_unauthorized(http.get(f"{ACCOUNT}?{query.format(token=account.token)}"))


def test_the_header_decides_over_the_query(
    http: httpx.Client, account: TestAccount, new_account: Callable[..., TestAccount]
) -> None:
    mine, wrong = account.token, "phd_nobody"

    def status(header: str, query: str) -> int:
        return http.get(ACCOUNT, headers=bearer(header), params={"api_password": query}).status_code

    assert (status(mine, wrong), status(wrong, mine)) == (200, 401)
    # Of two accounts at once it is the header's that is asked.
    other = new_account()
    body = {"hashed_id": "lesson-1"}
    assert http.post("/v1/medias", headers=account.headers, json=body).status_code == 201
    answer = http.get("/v1/medias/lesson-1", headers=other.headers, params={"api_password": mine})
    assert answer.status_code == 404


def test_two_tokens_of_a_kind_are_nobodys(http: httpx.Client, account: TestAccount) -> None:
    assert_unauthorized(
        http.get(f"{ACCOUNT}?api_password={account.token}&api_password={account.token}")
    )
    twice = [("authorization", f"Bearer {account.token}")] * 2
    assert_unauthorized(http.get(ACCOUNT, headers=twice))


def test_a_revoked_token_is_like_an_unknown_one(
    server: Server, http: httpx.Client, account: TestAccount
) -> None:
    token_id, secret = new_token(server, account, "read")
    assert http.get(ACCOUNT, headers=bearer(secret)).status_code == 200
    revoke(server, token_id)
    if server.catalog:
        # Another process did it, of which PostgreSQL does not tell at once.
        wait_until(lambda: http.get(ACCOUNT, headers=bearer(secret)).status_code != 200)
    assert_unauthorized(http.get(ACCOUNT, headers=bearer(secret)))
    # The account's other tokens go on.
    assert http.get(ACCOUNT, headers=account.headers).status_code == 200


@pytest.mark.parametrize(
    "key", ["the account's key", "the token's hint"], ids=["account key", "hint"]
)
def test_what_is_public_is_no_token(http: httpx.Client, account: TestAccount, key: str) -> None:
    public = {"the account's key": account.key, "the token's hint": account.token[:8]}[key]
    assert_unauthorized(http.get(ACCOUNT, headers=bearer(public)))


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_a_token_needs_the_scope(
    server: Server, http: httpx.Client, account: TestAccount, method: str, path: str
) -> None:
    needed = "read" if method == "GET" else "write"
    others = {"read", "write", "admin"} - {needed}
    _, secret = new_token(server, account, *others)
    answer = http.request(method, path.format(id="x"), headers=bearer(secret), json={"name": "x"})
    assert (answer.status_code, answer.json()) == (
        403,
        {"code": "unauthorized_scope", "error": f"This token lacks the scope '{needed}'."},
    )
    _, secret = new_token(server, account, needed)
    answer = http.request(method, path.format(id="x"), headers=bearer(secret), json={"name": "x"})
    assert answer.status_code in {200, 201, 404}


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_a_stranger_learns_nothing_from_errors(http: httpx.Client, method: str, path: str) -> None:
    answer = http.request(
        method,
        path.format(id="%00"),
        params={"start_date": "nonsense", "sort_direction": "x"},
        content=b"{not json",
        headers={"content-type": "application/json"},
    )
    assert_unauthorized(answer)


@pytest.mark.parametrize(("method", "path"), [pair for pair in EVERY if "{id}" in pair[1]])
@pytest.mark.parametrize("numeric", [False, True], ids=["hashed", "numeric"])
def test_another_accounts_thing_looks_like_none(
    http: httpx.Client,
    account: TestAccount,
    new_account: Callable[..., TestAccount],
    method: str,
    path: str,
    numeric: bool,
) -> None:
    owner = new_account()
    kind = "medias" if "medias" in path else "projects"
    made = http.post(f"/v1/{kind}", headers=owner.headers, json={"name": "secret"}).json()
    hashed = made.get("hashedId") or made["hashed_id"]
    theirs = str(made["id"]) if numeric else hashed
    # As long as theirs, so that the answers can be compared byte by byte.
    nothing = "9" * len(theirs) if numeric else "zz" + hashed[2:][::-1]
    there, not_there = (
        http.request(method, path.format(id=thing), headers=account.headers, json={"name": "mine"})
        for thing in (theirs, nothing)
    )
    assert there.status_code == not_there.status_code == 404
    assert there.content.replace(theirs.encode(), b"?") == not_there.content.replace(
        nothing.encode(), b"?"
    )
    assert set(there.headers) == set(not_there.headers)
    unchanged = http.get(f"/v1/{kind}/{theirs}", headers=owner.headers)
    # Shown it says more than when it was made: its medias.
    assert unchanged.json() == unchanged.json() | made


def test_another_accounts_project_cannot_take_a_media(
    http: httpx.Client, account: TestAccount, new_account: Callable[..., TestAccount]
) -> None:
    owner = new_account()
    project = http.post("/v1/projects", headers=owner.headers, json={"name": "secret"}).json()
    for given in (project["hashedId"], project["id"]):
        answer = http.post("/v1/medias", headers=account.headers, json={"project_id": given})
        assert (answer.status_code, answer.json()) == (
            422,
            {"error": f"project_id: no project {str(given)!r} in this account"},
        )


def test_the_numbers_of_two_accounts_with_the_same_media_id_stay_apart(
    http: httpx.Client,
    account: TestAccount,
    new_account: Callable[..., TestAccount],
    settle: Callable[[], None],
) -> None:
    other = new_account()
    for owner, sessions in ((account, 1), (other, 2)):
        for _ in range(sessions):
            assert http.post("/collect", json=beacon(owner)).status_code == 204
    settle()
    found = [
        http.get("/v1/stats/medias/lesson-1", headers=owner.headers).json()["loads"]
        for owner in (account, other)
    ]
    assert found == [1, 2]


def test_no_log_line_ever_holds_a_token(
    server: Server, http: httpx.Client, account: TestAccount
) -> None:
    paths = [*(path.format(id="x") for path in SEVEN), "/v1/nowhere", "/nowhere", "/healthz"]
    paths += ["/readyz", "/metrics", "/collect", "/tracker.js"]
    for path in paths:
        for method in ("GET", "POST", "DELETE"):
            http.request(method, path, params={"api_password": account.token, "start_date": "x"})
            http.request(method, path, headers=account.headers, content=b"{")
    for query in (account.token, quote(account.token) + "%zz", account.token + "%00"):
        http.get(f"{ACCOUNT}?api_password={query}")
    http.post(
        f"/collect/batch?api_password={account.token}",
        content=b"{",
        headers={"content-type": NDJSON},
    )
    assert http.get("/healthz").status_code == 200
    assert server.events
    assert account.token not in json.dumps(server.events)


LIMIT = 5


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("limited")
    started = Server(folder / "data", options=("--api-limit", str(LIMIT))).start()
    yield started
    started.stop()


def test_a_token_over_its_limit_is_told_when_to_come_back(limited: Server) -> None:
    account = limited.account()
    _, second = new_token(limited, account, "read")
    with httpx.Client(base_url=limited.url) as http:
        for _ in range(LIMIT):
            assert http.get(ACCOUNT, headers=account.headers).status_code == 200
        answer = http.get(ACCOUNT, headers=account.headers)
        assert answer.status_code == 429
        wait_s = int(answer.headers["retry-after"])
        # At 5 a minute there is room for one more after 12 seconds.
        assert 1 <= wait_s <= 12
        assert answer.json() == {
            "error": f"too many requests with this token; try again in {wait_s} s"
        }
        # The limit is the token's, however it is sent, and no other token pays for it.
        answer = http.get(ACCOUNT, params={"api_password": account.token})
        assert answer.status_code == 429
        assert http.get(ACCOUNT, headers=bearer(second)).status_code == 200
        # Beacons are not requests of the API.
        assert http.post("/collect", json=beacon(account)).status_code == 204


def test_strangers_cannot_use_up_a_tokens_limit(limited: Server) -> None:
    account = limited.account()
    with httpx.Client(base_url=limited.url) as http:
        for _ in range(3 * LIMIT):
            assert http.get(ACCOUNT, headers=bearer(account.token + "x")).status_code == 401
        assert http.get(ACCOUNT, headers=account.headers).status_code == 200
