"""playhead user: users from the command line, also while the server runs."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from playhead.cli import main
from support import PASSWORD, Server, TestAccount, sign_in

pytestmark = pytest.mark.every_catalog


@pytest.fixture
def command(server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run ``playhead user ...`` on the data of the running server."""
    monkeypatch.delenv("PLAYHEAD_CATALOG", raising=False)

    def run(*words: str, given: str = "") -> Result:
        return CliRunner(env=server.environment).invoke(
            main, ["user", *words], input=given, prog_name="playhead"
        )

    return run


def email_of(account: TestAccount) -> str:
    return f"{account.key}@example.com"


def created(command: Any, account: TestAccount, *options: str, password: str = PASSWORD) -> Result:
    words = ["create", email_of(account), "--account", account.key, "--password-stdin", *options]
    done: Result = command(*words, given=f"{password}\n")
    return done


def test_a_user_is_made_beside_a_running_server_and_signs_in_at_once(
    command: Any, server: Server, account: TestAccount
) -> None:
    done = created(command, account, "--name", "Ada", "--role", "editor")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"User {email_of(account)} (editor) of Test can sign in now.\n"
    with httpx.Client(base_url=server.url) as browser:
        sign_in(browser, email_of(account))
        told = browser.get("/session").json()
    assert (told["user"]["name"], told["account"]["key"]) == ("Ada", account.key)


def test_the_first_user_is_an_admin_unless_told_otherwise(
    command: Any, server: Server, account: TestAccount
) -> None:
    assert created(command, account).exit_code == 0
    with httpx.Client(base_url=server.url) as browser:
        sign_in(browser, email_of(account))
        assert browser.get("/session").json()["user"]["role"] == "admin"


def test_the_password_is_asked_for_twice_and_never_shown(
    command: Any, server: Server, account: TestAccount
) -> None:
    words = ["create", email_of(account), "--account", account.key]
    done = command(*words, given=f"{PASSWORD}\nanother one\n{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0
    assert "do not match" in done.output
    assert PASSWORD not in done.output
    assert done.stderr.count("Password: ") == 2
    with httpx.Client(base_url=server.url) as browser:
        sign_in(browser, email_of(account))


def test_a_new_password_signs_out_who_is_signed_in(
    command: Any, server: Server, account: TestAccount
) -> None:
    created(command, account)
    with httpx.Client(base_url=server.url) as browser:
        sign_in(browser, email_of(account))
        words = ["password", email_of(account).upper(), "--password-stdin"]
        done = command(*words, given="another password\r\n")
        assert done.stdout == f"User {email_of(account)} has a new password.\n"
        assert browser.get("/session").json()["signed_in"] is False
        sign_in(browser, email_of(account), "another password")


def test_users_are_listed_changed_and_removed(
    command: Any, server: Server, account: TestAccount
) -> None:
    created(command, account)
    listed = command("list", "--account", account.key)
    assert listed.stdout.startswith(email_of(account))
    assert "never signed in" in listed.stdout
    everybody = command("list")
    assert listed.stdout in everybody.stdout
    assert "argon2" not in command("list", "--json").stdout
    with httpx.Client(base_url=server.url) as browser:
        sign_in(browser, email_of(account))
        assert "never" not in command("list", "--account", account.key).stdout
        # Whoever has the machine may demote even the last admin.
        done = command("change", email_of(account), "--role", "viewer", "--name", "Bob")
        assert done.stdout == f"User {email_of(account)} (viewer) Bob\n"
        assert browser.get("/session").json()["scopes"] == ["read"]
        done = command("remove", email_of(account))
        assert done.stdout == f"User {email_of(account)} is removed.\n"
        assert browser.get("/session").json()["signed_in"] is False
    assert command("list", "--account", account.key).stdout == ""


@pytest.mark.parametrize(
    ("words", "given", "error"),
    [
        (["create", "ada", "--account", "{key}"], "", "EMAIL: is not an address (use one like"),
        (["create", "a@b.c", "--account", "none"], "", "--account: no account has the key 'none'"),
        (
            ["create", "a@b.c", "--account", "{key}", "--password-stdin"],
            "short\n",
            "password: has to have 8 to 1,000 characters",
        ),
        (
            ["create", "a@b.c", "--account", "{key}", "--password-stdin"],
            "",
            "password: has to have 8 to 1,000 characters",
        ),
        (
            ["create", "a@b.c", "--account", "{key}", "--password-stdin"],
            "x" * 100_000,
            "password: has to have 8 to 1,000 characters",
        ),
        (["password", "nobody@b.c"], "", "EMAIL: there is no user 'nobody@b.c'"),
        (["change", "nobody@b.c"], "", "EMAIL: there is no user 'nobody@b.c'"),
        (["remove", "nobody@b.c"], "", "EMAIL: there is no user 'nobody@b.c'"),
        (["list", "--account", "none"], "", "--account: no account has the key 'none'"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    command: Any, account: TestAccount, words: list[str], given: str, error: str
) -> None:
    done = command(*(word.format(key=account.key) for word in words), given=given)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: {error}")
    assert len(done.stderr.splitlines()) == 1


def test_an_address_is_one_users_and_that_is_said_before_a_password_is_asked_for(
    command: Any, account: TestAccount
) -> None:
    assert created(command, account).exit_code == 0
    done = command("create", email_of(account).upper(), "--account", account.key)
    assert (done.exit_code, done.stderr) == (1, "Error: EMAIL: is taken\n")


def test_a_password_is_in_nothing_that_is_kept(
    command: Any, catalog_files: Callable[[], bytes], account: TestAccount
) -> None:
    password = "a password to look for 77c2"
    assert password not in created(command, account, "--json", password=password).output
    kept = catalog_files()
    assert email_of(account).encode() in kept
    assert password.encode() not in kept
