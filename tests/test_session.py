"""Signing in: who gets in, by what, until when, and who is kept out."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import create_engine, text

from playhead.catalog import User
from support import (
    PASSWORD,
    Server,
    TestAccount,
    assert_error,
    new_user,
    now_ms,
    sign_in,
)
from tokens import bearer, new_token

pytestmark = pytest.mark.every_catalog

WRONG = {"error": "The email or the password is wrong."}
DAY_MS = 86_400_000
ACCOUNT = "/v1/account"


@pytest.fixture
def browser(server: Server) -> Iterator[httpx.Client]:
    """A browser of its own, which keeps cookies."""
    with httpx.Client(base_url=server.url, timeout=30) as opened:
        yield opened


@pytest.fixture
def second_browser(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=30) as opened:
        yield opened


@pytest.fixture
def user(server: Server, account: TestAccount) -> User:
    return new_user(server, account)


def is_signed_in(browser: httpx.Client) -> bool:
    told: bool = browser.get("/session").json()["signed_in"]
    assert (browser.get(ACCOUNT).status_code == 200) == told
    return told


def in_catalog(server: Server, sql: str, **values: Any) -> list[Any]:
    """Run SQL behind the server's back."""
    return many_in_catalog(server, sql, [values])


def many_in_catalog(server: Server, sql: str, rows: list[dict[str, Any]]) -> list[Any]:
    engine = create_engine(server.settings().catalog_url)
    with engine.begin() as catalog:
        done = catalog.execute(text(sql), rows if len(rows) > 1 else rows[0])
        found = [tuple(row) for row in done] if done.returns_rows else []
    engine.dispose()
    return found


# -- in and out ----------------------------------------------------------------------------------


def test_who_is_signed_in_is_told_what_there_is_to_know(
    browser: httpx.Client, account: TestAccount, user: User
) -> None:
    assert browser.get("/session").json() == {"signed_in": False, "has_users": True}
    begun = browser.post("/session", json={"email": user.email, "password": PASSWORD})
    told = browser.get("/session")
    assert begun.json() == told.json()
    assert told.json() == {
        "signed_in": True,
        "has_users": True,
        "csrf": told.json()["csrf"],
        "user": {"id": user.id, "email": user.email, "name": "Ada", "role": "admin"},
        "account": {"key": account.key, "name": "Test", "timezone": "UTC"},
        "scopes": ["read", "write", "admin"],
    }
    for answer in (begun, told):
        assert answer.headers["cache-control"] == "no-store"
        assert "Cookie" in answer.headers["vary"]


def test_a_server_without_users_says_so(own_server: Server) -> None:
    own_server.start()
    answer = httpx.get(f"{own_server.url}/session")
    assert answer.json() == {"signed_in": False, "has_users": False}


def test_the_cookie_is_for_this_server_and_out_of_scripts_reach(
    browser: httpx.Client, user: User
) -> None:
    answer = browser.post("/session", json={"email": user.email, "password": PASSWORD})
    name, *rest = answer.headers["set-cookie"].split("; ")
    assert name.startswith("playhead_session=")
    assert rest == ["Path=/", "Max-Age=2592000", "HttpOnly", "SameSite=Lax"]


@pytest.mark.parametrize(
    ("options", "headers", "secure"),
    [
        (("--public-url", "https://stats.example.com"), {}, True),
        (("--public-url", "http://stats.example.com"), {}, False),
        (("--trusted-proxies", "127.0.0.1"), {"x-forwarded-proto": "https"}, True),
        (("--trusted-proxies", "127.0.0.1"), {"x-forwarded-proto": "http"}, False),
        # Anybody can write that header.
        (("--trusted-proxies", "192.0.2.1"), {"x-forwarded-proto": "https"}, False),
    ],
)
def test_the_cookie_of_an_encrypted_connection_stays_on_such(
    own_server: Server, options: tuple[str, ...], headers: dict[str, str], secure: bool
) -> None:
    own_server.options = options
    own_server.start()
    user = new_user(own_server, own_server.account())
    answer = httpx.post(
        f"{own_server.url}/session",
        json={"email": user.email, "password": PASSWORD},
        headers=headers,
    )
    assert answer.headers["set-cookie"].endswith("; Secure") == secure


