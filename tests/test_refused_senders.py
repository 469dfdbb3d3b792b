"""Whose beacons are taken: from allowed pages, within the limit, from nobody's borrowed address."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from playhead.collect.refusals import Reason
from refusing import NDJSON, NOTHING, assert_is_refusal, counter, knows_media, loads, sums
from support import Server, beacon, ndjson

LIMIT = 5


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Behind a proxy on this machine, with room for few beacons."""
    limits = ("--api-limit", "0", "--collect-limit", str(LIMIT))
    proxies = ("--trusted-proxies", "127.0.0.1,10.0.0.0/8")
    started = Server(tmp_path_factory.mktemp("limited") / "data", limits + proxies).start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def proxied(limited: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=limited.url, timeout=30) as client:
        yield client


def from_address(address: str) -> dict[str, str]:
    return {"x-forwarded-for": address}


def test_an_address_over_the_limit_is_told_when_to_come_back(
    limited: Server, proxied: httpx.Client
) -> None:
    account = limited.account()
    refused_before = counter(proxied, "playhead_beacons_refused_total", Reason.TOO_MANY)
    crowd = from_address("203.0.113.1")
    for _ in range(LIMIT):
        assert proxied.post("/collect", json=beacon(account), headers=crowd).status_code == 204
    answer = proxied.post("/collect", json=beacon(account), headers=crowd)
    assert_is_refusal(answer, Reason.TOO_MANY, 429, "too many beacons from this address")
    # At 5 a minute there is room for one more after 12 seconds.
    assert 1 <= int(answer.headers["retry-after"]) <= 12
    refused = counter(proxied, "playhead_beacons_refused_total", Reason.TOO_MANY)
    assert refused == refused_before + 1
    limited.settle()
    assert loads(proxied, account) == LIMIT


def test_the_limit_is_for_each_address_and_not_for_this_machine(
    limited: Server, proxied: httpx.Client
) -> None:
    account = limited.account()
    for last in range(2 * LIMIT):
        headers = from_address(f"203.0.113.{100 + last}")
        assert proxied.post("/collect", json=beacon(account), headers=headers).status_code == 204
    for _ in range(2 * LIMIT):
        assert proxied.post("/collect", json=beacon(account)).status_code == 204


def test_a_batch_counts_each_of_its_lines_unless_a_write_token_pays_for_it(
    limited: Server, proxied: httpx.Client
) -> None:
    account = limited.account()
    lines = ndjson([beacon(account) for _ in range(LIMIT + 2)]) + b"\n"
    headers = from_address("203.0.113.2") | {"content-type": NDJSON}
    # A batch is let in whole, and pays afterwards.
    assert proxied.post("/collect/batch", content=lines, headers=headers).status_code == 200
    answer = proxied.post("/collect/batch", content=lines, headers=headers)
    assert_is_refusal(answer, Reason.TOO_MANY, 429, "too many beacons from this address")
    trusted = headers | account.headers
    answer = proxied.post("/collect/batch", content=lines, headers=trusted)
    assert answer.json() == {"accepted": LIMIT + 2, "rejected": []}


@pytest.mark.parametrize(
    "forwarded_for",
    [
        # A stranger may write whatever he likes on the left; the proxy adds whom it saw.
        "{made_up}, 203.0.113.3",
        "{made_up},203.0.113.3, 10.1.2.3",
        "rubbish, {made_up}, 203.0.113.3, 10.9.9.9",
    ],
)
def test_the_client_is_the_last_hop_that_no_trusted_proxy_is(
    limited: Server, proxied: httpx.Client, forwarded_for: str
) -> None:
    account = limited.account()
    statuses = [
        proxied.post(
            "/collect",
            json=beacon(account),
            headers=from_address(forwarded_for.format(made_up=f"198.51.100.{n}")),
        ).status_code
        for n in range(LIMIT + 1)
    ]
    # All came from 203.0.113.3, which has its limit once, for this test's parameters together.
    assert statuses[-1] == 429


def test_forwarded_addresses_of_an_untrusted_peer_are_ignored(own_server: Server) -> None:
    own_server.options += ("--collect-limit", str(LIMIT), "--trusted-proxies", "10.0.0.0/8")
    own_server.start()
    account = own_server.account()
    with httpx.Client(base_url=own_server.url) as http:
        for _ in range(2 * LIMIT):
            # Were the header believed, 203.0.113.4 would be over its limit.
            answer = http.post(
                "/collect", json=beacon(account), headers=from_address("203.0.113.4")
            )
            assert answer.status_code == 204


ALLOWED = ["example.com", "*.courses.example.org"]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "https://example.com",
        "http://example.com:8080/a?b=c#d",
        "https://EXAMPLE.COM/",
        "https://user:password@example.com/",
        "https://courses.example.org/",
        "https://a.courses.example.org/",
        "https://b.a.courses.example.org/",
    ],
)
def test_a_page_of_an_allowed_domain_may_report(
    server: Server, http: httpx.Client, url: str
) -> None:
    account = server.account(allowed_domains=ALLOWED)
    assert http.post("/collect", json=beacon(account, page={"url": url})).status_code == 204


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.com.evil.org/", "example.com.evil.org"),
        ("https://evil.org/example.com", "evil.org"),
        ("https://evil.org/?https://example.com/", "evil.org"),
        ("https://evil.org#example.com", "evil.org"),
        ("https://example.com@evil.org/", "evil.org"),
        ("https://example.com:443@evil.org/", "evil.org"),
        ("https://evil-example.com/", "evil-example.com"),
        ("https://www.example.com/", "www.example.com"),
        ("https://evilcourses.example.org/", "evilcourses.example.org"),
        ("https://example.org/", "example.org"),
        ("https://example.com%00.evil.org/", "example.com%00.evil.org"),
        ("file:///example.com", ""),
        ("example.com", ""),
        ("https://[example.com/", ""),
        ("", ""),
    ],
)
def test_a_page_of_another_domain_may_not(
    server: Server, http: httpx.Client, settle: Callable[[], None], url: str, host: str
) -> None:
    account = server.account(allowed_domains=ALLOWED)
    answer = http.post("/collect", json=beacon(account, page={"url": url}))
    assert_is_refusal(
        answer,
        Reason.DOMAIN,
        403,
        f"page.url: {host!r} is not among the account's allowed domains",
    )
    settle()
    assert sums(http, account) == NOTHING
    assert not knows_media(http, account)


def test_without_a_page_the_origin_that_the_browser_names_decides(
    server: Server, http: httpx.Client
) -> None:
    account = server.account(allowed_domains=ALLOWED)
    statuses = {
        origin: http.post("/collect", json=beacon(account), headers={"origin": origin}).status_code
        for origin in ("https://example.com", "https://evil.org", "null")
    }
    assert statuses == {"https://example.com": 204, "https://evil.org": 403, "null": 403}


def test_without_page_and_origin_a_beacon_is_refused_where_domains_are_set(
    server: Server, http: httpx.Client
) -> None:
    account = server.account(allowed_domains=ALLOWED)
    answer = http.post("/collect", json=beacon(account))
    assert_is_refusal(
        answer, Reason.DOMAIN, 403, "page.url: '' is not among the account's allowed domains"
    )
