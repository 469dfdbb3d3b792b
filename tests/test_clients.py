"""Clients that others wrote, unchanged, against a running server.

They check what they get: ``wystia`` refuses any field that it does not know and any that it misses,
the models of ``wistiapy`` are asked to validate themselves.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import requests
from wistia import WistiaClient
from wystia import WistiaDataApi
from wystia.errors import NoSuchMedia, NoSuchProject
from wystia.models import Media, MediaStatus, MediaType, SortBy, SortDir, Video

from support import Server, TestAccount, beacon

# What wistiapy is built on uses what it itself has deprecated.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Call to deprecated function:schematics.deprecated.SchematicsDeprecationWarning"
)
Settle = Callable[[], None]


class Shelf:
    """The account's catalog, filled and read without a client."""

    def __init__(self, http: httpx.Client, account: TestAccount) -> None:
        self._http = http
        self._account = account

    def add(self, kind: str, **fields: Any) -> dict[str, Any]:
        answer = self._http.post(f"/v1/{kind}", json=fields, headers=self._account.headers)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def status(self, path: str) -> int:
        return self._http.get(f"/v1/{path}", headers=self._account.headers).status_code

    def watch(self, media: str, **fields: Any) -> None:
        sent = beacon(self._account, media=media, **fields)
        assert self._http.post("/collect", json=sent).status_code == 204


@pytest.fixture
def shelf(http: httpx.Client, account: TestAccount) -> Shelf:
    return Shelf(http, account)


@pytest.fixture
def wystia(
    server: Server, account: TestAccount, monkeypatch: pytest.MonkeyPatch
) -> Iterator[type[WistiaDataApi]]:
    monkeypatch.setattr(WistiaDataApi, "_API_ENDPOINT", f"{server.url}/v1/")
    WistiaDataApi.configure(account.token)
    yield WistiaDataApi
    WistiaDataApi.configure("")


@pytest.fixture
def wistiapy(server: Server, account: TestAccount, monkeypatch: pytest.MonkeyPatch) -> WistiaClient:
    monkeypatch.setattr(WistiaClient, "API_BASE_URL", f"{server.url}/v1/")
    return WistiaClient(account.token)


# -- wystia --------------------------------------------------------------------------------------


def test_wystia_makes_changes_and_deletes_projects(
    wystia: type[WistiaDataApi], shelf: Shelf
) -> None:
    made = wystia.create_project(
        "Course & co", "ada@example.com", public_upload=False, public_download=False, public=False
    )
    assert (made.name, made.media_count, made.description) == ("Course & co", 0, "")
    nobody = (made.anonymous_can_upload, made.anonymous_can_download, made.public)
    assert nobody == (False, False, False)
    assert abs((datetime.now(UTC) - made.created).total_seconds()) < 60
    changed = wystia.update_project(made.hashed_id, "Training", public=False)
    assert (changed.name, changed.hashed_id, changed.id) == ("Training", made.hashed_id, made.id)
    assert wystia.update_project(made.hashed_id).name == "Training"
    assert wystia.delete_project(made.hashed_id) is True
    assert shelf.status(f"projects/{made.id}") == 404
    assert wystia.delete_project(made.hashed_id) is False


def test_wystia_lists_projects_in_every_order(wystia: type[WistiaDataApi], shelf: Shelf) -> None:
    for name in "bca":
        shelf.add("projects", name=name)

    def names(*asked: Any, **more: Any) -> str:
        return "".join(project.name for project in wystia.list_all_projects(*asked, **more))

    assert names() == names(SortBy.CREATED) == names(SortBy.UPDATED) == "bca"
    assert names(SortBy.NAME) == "abc"
    assert names(SortBy.NAME, SortDir.DESC) == "cba"
    assert names(SortBy.CREATED, SortDir.DESC, per_page=2) == "acb"


