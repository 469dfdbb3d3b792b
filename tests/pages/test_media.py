"""A media's page: its graph, moment by moment, and its comparisons."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from pages.desk import Desk
from pages.house import House


def graph_of(desk: Desk) -> Locator:
    return desk.panel("Engagement").get_by_role("slider")


def engagement(house: House, **params: Any) -> Any:
    return house.ask("/insights/engagement", **{"media_id": "intro", **params})


def test_the_graph_reads_out_what_the_api_says(desk: Desk, house: House) -> None:
    desk.open("/medias/intro?range=all")
    truth = house.ask("/v1/stats/medias/intro/engagement.json")
    plays = house.ask("/v1/stats/medias/intro.json")["plays"]
    graph = graph_of(desk)
    graph.focus()
    desk.page.keyboard.press("Home")
    for cell, (seen, again) in enumerate(
        zip(truth["engagement_data"], truth["rewatch_data"], strict=True)
    ):
        said = graph.get_attribute("aria-valuetext") or ""
        assert said.startswith(f"{cell // 60}:{cell % 60:02}: {seen} viewer"), said
        assert f" of {plays} plays" in said
        assert f"watched again {again} time" in said
        desk.page.keyboard.press("ArrowRight")


def test_pointing_reads_out_what_is_under_the_pointer(desk: Desk, house: House) -> None:
    page = desk.open("/medias/intro?range=all")
    truth = engagement(house)
    over = desk.panel("Engagement").locator(".u-over")
    box = over.bounding_box()
    assert box is not None
    over.hover(position={"x": box["width"] * 25.5 / 60, "y": 40})
    readout = desk.panel("Engagement").locator(".readout")
    expect(readout).to_contain_text(f"0:25: {truth['engagement_data'][25]} viewers")
    page.mouse.move(5, 5)
    expect(readout).to_contain_text("Point at the graph")


def test_what_stands_out_is_marked(desk: Desk, house: House) -> None:
    desk.open("/medias/intro?range=all")
    truth = engagement(house)
    assert truth["drop_offs"]
    assert truth["rewatched"]
    moments = desk.panel("Engagement").locator(".moments")
    for drop in truth["drop_offs"]:
        expect(moments).to_contain_text(f"{drop['lost']} viewer")
    for peak in truth["rewatched"]:
        expect(moments).to_contain_text(f"{peak['viewings']} time")


def test_the_graph_can_be_taken_along(desk: Desk, house: House) -> None:
    desk.open("/medias/intro?range=all")
    truth = engagement(house)
    rows = list(csv.DictReader(io.StringIO(desk.take("Engagement", "CSV").decode("utf-8-sig"))))
    assert [int(row["viewers"]) for row in rows] == truth["engagement_data"]
    assert [int(row["watched again"]) for row in rows] == truth["rewatch_data"]
    assert desk.take("Engagement", "PNG").startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("device", {"device": "desktop"}, {"device": "mobile"}),
        ("visitors", {"visitors": "new"}, {"visitors": "returning"}),
    ],
)
def test_two_segments_are_compared(
    desk: Desk, house: House, kind: str, one: dict[str, str], other: dict[str, str]
) -> None:
    page = desk.open("/medias/intro?range=28d")
    page.get_by_label("Compare with").select_option(kind)
    desk.settled()
    expect(page).to_have_url(re.compile(f"compare={kind}"))
    days = _days_shown(page.url, desk)
    left, right = (engagement(house, **days, **side) for side in (one, other))
    graph = graph_of(desk)
    graph.focus()
    page.keyboard.press("Home")
    for cell in range(0, len(left["engagement_data"]), 10):
        said = graph.get_attribute("aria-valuetext") or ""
        for side in (left, right):
            assert f"({side['engagement_data'][cell]} of {side['plays']})" in said, said
        for _ in range(10):
            page.keyboard.press("ArrowRight")


def test_two_medias_are_compared_on_an_axis_of_percent(desk: Desk, house: House) -> None:
    page = desk.open("/medias/intro?range=all&compare=media&cmedia=deep")
    left, right = engagement(house), engagement(house, media_id="deep")
    graph = graph_of(desk)
    graph.focus()
    page.keyboard.press("End")
    said = graph.get_attribute("aria-valuetext") or ""
    assert said.startswith(("At 100.0 %", "At 99.9"))
    assert f"Introduction {_percent(left)}" in said
    assert f"A deep dive {_percent(right)}" in said


def test_two_periods_are_compared(desk: Desk, house: House) -> None:
    page = desk.open("/medias/intro?range=7d&compare=period")
    first = page.get_by_label("First day of the other period").input_value()
    last = page.get_by_label("Last day of the other period").input_value()
    before = engagement(house, start_date=first, end_date=last)
    graph = graph_of(desk)
    graph.focus()
    page.keyboard.press("Home")
    said = graph.get_attribute("aria-valuetext") or ""
    assert f"({before['engagement_data'][0]} of {before['plays']})" in said


def test_a_video_of_this_server_shows_the_moment_that_is_pointed_at(
    house: House, sign_in_to: Callable[..., Desk]
) -> None:
    desk = sign_in_to(house)
    # No server of the tests has a video; that the player is told to go there is what counts.
    house.send("PUT", "/v1/medias/deep", {"url": f"{house.server.url}/assets/none.webm"})
    page = desk.open("/medias/deep?range=all")
    expect(page.get_by_text("no video that this browser can play")).to_be_visible()
    house.send("PUT", "/v1/medias/deep", {"url": ""})


def test_a_video_from_elsewhere_is_loaded_only_when_asked(
    house: House, sign_in_to: Callable[..., Desk]
) -> None:
    place = House.empty(house.server, house.http)
    body = {"hashed_id": "far", "name": "Far away", "url": "https://videos.example.org/far.mp4"}
    place.send("POST", "/v1/medias", body)
    desk = sign_in_to(place)
    page = desk.open("/medias/far")
    expect(page.get_by_role("button", name="videos.example.org")).to_be_visible()
    assert page.locator("video").count() == 0


def test_a_media_that_is_not_there_says_so(desk: Desk) -> None:
    page = desk.open("/medias/nothing-here")
    expect(page.get_by_role("alert")).to_contain_text("no media 'nothing-here' in this account")


def _percent(graph: Any) -> str:
    tenths = round(1000 * graph["engagement_data"][-1] / graph["plays"]) / 10
    return f"{tenths:.1f} %"


def _days_shown(url: str, desk: Desk) -> dict[str, str]:
    assert url
    asked = desk.page.evaluate(
        "performance.getEntriesByType('resource').map(({ name }) => name)"
        ".filter((name) => name.includes('/insights/engagement?'))[0]"
    )
    params = dict(part.split("=") for part in asked.partition("?")[2].split("&"))
    return {name: params[name] for name in ("start_date", "end_date")}