def test_no_cache_keeps_who_is_signed_in_and_head_tells_the_same(
    browser: httpx.Client, user: User
) -> None:
    for _ in range(2):
        full, head = browser.get("/session"), browser.head("/session")
        assert full.headers["cache-control"] == head.headers["cache-control"] == "no-store"
        assert head.headers["etag"] == full.headers["etag"]
        assert (head.status_code, head.content) == (200, b"")
        sign_in(browser, user.email)


@pytest.mark.parametrize("written", [str.upper, lambda email: f"  {email}\t", str.title])
def test_an_email_may_be_written_in_any_case(
    browser: httpx.Client, user: User, written: Callable[[str], str]
) -> None:
    sign_in(browser, written(user.email))
    assert browser.get("/session").json()["user"]["email"] == user.email


def test_a_password_is_the_same_however_the_keyboard_composes_it(
    server: Server, account: TestAccount, browser: httpx.Client
) -> None:
    user = new_user(server, account, password="caf\u00e9 caf\u00e9")
    sign_in(browser, user.email, "cafe\u0301 cafe\u0301")


def test_who_is_wrong_does_not_learn_what_was_wrong(browser: httpx.Client, user: User) -> None:
    answers = [
        browser.post("/session", json={"email": email, "password": password})
        for email, password in (
            (user.email, "wrong password"),
            (user.email, PASSWORD.upper()),
            (user.email, f"{PASSWORD} "),
            (user.email, ""),
            (f"x{user.email}", PASSWORD),
            ("", ""),
            ("' OR 1=1 --", PASSWORD),
            (user.email + "\x00", PASSWORD),
            (user.email, PASSWORD + "\x00"),
        )
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()) == (401, WRONG)
        assert "set-cookie" not in answer.headers
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1
    assert not is_signed_in(browser)


def test_signing_out_ends_the_sign_in_on_the_server(browser: httpx.Client, user: User) -> None:
    headers = sign_in(browser, user.email)
    cookie = dict(browser.cookies)
    answer = browser.delete("/session", headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["set-cookie"].startswith("playhead_session=; Path=/; Max-Age=0")
    assert not is_signed_in(browser)
    # Not even with what the browser should have forgotten.
    browser.cookies.update(cookie)
    assert not is_signed_in(browser)
    assert browser.delete("/session").status_code == 204


def test_signing_in_again_ends_what_the_browser_had_before(
    browser: httpx.Client, user: User
) -> None:
    sign_in(browser, user.email)
    before = dict(browser.cookies)
    sign_in(browser, user.email)
    assert browser.cookies["playhead_session"] != before["playhead_session"]
    assert is_signed_in(browser)
    browser.cookies.clear()
    browser.cookies.update(before)
    assert not is_signed_in(browser)


# -- what the cookie opens -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "reads", "writes", "manages"),
    [("viewer", 200, 403, 403), ("editor", 200, 201, 403), ("admin", 200, 201, 200)],
)
def test_a_role_is_what_its_scopes_allow(
    server: Server,
    account: TestAccount,
    browser: httpx.Client,
    role: str,
    reads: int,
    writes: int,
    manages: int,
) -> None:
    headers = sign_in(browser, new_user(server, account, role=role).email)
    for path in ("/v1/stats/account", "/modern/medias", "/manage/account"):
        assert browser.get(path).status_code == reads
    for path in ("/v1/medias", "/modern/folders"):
        answer = browser.post(path, json={"name": "x"}, headers=headers)
        assert answer.status_code == writes
    assert browser.get("/manage/users").status_code == manages
    answer = browser.put("/v1/medias/lesson-1", json={"name": "x"}, headers=headers)
    assert answer.status_code == (403 if role == "viewer" else 404)
    if role == "viewer":
        assert answer.json() == {
            "error": "Your role lacks the scope 'write'.",
            "code": "unauthorized_scope",
        }


def test_a_change_of_role_holds_from_the_next_request(
    server: Server, account: TestAccount, browser: httpx.Client, api: Any
) -> None:
    user = new_user(server, account, role="viewer")
    headers = sign_in(browser, user.email)
    for role, status in (("editor", 201), ("viewer", 403)):
        assert api("PATCH", f"/manage/users/{user.id}", {"role": role}).status_code == 200
        assert browser.post("/v1/medias", json={}, headers=headers).status_code == status


