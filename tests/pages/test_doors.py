"""Signing in and out, and what each role may do."""

from collections.abc import Callable

import httpx
from playwright.sync_api import expect

from pages.desk import Desk
from pages.house import House
from support import PASSWORD, new_user


def test_a_stranger_sees_the_door_and_nothing_else(new_desk: Callable[..., Desk]) -> None:
    desk = new_desk()
    for address in ("/", "/medias/intro", "/settings/tokens"):
        page = desk.open(address)
        expect(page.get_by_role("heading", name="Sign in to Playhead")).to_be_visible()
        expect(page.get_by_role("navigation")).to_have_count(0)


def test_a_wrong_password_is_told_and_the_right_one_opens(
    new_desk: Callable[..., Desk], house: House
) -> None:
    user = new_user(house.server, house.account)
    desk = new_desk()
    page = desk.open("/medias/intro")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("The email or the password is wrong.")
    expect(page.get_by_label("Password")).to_have_value("")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    # Where one wanted to go before the door.
    expect(page.get_by_role("heading", name="Introduction", exact=True)).to_be_visible()


def test_signing_out_shuts_the_door_on_the_server_too(desk: Desk) -> None:
    page = desk.open("/")
    cookies = {one["name"]: one["value"] for one in desk.context.cookies()}
    page.locator("summary", has_text="Test").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Playhead")).to_be_visible()
    answer = httpx.get(f"{desk.url}/session", cookies=cookies)
    assert answer.json()["signed_in"] is False


def test_a_sign_in_that_was_ended_elsewhere_leads_to_the_door(desk: Desk) -> None:
    page = desk.open("/")
    desk.context.clear_cookies()
    page.get_by_role("link", name="Sessions").click()
    expect(page.get_by_role("heading", name="Sign in to Playhead")).to_be_visible()


def test_the_cookie_is_not_for_scripts(new_desk: Callable[..., Desk], house: House) -> None:
    desk = new_desk()
    desk.sign_in(new_user(house.server, house.account).email, PASSWORD)
    (cookie,) = desk.context.cookies()
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert desk.open("/").evaluate("document.cookie") == ""


def test_a_token_is_shown_once_and_revoked_for_good(
    house: House, sign_in_to: Callable[..., Desk]
) -> None:
    place = House.empty(house.server, house.http)
    desk = sign_in_to(place)
    page = desk.open("/settings/tokens")
    page.get_by_label("Name").fill("A report")
    page.get_by_role("button", name="Make the token").click()
    shown = page.get_by_role("region", name="The token")
    value = shown.locator("code").inner_text()
    assert value.startswith("phd_")
    headers = {"authorization": f"Bearer {value}"}
    assert house.http.get("/v1/stats/account.json", headers=headers).status_code == 200
    desk.open("/settings/tokens")
    assert value not in page.content()
    row = page.get_by_role("row", name="A report")
    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row).to_contain_text("revoked just now")
    assert house.http.get("/v1/stats/account.json", headers=headers).status_code == 401


def test_a_viewer_reads_and_changes_nothing(house: House, sign_in_to: Callable[..., Desk]) -> None:
    desk = sign_in_to(house, "viewer")
    page = desk.open("/medias")
    expect(page.get_by_role("link", name="Introduction")).to_be_visible()
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)
    page = desk.open("/settings/tokens")
    expect(page.get_by_role("button", name="Make the token")).to_have_count(0)
