"""Accounts that take only what their own server has signed, by each way in which a beacon comes."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from collecting import CLOSE, Collecting, collecting, request
from playhead.catalog import Account, AccountChange, AddressMode, Catalog
from playhead.cli import main
from playhead.collect import signatures
from playhead.collect.refusals import Reason
from playhead.signing import expiry_of, sign
from refusing import assert_is_refusal, nothing_kept, post_batch, sums
from signing import demand, demand_signatures, signed
from support import Server, TestAccount, beacon, ndjson, now_ms, session_id, wait_until

DAY_S = 86_400
NOT_SIGNED = (
    "account: has to be a key that the account's server has signed, as KEY~EXPIRES~SIGNATURE"
)
EXPIRED = "account: the signed key has expired (the page has to be given a newer one)"
SECRET = "phb_" + "5" * 48
ACCOUNT: dict[str, Any] = {
    "id": 1,
    "key": "school",
    "name": "School",
    "timezone": "UTC",
    "address_mode": AddressMode.NONE,
    "registers_medias": True,
    "allowed_domains": (),
    "public_token": "",
    "cors_origins": (),
    "signed_beacons": True,
}
TRACKER_PAGE = Path(__file__).parent.parent / "docs" / "tracker.md"


@pytest.fixture
def secret(server: Server, account: TestAccount) -> str:
    return demand_signatures(server, account)


def with_key(account: TestAccount, key: str, **changes: Any) -> dict[str, Any]:
    return beacon(account, **changes) | {"account": key}


def test_a_signed_key_is_taken_and_counts_for_its_account(
    http: httpx.Client, settle: Callable[[], None], account: TestAccount, secret: str
) -> None:
    sent = with_key(account, signed(secret, account))
    assert http.post("/collect", json=sent).status_code == 204
    settle()
    assert sums(http, account)["loads"] == 1


def behind_the_key(signed_key: str, change: Callable[[str], str]) -> str:
    """A signed key with a change behind the account's own key, which stays known."""
    key, mark, signature = signed_key.partition("~")
    return key + change(mark + signature)


FORGED: dict[str, Callable[[str, TestAccount], str]] = {
    "nothing": lambda _, account: account.key,
    "another secret": lambda secret, account: signed(secret + "x", account),
    "another account": lambda secret, account: sign(secret, "another", 2**32).replace(
        "another", account.key
    ),
    "a later time": lambda secret, account: signed(secret, account).replace("~", "~9", 1),
    "half a signature": lambda secret, account: signed(secret, account)[:-32],
    "no signature": lambda secret, account: signed(secret, account)[:-64],
    "something behind": lambda secret, account: signed(secret, account) + "~",
    "other digits": lambda secret, account: behind_the_key(
        signed(secret, account), lambda text: text.replace("1", "\u0661")
    ),
    "capitals": lambda secret, account: behind_the_key(signed(secret, account), str.upper),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=list(FORGED))
def test_what_the_accounts_server_has_not_signed_is_refused(
    http: httpx.Client,
    settle: Callable[[], None],
    account: TestAccount,
    secret: str,
    forge: Callable[[str, TestAccount], str],
) -> None:
    with nothing_kept(http, account, settle, Reason.SIGNATURE):
        answer = http.post("/collect", json=with_key(account, forge(secret, account)))
        assert_is_refusal(answer, Reason.SIGNATURE, 403, NOT_SIGNED)


def test_an_expired_key_begins_no_session(
    http: httpx.Client, settle: Callable[[], None], account: TestAccount, secret: str
) -> None:
    with nothing_kept(http, account, settle, Reason.EXPIRED):
        answer = http.post(
            "/collect", json=with_key(account, signed(secret, account, good_for_s=-1))
        )
        assert_is_refusal(answer, Reason.EXPIRED, 403, EXPIRED)


@pytest.mark.parametrize(
    ("began_s_ago", "expired_s_ago", "status"),
    [(7200, 3600, 204), (2 * DAY_S, DAY_S - 60, 204), (2 * DAY_S, DAY_S + 60, 403), (60, 120, 403)],
)
def test_a_session_that_began_in_time_goes_on_for_a_day(
    http: httpx.Client,
    account: TestAccount,
    secret: str,
    began_s_ago: int,
    expired_s_ago: int,
    status: int,
) -> None:
    sent = with_key(
        account,
        signed(secret, account, good_for_s=-expired_s_ago),
        session=session_id(now_ms() - began_s_ago * 1000),
    )
    assert http.post("/collect", json=sent).status_code == status


def test_where_nothing_is_demanded_keys_are_taken_signed_and_unsigned(
    http: httpx.Client, settle: Callable[[], None], account: TestAccount
) -> None:
    # So the pages may be changed first, and the account after them.
    for key in (account.key, f"{account.key}~{2**32}~{'0' * 64}"):
        assert http.post("/collect", json=with_key(account, key)).status_code == 204
    settle()
    assert sums(http, account)["loads"] == 2


def test_a_batch_refuses_line_by_line_and_a_write_token_signs_for_its_own_account(
    server: Server, http: httpx.Client, account: TestAccount, secret: str
) -> None:
    good, bad = with_key(account, signed(secret, account)), beacon(account)
    refused = {"line": 2, "error": NOT_SIGNED}
    for headers in ({}, server.account().headers):
        answer = post_batch(http, ndjson([good, bad]), **headers)
        assert answer.json() == {"accepted": 1, "rejected": [refused]}
    answer = post_batch(http, ndjson([good, bad]), **account.headers)
    assert answer.json() == {"accepted": 2, "rejected": []}


