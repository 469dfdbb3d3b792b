"""Projects and medias over the API: making, changing and showing them, and what that does."""

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from support import Api, Server, TestAccount, assert_error, beacon

pytestmark = pytest.mark.every_catalog

Settle = Callable[[], None]
NewAccount = Callable[..., TestAccount]
TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ")


def test_a_new_project_is_shown_as_v1_names_things(api: Api) -> None:
    answer = api("POST", "/v1/projects", {"name": "Course", "description": "All lessons"})
    assert answer.status_code == 201
    made = answer.json()
    assert made == {
        "id": made["id"],
        "hashedId": made["hashedId"],
        "hashed_id": made["hashedId"],
        "name": "Course",
        "description": "All lessons",
        "mediaCount": 0,
        "created": made["created"],
        "updated": made["created"],
        "anonymousCanUpload": False,
        "anonymousCanDownload": False,
        "public": False,
        "publicId": "",
    }
    assert isinstance(made["id"], int)
    assert re.fullmatch(r"[a-z0-9]{10}", made["hashedId"])
    assert TIME.fullmatch(made["created"])


def test_a_new_media_is_shown_as_v1_names_things(api: Api) -> None:
    project = api("POST", "/v1/projects", {"name": "Course"}).json()
    body = {
        "hashed_id": "Lesson_1",
        "name": "First lesson",
        "type": "Audio",
        "description": "How to begin",
        "duration": 12.5,
        "project_id": project["hashedId"],
        "url": "https://example.com/1",
        "thumbnail_url": "https://example.com/1.png",
    }
    answer = api("POST", "/v1/medias", body)
    assert answer.status_code == 201
    made = answer.json()
    for name in ("project_id", "url", "thumbnail_url"):
        del body[name]
    assert made == body | {
        "id": made["id"],
        "created": made["created"],
        "updated": made["created"],
        "project": {"id": project["id"], "name": "Course", "hashed_id": project["hashedId"]},
        "thumbnail": {"url": "https://example.com/1.png", "width": 640, "height": 360},
        "archived": False,
        "status": "ready",
        "progress": 1.0,
        "assets": [],
    }
    assert TIME.fullmatch(made["created"])


def test_a_media_needs_nothing(api: Api, server: Server) -> None:
    made = api("POST", "/v1/medias", {}).json()
    assert re.fullmatch(r"[a-z0-9]{10}", made["hashed_id"])
    # What is not known is left out: clients take a null for a value.
    assert made == {
        "id": made["id"],
        "hashed_id": made["hashed_id"],
        "name": made["hashed_id"],
        "type": "Video",
        "description": "",
        "created": made["created"],
        "updated": made["created"],
        "thumbnail": {"url": f"{server.url}/thumbnail.svg", "width": 640, "height": 360},
        "archived": False,
        "status": "ready",
        "progress": 1.0,
        "assets": [],
    }


def test_a_media_without_a_picture_has_ours(http: httpx.Client, api: Api) -> None:
    thumbnail = api("POST", "/v1/medias", {}).json()["thumbnail"]
    picture = http.get(thumbnail["url"])
    assert picture.status_code == 200
    assert picture.headers["content-type"].partition(";")[0] == "image/svg+xml"
    drawn = ET.fromstring(picture.text)
    assert [drawn.get(side) for side in ("width", "height")] == ["640", "360"]
    assert (thumbnail["width"], thumbnail["height"]) == (640, 360)


def test_modern_calls_projects_folders_and_everything_in_snake_case(
    api: Api, server: Server
) -> None:
    answer = api("POST", "/modern/folders", {"name": "Course", "description": "All"})
    assert answer.status_code == 201
    folder = answer.json()
    assert folder == {
        "id": folder["id"],
        "hashed_id": folder["hashed_id"],
        "name": "Course",
        "description": "All",
        "media_count": 0,
        "created": folder["created"],
        "updated": folder["created"],
        "anonymous_can_upload": False,
        "anonymous_can_download": False,
        "public": False,
        "public_id": "",
    }
    body = {"hashed_id": "a", "folder_id": folder["hashed_id"], "url": "https://example.com/1"}
    answer = api("POST", "/modern/medias", body)
    assert answer.status_code == 201
    media = answer.json()
    assert media == {
        "id": media["id"],
        "hashed_id": "a",
        "name": "a",
        "type": "Video",
        "description": "",
        "created": media["created"],
        "updated": media["created"],
        "url": "https://example.com/1",
        "thumbnail_url": "",
        "thumbnail": {"url": f"{server.url}/thumbnail.svg", "width": 640, "height": 360},
        "folder": {"id": folder["id"], "name": "Course", "hashed_id": folder["hashed_id"]},
        "archived": False,
        "status": "ready",
        "progress": 1.0,
        "assets": [],
    }
    shown = api("GET", f"/modern/folders/{folder['id']}.json").json()
    assert shown == folder | {"media_count": 1, "medias": [media]}
    assert api("GET", "/modern/medias/a.json").json() == media
    assert api("GET", "/modern/medias").json() == [media]
    assert api("GET", "/modern/folders").json() == [folder | {"media_count": 1}]


