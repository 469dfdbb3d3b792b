"""Guessing passwords: how often one may, who has to wait, and who has not to."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from playhead.catalog import User
from support import PASSWORD, Server, TestAccount, new_user

Attempt = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that believes what this machine says of clients' addresses."""
    folder = tmp_path_factory.mktemp("proxied") / "data"
    started = Server(folder, options=("--trusted-proxies", "127.0.0.1")).start()
    yield started
    started.stop()


@pytest.fixture
def owner(proxied: Server) -> User:
    return new_user(proxied, proxied.account())


@pytest.fixture
def attempt(proxied: Server) -> Iterator[Attempt]:
    """Sign in from an address, by default with a wrong password."""
    with httpx.Client(base_url=proxied.url, timeout=60) as http:

        def ask(email: str, address: str, password: str = "wrong password") -> httpx.Response:
            http.cookies.clear()
            return http.post(
                "/session",
                json={"email": email, "password": password},
                headers={"x-forwarded-for": address},
            )

        yield ask


def assert_has_to_wait(answer: httpx.Response) -> None:
    assert answer.status_code == 429
    wait_s = int(answer.headers["retry-after"])
    assert 1 <= wait_s <= 900
    assert answer.json() == {
        "error": f"too many failed attempts to sign in; try again in {wait_s} s"
    }


def test_after_ten_failures_one_has_to_wait_even_with_the_right_password(
    attempt: Attempt, owner: User
) -> None:
    for _ in range(10):
        assert attempt(owner.email, "192.0.2.1").status_code == 401
    assert_has_to_wait(attempt(owner.email, "192.0.2.1"))
    assert_has_to_wait(attempt(owner.email.upper(), "192.0.2.1", PASSWORD))
    # The owner, who is somewhere else, does not.
    assert attempt(owner.email, "192.0.2.2", PASSWORD).status_code == 200


def test_an_email_that_nobody_has_is_treated_alike(attempt: Attempt) -> None:
    for _ in range(10):
        assert attempt("nobody@example.com", "192.0.2.3").status_code == 401
    assert_has_to_wait(attempt("nobody@example.com", "192.0.2.3"))


def test_a_success_forgets_the_failures(attempt: Attempt, owner: User) -> None:
    for _ in range(3):
        for _ in range(9):
            assert attempt(owner.email, "192.0.2.4").status_code == 401
        assert attempt(owner.email, "192.0.2.4", PASSWORD).status_code == 200


def test_one_address_may_not_try_many_emails(attempt: Attempt, owner: User) -> None:
    for number in range(50):
        assert attempt(f"user-{number}@example.com", "2001:db8::1").status_code == 401
    assert_has_to_wait(attempt("another@example.com", "2001:db8::1"))
    # Of IPv6 a whole /64 is one machine's.
    assert_has_to_wait(attempt("another@example.com", "2001:db8::ffff:1"))
    assert attempt("another@example.com", "2001:db8:0:1::1").status_code == 401
    assert attempt(owner.email, "192.0.2.5", PASSWORD).status_code == 200


def test_many_addresses_may_not_try_one_email_and_its_owner_gets_in_where_known(
    attempt: Attempt, owner: User
) -> None:
    assert attempt(owner.email, "192.0.2.6", PASSWORD).status_code == 200
    for number in range(100):
        assert attempt(owner.email, f"198.51.100.{number}").status_code == 401
    assert_has_to_wait(attempt(owner.email, "198.51.100.200"))
    assert_has_to_wait(attempt(owner.email, "198.51.100.200", PASSWORD))
    assert attempt(owner.email, "192.0.2.6", PASSWORD).status_code == 200
    # Which was a success, so that it is open to others again.
    assert attempt(owner.email, "198.51.100.201", PASSWORD).status_code == 200


def test_attempts_at_the_same_time_count_each(proxied: Server, owner: User) -> None:
    def ask(_: int) -> int:
        return httpx.post(
            f"{proxied.url}/session",
            json={"email": owner.email, "password": "wrong password"},
            headers={"x-forwarded-for": "192.0.2.7"},
            timeout=60,
        ).status_code

    with ThreadPoolExecutor(20) as pool:
        found = sorted(pool.map(ask, range(30)))
    assert found == [401] * 10 + [429] * 20


def test_a_stranger_cannot_choose_the_address_that_counts(
    server: Server, account: TestAccount
) -> None:
    """This server trusts no proxy, so whatever stands in the header is ignored."""
    user = new_user(server, account)
    with httpx.Client(base_url=server.url) as http:
        found = [
            http.post(
                "/session",
                json={"email": user.email, "password": "wrong password"},
                headers={"x-forwarded-for": f"192.0.2.{number}"},
            ).status_code
            for number in range(12)
        ]
    assert found == [401] * 10 + [429] * 2


def test_a_signed_in_browser_over_its_limit_is_told_when_to_come_back(own_server: Server) -> None:
    own_server.options = ("--api-limit", "5")
    own_server.start()
    account = own_server.account()
    user = new_user(own_server, account)
    with httpx.Client(base_url=own_server.url) as http:
        http.post("/session", json={"email": user.email, "password": PASSWORD})
        assert [http.get("/v1/account").status_code for _ in range(6)] == [200] * 5 + [429]
        answer = http.get("/v1/account")
        assert 1 <= int(answer.headers["retry-after"]) <= 12
        assert answer.json()["error"].startswith("too many requests at once; try again in ")
        # What is asked with a token has a limit of its own.
        assert http.get("/v1/account", headers=account.headers).status_code == 200