@pytest.fixture(params=[None, HttpToolsProtocol], ids=["short way", "long way"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Collecting]:
    protocol: type[asyncio.Protocol] | None = request.param
    with collecting(tmp_path, protocol) as opened:
        yield opened


@pytest.fixture
def held(place: Collecting) -> TestAccount:
    return account_in(place)


def account_in(place: Collecting) -> TestAccount:
    made = place.catalog.accounts.create("Test")
    return TestAccount(made.key, "", "UTC", made.id)


def status(place: Collecting, account: TestAccount, key: str) -> int:
    return int(place.ask(request(with_key(account, key), CLOSE)).split()[1])


def test_a_key_is_checked_once_and_its_beacons_go_the_short_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    def counted(key: str, secrets: tuple[str, ...]) -> int | None:
        checked.append(key)
        return expiry_of(key, secrets)

    monkeypatch.setattr(signatures, "expiry_of", counted)
    with collecting(tmp_path) as place:
        account = account_in(place)
        key = signed(demand(place.catalog, account), account)
        assert [status(place, account, key) for _ in range(5)] == [204] * 5
        # The first one has its account looked up.
        assert (checked, place.long_way) == ([key], 1)


def test_what_was_forged_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    # Anybody can make up keys without end; those that were signed are few, and bounded too.
    monkeypatch.setattr(signatures, "_MOST_KEPT", 10)
    remembers, account = signatures.Signatures(), Account(**ACCOUNT)
    remembers.learn(account.id, (SECRET,))
    for number in range(50):
        assert remembers.expiry_ms(account, f"school~{number}~{'0' * 64}") is None
    assert remembers._checked == {}
    for number in range(50):
        key = sign(SECRET, "school", number)
        assert remembers.expiry_ms(account, key) == number * 1000
        assert len(remembers._checked) <= 10


def test_secrets_follow_each_other_without_a_gap_and_end_within_a_second(
    place: Collecting, held: TestAccount
) -> None:
    secrets = place.catalog.beacon_secrets
    old = signed(demand(place.catalog, held), held)
    assert status(place, held, old) == 204
    new = signed(secrets.renew(held.id), held)
    wait_until(lambda: status(place, held, new) == 204)
    assert status(place, held, old) == 204
    secrets.end_previous(held.id)
    wait_until(lambda: status(place, held, old) == 403)
    assert status(place, held, new) == 204
    place.catalog.accounts.change(held.key, AccountChange(signed_beacons=False))
    wait_until(lambda: status(place, held, old) == 204)


# -- the commands ----------------------------------------------------------------------------------


@pytest.fixture
def school(tmp_path: Path) -> tuple[str, Callable[..., str]]:
    """The key of a new account, and how to run ``playhead account`` beside it."""

    def run(*words: str, given: str = "") -> str:
        done = CliRunner().invoke(
            main, ["account", *words, "--data", str(tmp_path)], input=given, prog_name="playhead"
        )
        return done.output.strip()

    return json.loads(run("create", "School", "--json"))["account_key"], run


def test_the_commands_make_a_secret_sign_and_demand_and_show_no_secret_again(
    school: tuple[str, Callable[..., str]],
) -> None:
    key, run = school
    assert run("change", key, "--signed-beacons") == (
        "Error: --signed-beacons: the account has no secret yet (make one with"
        f" 'playhead account secret {key}')"
    )
    assert "has no secret yet" in run("sign", key)
    secret = json.loads(run("secret", key, "--json"))["secret"]
    assert json.loads(run("change", key, "--signed-beacons", "--json"))["signed_beacons"]
    expires_s = expiry_of(run("sign", key, "--hours", "2"), (secret,))
    assert expires_s is not None
    assert abs(expires_s - time.time() - 7200) < 60
    assert "beacons          have to be signed" in run("show", key)
    shown = [run("show", key, "--json"), run("list"), run("list", "--json")]
    assert secret not in "".join(shown)
    assert run("secret", key).split()[0] != secret
    assert run("secret", key, "--end-previous") == "Ended."
    assert run("secret", key, "--end-previous") == "None was there."
    for command in ("secret", "sign"):
        assert run(command, "nobody").startswith("Error: KEY: no account has the key 'nobody'")


def test_a_secret_is_brought_along_from_another_server(
    school: tuple[str, Callable[..., str]], tmp_path: Path
) -> None:
    key, run = school
    assert "--stdin: is empty" in run("secret", key, "--stdin")
    assert "--stdin: secret: has to have 32 to 200" in run("secret", key, "--stdin", given="short")
    given = "from-elsewhere-" + "x" * 32
    assert run("secret", key, "--stdin", given=f"{given}\n") == "Taken."
    with closing(Catalog.open(f"sqlite:///{tmp_path / 'catalog.sqlite'}")) as catalog:
        assert catalog.beacon_secrets.list(1) == (given,)


# -- what the documentation tells servers to do ---------------------------------------------------


@pytest.mark.parametrize(
    ("language", "command", "show"),
    [("python", sys.executable, "print(account)"), ("js", "node", "console.log(account)")],
)
def test_what_the_documentation_signs_is_taken(
    tmp_path: Path, language: str, command: str, show: str
) -> None:
    program = shutil.which(command)
    assert program is not None
    written = re.findall(rf"```{language}\n(.*?)```", TRACKER_PAGE.read_text("utf-8"), re.DOTALL)
    (text,) = [one for one in written if "BEACON_SECRET" in one]
    script = tmp_path / ("sign.py" if language == "python" else "sign.mjs")
    script.write_text(text.replace("YOUR_ACCOUNT_KEY", "school") + show, "utf-8")
    done = subprocess.run(
        [program, script],
        env={"BEACON_SECRET": SECRET},
        capture_output=True,
        check=True,
        text=True,
        timeout=30,
    )
    expires_s = expiry_of(done.stdout.strip(), (SECRET,))
    assert expires_s is not None
    assert abs(expires_s - time.time() - DAY_S) < 60
