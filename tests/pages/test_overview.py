"""The account's page: what it says is what the API says."""

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any

from playwright.sync_api import expect

from pages.desk import SOON_MS, Desk
from pages.house import DAY_MS, House


def percent(share: float) -> str:
    return "100 %" if share == 1 else f"{100 * share:.1f} %"


WRITTEN: Mapping[str, Callable[[Any], str]] = {
    "loads": lambda value: f"{value:,}",
    "plays": lambda value: f"{value:,}",
    "visitors": lambda value: f"{value:,}",
    "hours_watched": lambda value: f"{value:.2f}",
    "play_rate": percent,
    "engagement": percent,
}


def test_the_tiles_say_what_the_api_says(desk: Desk, house: House) -> None:
    desk.open("/?range=28d")
    sums = house.ask("/insights/summary", **_days(desk))["sums"]
    for name, write in WRITTEN.items():
        assert desk.number(name) == write(sums[name]), name


def test_the_sums_of_the_days_are_those_of_the_stats_api(desk: Desk, house: House) -> None:
    desk.open("/?range=28d")
    rows = house.ask("/v1/stats/account/by_date.json", **_days(desk))
    assert desk.number("plays") == f"{sum(row['plays'] for row in rows):,}"
    assert desk.number("loads") == f"{sum(row['loads'] for row in rows):,}"


def test_a_range_is_in_the_address_so_that_a_colleague_sees_the_same(
    desk: Desk, house: House, sign_in_to: Callable[..., Desk]
) -> None:
    page = desk.open("/")
    page.get_by_label("Days", exact=True).select_option("7d")
    expect(page).to_have_url(f"{desk.url}/?range=7d")
    desk.settled()
    plays = desk.number("plays")
    colleague = sign_in_to(house, "viewer")
    colleague.open("/?range=7d")
    assert colleague.number("plays") == plays
    page.go_back()
    expect(page.get_by_label("Days", exact=True)).to_have_value("28d")


def test_days_can_be_chosen_by_date(desk: Desk, house: House) -> None:
    page = desk.open("/")
    last = page.get_by_label("Last day")
    page.get_by_label("Days", exact=True).select_option("custom")
    day = last.input_value()
    page.get_by_label("First day").fill(day)
    expect(page).to_have_url(f"{desk.url}/?from={day}&to={day}")
    desk.settled()
    sums = house.ask("/insights/summary", start_date=day, end_date=day)["sums"]
    expect(page.locator("[data-number=loads]")).to_have_text(f"{sums['loads']:,}")


def test_the_keyboard_reads_every_value_of_the_chart(desk: Desk, house: House) -> None:
    page = desk.open("/?range=7d")
    buckets = house.ask("/insights/timeseries", interval="day", **_days(desk))["buckets"]
    chart = page.get_by_role("slider").first
    chart.focus()
    page.keyboard.press("Home")
    for bucket in buckets:
        said = chart.get_attribute("aria-valuetext") or ""
        assert f": {bucket['plays']:,}" in said, (said, bucket)
        page.keyboard.press("ArrowRight")


def test_the_chart_can_be_taken_along_as_a_table_and_as_a_picture(desk: Desk, house: House) -> None:
    desk.open("/?range=7d")
    buckets = house.ask("/insights/timeseries", interval="day", **_days(desk))["buckets"]
    table = desk.take("Plays by day", "CSV").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [int(row["plays"]) for row in rows] == [bucket["plays"] for bucket in buckets]
    assert [row["day"] for row in rows] == [bucket["date"] for bucket in buckets]
    picture = desk.take("Plays by day", "PNG")
    assert picture.startswith(b"\x89PNG")
    width, height = (int.from_bytes(picture[at : at + 4]) for at in (16, 20))
    assert width > 2000
    assert height > 500


def test_another_number_comes_into_the_chart_by_its_tile(desk: Desk) -> None:
    page = desk.open("/")
    page.get_by_role("button", name="Visitors").first.click()
    expect(page.get_by_role("heading", name="Visitors by day")).to_be_visible()


def test_every_number_says_what_it_means_and_which_call_gives_it(desk: Desk, house: House) -> None:
    page = desk.open("/")
    definitions = {one["name"]: one for one in house.ask("/insights/metrics")}
    for name in ("plays", "hours_watched", "engagement"):
        found = definitions[name]
        page.get_by_role("button", name=f"What {found['title']} means").first.click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text(found["definition"])
        expect(dialog).to_contain_text(found["api"])
        expect(dialog).to_contain_text("/insights/summary?start_date=")
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)


def test_who_is_watching_shows_by_itself(house: House, sign_in_to: Callable[..., Desk]) -> None:
    place = House.empty(house.server, house.http)
    desk = sign_in_to(place)
    page = desk.open("/")
    live = desk.panel("Watching now")
    expect(live.locator("[data-number=watching]")).to_have_text("0")
    place.deliver([{"media": "live-one", "visitor": "v", "watched": [[0, 5, 1]]}])
    expect(live.locator("[data-number=watching]")).to_have_text("1", timeout=SOON_MS)
    expect(live.get_by_role("link", name="live-one")).to_be_visible()
    expect(page.locator("[data-number=plays]")).to_have_text("1", timeout=2 * SOON_MS)


def test_an_empty_account_says_what_to_do(house: House, sign_in_to: Callable[..., Desk]) -> None:
    desk = sign_in_to(House.empty(house.server, house.http))
    page = desk.open("/")
    expect(desk.panel("Top medias")).to_contain_text("Is the tracker on your pages?")
    page.get_by_role("link", name="Put it there").click()
    expect(page).to_have_url(f"{desk.url}/settings/embed")


def test_before_is_as_many_days_before(house: House, sign_in_to: Callable[..., Desk]) -> None:
    place = House.empty(house.server, house.http)
    played = {"media": "m", "watched": [[0, 5, 1]]}
    place.deliver(
        [{**played, "age_ms": 60_000}] * 3 + [{**played, "age_ms": 7 * DAY_MS + 60_000}] * 2
    )
    desk = sign_in_to(place)
    page = desk.open("/?range=7d")
    expect(page.locator(".tile", has_text="Plays")).to_contain_text("+50 %")


def _days(desk: Desk) -> dict[str, str]:
    """The days that the page asked for, as the page said them to the server."""
    asked = desk.page.evaluate(
        "performance.getEntriesByType('resource').map(({ name }) => name)"
        ".filter((name) => name.includes('/insights/summary?'))[0]"
    )
    params = dict(part.split("=") for part in asked.partition("?")[2].split("&"))
    return {name: params[name] for name in ("start_date", "end_date")}