def test_both_bases_show_the_same_things(api: Api) -> None:
    project = api("POST", "/v1/projects", {"name": "Course"}).json()
    api("POST", "/v1/medias", {"hashed_id": "a", "project_id": project["id"]})
    folder = api("PUT", f"/modern/folders/{project['id']}", {"name": "Training"}).json()
    assert folder["name"] == api("GET", f"/v1/projects/{project['id']}").json()["name"]
    assert folder["media_count"] == 1
    older = api("GET", "/v1/medias/a").json()
    newer = api("GET", "/modern/medias/a").json()
    assert newer.pop("folder") == older.pop("project")
    assert (newer.pop("url"), newer.pop("thumbnail_url")) == ("", "")
    assert newer == older


def test_modern_takes_a_folders_older_name_too(api: Api) -> None:
    one, two = (api("POST", "/modern/folders", {"name": name}).json() for name in "ab")
    made = api("POST", "/modern/medias", {"hashed_id": "a", "project_id": one["id"]}).json()
    assert made["folder"]["name"] == "a"
    both = {"project_id": one["id"], "folder_id": two["id"]}
    assert api("PUT", "/modern/medias/a", both).json()["folder"]["name"] == "b"
    assert "folder" not in api("PUT", "/modern/medias/a", {"folder_id": None}).json()
    for field, word in (("project_id", "project"), ("folder_id", "folder")):
        answer = api("PUT", "/modern/medias/a", {field: "nowhere"})
        assert_error(answer, 422, f"{field}: no {word} 'nowhere' in this account")


def test_an_account_says_how_much_it_has(api: Api, account: TestAccount, server: Server) -> None:
    for kind, names in (("projects", "a"), ("medias", "abc")):
        for name in names:
            api("POST", f"/v1/{kind}", {"name": name})
    gone = api("POST", "/v1/projects", {"name": "gone"}).json()
    api("DELETE", f"/v1/projects/{gone['id']}")
    gone = api("POST", "/v1/medias", {"name": "gone"}).json()
    api("DELETE", f"/v1/medias/{gone['id']}")
    says = {"id": account.id, "name": "Test", "url": server.url}
    assert api("GET", "/v1/account.json").json() == says | {
        "mediaCount": 3,
        "projectCount": 1,
        "videoLimit": None,
    }
    assert api("GET", "/modern/account.json").json() == says | {
        "media_count": 3,
        "folder_count": 1,
        "channel_count": 0,
        "video_limit": None,
    }


def test_the_duration_of_a_media_is_set_or_else_the_longest_that_was_seen(
    http: httpx.Client, account: TestAccount, settle: Settle, api: Api
) -> None:
    for duration in (60.0, 61.5, ...):
        assert http.post("/collect", json=beacon(account, duration=duration)).is_success
    settle()
    for base in ("/v1", "/modern"):
        assert api("GET", f"{base}/medias/lesson-1").json()["duration"] == 61.5
        # Lists do not ask the store, and say only what the catalog knows.
        assert api("GET", f"{base}/medias").json()[0]["duration"] == 61.5
    assert api("PUT", "/v1/medias/lesson-1", {"name": "x"}).json()["duration"] == 61.5
    assert api("PUT", "/v1/medias/lesson-1", {"duration": 50}).json()["duration"] == 50.0
    assert api("GET", "/v1/medias").json()[0]["duration"] == 50.0


def test_aggregated_stats_are_whole_percentages(
    http: httpx.Client, account: TestAccount, settle: Settle, api: Api
) -> None:
    for number in range(8):
        seen = {"watched": [[0, 12.7, 1]]} if number == 0 else {"watched": [], "played": False}
        sent = beacon(account, visitor=f"v{number}", duration=20, **seen)
        assert http.post("/collect", json=sent).is_success
    settle()
    media = api("GET", "/v1/medias/lesson-1").json()
    named = {"id": media["id"], "hashed_id": "lesson-1", "name": "lesson-1"}
    # 1 of 8 is 12.5 percent, 12.7 s of 20 are 63.5: halves are rounded up.
    for given in ("lesson-1", media["id"]):
        assert api("GET", f"/v1/medias/{given}/stats.json").json() == named | {
            "stats": {
                "pageLoads": 8,
                "visitors": 8,
                "percentOfVisitorsClickingPlay": 13,
                "plays": 1,
                "averagePercentWatched": 64,
            }
        }
    assert api("GET", "/modern/medias/lesson-1/stats").json() == named | {
        "stats": {
            "page_loads": 8,
            "visitors": 8,
            "percent_of_visitors_clicking_play": 13,
            "plays": 1,
            "average_percent_watched": 64,
        }
    }
    api("POST", "/v1/medias", {"hashed_id": "nobody"})
    nobody = api("GET", "/v1/medias/nobody/stats").json()["stats"]
    assert set(nobody.values()) == {0}


