"""Managing an account over the API: settings, tokens and users."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from support import (
    PASSWORD,
    Api,
    Server,
    TestAccount,
    assert_error,
    beacon,
    new_user,
    sign_in,
    wait_until,
)
from tokens import bearer, new_token

pytestmark = pytest.mark.every_catalog

READERS = [("GET", "/manage/account")]
ADMINS = [
    ("PATCH", "/manage/account"),
    ("GET", "/manage/tokens"),
    ("POST", "/manage/tokens"),
    ("DELETE", "/manage/tokens/1"),
    ("GET", "/manage/users"),
    ("POST", "/manage/users"),
    ("PATCH", "/manage/users/1"),
    ("DELETE", "/manage/users/1"),
]


@pytest.fixture
def admin(server: Server, account: TestAccount) -> Iterator[Api]:
    """Ask as a signed-in admin of the account."""
    user = new_user(server, account)
    with httpx.Client(base_url=server.url, timeout=30) as http:
        headers = sign_in(http, user.email)

        def ask(method: str, path: str, body: Any = None) -> httpx.Response:
            return http.request(method, path, json=body, headers=headers)

        yield ask


@pytest.mark.parametrize(("method", "path"), READERS + ADMINS)
def test_managing_needs_the_scope(
    server: Server, http: httpx.Client, account: TestAccount, method: str, path: str
) -> None:
    needed = "read" if (method, path) in READERS else "admin"
    others = {"read", "write", "admin"} - {needed}
    assert http.request(method, path, content=b"{").status_code == 401
    _, secret = new_token(server, account, *others)
    answer = http.request(method, path, headers=bearer(secret), content=b"{")
    assert answer.status_code == 403
    assert answer.json()["error"] == f"This token lacks the scope '{needed}'."


# -- the account ---------------------------------------------------------------------------------


def test_the_accounts_settings_are_shown_and_changed_one_by_one(
    admin: Api, account: TestAccount
) -> None:
    shown = admin("GET", "/manage/account").json()
    assert shown == {
        "key": account.key,
        "name": "Test",
        "timezone": "UTC",
        "address_mode": "truncated",
        "registers_medias": True,
        "allowed_domains": [],
        "cors_origins": [],
        "public_token": shown["public_token"],
        "tracker_path": "/tracker.js",
        "signed_beacons": False,
    }
    for change, kept in (
        ({"name": "Schule \u00e9"}, {}),
        ({"timezone": "Europe/Berlin"}, {}),
        ({"address_mode": "none"}, {}),
        ({"registers_medias": False}, {}),
        (
            {"allowed_domains": ["WWW.example.com", "*.example.org"]},
            {"allowed_domains": ["www.example.com", "*.example.org"]},
        ),
        (
            {"cors_origins": ["HTTPS://App.example.com:443", "*"]},
            {"cors_origins": ["https://app.example.com", "*"]},
        ),
        ({"allowed_domains": [], "cors_origins": []}, {}),
        ({}, {}),
        ({"key": "mine", "public_token": "mine"}, {"key": account.key}),
    ):
        shown |= change | kept | {"public_token": shown["public_token"]}
        assert admin("PATCH", "/manage/account", change).json() == shown
        assert admin("GET", "/manage/account").json() == shown


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"name": ""}, "name: expected text of length >= 1"),
        ({"name": " \t"}, "name: is empty"),
        ({"name": "\x00"}, "name: is empty"),
        ({"name": "x" * 201}, "name: expected text of length <= 200"),
        ({"name": None}, "name: expected text, got null"),
        (
            {"timezone": "Mars"},
            "timezone: 'Mars' is not an IANA time zone (use a name like Europe/Berlin or UTC)",
        ),
        (
            {"timezone": "../../etc/passwd"},
            (
                "timezone: '../../etc/passwd' is not an IANA time zone "
                "(use a name like Europe/Berlin or UTC)"
            ),
        ),
        ({"address_mode": "some"}, "address_mode: does not have the form (whole|truncated|none)"),
        ({"registers_medias": 1}, "registers_medias: expected true or false"),
        ({"signed_beacons": "true"}, "signed_beacons: expected true or false"),
        ({"registers_medias": "true"}, "registers_medias: expected true or false"),
        (
            {"allowed_domains": ["example.com", "http://example.com"]},
            (
                "allowed_domains[1]: 'http://example.com' is not a host "
                "(use www.example.com or *.example.com)"
            ),
        ),
        (
            {"allowed_domains": [""]},
            "allowed_domains[0]: '' is not a host (use www.example.com or *.example.com)",
        ),
        ({"allowed_domains": "example.com"}, "allowed_domains: expected a list, got text"),
        ({"allowed_domains": [5]}, "allowed_domains[0]: expected text, got a whole number"),
        ({"allowed_domains": ["x"] * 101}, "allowed_domains: expected a list of length <= 100"),
        (
            {"cors_origins": ["https://a.example", "app.example.com"]},
            (
                "cors_origins[1]: 'app.example.com' is not an origin "
                "(use scheme and host like https://app.example.com, or * for all)"
            ),
        ),
    ],
)
def test_a_bad_setting_is_named_and_changes_nothing(
    admin: Api, body: dict[str, Any], error: str
) -> None:
    before = admin("GET", "/manage/account").json()
    assert_error(admin("PATCH", "/manage/account", {"name": "New"} | body), 422, error)
    assert admin("GET", "/manage/account").json() == before


def test_the_collector_follows_a_change(
    admin: Api, http: httpx.Client, account: TestAccount
) -> None:
    one = beacon(account, page={"url": "https://www.example.com/"})
    assert http.post("/collect", json=one).status_code == 204
    admin("PATCH", "/manage/account", {"allowed_domains": ["elsewhere.example"]})
    wait_until(lambda: http.post("/collect", json=one).status_code == 403, every_s=0.1)


# -- tokens --------------------------------------------------------------------------------------


def test_a_token_is_made_told_once_used_and_revoked(admin: Api, http: httpx.Client) -> None:
    body = {"name": "Reports", "scopes": ["write", "read", "read"]}
    answer = admin("POST", "/manage/tokens", body)
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    made = answer.json()
    secret = made.pop("secret")
    assert made == made | {
        "name": "Reports",
        "hint": secret[:8],
        "scopes": ["read", "write"],
        "revoked": None,
    }
    listed = admin("GET", "/manage/tokens")
    assert made in listed.json()
    assert secret not in listed.text
    assert http.post("/v1/medias", json={}, headers=bearer(secret)).status_code == 201
    assert http.get("/manage/tokens", headers=bearer(secret)).status_code == 403
    revoked = admin("DELETE", f"/manage/tokens/{made['id']}").json()
    assert revoked == made | {"revoked": revoked["revoked"]}
    assert revoked["revoked"] is not None
    assert http.get("/v1/medias", headers=bearer(secret)).status_code == 401
    # Once more changes nothing.
    assert admin("DELETE", f"/manage/tokens/{made['id']}").json() == revoked
    assert revoked in admin("GET", "/manage/tokens").json()


def test_a_token_may_revoke_itself(http: httpx.Client, account: TestAccount) -> None:
    [own] = http.get("/manage/tokens", headers=account.headers).json()
    answer = http.delete(f"/manage/tokens/{own['id']}", headers=account.headers)
    assert answer.json() == own | {"revoked": answer.json()["revoked"]}
    assert http.get("/manage/tokens", headers=account.headers).status_code == 401


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "name: is missing and required"),
        ({"name": "x"}, "scopes: is missing and required"),
        ({"name": " ", "scopes": ["read"]}, "name: is empty"),
        ({"name": "x", "scopes": []}, "scopes: expected a list of length >= 1"),
        ({"name": "x", "scopes": "read"}, "scopes: expected a list, got text"),
        (
            {"name": "x", "scopes": ["read", "all"]},
            "scopes[1]: does not have the form (read|write|admin)",
        ),
    ],
)
def test_a_bad_token_is_not_made(admin: Api, body: dict[str, Any], error: str) -> None:
    before = admin("GET", "/manage/tokens").json()
    assert_error(admin("POST", "/manage/tokens", body), 422, error)
    assert admin("GET", "/manage/tokens").json() == before


# -- users ---------------------------------------------------------------------------------------


def test_a_user_is_made_and_can_sign_in_at_once(server: Server, admin: Api) -> None:
    email = f"new-{time.time_ns()}@example.com"
    body = {"email": f" {email.upper()}", "name": "Bob", "role": "editor", "password": PASSWORD}
    answer = admin("POST", "/manage/users", body)
    assert answer.status_code == 201
    made = answer.json()
    assert made == made | {"email": email, "name": "Bob", "role": "editor", "last_seen": None}
    with httpx.Client(base_url=server.url) as browser:
        sign_in(browser, email)
        assert browser.get("/session").json()["user"]["id"] == made["id"]
    listed = admin("GET", "/manage/users")
    [seen] = [one for one in listed.json() if one["id"] == made["id"]]
    assert seen == made | {"last_seen": seen["last_seen"]}
    assert seen["last_seen"] is not None
    assert "argon2" not in listed.text


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"email": ...}, "email: is missing and required"),
        ({"email": ""}, "email: is not an address (use one like ada@example.com)"),
        ({"email": "ada"}, "email: is not an address (use one like ada@example.com)"),
        ({"email": "a@b@c"}, "email: is not an address (use one like ada@example.com)"),
        ({"email": "a b@c.d"}, "email: is not an address (use one like ada@example.com)"),
        ({"email": "a\x00@c.d"}, "email: is not an address (use one like ada@example.com)"),
        ({"email": "a@" + "x" * 300}, "email: is not an address (use one like ada@example.com)"),
        ({"email": "x" * 1001}, "email: expected text of length <= 1000"),
        ({"email": None}, "email: expected text, got null"),
        ({"name": "x" * 201}, "name: expected text of length <= 200"),
        ({"role": "owner"}, "role: does not have the form (viewer|editor|admin)"),
        ({"password": ...}, "password: is missing and required"),
        ({"password": "x" * 7}, "password: has to have 8 to 1,000 characters"),
        ({"password": "x" * 1001}, "password: has to have 8 to 1,000 characters"),
        ({"password": 12345678}, "password: expected text, got a whole number"),
    ],
)
def test_a_bad_user_is_not_made(admin: Api, change: dict[str, Any], error: str) -> None:
    body = {"email": f"bad-{time.time_ns()}@example.com", "password": PASSWORD} | change
    body = {name: value for name, value in body.items() if value is not ...}
    before = admin("GET", "/manage/users").json()
    assert_error(admin("POST", "/manage/users", body), 422, error)
    assert admin("GET", "/manage/users").json() == before


def test_a_huge_password_costs_nothing(admin: Api) -> None:
    body = {"email": "huge@example.com", "password": "x" * 100_000}
    assert_error(admin("POST", "/manage/users", body), 413, "body: is too large")


def test_an_email_is_one_users_on_the_whole_server(
    server: Server, admin: Api, new_account: Callable[..., TestAccount]
) -> None:
    theirs = new_user(server, new_account()).email
    body = {"email": theirs.title(), "password": PASSWORD}
    assert_error(admin("POST", "/manage/users", body), 422, "email: is taken")


def test_a_user_is_changed_and_a_new_password_signs_the_user_out(
    server: Server, account: TestAccount, admin: Api
) -> None:
    user = new_user(server, account, role="viewer")
    path = f"/manage/users/{user.id}"
    with httpx.Client(base_url=server.url) as browser:
        sign_in(browser, user.email)
        changed = admin("PATCH", path, {"name": "Bob", "role": "editor"}).json()
        assert (changed["name"], changed["role"], changed["email"]) == ("Bob", "editor", user.email)
        told = browser.get("/session").json()
        assert (told["user"]["name"], told["scopes"]) == ("Bob", ["read", "write"])
        assert admin("PATCH", path, {"password": "another password"}).json()["name"] == "Bob"
        assert browser.get("/session").json()["signed_in"] is False
        sign_in(browser, user.email, "another password")
    for body, error in (
        ({"password": "short"}, "password: has to have 8 to 1,000 characters"),
        ({"role": "owner"}, "role: does not have the form (viewer|editor|admin)"),
        ({"role": ""}, "role: does not have the form (viewer|editor|admin)"),
        ({"name": None}, "name: expected text, got null"),
    ):
        assert_error(admin("PATCH", path, body), 422, error)


def test_an_account_keeps_an_admin(server: Server, account: TestAccount, api: Api) -> None:
    one, two = new_user(server, account), new_user(server, account)
    last = "is the account's last admin (make somebody else one first)"
    assert api("PATCH", f"/manage/users/{one.id}", {"role": "viewer"}).status_code == 200
    answer = api("PATCH", f"/manage/users/{two.id}", {"role": "editor", "name": "New"})
    assert_error(answer, 422, f"role: {last}")
    assert api("GET", "/manage/users").json()[1]["name"] == "Ada"
    assert_error(api("DELETE", f"/manage/users/{two.id}"), 422, f"user: {last}")
    assert api("PATCH", f"/manage/users/{two.id}", {"role": "admin"}).status_code == 200
    assert api("PATCH", f"/manage/users/{one.id}", {"role": "admin"}).status_code == 200
    assert api("DELETE", f"/manage/users/{two.id}").json()["id"] == two.id
    assert api("DELETE", f"/manage/users/{two.id}").status_code == 404


def test_two_admins_who_remove_each_other_at_once_do_not_both_succeed(server: Server) -> None:
    for _ in range(5):
        account = server.account()
        users = [new_user(server, account), new_user(server, account)]

        def remove(user_id: int, account: TestAccount = account) -> int:
            path = f"{server.url}/manage/users/{user_id}"
            return httpx.delete(path, headers=account.headers).status_code

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(remove, [user.id for user in users])) == [200, 422]


def test_nobody_removes_themselves(server: Server, account: TestAccount) -> None:
    one = new_user(server, account)
    new_user(server, account)
    with httpx.Client(base_url=server.url) as browser:
        headers = sign_in(browser, one.email)
        answer = browser.delete(f"/manage/users/{one.id}", headers=headers)
        assert_error(answer, 422, "user: nobody removes themselves (ask another admin)")
        # Giving oneself a new password leaves this browser signed in.
        change = {"password": "another password"}
        answer = browser.patch(f"/manage/users/{one.id}", json=change, headers=headers)
        assert answer.status_code == 200
        assert browser.get("/session").json()["signed_in"] is True


@pytest.mark.parametrize("given", ["theirs", "0", "99999999", "9" * 15, "9" * 40, "x", "%00", "-1"])
def test_another_accounts_token_or_user_looks_like_none(
    server: Server, admin: Api, new_account: Callable[..., TestAccount], given: str
) -> None:
    other = new_account()
    user, (token_id, secret) = new_user(server, other), new_token(server, other, "read")
    for kind, theirs in (("users", user.id), ("tokens", token_id)):
        named = str(theirs) if given == "theirs" else given
        for method in ("PATCH", "DELETE") if kind == "users" else ("DELETE",):
            answer = admin(method, f"/manage/{kind}/{named}", {} if method == "PATCH" else None)
            shown = named.replace("%00", "\\x00")[:80]
            assert_error(answer, 404, f"no {kind[:-1]} '{shown}' in this account")
    assert httpx.get(f"{server.url}/v1/account", headers=bearer(secret)).status_code == 200
    listed = admin("GET", "/manage/users").json()
    assert user.id not in [one["id"] for one in listed]


def test_users_of_two_accounts_see_nothing_of_each_other(
    server: Server, admin: Api, new_account: Callable[..., TestAccount]
) -> None:
    other = new_account()
    admin("POST", "/v1/medias", {"hashed_id": "mine"})
    with httpx.Client(base_url=server.url) as browser:
        headers = sign_in(browser, new_user(server, other).email)
        assert browser.get("/v1/medias").json() == []
        assert browser.get("/v1/medias/mine").status_code == 404
        assert browser.delete("/v1/medias/mine", headers=headers).status_code == 404
        assert browser.get("/manage/account").json()["key"] == other.key
        assert len(browser.get("/manage/users").json()) == 1
    assert admin("GET", "/v1/medias/mine").status_code == 200


def test_lists_are_read_page_by_page_by_each_sign_in_alone(
    server: Server, account: TestAccount, api: Api
) -> None:
    """A sign-in must not go on with a reading of the token that has its number."""
    for name in "abcd":
        api("POST", "/v1/medias", {"name": name})
    with httpx.Client(base_url=server.url) as browser:
        sign_in(browser, new_user(server, account).email)
        pages = "/v1/medias?sort_by=name&per_page=2&page={}"
        assert [one["name"] for one in browser.get(pages.format(1)).json()] == ["a", "b"]
        [first] = [one for one in api("GET", "/v1/medias").json() if one["name"] == "a"]
        api("DELETE", f"/v1/medias/{first['hashed_id']}")
        assert [one["name"] for one in api("GET", pages.format(1)).json()] == ["b", "c"]
        assert [one["name"] for one in browser.get(pages.format(2)).json()] == ["c", "d"]
        assert [one["name"] for one in api("GET", pages.format(2)).json()] == ["d"]
