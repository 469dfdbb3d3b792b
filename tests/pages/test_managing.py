"""Managing from the pages: projects, medias, settings, users, and the embed code."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from pages.desk import SOON_MS, Desk
from pages.house import House
from support import PASSWORD


@pytest.fixture
def place(house: House) -> House:
    """An account of its own, with two medias, that a test may turn upside down."""
    made = House.empty(house.server, house.http)
    for media, name in (("one", "The first"), ("two", "The second")):
        made.send("POST", "/v1/medias", {"hashed_id": media, "name": name})
    return made


@pytest.fixture
def admin(place: House, sign_in_to: Callable[..., Desk]) -> Desk:
    return sign_in_to(place)


def test_a_project_is_made_filled_and_deleted_and_its_medias_stay(
    admin: Desk, place: House
) -> None:
    page = admin.open("/medias")
    page.get_by_role("button", name="New project").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("A course <b>")
    dialog.get_by_role("button", name="Make the project").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("checkbox", name="Choose all on this page").check()
    chosen = page.get_by_role("form", name="With the chosen medias")
    chosen.get_by_label("Move to project").select_option(label="A course <b>")
    chosen.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("link", name="2 medias")).to_be_visible()
    (project,) = place.ask("/v1/projects.json")
    assert (project["name"], project["mediaCount"]) == ("A course <b>", 2)
    page.get_by_role("button", name="Delete the project A course <b>").click()
    expect(dialog).to_contain_text("stay")
    dialog.get_by_role("button", name="Delete the project, keep its medias").click()
    expect(dialog).to_have_count(0)
    assert place.ask("/v1/projects.json") == []
    assert len(place.ask("/v1/medias.json")) == 2


def test_a_media_is_renamed_given_an_address_and_deleted(admin: Desk, place: House) -> None:
    page = admin.open("/medias")
    page.get_by_role("button", name="Edit The first").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("The very first")
    dialog.get_by_label("Address").fill("javascript:alert(1)")
    dialog.get_by_role("button", name="Save the media").click()
    expect(dialog.get_by_label("Address")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Address").fill("https://www.example.com/first.mp4")
    dialog.get_by_role("button", name="Save the media").click()
    expect(page.get_by_role("link", name="The very first")).to_be_visible()
    media = place.ask("/modern/medias/one")
    assert (media["name"], media["url"]) == ("The very first", "https://www.example.com/first.mp4")
    page.get_by_role("button", name="Delete The second").click()
    dialog.get_by_role("button", name="Delete the media").click()
    expect(page.get_by_role("link", name="The second")).to_have_count(0)
    assert [one["hashed_id"] for one in place.ask("/modern/medias")] == ["one"]


def test_a_media_is_found_among_many(admin: Desk) -> None:
    page = admin.open("/medias")
    page.get_by_label("Search by name or id").fill("sec")
    expect(page.get_by_role("link", name="The second")).to_be_visible()
    expect(page.get_by_role("link", name="The first")).to_have_count(0)


def test_the_accounts_settings_are_changed_and_what_is_wrong_is_said_at_its_field(
    admin: Desk, place: House
) -> None:
    page = admin.open("/settings")
    page.get_by_label("Time zone").fill("Mars/Olympus")
    page.get_by_role("button", name="Save the settings").click()
    expect(page.get_by_label("Time zone")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Time zone").fill("America/New_York")
    page.get_by_label("Allowed domains").fill("www.example.com\n*.example.org")
    page.get_by_role("radio", name="Nothing").check()
    page.get_by_role("button", name="Save the settings").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    kept = place.ask("/manage/account")
    assert kept["timezone"] == "America/New_York"
    assert kept["allowed_domains"] == ["www.example.com", "*.example.org"]
    assert kept["address_mode"] == "none"


def test_a_colleague_is_added_and_signs_in(
    admin: Desk, place: House, new_desk: Callable[..., Desk]
) -> None:
    page = admin.open("/settings/users")
    email = f"colleague-{place.account.id}@example.com"
    page.get_by_label("Email").fill(email)
    page.get_by_label("Role").first.select_option("viewer")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Add the user").click()
    expect(page.get_by_role("region", name=f"The password of {email}")).to_contain_text(PASSWORD)
    colleague = new_desk()
    colleague.sign_in(email, PASSWORD)
    page.get_by_role("button", name=f"Remove {email}").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove the user").click()
    expect(page.get_by_role("row", name=email)).to_have_count(0)
    colleague.page.reload()
    expect(colleague.page.get_by_role("heading", name="Sign in to Playhead")).to_be_visible()


def test_a_password_is_changed(
    place: House, sign_in_to: Callable[..., Desk], new_desk: Callable[..., Desk]
) -> None:
    desk = sign_in_to(place)
    page = desk.open("/settings/profile")
    email = page.evaluate("fetch('/session').then((a) => a.json()).then((s) => s.user.email)")
    page.get_by_label("Password until now").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("another good one 42")
    page.get_by_label("New password again").fill("another good one 42")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("status").filter(has_text="Changed.")).to_be_visible()
    other = new_desk()
    other.sign_in(email, "another good one 42")


def test_the_embed_code_works_and_the_page_sees_its_first_beacon(admin: Desk, place: House) -> None:
    page = admin.open("/settings/embed")
    snippet = page.locator("pre.code").first
    expect(snippet).to_contain_text(f'data-account="{place.account.key}"')
    expect(snippet).to_contain_text(f'src="{admin.url}/tracker.js"')
    expect(page.get_by_text("Waiting for the first beacon")).to_be_visible()
    place.deliver([{"media": "fresh", "watched": [[0, 2, 1]]}])
    expect(page.get_by_text("Received: it works")).to_be_visible(timeout=SOON_MS)


def test_a_beacon_that_is_quicker_than_the_first_answer_is_seen(admin: Desk, place: House) -> None:
    page, held = admin.page, list[Route]()

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/insights/live*", hold)
    page.goto("/settings/embed")
    expect(page.get_by_text("Waiting for the first beacon")).to_be_visible()
    place.deliver([{"media": "quick", "watched": [[0, 2, 1]]}])
    for route in held:
        route.continue_()
    page.unroute("**/insights/live*")
    expect(page.get_by_text("Received: it works")).to_be_visible(timeout=SOON_MS)