def test_where_there_is_a_token_the_cookie_is_not_looked_at(
    server: Server,
    account: TestAccount,
    user: User,
    browser: httpx.Client,
    new_account: Callable[..., TestAccount],
) -> None:
    headers = sign_in(browser, user.email)
    other = new_account()
    assert browser.get(ACCOUNT).json()["id"] == account.id
    assert browser.get(ACCOUNT, headers=other.headers).json()["id"] == other.id
    for wrong in ({"authorization": "Bearer nobody"}, {"authorization": ""}):
        assert browser.get(ACCOUNT, headers=wrong).status_code == 401
        assert browser.get("/session", headers=wrong).json()["signed_in"] is False
    for query in ("nobody", ""):
        assert browser.get(ACCOUNT, params={"api_password": query}).status_code == 401
    # The token's scopes decide, and it needs no header.
    reads = bearer(new_token(server, account, "read")[1])
    assert browser.post("/v1/medias", json={}, headers=reads | headers).status_code == 403
    assert browser.post("/v1/medias", json={}, headers=account.headers).status_code == 201


def test_two_cookies_of_the_name_are_nobodys(server: Server, user: User) -> None:
    with httpx.Client(base_url=server.url) as browser:
        sign_in(browser, user.email)
        secret = browser.cookies["playhead_session"]
    good = f"playhead_session={secret}"
    for cookie, signed_in in (
        (good, True),
        (f"a=b; {good}; c", True),
        (f"{good}; {good}", False),
        (f"{good}; playhead_session=", False),
        (f"{good}x", False),
        ("playhead_session=" + "x" * 5000, False),
        (f"Playhead_Session={secret}", False),
        ("playhead_session=\xff", False),
    ):
        answer = httpx.get(f"{server.url}/session", headers={b"cookie": cookie.encode("latin-1")})
        assert answer.json()["signed_in"] == signed_in, cookie


def test_what_a_cookie_opens_no_other_origin_may_read(
    server: Server, browser: httpx.Client
) -> None:
    account = server.account(cors_origins=["https://app.example.com", "*"])
    sign_in(browser, new_user(server, account).email)
    origin = {"origin": "https://app.example.com"}
    with_token = httpx.get(f"{server.url}{ACCOUNT}", headers=account.headers | origin)
    assert with_token.headers["access-control-allow-origin"] == "https://app.example.com"
    for path in (ACCOUNT, "/session", "/manage/account", "/v1/medias/nothing", "/manage/users"):
        answer = browser.get(path, headers=origin)
        assert not [name for name in answer.headers if name.startswith("access-control")]
    assert "access-control-allow-credentials" not in with_token.headers
    preflight = browser.options(
        "/session", headers=origin | {"access-control-request-method": "POST"}
    )
    assert "POST" not in preflight.headers.get("access-control-allow-methods", "")


def test_caches_keep_answers_apart_by_cookie(browser: httpx.Client, user: User) -> None:
    sign_in(browser, user.email)
    assert "Cookie" in browser.get(ACCOUNT).headers["vary"].split(", ")
    first = browser.get(ACCOUNT)
    again = browser.get(ACCOUNT, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["vary"] == first.headers["vary"]


# -- other sites' pages --------------------------------------------------------------------------


def test_a_change_by_cookie_needs_the_header_of_this_very_sign_in(
    browser: httpx.Client, second_browser: httpx.Client, user: User
) -> None:
    headers = sign_in(browser, user.email)
    others = sign_in(second_browser, user.email)
    changes: list[tuple[str, str, Any]] = [
        ("POST", "/v1/medias", {"name": "x"}),
        ("PUT", "/modern/medias/x", {"name": "x"}),
        ("DELETE", "/v1/projects/x", None),
        ("PATCH", "/manage/account", {"name": "x"}),
        ("POST", "/manage/tokens", {"name": "x", "scopes": ["read"]}),
        ("DELETE", f"/manage/users/{user.id}", None),
        ("PUT", "/session/password", {"current": PASSWORD, "new": "another password"}),
        ("DELETE", "/session", None),
    ]
    for method, path, body in changes:
        answer = browser.request(method, path, json=body)
        assert_error(answer, 403, "csrf: X-Playhead-CSRF is missing (GET /session says it)")
        for wrong in (others["x-playhead-csrf"], headers["x-playhead-csrf"][:-1], "\xff"):
            answer = browser.request(
                method, path, json=body, headers={b"x-playhead-csrf": wrong.encode("latin-1")}
            )
            assert_error(
                answer,
                403,
                "csrf: X-Playhead-CSRF is not this sign-in's (GET /session says it)",
            )
    assert is_signed_in(browser)
    assert browser.get("/v1/medias").json() == []
    assert browser.post("/v1/medias", json={"name": "x"}, headers=headers).status_code == 201


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "{own}"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "http://127.0.0.1:1"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://["}, 403),
        ({"origin": ""}, 403),
    ],
)
def test_only_this_servers_pages_sign_anybody_in(
    server: Server, user: User, headers: dict[str, str], status: int
) -> None:
    headers = {name: value.format(own=server.url) for name, value in headers.items()}
    answer = httpx.post(
        f"{server.url}/session", json={"email": user.email, "password": PASSWORD}, headers=headers
    )
    assert answer.status_code == status
    assert ("set-cookie" in answer.headers) == (status == 200)


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""],
)
def test_a_form_of_another_site_signs_nobody_in(server: Server, user: User, kind: str) -> None:
    body = json.dumps({"email": user.email, "password": PASSWORD}).encode()
    answer = httpx.post(f"{server.url}/session", content=body, headers={"content-type": kind})
    assert_error(
        answer,
        415,
        f"content-type: {kind.partition(';')[0]!r} is not taken here (use application/json)",
    )


