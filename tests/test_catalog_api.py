"""Projects and medias over the API: making, changing and showing them, and what that does."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from support import TestAccount, beacon

Settle = Callable[[], None]
NewAccount = Callable[..., TestAccount]
TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ")


@pytest.fixture
def api(http: httpx.Client, account: TestAccount) -> Callable[..., httpx.Response]:
    """Ask as the account: ``api("POST", "/v1/medias", {...})``."""

    def ask(method: str, path: str, body: Any = None) -> httpx.Response:
        if body is None:
            return http.request(method, path, headers=account.headers)
        if isinstance(body, bytes):
            headers = account.headers | {"content-type": "application/json"}
            return http.request(method, path, headers=headers, content=body)
        return http.request(method, path, headers=account.headers, json=body)

    return ask


Api = Callable[..., httpx.Response]


def assert_error(answer: httpx.Response, status: int, error: str) -> None:
    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert answer.headers["content-type"] == "application/json"


def test_a_new_project_is_shown_as_v1_names_things(api: Api) -> None:
    answer = api("POST", "/v1/projects", {"name": "Course", "description": "All lessons"})
    assert answer.status_code == 201
    made = answer.json()
    assert made == {
        "id": made["id"],
        "hashedId": made["hashedId"],
        "name": "Course",
        "description": "All lessons",
        "mediaCount": 0,
        "created": made["created"],
        "updated": made["created"],
        "anonymousCanUpload": False,
    }
    assert isinstance(made["id"], int)
    assert re.fullmatch(r"[a-z0-9]{10}", made["hashedId"])
    assert TIME.fullmatch(made["created"])


def test_a_new_media_is_shown_as_v1_names_things(api: Api) -> None:
    project = api("POST", "/v1/projects", {"name": "Course"}).json()
    body = {
        "hashed_id": "Lesson_1",
        "name": "First lesson",
        "description": "How to begin",
        "duration": 12.5,
        "project_id": project["hashedId"],
        "url": "https://example.com/1",
        "thumbnail_url": "https://example.com/1.png",
    }
    answer = api("POST", "/v1/medias", body)
    assert answer.status_code == 201
    made = answer.json()
    del body["project_id"]
    assert made == body | {
        "id": made["id"],
        "created": made["created"],
        "updated": made["created"],
        "project": {"id": project["id"], "name": "Course", "hashed_id": project["hashedId"]},
    }
    assert TIME.fullmatch(made["created"])


def test_a_media_needs_nothing(api: Api) -> None:
    made = api("POST", "/v1/medias", {}).json()
    assert re.fullmatch(r"[a-z0-9]{10}", made["hashed_id"])
    assert made["name"] == made["hashed_id"]
    empty = {"description": "", "duration": None, "url": "", "thumbnail_url": "", "project": None}
    assert {name: made[name] for name in empty} == empty


@pytest.mark.parametrize(("kind", "name"), [("projects", "hashedId"), ("medias", "hashed_id")])
@pytest.mark.parametrize("ending", ["", ".json"])
def test_both_ids_lead_to_the_same_thing(api: Api, kind: str, name: str, ending: str) -> None:
    made = api("POST", f"/v1/{kind}", {"name": "x"}).json()
    for given in (made["id"], made[name]):
        answer = api("GET", f"/v1/{kind}/{given}{ending}")
        assert (answer.status_code, answer.json()) == (200, made)


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
    assert (emptied["duration"], emptied["url"], emptied["project"]) == (None, "", None)
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


MEDIA_FORM = "hashed_id: does not have the form (?=[0-9_-]*[A-Za-z])[A-Za-z0-9_-]{1,64}"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"hashed_id": "2012"}, MEDIA_FORM),
        ({"hashed_id": ""}, MEDIA_FORM),
        ({"hashed_id": "a" * 65}, MEDIA_FORM),
        ({"hashed_id": "a b"}, MEDIA_FORM),
        ({"hashed_id": "a\n"}, MEDIA_FORM),
        ({"hashed_id": "a\x00"}, MEDIA_FORM),
        ({"hashed_id": "\u00e9t\u00e9"}, MEDIA_FORM),
        ({"hashed_id": "../../x"}, MEDIA_FORM),
        ({"hashed_id": 7}, "hashed_id: expected text or null, got a whole number"),
        ({"name": ""}, "name: expected text of length >= 1"),
        ({"name": None}, "name: expected text, got null"),
        ({"name": 5}, "name: expected text, got a whole number"),
        ({"name": "x" * 501}, "name: expected text of length <= 500"),
        ({"duration": 0}, "duration: expected a number > 0.0"),
        ({"duration": -1}, "duration: expected a number > 0.0"),
        ({"duration": "long"}, "duration: expected a number or null, got text"),
        ({"duration": "nan"}, "duration: expected a number > 0.0"),
        ({"duration": True}, "duration: expected a number or null, got true or false"),
        ({"duration": 1e308}, "duration: expected a number <= 4000000000.0"),
        ({"project_id": "nowhere"}, "project_id: no project 'nowhere' in this account"),
        ({"project_id": 0}, "project_id: no project '0' in this account"),
        ({"project_id": -1}, "project_id: no project '-1' in this account"),
        ({"project_id": ""}, "project_id: no project '' in this account"),
        ({"project_id": "' OR 1=1--"}, 'project_id: no project "\' OR 1=1--" in this account'),
        ({"project_id": "x\x00"}, "project_id: no project 'x\\x00' in this account"),
        ({"project_id": 10**30}, f"project_id: no project '{10**30}' in this account"),
        ({"project_id": [1]}, "project_id: expected a whole number or text or null, got a list"),
        ({"url": "x" * 2049}, "url: expected text of length <= 2048"),
        ({"description": "x" * 10_001}, "description: expected text of length <= 10000"),
    ],
)
def test_a_bad_field_of_a_media_is_named_and_nothing_is_made_or_changed(
    api: Api, body: dict[str, Any], error: str
) -> None:
    made = api("POST", "/v1/medias", {"name": "before"}).json()
    assert_error(api("POST", "/v1/medias", body), 422, error)
    if "hashed_id" not in body:
        assert_error(api("PUT", f"/v1/medias/{made['id']}", body), 422, error)
        assert api("GET", f"/v1/medias/{made['id']}").json() == made


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "name: is missing and required"),
        ({"name": ""}, "name: expected text of length >= 1"),
        ({"name": None}, "name: expected text, got null"),
        ({"name": ["x"]}, "name: expected text, got a list"),
        ({"name": "x", "description": 5}, "description: expected text or null, got a whole number"),
    ],
)
def test_a_bad_field_of_a_project_is_named(api: Api, body: dict[str, Any], error: str) -> None:
    assert_error(api("POST", "/v1/projects", body), 422, error)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/projects"),
        ("PUT", "/v1/projects/{project}"),
        ("POST", "/v1/medias"),
        ("PUT", "/v1/medias/{media}"),
    ],
)
@pytest.mark.parametrize(
    ("content", "status", "error"),
    [
        (b"", 400, "body: is not JSON"),
        (b"{", 400, "body: is not JSON"),
        (b'{"name": NaN}', 400, "body: is not JSON"),
        (b'{"name": "\xff"}', 400, "body: is not JSON"),
        (b"[" * 100_000, 400, "body: is not JSON"),
        (b"[]", 422, "body: expected an object, got a list"),
        (b'"name"', 422, "body: expected an object, got text"),
        (b"null", 422, "body: expected an object, got null"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(
    api: Api, method: str, path: str, content: bytes, status: int, error: str
) -> None:
    made = {
        kind: api("POST", f"/v1/{kind}s", {"name": "x"}).json()["id"]
        for kind in ("media", "project")
    }
    answer = api(method, path.format(**made), content)
    assert_error(answer, status, error)


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


def test_unknown_fields_of_a_body_are_ignored(api: Api) -> None:
    body = {"name": "x", "id": 1, "account_id": 1, "tomorrow": {}}
    made = api("POST", "/v1/medias", body).json()
    assert made["name"] == "x"
    assert "tomorrow" not in made