@pytest.mark.parametrize(("kind", "name"), [("projects", "hashedId"), ("medias", "hashed_id")])
@pytest.mark.parametrize("ending", ["", ".json"])
def test_both_ids_lead_to_the_same_thing(api: Api, kind: str, name: str, ending: str) -> None:
    made = api("POST", f"/v1/{kind}", {"name": "x"}).json()
    for given in (made["id"], made[name]):
        answer = api("GET", f"/v1/{kind}/{given}{ending}")
        medias: dict[str, Any] = {"medias": []} if kind == "projects" else {}
        assert (answer.status_code, answer.json()) == (200, made | medias)


def test_putting_changes_what_is_given_and_leaves_the_rest(api: Api) -> None:
    project = api("POST", "/v1/projects", {"name": "Course", "description": "All"}).json()
    path = f"/v1/projects/{project['id']}"
    renamed = api("PUT", path, {"name": "Training"})
    assert renamed.status_code == 200
    assert renamed.json() == project | {"name": "Training", "updated": renamed.json()["updated"]}
    emptied = api("PUT", path, {"description": None}).json()
    assert (emptied["name"], emptied["description"]) == ("Training", "")
    body = {"name": "First", "duration": 12.5, "project_id": project["id"], "url": "https://a.b/"}
    media = api("POST", "/v1/medias", body).json()
    path = f"/v1/medias/{media['hashed_id']}"
    changed = api("PUT", path, {"description": "New"}).json()
    expected = {"description": "New", "updated": changed["updated"]}
    expected["project"] = media["project"] | {"name": "Training"}
    assert changed == media | expected
    emptied = api("PUT", path, {"duration": None, "url": None, "project_id": None}).json()
    assert not {"duration", "project"} & set(emptied)
    assert api("GET", path.replace("v1", "modern")).json()["url"] == ""
    assert api("PUT", path, {}).status_code == 200
    assert api("GET", path).json()["name"] == "First"


def test_a_beacon_names_its_media_once(
    http: httpx.Client, account: TestAccount, settle: Settle, api: Api
) -> None:
    for media, title in (("with-title", "First"), ("without-title", ...)):
        assert http.post("/collect", json=beacon(account, media=media, title=title)).is_success
    settle()
    later = beacon(account, media="with-title", title="Second")
    assert http.post("/collect", json=later).is_success
    settle()
    assert api("GET", "/v1/medias/with-title").json()["name"] == "First"
    assert api("GET", "/v1/medias/without-title").json()["name"] == "without-title"
    api("PUT", "/v1/medias/with-title", {"name": "Mine"})
    assert http.post("/collect", json=beacon(account, media="with-title", title="Third")).is_success
    settle()
    assert api("GET", "/v1/medias/with-title").json()["name"] == "Mine"


def test_a_media_made_by_hand_gets_its_sessions(
    http: httpx.Client, server: Any, settle: Settle
) -> None:
    account = server.account(registers_medias=False)
    body = {"hashed_id": "lesson-1"}
    assert http.post("/v1/medias", headers=account.headers, json=body).status_code == 201
    assert http.post("/collect", json=beacon(account)).status_code == 204
    settle()
    answer = http.get("/v1/stats/medias/lesson-1", headers=account.headers)
    assert answer.json()["loads"] == 1


def test_moving_a_media_moves_its_history(
    http: httpx.Client, account: TestAccount, settle: Settle, api: Api
) -> None:
    one, two = (api("POST", "/v1/projects", {"name": name}).json() for name in ("one", "two"))
    for media in ("lesson-1", "lesson-2"):
        sent = beacon(account, media=media, duration=3600, watched=[[0, 1800, 1]])
        assert http.post("/collect", json=sent).is_success
    settle()

    def stats(project: dict[str, Any]) -> tuple[int, int, float]:
        found = api("GET", f"/v1/stats/projects/{project['hashedId']}.json").json()
        rows = api("GET", f"/v1/stats/projects/{project['id']}/by_date.json").json()
        assert sum(row["loads"] for row in rows) == found["loads"]
        return found["number_of_videos"], found["loads"], found["hours_watched"]

    assert (stats(one), stats(two)) == ((0, 0, 0), (0, 0, 0))
    for media in ("lesson-1", "lesson-2"):
        api("PUT", f"/v1/medias/{media}", {"project_id": one["id"]})
    assert (stats(one), stats(two)) == ((2, 2, 1.0), (0, 0, 0))
    assert api("GET", f"/v1/projects/{one['id']}").json()["mediaCount"] == 2
    api("PUT", "/v1/medias/lesson-1", {"project_id": two["hashedId"]})
    assert (stats(one), stats(two)) == ((1, 1, 0.5), (1, 1, 0.5))
    api("PUT", "/v1/medias/lesson-1", {"project_id": None})
    assert (stats(one), stats(two)) == ((1, 1, 0.5), (0, 0, 0))
    # The account keeps it all, wherever its medias are.
    assert api("GET", "/v1/stats/account").json()["loads"] == 2


