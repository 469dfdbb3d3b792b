"""Bots get their 204, register no media, count in nothing, and are kept apart."""

from collections.abc import Callable

import httpx
import pytest

from looking import rows_in_the_store
from refusing import NOTHING, counter, knows_media, loads, media, post_batch, sums
from support import Server, TestAccount, beacon, ndjson, session_id

Settle = Callable[[], None]

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
CRAWLERS = [
    GOOGLEBOT,
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    (
        "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like "
        "Gecko) Chrome/120.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; "
        "+http://www.google.com/bot.html)"
    ),
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    (
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; "
        "+https://openai.com/gptbot)"
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "HeadlessChrome/120.0.0.0 Safari/537.36"
    ),
]
PEOPLE = [
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/120.0.0.0 Safari/537.36"
    ),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:120.0) Gecko/20100101 Firefox/120.0",
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
        "Gecko) Version/17.0 Mobile/15E148 Safari/604.1"
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; CUBOT X90) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/120.0.0.0 Mobile Safari/537.36"
    ),
    (
        "Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Version/7.0 TV Safari/537.36"
    ),
    # Apps and servers report for their viewers with whatever library they have.
    "okhttp/4.12.0",
    "python-requests/2.31.0",
    "",
]


@pytest.mark.parametrize("user_agent", CRAWLERS)
def test_a_crawler_gets_its_204_and_counts_in_nothing(
    http: httpx.Client, account: TestAccount, settle: Settle, user_agent: str
) -> None:
    accepted_before = counter(http, "playhead_beacons_accepted_total")
    answer = http.post("/collect", json=beacon(account), headers={"user-agent": user_agent})
    assert (answer.status_code, answer.content) == (204, b"")
    assert counter(http, "playhead_beacons_accepted_total") == accepted_before + 1
    settle()
    assert sums(http, account) == NOTHING
    assert not knows_media(http, account)


@pytest.mark.parametrize("user_agent", PEOPLE)
def test_a_person_counts_whatever_the_browser_is_called(
    http: httpx.Client, account: TestAccount, settle: Settle, user_agent: str
) -> None:
    answer = http.post("/collect", json=beacon(account), headers={"user-agent": user_agent})
    assert answer.status_code == 204
    settle()
    assert loads(http, account) == 1


def test_a_browser_that_says_webdriver_counts_in_nothing(
    http: httpx.Client, account: TestAccount, settle: Settle
) -> None:
    person = {"user-agent": PEOPLE[0]}
    sent = beacon(account, webdriver=True)
    assert http.post("/collect", json=sent, headers=person).status_code == 204
    settle()
    assert sums(http, account) == NOTHING
    assert not knows_media(http, account)
    for said in (False, None):
        sent = beacon(account) | {"webdriver": said}
        assert http.post("/collect", json=sent, headers=person).status_code == 204
    settle()
    assert loads(http, account) == 2


def test_a_bot_changes_nothing_on_a_media_that_people_watch(
    http: httpx.Client, account: TestAccount, settle: Settle
) -> None:
    assert http.post("/collect", json=beacon(account)).status_code == 204
    settle()
    before = media(http, account)
    sent = beacon(account, visitor="robot", title="Robots were here", duration=600)
    assert http.post("/collect", json=sent, headers={"user-agent": GOOGLEBOT}).is_success
    settle()
    assert media(http, account) == before
    graph = http.get("/v1/stats/medias/lesson-1/engagement", headers=account.headers).json()
    assert len(graph["engagement_data"]) == 60
    shown = http.get("/v1/medias/lesson-1", headers=account.headers).json()
    assert shown["name"] == "lesson-1"


def test_a_bad_beacon_of_a_bot_is_refused_like_any_other(
    http: httpx.Client, account: TestAccount
) -> None:
    sent = beacon(account, seq=-1)
    answer = http.post("/collect", json=sent, headers={"user-agent": GOOGLEBOT})
    assert answer.json() == {"error": "seq: expected a whole number >= 0"}


def test_bots_are_left_out_of_batches_and_imports_too(
    http: httpx.Client, account: TestAccount, settle: Settle
) -> None:
    lines = [
        beacon(account, webdriver=True),
        beacon(account, user_agent=GOOGLEBOT),
        beacon(account, user_agent=PEOPLE[0]),
    ]
    answer = post_batch(http, ndjson(lines), **account.headers)
    assert answer.json() == {"accepted": 3, "rejected": []}
    settle()
    assert loads(http, account) == 1


def test_what_was_left_out_is_kept_apart_with_the_reason(own_server: Server) -> None:
    own_server.start()
    account = own_server.account()
    crawler, driven = session_id(), session_id()
    page = {"url": "https://example.com/lesson"}
    with httpx.Client(base_url=own_server.url) as http:
        for _ in range(2):
            sent = beacon(account, session=crawler, page=page)
            assert http.post("/collect", json=sent, headers={"user-agent": GOOGLEBOT}).is_success
        sent = beacon(account, session=driven, webdriver=True)
        assert http.post("/collect", json=sent, headers={"user-agent": PEOPLE[0]}).is_success
    own_server.settle()
    own_server.stop()
    assert rows_in_the_store(own_server, "SELECT count() FROM sessions") == [[0]]
    kept = "SELECT session, reason, user_agent, page_url FROM bot_sessions FINAL ORDER BY reason"
    assert rows_in_the_store(own_server, kept) == [
        [crawler, "crawler", GOOGLEBOT, "https://example.com/lesson"],
        [driven, "webdriver", PEOPLE[0], ""],
    ]
    (engine,) = rows_in_the_store(
        own_server, "SELECT engine_full FROM system.tables WHERE name = 'bot_sessions'"
    )
    assert "TTL received_at + toIntervalDay(30)" in engine[0]
