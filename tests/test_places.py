"""Where and with what: user agents, address databases, proxies' country headers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from playhead.catalog import AddressMode
from playhead.collect.agents import Agent, agent_of
from playhead.collect.places import NOWHERE, Place, Places, PlacesError
from support import Server, TestAccount, beacon

_SOMERVILLE = {
    "country": {"iso_code": "US", "names": {"en": "United States"}},
    "subdivisions": [{"iso_code": "MA", "names": {"en": "Massachusetts"}}],
    "city": {"names": {"en": "Somerville", "de": "Somerville (MA)"}},
    "location": {"latitude": 42.3876, "longitude": -71.0995},
}
_SOMERVILLES = Place("US", "MA", "Somerville", 42.3876, -71.0995, "Example University")


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A city and a network database, as MaxMind makes them."""
    folder = tmp_path_factory.mktemp("geo")
    return (
        _write(folder / "city.mmdb", "GeoLite2-City", {"203.0.113.0/24": _SOMERVILLE}),
        _write(
            folder / "asn.mmdb",
            "GeoLite2-ASN",
            {"203.0.113.0/24": {"autonomous_system_organization": "Example University"}},
        ),
    )


def _write(path: Path, kind: str, records: dict[str, Any]) -> Path:
    writer = MMDBWriter(6, kind, ipv4_compatible=True, float_type="f64")
    for network, record in records.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path))
    return path


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        (
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                "Chrome/140.0.0.0 Safari/537.36"
            ),
            Agent("Chrome", "140.0.0", "Windows"),
        ),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
                "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
            ),
            Agent("Safari", "18.5", "iOS", mobile=True),
        ),
        (
            (
                "Mozilla/5.0 (Linux; Android 13; SM-X200) AppleWebKit/537.36 (KHTML, like Gecko) "
                "Chrome/139.0.0.0 Safari/537.36"
            ),
            Agent("Chrome", "139.0.0", "Android", mobile=True),
        ),
        (
            (
                "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/538.1 (KHTML, like Gecko) "
                "Version/6.0 TV Safari/538.1"
            ),
            Agent("Safari", "6.0", "Tizen"),
        ),
        ("curl/8.1", Agent("curl", "8.1")),
        ("", Agent()),
        ("\x00((((" * 200, Agent()),
    ],
)
def test_a_user_agent_tells_browser_and_device(user_agent: str, expected: Agent) -> None:
    assert agent_of(user_agent) == expected


def test_an_address_is_found_in_all_databases_together(databases: tuple[Path, Path]) -> None:
    places = Places(databases)
    assert places.of("203.0.113.77", AddressMode.WHOLE, "") == _SOMERVILLES
    assert places.of("203.0.113.77", AddressMode.TRUNCATED, "") == _SOMERVILLES
    assert places.of("198.51.100.1", AddressMode.WHOLE, "") == NOWHERE
    assert places.of("2001:db8::1", AddressMode.WHOLE, "") == NOWHERE
    assert places.of("not an address", AddressMode.WHOLE, "") == NOWHERE


def test_an_account_that_keeps_no_address_learns_the_country_only(
    databases: tuple[Path, Path],
) -> None:
    assert Places(databases).of("203.0.113.77", AddressMode.NONE, "") == Place("US")


def test_a_proxys_country_counts_where_the_databases_know_none(
    databases: tuple[Path, Path],
) -> None:
    places = Places(databases)
    assert places.of("198.51.100.1", AddressMode.TRUNCATED, "NP") == Place("NP")
    assert places.of("203.0.113.77", AddressMode.TRUNCATED, "NP").country == "US"
    for nothing in ("XX", "T1", "", "Nepal", "n", "1 "):
        assert places.of("198.51.100.1", AddressMode.TRUNCATED, nothing) == NOWHERE


def test_a_truncated_address_is_all_that_is_looked_up(tmp_path: Path) -> None:
    one_host = _write(tmp_path / "one.mmdb", "City", {"203.0.113.77/32": _SOMERVILLE})
    places = Places([one_host])
    assert places.of("203.0.113.77", AddressMode.WHOLE, "").city == "Somerville"
    assert places.of("203.0.113.77", AddressMode.TRUNCATED, "") == NOWHERE