def test_a_duration_set_by_hand_changes_the_graph_and_no_session(
    http: httpx.Client, account: TestAccount, settle: Settle, api: Api
) -> None:
    for duration in (4, 6.5):
        sent = beacon(account, duration=duration, watched=[[0, 2, 1], [2, 3, 3]])
        assert http.post("/collect", json=sent).is_success
    settle()

    def graph() -> tuple[list[int], list[int]]:
        found = api("GET", "/v1/stats/medias/lesson-1/engagement.json").json()
        # (3/4 + 3/6.5) / 2: each session is measured by what its own viewer saw.
        assert found["engagement"] == 0.605769230769
        return found["engagement_data"], found["rewatch_data"]

    assert graph() == ([2, 2, 2, 0, 0, 0], [0, 0, 4, 0, 0, 0])
    api("PUT", "/v1/medias/lesson-1", {"duration": 2.9})
    assert graph() == ([2, 2], [0, 0])
    api("PUT", "/v1/medias/lesson-1", {"duration": 8})
    assert graph() == ([2, 2, 2, 0, 0, 0, 0, 0], [0, 0, 4, 0, 0, 0, 0, 0])
    api("PUT", "/v1/medias/lesson-1", {"duration": 0.5})
    assert graph() == ([2], [0])
    api("PUT", "/v1/medias/lesson-1", {"duration": None})
    assert graph() == ([2, 2, 2, 0, 0, 0], [0, 0, 4, 0, 0, 0])
    api("PUT", "/v1/medias/lesson-1", {"duration": 2000})
    # Cells of two seconds: at 3.0, the midpoint of the second one, nobody was.
    shown, again = graph()
    assert (len(shown), shown[:3], again[:3]) == (1000, [2, 0, 0], [0, 0, 0])


def test_an_id_in_use_is_taken_in_this_account_only(
    http: httpx.Client, new_account: NewAccount, api: Api
) -> None:
    assert api("POST", "/v1/medias", {"hashed_id": "lesson-1"}).status_code == 201
    answer = api("POST", "/v1/medias", {"hashed_id": "lesson-1", "name": "again"})
    assert_error(answer, 422, "hashed_id: 'lesson-1' is taken (leave it out to get a new one)")
    assert api("POST", "/v1/medias", {"hashed_id": "Lesson-1"}).status_code == 201
    other = new_account()
    body = {"hashed_id": "lesson-1"}
    assert http.post("/v1/medias", headers=other.headers, json=body).status_code == 201


@pytest.mark.parametrize("kind", ["project", "media"])
@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("nowhere", "nowhere"),
        ("0", "0"),
        ("9" * 18, "9" * 18),
        ("9" * 19, "9" * 19),
        ("9" * 500, "9" * 80),
        ("-1", "-1"),
        ("1.0", "1.0"),
        ("%00", "\x00"),
        ("%D9%A1", "\u0661"),
        ("'%20OR%201=1--", "' OR 1=1--"),
        ("x%25", "x%"),
    ],
)
def test_an_unknown_id_is_404(api: Api, kind: str, given: str, shown: str) -> None:
    error = f"no {kind} {shown!r} in this account"
    assert_error(api("GET", f"/v1/{kind}s/{given}"), 404, error)
    assert_error(api("PUT", f"/v1/{kind}s/{given}", {"name": "x"}), 404, error)
    assert_error(api("GET", f"/v1/stats/{kind}s/{given}"), 404, error)
    assert_error(api("GET", f"/v1/stats/{kind}s/{given}/by_date"), 404, error)


def test_names_are_kept_to_the_letter(api: Api) -> None:
    name = "  <script>alert(1)</script> \u202e \U0001f3ac '; DROP TABLE medias;-- %00 \\ "
    made = api("POST", "/v1/medias", {"name": name}).json()
    assert api("GET", f"/v1/medias/{made['id']}").json()["name"] == name
