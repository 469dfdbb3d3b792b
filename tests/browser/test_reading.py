"""The API as browsers meet it: from pages of other origins, and as a page to read."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page

from browser.pages import STATS, Site
from support import Server, TestAccount, beacon

_READ = """async ([address, token, etag]) => {
  const headers = { Authorization: `Bearer ${token}` };
  if (etag) headers["If-None-Match"] = etag;
  try {
    const answer = await fetch(address, { headers, cache: "no-store" });
    return [answer.status, answer.headers.get("etag"), await answer.text()];
  } catch (error) {
    return error.name;
  }
}"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_a_page_of_an_allowed_origin_reads_the_api_and_no_other_does(
    page: Page, site: Site, server: Server, new_account: Callable[..., TestAccount]
) -> None:
    page.goto(site.publish("Nothing is here."))
    address = f"http://{STATS}:{server.port}/v1/stats/account.json"
    origin = page.evaluate("location.origin")
    open_one, closed_one = new_account(cors_origins=[origin]), new_account()
    status, etag, body = page.evaluate(_READ, [address, open_one.token, None])
    assert status == 200
    assert '"loads":0' in body
    assert page.evaluate(_READ, [address, open_one.token, etag])[0] == 304
    # An error can be read as well, so that a script can say what is wrong.
    wrong = address.replace("account", "medias/nothing")
    assert page.evaluate(_READ, [wrong, open_one.token, None])[0] == 404
    assert page.evaluate(_READ, [address, closed_one.token, None]) == "TypeError"
    assert page.evaluate(_READ, [address, "phd_nobody", None]) == "TypeError"


def test_the_reference_is_styled_loads_nothing_and_leads_to_every_operation(
    page: Page, server: Server
) -> None:
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{server.url}/docs")
    # The policy knows the style by its hash; it would not be applied otherwise.
    assert page.evaluate("getComputedStyle(document.body).display") == "grid"
    page.get_by_role("link", name="/v1/stats/account/by_date").click()
    top = page.evaluate("document.querySelector(':target').getBoundingClientRect().top")
    assert 0 <= top < 100
    broken = """[...document.querySelectorAll("a[href^='#']")]
      .filter((a) => !document.getElementById(a.hash.slice(1))).map((a) => a.hash)"""
    assert page.evaluate(broken) == []
    assert [url.partition("#")[0] for url in asked] == [f"{server.url}/docs"]
    assert said == []


@pytest.mark.parametrize("framed_by", ["a page of the web", "a page without an address"])
def test_a_heatmap_is_drawn_in_a_frame_of_any_page(
    page: Page,
    site: Site,
    server: Server,
    account: TestAccount,
    settle: Callable[[], None],
    framed_by: str,
) -> None:
    with httpx.Client(base_url=server.url, headers=account.headers) as http:
        sent = beacon(account, duration=60, watched=[[0, 20, 1], [20, 30, 2]])
        assert http.post("/collect", json=sent).status_code == 204
        settle()
        address = http.get("/v1/stats/events").json()[0]["iframe_heatmap_url"]
    frame = f'<iframe src="{address}" width="300" height="70"></iframe>'
    if framed_by == "a page of the web":
        page.goto(site.publish(frame))
    else:
        page.set_content(frame)
    heatmap = page.frame_locator("iframe")
    heatmap.get_by_text("50% viewed", exact=True).wait_for()
    # The policy knows the style by its hash; everything would be black without it.
    seen = heatmap.locator("svg.map rect").evaluate_all(
        "rects => rects.map(r => [getComputedStyle(r).fill, r.getBoundingClientRect()])"
    )
    assert len({colour for colour, _ in seen}) == 3
    assert all(box["height"] > 0 and box["bottom"] <= 70 for _, box in seen)