# -- the end of a sign-in ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "days", "signed_in"),
    [
        ("used_ms", 13.9, True),
        ("used_ms", 14, False),
        ("started_ms", 29.9, True),
        ("started_ms", 30, False),
    ],
)
def test_a_sign_in_ends_after_30_days_or_14_without_use(
    server: Server, browser: httpx.Client, user: User, column: str, days: float, signed_in: bool
) -> None:
    headers = sign_in(browser, user.email)
    in_catalog(
        server,
        f"UPDATE sign_ins SET {column} = :then WHERE user_id = :user",
        then=now_ms() - round(days * DAY_MS),
        user=user.id,
    )
    assert is_signed_in(browser) == signed_in
    changed = browser.post("/v1/medias", json={}, headers=headers)
    assert changed.status_code == (201 if signed_in else 401)


def test_use_is_noted_once_a_minute(
    server: Server, account: TestAccount, browser: httpx.Client, user: User
) -> None:
    sign_in(browser, user.email)
    for ago, noted in ((50_000, False), (61_000, True)):
        then = now_ms() - ago
        wanted = "sign_ins SET used_ms = :then WHERE user_id = :user"
        in_catalog(server, f"UPDATE {wanted}", then=then, user=user.id)
        assert is_signed_in(browser)
        [(used,)] = in_catalog(
            server, "SELECT used_ms FROM sign_ins WHERE user_id = :user", user=user.id
        )
        assert (used != then) == noted
    [told] = httpx.get(f"{server.url}/manage/users", headers=account.headers).json()
    assert told["last_seen"] is not None


def test_what_is_over_is_forgotten_and_one_user_has_a_hundred_at_most(
    server: Server, account: TestAccount, browser: httpx.Client, user: User
) -> None:
    sign_in(browser, user.email)
    other = new_user(server, account)
    long_ago, recent, older = now_ms() - 40 * DAY_MS, now_ms() - 1000, now_ms() - 5000
    times = [long_ago if number % 2 else recent for number in range(150)] + [older] * 120
    many_in_catalog(
        server,
        "INSERT INTO sign_ins (user_id, hash, started_ms, used_ms) "
        "VALUES (:user, :hash, :time, :time)",
        [
            {"user": other.id, "hash": f"{user.id}-{number}".encode(), "time": time}
            for number, time in enumerate(times)
        ],
    )
    with httpx.Client(base_url=server.url) as third:
        sign_in(third, other.email)
        assert is_signed_in(third)
    count = "SELECT count(*) FROM sign_ins WHERE user_id = :user"
    assert in_catalog(server, count, user=other.id) == [(100,)]
    assert in_catalog(server, f"{count} AND started_ms = :then", user=other.id, then=long_ago) == [
        (0,)
    ]
    assert is_signed_in(browser)


def test_a_removed_user_is_out_at_once(browser: httpx.Client, user: User, api: Any) -> None:
    headers = sign_in(browser, user.email)
    in_the_way = api("DELETE", f"/manage/users/{user.id}")
    assert in_the_way.status_code == 422
    api("POST", "/manage/users", {"email": f"x{user.email}", "password": PASSWORD, "role": "admin"})
    assert api("DELETE", f"/manage/users/{user.id}").status_code == 200
    assert not is_signed_in(browser)
    assert browser.post("/v1/medias", json={}, headers=headers).status_code == 401
    answer = browser.post("/session", json={"email": user.email, "password": PASSWORD})
    assert answer.status_code == 401