def test_wystia_lists_a_project_over_several_pages(
    wystia: type[WistiaDataApi], shelf: Shelf
) -> None:
    project = shelf.add("projects", name="Course")
    for number in range(7):
        shelf.add("medias", name=f"lesson {number}", project_id=project["id"])
    shelf.add("medias", name="elsewhere")
    for page in (500, 3, 7):
        found = wystia.list_project(project["hashedId"], per_page=page)
        assert [media.name for media in found] == [f"lesson {number}" for number in range(7)]
    newest_first = wystia.list_project(project["hashedId"], SortBy.NAME, SortDir.DESC, per_page=2)
    assert [media.name for media in newest_first] == [f"lesson {n}" for n in range(6, -1, -1)]
    videos = Video.list_for_project(project["hashedId"])
    assert {video.project_id for video in videos} == {project["hashedId"]}
    with pytest.raises(NoSuchProject):
        wystia.list_project("nowhere")


def test_wystia_lists_medias_by_every_criterion(wystia: type[WistiaDataApi], shelf: Shelf) -> None:
    project = shelf.add("projects", name="Course")
    shelf.add("medias", name="b", hashed_id="first", project_id=project["id"], duration=60)
    shelf.add("medias", name="a", hashed_id="second", type="Audio")
    shelf.add("medias", name="b", hashed_id="third")

    def ids(**asked: Any) -> list[str]:
        return [media.hashed_id for media in wystia.list_medias(**asked)]

    assert ids() == ids(sort_by=SortBy.CREATED) == ["first", "second", "third"]
    assert ids(sort_by=SortBy.NAME) == ["second", "first", "third"]
    assert ids(sort_by=SortBy.NAME, sort_dir=SortDir.DESC) == ["third", "first", "second"]
    assert ids(project_id=project["hashedId"]) == ["first"]
    assert ids(media_name="b") == ["first", "third"]
    assert ids(media_name="B") == []
    assert ids(media_type=MediaType.AUDIO) == ["second"]
    assert ids(media_type=MediaType.PDF) == []
    assert ids(media_id="third") == ["third"]
    assert ids(media_id="third", media_type=MediaType.AUDIO) == []
    with pytest.raises(NoSuchProject):
        ids(project_id="nowhere")
    (video,) = wystia.list_videos(project_id=project["hashedId"])
    assert isinstance(video, Video)
    assert (video.duration, video.status, video.project_id) == (
        60.0,
        MediaStatus.READY,
        project["hashedId"],
    )


def test_wystia_lists_more_medias_than_a_page_holds(
    wystia: type[WistiaDataApi], shelf: Shelf
) -> None:
    for number in range(103):
        shelf.add("medias", hashed_id=f"m{number}")
    found = [media.hashed_id for media in wystia.list_medias()]
    assert found == [f"m{number}" for number in range(103)]


def test_wystia_shows_a_media_that_is_known_by_its_beacons_only(
    wystia: type[WistiaDataApi], shelf: Shelf, settle: Settle, server: Server
) -> None:
    shelf.watch("lesson-1", title="First lesson", duration=60.5)
    settle()
    shown = wystia.get_media("lesson-1")
    assert isinstance(shown, Media)
    assert (shown.name, shown.type, shown.status) == (
        "First lesson",
        MediaType.VIDEO,
        MediaStatus.READY,
    )
    assert (shown.duration, shown.progress, shown.archived) == (60.5, 1.0, False)
    assert (shown.description, shown.project, shown.assets) == ("", None, [])
    assert shown.thumbnail.url == f"{server.url}/thumbnail.svg"
    video = wystia.get_video("lesson-1")
    assert (video.status, video.duration) == (MediaStatus.READY, 60.5)
    (listed,) = wystia.list_medias()
    assert (listed.name, listed.duration) == ("First lesson", 60.5)
    for name in ("nowhere", "0"):
        with pytest.raises(NoSuchMedia):
            wystia.get_media(name)


def test_wystia_changes_and_deletes_medias(wystia: type[WistiaDataApi], shelf: Shelf) -> None:
    shelf.add("medias", hashed_id="lesson-1", duration=60, description="Before")
    changed = wystia.update_media("lesson-1", "1 + 1 = 2 & more, \u00fcber \U0001f3ac", "# After\n")
    assert changed.name == "1 + 1 = 2 & more, \u00fcber \U0001f3ac"
    assert changed.description == "# After\n"
    video = wystia.update_video("lesson-1", video_name="First", thumbnail_media_id="another")
    assert (video.name, video.description, video.duration) == ("First", "# After\n", 60.0)
    assert wystia.update_media("lesson-1").name == "First"
    with pytest.raises(NoSuchMedia):
        wystia.update_media("nowhere", "x")
    assert wystia.delete_media("lesson-1") is True
    assert wystia.delete_video("lesson-1") is False
    with pytest.raises(NoSuchMedia):
        wystia.get_media("lesson-1")


