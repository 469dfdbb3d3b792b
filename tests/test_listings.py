"""Lists of visitors and events: what is in them, in which order, and that they hold still."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from support import TestAccount, beacon, deliver, now_ms, session_id

BASES = ("/v1", "/modern")
Settle = Callable[[], None]
_HOUR_MS = 3_600_000


class Audience:
    """Sends sessions of one account, each a second after the one before."""

    def __init__(self, http: httpx.Client, account: TestAccount, settle: Settle) -> None:
        self._http = http
        self._account = account
        self._settle = settle
        self._start_ms = now_ms() - 24 * _HOUR_MS
        self._sent = itertools.count()

    def arrives(self, *visitors: str, **fields: Any) -> list[str]:
        """One session for each of the visitors; their ids."""
        ids = []
        lines = []
        for visitor in visitors:
            at = self._start_ms + 1000 * next(self._sent)
            ids.append(session_id(at))
            made = beacon(
                self._account, visitor=visitor, session=ids[-1], sent_at=at, received_at=at
            )
            lines.append(made | fields)
        deliver(self._http, self._account, lines)
        self._settle()
        return ids

    def ask(self, path: str, **parameters: Any) -> Any:
        answer = self._http.get(path, params=parameters, headers=self._account.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pages(self, path: str, **parameters: Any) -> Iterator[list[Any]]:
        """Page after page until one is empty."""
        for number in itertools.count(1):
            page = self.ask(path, page=number, **parameters)
            if not page:
                return
            yield page


@pytest.fixture
def audience(http: httpx.Client, account: TestAccount, settle: Settle) -> Audience:
    return Audience(http, account, settle)


def _keys(pages: Iterator[list[Any]] | list[list[Any]], name: str) -> list[str]:
    return [row[name] for page in pages for row in page]


@pytest.mark.parametrize("base", BASES)
def test_visitors_begin_with_the_most_recently_active(audience: Audience, base: str) -> None:
    audience.arrives("first", "second")
    audience.arrives("only-loaded", played=False, watched=[])
    audience.arrives("third", "first")
    names = _keys(audience.pages(f"{base}/stats/visitors.json", per_page=2), "visitor_key")
    assert names == ["first", "third", "second", "only-loaded"]


def test_who_never_played_has_no_last_activity(audience: Audience) -> None:
    audience.arrives("only-loaded", played=False, watched=[])
    shown = audience.ask("/v1/stats/visitors/only-loaded")
    assert not {"last_active_at", "last_event_key"} & set(shown)
    assert (shown["load_count"], shown["play_count"]) == (1, 0)
    assert audience.ask("/v1/stats/events") == []


def test_an_identity_names_the_visitor_from_then_on(audience: Audience) -> None:
    audience.arrives("v")
    (named,) = audience.arrives("v", identity={"email": "Ada@Example.com", "name": "Ada"})
    audience.arrives("v")
    audience.arrives("v", identity={"org": {"name": "Analytical Engines"}})
    shown = audience.ask("/v1/stats/visitors/v.json")
    assert shown["visitor_identity"] == {
        "name": "Ada",
        "email": "Ada@Example.com",
        "org": {"name": "Analytical Engines", "title": None},
    }
    assert shown["identifying_event_key"] == f"{named.replace('-', '')}-lesson-1"
    emails = {event["email"] for event in audience.ask("/v1/stats/events")}
    assert emails == {"Ada@Example.com"}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"filter": "has_email"}, ["ada", "bob"]),
        ({"filter": "has_name"}, ["ada", "carl"]),
        ({"filter": "identified_by_email_gate"}, ["bob"]),
        ({"search": "LOVELACE"}, ["ada"]),
        ({"search": "@example"}, ["ada", "bob"]),
        ({"search": "%"}, []),
        ({"search": "ж"}, ["carl"]),
        ({"search": ""}, ["ada", "bob", "carl", "nobody"]),
        ({"filter": "has_name", "search": "@"}, ["ada"]),
    ],
    ids=str,
)
def test_filter_and_search_look_at_the_identity(
    audience: Audience, parameters: dict[str, str], expected: list[str]
) -> None:
    audience.arrives("ada", identity={"name": "Ada Lovelace", "email": "ada@example.com"})
    audience.arrives(
        "bob",
        identity={"email": "bob@example.com"},
        actions=[{"type": "Email Gate", "shown": 1, "converted": 1}],
    )
    audience.arrives("carl", identity={"name": "Жанна"})
    audience.arrives("nobody", actions=[{"type": "form", "shown": 1, "converted": 1}])
    found = audience.ask("/v1/stats/visitors", **parameters)
    assert sorted(row["visitor_key"] for row in found) == sorted(expected)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"page": "0"}, "page: '0' is not a whole number from 1"),
        ({"page": "-1"}, "page: '-1' is not a whole number from 1"),
        ({"per_page": "ten"}, "per_page: 'ten' is not a whole number from 1"),
        ({"filter": "all"}, "filter: 'all' is not known"),
    ],
    ids=str,
)
def test_a_bad_parameter_is_named(
    http: httpx.Client, account: TestAccount, parameters: dict[str, str], expected: str
) -> None:
    answer = http.get("/v1/stats/visitors", params=parameters, headers=account.headers)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith(expected)


def test_a_page_holds_a_hundred_at_the_most_and_past_the_end_is_nothing(
    audience: Audience,
) -> None:
    audience.arrives(*(f"v{n}" for n in range(130)))
    assert len(audience.ask("/v1/stats/visitors")) == 100
    assert len(audience.ask("/v1/stats/events", per_page=5000)) == 100
    assert len(audience.ask("/v1/stats/events", page=2, per_page=5000)) == 30
    assert audience.ask("/v1/stats/visitors", page=3) == []
    assert audience.ask("/v1/stats/events", page=10**14) == []


def test_events_are_filtered_by_media_visitor_and_days(
    audience: Audience, http: httpx.Client, account: TestAccount
) -> None:
    audience.arrives("a", "b")
    audience.arrives("b", media="lesson-2")
    medias = {row["media_id"] for row in audience.ask("/v1/stats/events", visitor_key="b")}
    assert medias == {"lesson-1", "lesson-2"}
    shown = http.get("/v1/medias/lesson-2", headers=account.headers).json()
    for media in ("lesson-2", shown["id"]):
        (event,) = audience.ask("/v1/stats/events", media_id=media)
        assert event["media_id"] == "lesson-2"
        assert event["visitor_key"] == "b"
    day = audience.ask("/v1/stats/events")[0]["received_at"][:10]
    assert audience.ask("/v1/stats/events", start_date=day, end_date=day)
    assert audience.ask("/v1/stats/events", end_date="2020-01-01") == []
    assert audience.ask("/v1/stats/events", start_date="2100-01-01") == []


@pytest.mark.parametrize(
    "key", ["x", "0" * 32, f"{'0' * 32}-lesson-1", f"{'0' * 32}-%00", "%2e%2e"]
)
def test_an_unknown_event_is_not_found(http: httpx.Client, account: TestAccount, key: str) -> None:
    answer = http.get(f"/v1/stats/events/{key}", headers=account.headers)
    assert answer.status_code == 404


def test_another_accounts_visitors_and_events_are_not_found(
    audience: Audience, http: httpx.Client, new_account: Callable[..., TestAccount]
) -> None:
    audience.arrives("v")
    key = audience.ask("/v1/stats/events")[0]["event_key"]
    stranger = new_account().headers
    for path in (f"/v1/stats/events/{key}", "/v1/stats/visitors/v"):
        assert http.get(path, headers=stranger).status_code == 404
    assert http.get("/v1/stats/visitors", headers=stranger).json() == []


def test_an_event_is_shown_as_it_is_listed(audience: Audience) -> None:
    audience.arrives("v", page={"url": "https://www.example.com/?a=b"})
    (listed,) = audience.ask("/modern/stats/events")
    assert audience.ask(f"/modern/stats/events/{listed['event_key']}") == listed
    assert listed["embed_url"] == "https://www.example.com/?a=b"


def test_reading_events_page_by_page_while_more_arrive_gives_each_once(
    audience: Audience,
) -> None:
    audience.arrives(*(f"v{n}" for n in range(25)))
    there = _keys([audience.ask("/v1/stats/events")], "event_key")
    read = []
    for number in itertools.count(1):
        page = audience.ask("/v1/stats/events", page=number, per_page=4)
        if not page:
            break
        read += [row["event_key"] for row in page]
        audience.arrives("somebody", "else", "again")
    assert read == there


def test_reading_visitors_page_by_page_while_they_move_gives_each_once(
    audience: Audience,
) -> None:
    there = [f"v{n:02}" for n in range(25)]
    audience.arrives(*there)
    read: list[str] = []
    for number in itertools.count(1):
        page = audience.ask("/v1/stats/visitors", page=number, per_page=4)
        if not page:
            break
        read += [row["visitor_key"] for row in page]
        # One who was read and one who was not yet become active again, and somebody is new.
        unread = [name for name in there if name not in read]
        if number < 10:
            audience.arrives(read[-1], *unread[:1], f"new{number}", received_at=now_ms())
    assert len(read) == len(set(read))
    assert set(there) <= set(read)


def test_a_page_asked_for_again_is_the_same(audience: Audience) -> None:
    audience.arrives(*(f"v{n:02}" for n in range(12)))
    audience.ask("/v1/stats/visitors", page=1, per_page=3)
    second = _keys([audience.ask("/v1/stats/visitors", page=2, per_page=3)], "visitor_key")
    audience.arrives("v00", "v01")
    again = _keys([audience.ask("/v1/stats/visitors", page=2, per_page=3)], "visitor_key")
    assert again == second


def test_a_page_out_of_turn_is_cut_out_by_number(audience: Audience) -> None:
    audience.arrives(*(f"v{n:02}" for n in range(12)))
    page = audience.ask("/v1/stats/visitors", page=3, per_page=5)
    assert _keys([page], "visitor_key") == ["v01", "v00"]


@pytest.mark.parametrize("base", BASES)
def test_a_heatmap_opens_with_the_public_token_and_nothing_else(
    audience: Audience, http: httpx.Client, account: TestAccount, base: str
) -> None:
    audience.arrives("v", watched=[[0, 20, 1], [20, 30, 2]], duration=60, title="<b>Café</b>")
    (event,) = audience.ask(f"{base}/stats/events")
    picture = http.get(event["iframe_heatmap_url"])
    assert picture.status_code == 200
    assert picture.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in picture.headers["content-security-policy"]
    assert "frame-ancestors" not in picture.headers["content-security-policy"]
    assert "x-frame-options" not in picture.headers
    assert "&lt;b&gt;Café&lt;/b&gt;" in picture.text
    assert "50% viewed" in picture.text
    path, _, token = event["iframe_heatmap_url"].partition("?public_token=")
    for refused in (path, f"{path}?public_token=", f"{path}?public_token={account.token}"):
        assert http.get(refused, headers=account.headers).status_code == 401
    elsewhere = f"{base}/stats/events?api_password={token}"
    assert http.get(elsewhere).status_code == 401


def test_a_public_token_opens_no_other_accounts_heatmaps(
    audience: Audience,
    http: httpx.Client,
    new_account: Callable[..., TestAccount],
    settle: Settle,
) -> None:
    stranger = Audience(http, new_account(), settle)
    for one in (audience, stranger):
        one.arrives("v")
    ours, theirs = (
        one.ask("/v1/stats/events")[0]["iframe_heatmap_url"] for one in (audience, stranger)
    )
    mixed = ours.partition("?")[0] + "?" + theirs.partition("?")[2]
    assert http.get(mixed).status_code == 404