def test_a_replaced_database_is_opened_anew(tmp_path: Path) -> None:
    path = _write(tmp_path / "city.mmdb", "City", {"203.0.113.0/24": _SOMERVILLE})
    places = Places([path])
    moved = _write(tmp_path / "new.mmdb", "City", {"203.0.113.0/24": {"country": "FR"}})
    moved.replace(path)
    assert places.of("203.0.113.1", AddressMode.WHOLE, "").country == "US"
    places.refresh()
    assert places.of("203.0.113.1", AddressMode.WHOLE, "") == Place("FR")


@pytest.mark.parametrize("content", [None, b"", b"not a database"])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "places.mmdb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PlacesError, match=r"geo: .*mmdb"):
        Places([path])


@pytest.fixture(scope="module")
def placed(
    tmp_path_factory: pytest.TempPathFactory, databases: tuple[Path, Path]
) -> Iterator[Server]:
    """A server behind a proxy on this machine, with databases of places."""
    options = ("--geo", ",".join(map(str, databases)), "--country-header", "CF-IPCountry")
    started = Server(
        tmp_path_factory.mktemp("placed") / "data",
        options=(*options, "--trusted-proxies", "127.0.0.1"),
    ).start()
    yield started
    started.stop()


def _shown(server: Server, account: TestAccount, headers: dict[str, str], **fields: Any) -> Any:
    sent = beacon(account, **fields)
    answer = httpx.post(f"{server.url}/collect", json=sent, headers=headers)
    assert answer.status_code == 204, answer.text
    server.settle()
    events = httpx.get(f"{server.url}/v1/stats/events.json", headers=account.headers).json()
    return events[0]


def test_an_event_tells_where_its_viewer_was(placed: Server) -> None:
    account = placed.account()
    shown = _shown(placed, account, {"X-Forwarded-For": "203.0.113.77"})
    assert shown["country"] == "US"
    assert shown["region"] == "MA"
    assert shown["city"] == "Somerville"
    assert (shown["lat"], shown["lon"]) == (42.3876, -71.0995)
    assert shown["org"] == "Example University"
    assert shown["ip"] == "203.0.113.0"


def test_a_trusted_proxys_country_header_is_enough(placed: Server) -> None:
    account = placed.account()
    headers = {"X-Forwarded-For": "198.51.100.1", "CF-IPCountry": "NP"}
    shown = _shown(placed, account, headers)
    assert shown["country"] == "NP"
    assert not {"region", "city", "lat", "lon", "org"} & set(shown)


def test_a_cookieless_visitor_is_known_by_country_and_kind_of_browser_only(placed: Server) -> None:
    account = placed.account()
    headers = {
        "X-Forwarded-For": "203.0.113.77",
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0",
    }
    shown = _shown(placed, account, headers, visitor=...)
    assert shown["country"] == "US"
    assert not {"ip", "region", "city", "lat", "lon", "org"} & set(shown)
    details = {"browser": "Firefox", "browser_version": "", "platform": "Linux", "mobile": False}
    assert shown["user_agent_details"] == details


def test_viewers_are_told_apart_by_where_they_were(placed: Server) -> None:
    account = placed.account()
    _shown(placed, account, {"X-Forwarded-For": "203.0.113.77"})
    _shown(placed, account, {"X-Forwarded-For": "198.51.100.1", "CF-IPCountry": "NP"})
    _shown(placed, account, {"X-Forwarded-For": "198.51.100.1"})

    def ask(path: str, **asked: str) -> Any:
        url = f"{placed.url}/insights/{path}"
        return httpx.get(url, params=asked, headers=account.headers).json()

    known = {
        "country": "US",
        "region": "MA",
        "city": "Somerville",
        "network": "Example University",
    }
    for trait, name in known.items():
        rows = {row["name"]: row["loads"] for row in ask("breakdown", by=trait)["rows"]}
        others = {"": 1, "NP": 1} if trait == "country" else {"": 2}
        assert rows == {name: 1} | others
        assert ask("summary", **{trait: name})["sums"]["loads"] == 1
        assert ask("summary", **{trait: ""})["sums"]["loads"] == others[""]
    assert ask("summary", **known)["sums"]["loads"] == 1
    assert ask("summary", **(known | {"country": "NP"}))["sums"]["loads"] == 0
