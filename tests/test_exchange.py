"""What holds for every address of the API: caching, HEAD, OPTIONS and other origins."""

import json
import re
from collections.abc import Callable, Iterator

import httpx
import pytest

from playhead.api.app import BASES, routers
from playhead.catalog import AccountChange, Catalog
from support import Server, TestAccount, beacon, wait_until
from tokens import bearer, new_token

ACCOUNT = "/v1/stats/account"
APP = "https://app.example.com"
OTHER = "https://other.example.com"
ROUTES = [
    (route.path_format.rstrip("/"), frozenset(route.methods) - {"OPTIONS"})
    for router in routers()
    for route in router.routes
]
# What some address or other insists on; the others ignore it.
ENOUGH = {
    "start_date": "2026-01-01",
    "end_date": "2026-02-01",
    "granularity": "daily",
    "group_by": "utm_source",
    "by": "country",
    "media_id": "lesson-1",
}
# Who is signed in is for strangers too, and for no cache at all (test_session.py); who is watching
# now says what time it is, and so never stays the same.
READABLE = sorted(
    path
    for path, methods in ROUTES
    if "GET" in methods and path not in {"/session", "/insights/live"}
)


@pytest.fixture(scope="module")
def inhabited(server: Server, new_account: Callable[..., TestAccount]) -> TestAccount:
    """An account with a session, which lets one origin read."""
    account = new_account(cors_origins=[APP])
    with httpx.Client(base_url=server.url) as http:
        assert http.post("/collect", json=beacon(account)).status_code == 204
    server.settle()
    return account


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("strict")
    started = Server(folder / "data", options=("--api-limit", "1")).start()
    yield started
    started.stop()


def concrete(path: str) -> str:
    """The address of the one media; whatever else is asked for by a name is not there."""
    return re.sub(r"{\w+}", "lesson-1", path)


# -- caching -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", READABLE)
def test_every_answer_has_a_strong_tag_of_its_body_and_an_unchanged_one_is_a_304(
    http: httpx.Client, inhabited: TestAccount, path: str
) -> None:
    may_be_missing = set(re.findall(r"{\w+}", path)) - {"{media_id}"}
    path = concrete(path)
    first = http.get(path, headers=inhabited.headers, params=ENOUGH)
    if may_be_missing and first.status_code != 200:
        assert "etag" not in first.headers
        assert first.headers["cache-control"] == "no-store"
        return
    etag = first.headers["etag"]
    assert etag.startswith('"')
    assert first.headers["cache-control"] == "private, no-cache"
    assert "Authorization" in first.headers["vary"]
    with_suffix = f"{path}.json" if path.startswith(BASES) else path
    again = http.get(
        with_suffix, headers=inhabited.headers | {"if-none-match": etag}, params=ENOUGH
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == etag
    assert again.headers["cache-control"] == "private, no-cache"
    assert again.headers["vary"] == first.headers["vary"]
    assert "content-type" not in again.headers


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("{etag}", 304),
        ("W/{etag}", 304),
        ('"other", {etag}', 304),
        ('"with, comma" , W/{etag}', 304),
        ("*", 304),
        ('"other"', 200),
        ("", 200),
        ("{bare}", 200),
        ('"{bare}', 200),
    ],
)
def test_any_of_several_tags_will_do_and_they_compare_weakly(
    http: httpx.Client, inhabited: TestAccount, asked: str, status: int
) -> None:
    etag = http.get(ACCOUNT, headers=inhabited.headers).headers["etag"]
    given = asked.format(etag=etag, bare=etag.strip('"'))
    answer = http.get(ACCOUNT, headers=inhabited.headers | {"if-none-match": given})
    assert answer.status_code == status


def test_new_numbers_have_a_new_tag(
    http: httpx.Client, account: TestAccount, settle: Callable[[], None]
) -> None:
    before = http.get(ACCOUNT, headers=account.headers).headers["etag"]
    assert http.post("/collect", json=beacon(account)).status_code == 204
    settle()
    asked = account.headers | {"if-none-match": before}
    answer = http.get(ACCOUNT, headers=asked)
    assert (answer.status_code, answer.json()["loads"]) == (200, 1)
    assert answer.headers["etag"] != before


def test_a_tag_opens_nothing_without_a_token(http: httpx.Client, inhabited: TestAccount) -> None:
    etag = http.get(ACCOUNT, headers=inhabited.headers).headers["etag"]
    assert http.get(ACCOUNT, headers={"if-none-match": etag}).status_code == 401
    assert http.get(ACCOUNT, headers={"if-none-match": "*"}).status_code == 401


# -- HEAD and OPTIONS --------------------------------------------------------------------------


@pytest.mark.parametrize("path", READABLE)
def test_head_is_get_without_the_body(
    http: httpx.Client, inhabited: TestAccount, path: str
) -> None:
    path = concrete(path)
    full = http.get(path, headers=inhabited.headers, params=ENOUGH)
    head = http.head(path, headers=inhabited.headers, params=ENOUGH)
    assert (head.status_code, head.content) == (full.status_code, b"")
    assert head.headers["content-length"] == str(len(full.content))
    different = {"date"}
    assert {k: v for k, v in head.headers.items() if k not in different} == {
        k: v for k, v in full.headers.items() if k not in different
    }
    assert http.head(path).status_code == 401


@pytest.mark.parametrize(("path", "methods"), ROUTES)
def test_options_and_405_say_what_an_address_allows(
    http: httpx.Client, inhabited: TestAccount, path: str, methods: frozenset[str]
) -> None:
    path = concrete(path)
    expected = methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
    answer = http.options(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert set(answer.headers["allow"].split(", ")) == expected
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} - expected:
        refused = http.request(method, path, headers=inhabited.headers)
        assert refused.status_code == 405
        assert set(refused.headers["allow"].split(", ")) == expected
        if method != "HEAD":
            assert refused.json() == {"error": f"method: {method} is not allowed here"}


