"""Visitors without a key: told apart for a day, and by nobody ever recognised again."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from looking import rows_in_the_store
from playhead.catalog import AddressMode, Catalog
from playhead.collect.visitors import CookielessVisitors
from refusing import media
from support import Server, TestAccount, beacon, now_ms, session_id

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36"


@pytest.fixture(scope="module")
def behind_a_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    options = ("--api-limit", "0", "--trusted-proxies", "127.0.0.1")
    started = Server(tmp_path_factory.mktemp("proxied") / "data", options).start()
    yield started
    started.stop()


def send(
    server: Server,
    account: TestAccount,
    *,
    address: str = "203.0.113.77",
    user_agent: str = FIREFOX,
    **changes: Any,
) -> None:
    """One session of a browser that keeps no key."""
    answer = httpx.post(
        f"{server.url}/collect",
        json=beacon(account, **({"visitor": ...} | changes)),
        headers={"x-forwarded-for": address, "user-agent": user_agent},
    )
    assert answer.status_code == 204, answer.text


def visitors(server: Server, account: TestAccount) -> int:
    server.settle()
    with httpx.Client(base_url=server.url) as http:
        found: int = media(http, account)["visitors"]
    return found


def test_the_same_browser_on_the_same_day_is_one_visitor(behind_a_proxy: Server) -> None:
    account = behind_a_proxy.account()
    for page in ("one", "two", "three"):
        send(behind_a_proxy, account, page={"url": f"https://example.com/{page}"})
    assert visitors(behind_a_proxy, account) == 1


def test_null_is_no_key_either(behind_a_proxy: Server) -> None:
    account = behind_a_proxy.account()
    send(behind_a_proxy, account)
    send(behind_a_proxy, account, visitor=None)
    assert visitors(behind_a_proxy, account) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"address": "203.0.113.78"},
        {"address": "2001:db8::77"},
        {"user_agent": CHROME},
        {"user_agent": ""},
        {"visitor": "visitor-1"},
    ],
    ids=["address", "address of version 6", "browser", "no browser", "a key"],
)
def test_another_browser_is_another_visitor(behind_a_proxy: Server, other: dict[str, Any]) -> None:
    account = behind_a_proxy.account()
    send(behind_a_proxy, account)
    send(behind_a_proxy, account, **other)
    assert visitors(behind_a_proxy, account) == 2


def test_the_same_browser_on_another_day_is_another_visitor(behind_a_proxy: Server) -> None:
    account = behind_a_proxy.account()
    now = now_ms()
    send(behind_a_proxy, account, session=session_id(now))
    send(behind_a_proxy, account, session=session_id(now - DAY_MS))
    assert visitors(behind_a_proxy, account) == 2


def test_the_day_of_the_sessions_start_decides_so_that_midnight_splits_no_session(
    behind_a_proxy: Server,
) -> None:
    account = behind_a_proxy.account()
    yesterday = session_id(now_ms() - DAY_MS)
    send(behind_a_proxy, account, session=yesterday, seq=1)
    send(behind_a_proxy, account, session=yesterday, seq=2)
    assert visitors(behind_a_proxy, account) == 1


def test_nobody_can_follow_a_visitor_from_account_to_account_or_back_to_the_browser(
    own_server: Server,
) -> None:
    own_server.options += ("--trusted-proxies", "127.0.0.1")
    own_server.start()
    one = own_server.account(address_mode=AddressMode.WHOLE)
    two = own_server.account(address_mode=AddressMode.WHOLE)
    for account in (one, two):
        send(own_server, account)
    own_server.settle()
    own_server.stop()
    rows = rows_in_the_store(own_server, "SELECT visitor, ip, user_agent FROM sessions")
    keys = {visitor for visitor, _, _ in rows}
    assert len(keys) == 2
    assert all(len(key) == 32 and set(key) <= set("0123456789abcdef") for key in keys)
    assert [(ip, user_agent) for _, ip, user_agent in rows] == [("", ""), ("", "")]
    everything = rows_in_the_store(own_server, "SELECT * FROM sessions")
    assert "203.0.113" not in str(everything)
    assert "Mozilla" not in str(everything)


def test_of_the_browser_its_kind_is_kept_and_no_version(own_server: Server) -> None:
    own_server.start()
    send(own_server, own_server.account(address_mode=AddressMode.WHOLE))
    own_server.settle()
    own_server.stop()
    columns = "browser, browser_version, platform, mobile, region, city, network"
    rows = rows_in_the_store(own_server, f"SELECT {columns} FROM sessions")
    assert [*map(list, rows)] == [["Firefox", "", "Linux", False, "", "", ""]]


def test_neither_address_nor_browser_touch_the_disk_on_the_way(own_server: Server) -> None:
    own_server.options += ("--trusted-proxies", "127.0.0.1")
    own_server.start()
    account = own_server.account(address_mode=AddressMode.WHOLE)
    send(own_server, account)
    send(own_server, account, visitor="visitor-1", user_agent=CHROME)
    own_server.kill()
    on_disk = b"".join(path.read_bytes() for path in own_server.data.glob("spool*"))
    assert b"visitor-1" in on_disk
    assert b"Chrome" in on_disk
    assert b"rv:" not in on_disk


ADDRESSES = {
    "203.0.113.77": ("203.0.113.77", "203.0.113.0", ""),
    "2001:db8:1:2:3:4:5:6": ("2001:db8:1:2:3:4:5:6", "2001:db8:1::", ""),
    "::ffff:203.0.113.77": ("203.0.113.77", "203.0.113.0", ""),
}


def test_an_account_keeps_as_much_of_an_address_as_it_chose(own_server: Server) -> None:
    own_server.options += ("--trusted-proxies", "127.0.0.1")
    own_server.start()
    modes = (AddressMode.WHOLE, AddressMode.TRUNCATED, AddressMode.NONE)
    accounts = [own_server.account(address_mode=mode) for mode in modes]
    for account in accounts:
        for number, address in enumerate(ADDRESSES):
            send(own_server, account, address=address, visitor=f"visitor-{number}")
    own_server.settle()
    own_server.stop()
    rows = rows_in_the_store(
        own_server,
        "SELECT visitor, ip FROM sessions WHERE user_agent LIKE '%Firefox%'"
        " ORDER BY account_id, visitor",
    )
    expected = [
        [f"visitor-{number}", kept[column]]
        for column in range(3)
        for number, kept in enumerate(ADDRESSES.values())
    ]
    assert rows == expected


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog.open(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    yield opened
    opened.close()


TODAY = 20_000
MIDNIGHT_MS = TODAY * DAY_MS


def test_a_secret_is_destroyed_48_hours_after_its_day_began(catalog: Catalog) -> None:
    secrets = catalog.visitor_secrets
    secret = secrets.get(TODAY)
    assert len(secret) == 32
    assert secrets.destroy_old(MIDNIGHT_MS + 48 * HOUR_MS - 1) == 0
    assert secrets.get(TODAY) == secret
    assert secrets.destroy_old(MIDNIGHT_MS + 48 * HOUR_MS) == 1
    # What is asked for again is another secret: the old one is gone for good.
    assert secrets.get(TODAY) != secret


def test_a_destroyed_secret_is_in_no_file_any_more(catalog: Catalog, tmp_path: Path) -> None:
    secret = catalog.visitor_secrets.get(TODAY)
    newer = catalog.visitor_secrets.get(TODAY + 1)
    catalog.visitor_secrets.destroy_old(MIDNIGHT_MS + 48 * HOUR_MS)
    assert secret not in files(tmp_path)
    assert newer in files(tmp_path)


def files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


def test_two_processes_on_one_catalog_share_the_secret_of_a_day(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    opened = [Catalog.open(url) for _ in range(2)]
    one, two = (catalog.visitor_secrets.get(TODAY) for catalog in opened)
    for catalog in opened:
        catalog.close()
    assert one == two


def test_a_key_can_be_derived_until_its_secret_is_destroyed_even_between_two_loads(
    catalog: Catalog,
) -> None:
    visitors = CookielessVisitors(catalog)
    visitors.load(MIDNIGHT_MS)

    def key(started_ms: int, now_ms: int) -> str | None:
        return visitors.key(1, started_ms, now_ms, "203.0.113.77", FIREFOX)

    started = MIDNIGHT_MS + HOUR_MS
    first = key(started, started)
    assert first is not None
    assert key(started, MIDNIGHT_MS + 48 * HOUR_MS - 1) == first
    assert key(started, MIDNIGHT_MS + 48 * HOUR_MS) is None
    assert key(MIDNIGHT_MS - 1, started) not in {None, first}
    assert key(MIDNIGHT_MS + DAY_MS, started) not in {None, first}


def test_a_later_beacon_after_the_secret_is_gone_is_refused_and_the_session_stays(
    http: httpx.Client, account: TestAccount, settle: Callable[[], None]
) -> None:
    old = session_id(now_ms() - 3 * DAY_MS)
    answer = http.post("/collect", json=beacon(account, visitor=..., session=old))
    assert answer.status_code == 422
    assert answer.json() == {
        "error": "visitor: is missing, and the secret of the session's day is destroyed after 48 h"
    }
    # A browser with a key of its own needs no secret.
    assert http.post("/collect", json=beacon(account, session=old)).status_code == 204
    settle()
    assert media(http, account)["loads"] == 1