def test_wystia_shows_the_stats_of_a_media(
    wystia: type[WistiaDataApi], shelf: Shelf, settle: Settle
) -> None:
    for visitor, seen in (("a", [[0, 60, 1]]), ("b", [[0, 30, 1]]), ("b", [])):
        shelf.watch("lesson-1", visitor=visitor, watched=seen, played=bool(seen))
    settle()
    found = wystia.get_stats_for_video("lesson-1")
    assert (found.hashed_id, found.name) == ("lesson-1", "lesson-1")
    assert (found.stats.page_loads, found.stats.plays, found.stats.visitors) == (3, 2, 2)
    assert found.stats.percent_of_visitors_clicking_play == 100
    assert found.stats.average_percent_watched == 75
    with pytest.raises(NoSuchMedia):
        wystia.get_stats_for_video("nowhere")


# -- wistiapy ------------------------------------------------------------------------------------


def test_wistiapy_lists_and_shows_projects(wistiapy: WistiaClient, shelf: Shelf) -> None:
    made = [shelf.add("projects", name=name, description="All") for name in "bca"]
    shelf.add("medias", name="lesson", project_id=made[0]["id"], duration=60.5)
    listed = wistiapy.list_projects(sort_by="name", sort_direction=0, per_page=2)
    assert [project.name for project in listed] == ["c", "b"]
    assert [project.name for project in wistiapy.list_projects(page=2, per_page=2)] == ["a"]
    for project in wistiapy.list_all_projects():
        project.validate()
    shown = wistiapy.show_project(made[0]["hashedId"])
    shown.validate()
    assert (shown.hashed_id, shown.media_count) == (made[0]["hashedId"], 1)
    nobody = (shown.anonymous_can_upload, shown.anonymous_can_download, shown.public)
    assert nobody == (False, False, False)
    (media,) = shown.medias
    assert (media.name, media.duration, media.project.hashed_id) == (
        "lesson",
        60.5,
        made[0]["hashedId"],
    )


def test_wistiapy_lists_all_projects_over_several_pages(
    wistiapy: WistiaClient, shelf: Shelf
) -> None:
    for number in range(203):
        shelf.add("projects", name=f"p{number}")
    assert [project.name for project in wistiapy.list_all_projects()] == [
        f"p{number}" for number in range(203)
    ]


def test_wistiapy_lists_and_shows_medias(
    wistiapy: WistiaClient, shelf: Shelf, settle: Settle
) -> None:
    project = shelf.add("projects", name="Course")
    shelf.add("medias", name="b", hashed_id="mine", project_id=project["id"])
    shelf.add("medias", name="a", hashed_id="sound", type="Audio")
    shelf.watch("seen", title="c", duration=60.5)
    settle()

    def ids(**asked: Any) -> list[str]:
        found = list(wistiapy.list_medias(**asked))
        for media in found:
            media.validate()
        return [media.hashed_id for media in found]

    assert ids() == ["sound", "mine", "seen"]
    assert ids(sort_direction=0) == ["seen", "mine", "sound"]
    assert ids(sort_by="created") == ["mine", "sound", "seen"]
    assert ids(per_page=2, page=2) == ["seen"]
    assert ids(project_id=project["hashedId"]) == ["mine"]
    assert ids(name="a") == ["sound"]
    assert ids(media_type="Video") == ["mine", "seen"]
    shown = wistiapy.show_media("seen")
    shown.validate()
    assert (shown.name, shown.duration, shown.project) == ("c", 60.5, None)
    shown = wistiapy.show_media("mine")
    shown.validate()
    assert (shown.duration, shown.project.hashed_id) == (None, project["hashedId"])
    with pytest.raises(requests.HTTPError, match="404"):
        wistiapy.show_media("nowhere")
