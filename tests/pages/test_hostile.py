"""Names, titles and addresses that would rather be something else stay text."""

from collections.abc import Callable

from playwright.sync_api import expect

from pages.desk import Desk
from pages.house import House

SCRIPT = "<img src=x onerror=alert(1)>"
LONG = "x" * 5000
NAMES = {
    "tags": SCRIPT,
    "long": LONG,
    "leftward": "مقدمة في الفيديو",
    "override": "abc\u202egnp.exe",
    "emoji": "👩‍🚀 Lift-off 🚀",
    "quote": "\"'`</script><script>alert(2)</script>",
}


def hostile(house: House) -> House:
    place = House.empty(house.server, house.http)
    for media, name in NAMES.items():
        place.send("POST", "/v1/medias", {"hashed_id": media, "name": name[:500]})
    place.send("POST", "/v1/projects", {"name": SCRIPT})
    place.deliver(
        [
            {
                "media": media,
                "visitor": f"v-{media}",
                "watched": [[0, 30, 1]],
                "page": {
                    "url": f"https://www.example.com/{SCRIPT}?utm_source={SCRIPT}",
                    "title": name,
                    "referrer": "javascript:alert(3)",
                },
                "identity": {"name": name, "email": f"{SCRIPT}@example.com"},
                "player": {"name": SCRIPT, "language": SCRIPT},
                "quality": {"errors": [SCRIPT, name]},
                "actions": [{"type": SCRIPT, "id": "a", "shown": 1, "converted": 1}],
            }
            for media, name in NAMES.items()
        ]
    )
    return place


def test_every_page_shows_them_as_text(house: House, sign_in_to: Callable[..., Desk]) -> None:
    place = hostile(house)
    # A window in which nothing may go wrong, no script of theirs runs, and nothing is fetched.
    desk = sign_in_to(place)
    for width in (1280, 360):
        desk.page.set_viewport_size({"width": width, "height": 800})
        for address in (
            "/",
            "/medias",
            "/sessions",
            "/visitors",
            *(f"/medias/{media}" for media in NAMES),
            *(f"/visitors/v-{media}" for media in ("tags", "long", "leftward")),
        ):
            page = desk.open(address)
            assert page.locator("img[src=x], main script").count() == 0, address
            assert page.locator("a[href^='javascript']").count() == 0, address
            assert desk.is_as_wide_as_the_window(), (address, width)


def test_a_title_of_tags_is_read_as_written(house: House, sign_in_to: Callable[..., Desk]) -> None:
    desk = sign_in_to(hostile(house))
    page = desk.open("/medias/tags")
    expect(page.get_by_role("heading", level=1)).to_have_text(SCRIPT)
    assert page.title() == f"{SCRIPT} · Playhead"
    page = desk.open("/medias/leftward")
    expect(page.get_by_role("heading", level=1)).to_have_attribute("dir", "auto")


def test_what_is_taken_along_runs_nowhere(house: House, sign_in_to: Callable[..., Desk]) -> None:
    place = House.empty(house.server, house.http)
    place.send("POST", "/v1/medias", {"hashed_id": "sum", "name": "=HYPERLINK(1)"})
    place.deliver([{"media": "sum", "watched": [[0, 5, 1]]}])
    desk = sign_in_to(place)
    desk.open("/")
    table = desk.take("Top medias", "CSV").decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in table