# -- passwords -----------------------------------------------------------------------------------


def test_a_new_password_ends_every_other_sign_in(
    browser: httpx.Client, second_browser: httpx.Client, user: User
) -> None:
    headers = sign_in(browser, user.email)
    sign_in(second_browser, user.email)
    body = {"current": PASSWORD, "new": "another password"}
    answer = browser.put("/session/password", json=body, headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert is_signed_in(browser)
    assert not is_signed_in(second_browser)
    old = second_browser.post("/session", json={"email": user.email, "password": PASSWORD})
    assert old.status_code == 401
    sign_in(second_browser, user.email, "another password")


def test_who_found_a_browser_open_cannot_change_its_password(
    server: Server, account: TestAccount, browser: httpx.Client, user: User
) -> None:
    headers = sign_in(browser, user.email)

    def change(current: str, new: str) -> httpx.Response:
        body = {"current": current, "new": new}
        return browser.put("/session/password", json=body, headers=headers)

    assert_error(change("wrong password", "another password"), 403, "current: is not the password")
    for wrong in ("", "x" * 7, "x" * 1001):
        assert_error(change(PASSWORD, wrong), 422, "new: has to have 8 to 1,000 characters")
    # Guessing goes no faster here than at the front door.
    for _ in range(9):
        assert change("wrong password", "another password").status_code == 403
    assert change(PASSWORD, "another password").status_code == 429
    answer = httpx.put(
        f"{server.url}/session/password",
        json={"current": PASSWORD, "new": "another password"},
        headers=account.headers,
    )
    assert_error(answer, 403, "This is for users who are signed in.")
    assert httpx.put(f"{server.url}/session/password", json={}).status_code == 401


def test_a_password_is_kept_as_a_hash_that_is_renewed_when_its_parameters_are_old(
    server: Server, browser: httpx.Client, user: User
) -> None:
    kept = "SELECT password_hash FROM users WHERE id = :user"
    old = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    in_catalog(
        server, "UPDATE users SET password_hash = :old WHERE id = :user", old=old, user=user.id
    )
    sign_in(browser, user.email)
    [(new,)] = in_catalog(server, kept, user=user.id)
    assert new.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    sign_in(browser, user.email)
    assert in_catalog(server, kept, user=user.id) == [(new,)]


def test_secrets_are_in_no_file_and_no_log(
    server: Server,
    account: TestAccount,
    browser: httpx.Client,
    catalog_files: Callable[[], bytes],
) -> None:
    password = "a password to look for 8d1f"
    user = new_user(server, account, password=password)
    headers = sign_in(browser, user.email, password)
    browser.post("/session", json={"email": user.email, "password": f"{password} wrong"})
    browser.put("/session/password", json={"current": password, "new": "x"}, headers=headers)
    browser.post(
        "/session",
        content=f'{{"password": "{password}"',
        headers={"content-type": "application/json"},
    )
    made = browser.post("/manage/tokens", json={"name": "x", "scopes": ["read"]}, headers=headers)
    secrets = [
        password,
        browser.cookies["playhead_session"],
        headers["x-playhead-csrf"],
        made.json()["secret"],
    ]
    logged = json.dumps(server.events)
    kept = catalog_files()
    assert user.email.encode() in kept
    for secret in secrets:
        assert secret not in logged
        assert secret.encode() not in kept


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 400, "body: is not JSON"),
        (b"{", 400, "body: is not JSON"),
        (b"[]", 422, "body: expected an object, got a list"),
        (b"{}", 422, "email: is missing and required"),
        (b'{"email": 5, "password": "x"}', 422, "email: expected text, got a whole number"),
        (b'{"email": "x"}', 422, "password: is missing and required"),
        (b'{"email": "x", "password": null}', 422, "password: expected text, got null"),
        (b'{"email": "\\ud800", "password": "x"}', 400, "body: is not JSON"),
        (b'{"email": "' + b"x" * 40_000 + b'"}', 413, "body: is too large"),
        (
            b'{"email": "x", "password": "' + b"x" * 1001 + b'"}',
            422,
            "password: expected text of length <= 1000",
        ),
    ],
)
def test_what_cannot_be_a_sign_in_is_refused(
    http: httpx.Client, body: bytes, status: int, error: str
) -> None:
    answer = http.post("/session", content=body, headers={"content-type": "application/json"})
    assert_error(answer, status, error)
