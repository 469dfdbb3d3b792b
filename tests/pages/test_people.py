"""Sessions and visitors: listed, filtered, opened, and as the API says them."""

import csv
import io
import re
from collections.abc import Callable

from playwright.sync_api import expect

from pages.desk import SOON_MS, Desk
from pages.house import House


def shown(desk: Desk) -> int:
    return desk.page.locator(".session").count()


def test_the_list_says_how_many_there_are_and_shows_the_newest(desk: Desk, house: House) -> None:
    page = desk.open("/sessions?range=28d")
    everything = house.ask("/insights/sessions", limit=100)["sessions"]
    expect(page.locator("[data-number=loads]")).to_have_text(f"{len(everything)} sessions")
    assert shown(desk) == 25
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".session")).to_have_count(50)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".session")).to_have_count(len(everything))
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)


def test_a_heat_bar_says_which_parts_were_seen(desk: Desk, house: House) -> None:
    page = desk.open("/sessions?range=28d&device=desktop")
    again = house.ask("/insights/sessions", device="desktop", limit=25)["sessions"]
    newest = next(one for one in again if len(one["watched"]) == 3)
    assert newest["watched"] == [[0, 20, 1], [20, 30, 2], [30, 45, 1]]
    bar = page.get_by_role("img", name="0:00 to 0:20 once, 0:20 to 0:30 twice, 0:30 to 0:45 once")
    expect(bar.first).to_be_visible()


def test_filters_combine_and_can_be_taken_away(desk: Desk, house: House) -> None:
    page = desk.open("/sessions?range=28d")
    page.get_by_role("button", name="Add a filter").click()
    dialog = page.get_by_role("dialog", name="Add a filter")
    dialog.get_by_label("What").select_option("device")
    dialog.get_by_role("button", name="Mobile").click()
    expect(page).to_have_url(re.compile("device=mobile"))
    page.get_by_role("button", name="Add a filter").click()
    dialog.get_by_label("What").select_option("utm_source")
    dialog.get_by_label("Search among its values").fill("mai")
    dialog.get_by_role("button", name="mail").click()
    desk.settled()
    sums = house.ask("/insights/summary", device="mobile", utm_source="mail")["sums"]
    expect(page.locator("[data-number=loads]")).to_have_text(f"{sums['loads']} sessions")
    page.get_by_role("button", name="Remove the filter Device: Mobile").click()
    desk.settled()
    sums = house.ask("/insights/summary", utm_source="mail")["sums"]
    expect(page.locator("[data-number=loads]")).to_have_text(f"{sums['loads']} sessions")


def test_a_filter_may_ask_for_what_is_not_known(desk: Desk, house: House) -> None:
    page = desk.open("/sessions?range=28d&referrer_domain=")
    expect(page.get_by_text("Referrer: Direct or unknown")).to_be_visible()
    sums = house.ask("/insights/summary", referrer_domain="")["sums"]
    expect(page.locator("[data-number=loads]")).to_have_text(f"{sums['loads']} sessions")


def test_a_session_opens_to_all_that_is_known_of_it(desk: Desk, house: House) -> None:
    page = desk.open("/sessions?range=28d")
    newest = house.ask("/insights/sessions", limit=1)["sessions"][0]
    first = page.locator(".session").first
    first.get_by_role("button", name="All about the session").click()
    expect(first).to_contain_text("A page with a video")
    expect(first).to_contain_text(f"started after {newest['startup_ms']} ms")
    expect(first).to_contain_text(re.compile(r"1920 \S 1080"))
    link = first.get_by_role("link", name="A page with a video")
    expect(link).to_have_attribute("rel", "noreferrer noopener")


def test_what_is_shown_can_be_taken_along(desk: Desk, house: House) -> None:
    desk.open("/sessions?range=28d")
    rows = list(csv.DictReader(io.StringIO(desk.take("All sessions", "CSV").decode("utf-8-sig"))))
    truth = house.ask("/insights/sessions", limit=25)["sessions"]
    assert [row["event_key"] for row in rows] == [one["event_key"] for one in truth]
    assert [float(row["watched_seconds"]) for row in rows] == [
        one["watched_seconds"] for one in truth
    ]


def test_new_sessions_wait_until_they_are_asked_for(
    house: House, sign_in_to: Callable[..., Desk]
) -> None:
    place = House.empty(house.server, house.http)
    place.deliver([{"media": "m", "watched": [[0, 5, 1]], "age_ms": 60_000}])
    desk = sign_in_to(place)
    page = desk.open("/sessions")
    expect(page.locator(".session")).to_have_count(1)
    place.deliver([{"media": "m", "watched": [[0, 7, 1]]}])
    show = page.get_by_role("button", name="1 new session: show")
    expect(show).to_be_visible(timeout=2 * SOON_MS)
    assert shown(desk) == 1
    show.click()
    expect(page.locator(".session")).to_have_count(2)


def test_visitors_are_found_by_name_and_lead_to_all_they_watched(desk: Desk, house: House) -> None:
    page = desk.open("/visitors")
    page.get_by_label("Search by name or email").fill("ada@")
    expect(page).to_have_url(f"{desk.url}/visitors?search=ada%40")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Ada").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada")
    desk.settled()
    theirs = house.ask("/insights/sessions", visitor_key="visitor-3", limit=100)["sessions"]
    sums = house.ask("/insights/summary", visitor_key="visitor-3")["sums"]
    expect(page.locator(".session")).to_have_count(len(theirs))
    expect(page.locator("dd[data-number=loads]")).to_have_text(str(sums["loads"]))
    expect(page.locator("dd[data-number=hours_watched]")).to_have_text(
        f"{sums['hours_watched']:.2f}"
    )
    expect(page.get_by_text("ada@example.com")).to_be_visible()


def test_a_visitor_who_is_not_there_is_said(desk: Desk) -> None:
    page = desk.open("/visitors/nobody.at_all-1")
    expect(page.get_by_role("alert")).to_contain_text("no visitor 'nobody.at_all-1'")