@pytest.mark.parametrize(
    "path", ["/nowhere", "/v1", "/v1/nowhere", "/modern/nowhere.json", "/favicon.ico"]
)
def test_an_unknown_address_is_a_404_whatever_the_method(http: httpx.Client, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        answer = http.request(method, path)
        assert answer.status_code == 404
        assert answer.json() == {"error": "there is nothing at this address"}
        assert answer.headers["cache-control"] == "no-store"
    assert http.head(path).status_code == 404


def test_a_body_that_is_too_large_is_said(http: httpx.Client, account: TestAccount) -> None:
    answer = http.post("/v1/projects", headers=account.headers, json={"name": "a" * 11_000_000})
    assert (answer.status_code, answer.json()) == (413, {"error": "body: is too large"})


# -- other origins -----------------------------------------------------------------------------


def test_an_allowed_origin_may_read_answers_and_errors(
    server: Server, http: httpx.Client, inhabited: TestAccount
) -> None:
    _, writer = new_token(server, inhabited, "write")
    cases = [
        (ACCOUNT, inhabited.headers, 200),
        (ACCOUNT, inhabited.headers | {"if-none-match": "*"}, 304),
        ("/v1/stats/medias/nothing", inhabited.headers, 404),
        (f"{ACCOUNT}/by_date?start_date=x", inhabited.headers, 422),
        (ACCOUNT, bearer(writer), 403),
    ]
    for path, headers, status in cases:
        for method in ("GET", "HEAD"):
            answer = http.request(method, path, headers=headers | {"origin": APP})
            assert answer.status_code == status
            assert answer.headers["access-control-allow-origin"] == APP
            assert answer.headers["access-control-expose-headers"] == "ETag, Retry-After, Link"
            assert "Origin" in answer.headers["vary"].split(", ")
            assert "access-control-allow-credentials" not in answer.headers


def test_no_other_origin_and_no_other_account_may_be_read(
    http: httpx.Client, account: TestAccount, inhabited: TestAccount
) -> None:
    for headers in (
        account.headers | {"origin": APP},
        inhabited.headers | {"origin": "https://evil.example"},
        inhabited.headers | {"origin": APP + ".evil.example"},
        inhabited.headers | {"origin": "null"},
        inhabited.headers,
        {"origin": APP},
    ):
        answer = http.get(ACCOUNT, headers=headers)
        assert not [name for name in answer.headers if name.startswith("access-control-")]
    # A cache that is asked without an origin must not serve its answer to one.
    assert "Origin" in http.get(ACCOUNT, headers=inhabited.headers).headers["vary"]


def test_no_other_origin_may_see_what_writing_answers(
    http: httpx.Client, inhabited: TestAccount
) -> None:
    headers = inhabited.headers | {"origin": APP}
    answer = http.post("/v1/projects", headers=headers, json={"name": "x"})
    assert answer.status_code == 201
    assert "access-control-allow-origin" not in answer.headers


def test_a_star_allows_every_origin_by_its_name(
    http: httpx.Client, new_account: Callable[..., TestAccount]
) -> None:
    open_to_all = new_account(cors_origins=["*"])
    for origin in (APP, "null"):
        answer = http.get(ACCOUNT, headers=open_to_all.headers | {"origin": origin})
        assert answer.headers["access-control-allow-origin"] == origin


def test_over_the_limit_an_allowed_origin_learns_when_to_come_back(strict: Server) -> None:
    account = strict.account(cors_origins=[APP])
    headers = account.headers | {"origin": APP}
    with httpx.Client(base_url=strict.url) as http:
        assert http.get("/modern/stats/account", headers=headers).status_code == 200
        answer = http.get("/modern/stats/account", headers=headers)
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.headers["access-control-allow-origin"] == APP
        assert json.loads(answer.content)["error"].startswith("too many requests with this token")


def preflight(http: httpx.Client, path: str, origin: str, method: str = "GET") -> httpx.Response:
    return http.options(
        path,
        headers={
            "origin": origin,
            "access-control-request-method": method,
            "access-control-request-headers": "authorization",
        },
    )


def test_a_preflight_is_allowed_as_soon_as_any_account_allows_the_origin(strict: Server) -> None:
    account = strict.account()
    with httpx.Client(base_url=strict.url) as http:
        assert "access-control-allow-origin" not in preflight(http, ACCOUNT, OTHER).headers
        catalog = Catalog.open(strict.settings().catalog_url)
        try:
            catalog.accounts.change(account.key, AccountChange(cors_origins=[OTHER]))
        finally:
            catalog.close()
        allowed = "access-control-allow-origin"
        wait_until(lambda: allowed in preflight(http, ACCOUNT, OTHER).headers, every_s=0.1)
        answer = preflight(http, ACCOUNT, OTHER)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == OTHER
        assert answer.headers["access-control-allow-methods"] == "GET, HEAD"
        assert answer.headers["access-control-allow-headers"] == "Authorization, If-None-Match"
        assert answer.headers["access-control-max-age"] == "60"
        assert "Origin" in answer.headers["vary"]
        assert "access-control-allow-credentials" not in answer.headers
        # What is allowed is reading, and only where there is something.
        asked = preflight(http, "/v1/projects", OTHER, "POST")
        assert asked.headers["access-control-allow-methods"] == "GET, HEAD"
        assert "access-control-allow-origin" not in preflight(http, "/nowhere", OTHER).headers
        other = preflight(http, ACCOUNT, "https://evil.example")
        assert (other.status_code, other.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
        assert "access-control-allow-origin" not in other.headers
