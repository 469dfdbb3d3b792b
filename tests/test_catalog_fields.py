"""What a project and a media may be given, in which ways it may be sent, and what is refused."""

from typing import Any

import httpx
import pytest

from support import Api, TestAccount, assert_error

pytestmark = pytest.mark.every_catalog

ADDRESS_FORM = "url: does not have the form (https?://[^ ]+)?"
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
        ({"url": "https://example.com/".ljust(2049, "x")}, "url: expected text of length <= 2048"),
        ({"url": "javascript:alert(1)"}, ADDRESS_FORM),
        ({"url": "/lesson-1"}, ADDRESS_FORM),
        ({"url": "https://"}, ADDRESS_FORM),
        ({"url": "https://example.com/ b"}, ADDRESS_FORM),
        ({"thumbnail_url": "data:image/svg+xml,<svg/>"}, f"thumbnail_{ADDRESS_FORM}"),
        ({"type": "Image"}, "type: does not have the form (Video|Audio)"),
        ({"type": "video" * 1000}, "type: does not have the form (Video|Audio)"),
        ({"type": None}, "type: expected text, got null"),
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


def test_unknown_fields_of_a_body_are_ignored(api: Api) -> None:
    body = {"name": "x", "id": 1, "account_id": 1, "tomorrow": {}}
    made = api("POST", "/v1/medias", body).json()
    assert made["name"] == "x"
    assert "tomorrow" not in made


# -- other ways of sending them ------------------------------------------------------------------

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def send(http: httpx.Client, account: TestAccount) -> Any:
    """Send a request as the account, with whatever ``httpx`` can send."""

    def ask(method: str, path: str, **how: Any) -> httpx.Response:
        headers = account.headers | how.pop("headers", {})
        return http.request(method, path, headers=headers, **how)

    return ask


@pytest.mark.parametrize("base", ["/v1", "/modern"])
@pytest.mark.parametrize("way", ["params", "data", "json"])
def test_fields_may_come_in_the_query_as_a_form_or_as_json(send: Any, base: str, way: str) -> None:
    kind, word = ("projects", "project") if base == "/v1" else ("folders", "folder")
    made = send("POST", f"{base}/{kind}", **{way: {"name": "1 & 2", "description": "ü \U0001f3ac"}})
    assert made.status_code == 201
    project = made.json()
    assert (project["name"], project["description"]) == ("1 & 2", "ü \U0001f3ac")
    changed = send("PUT", f"{base}/{kind}/{project['id']}", **{way: {"name": "42"}}).json()
    assert (changed["name"], changed["description"]) == ("42", "ü \U0001f3ac")
    fields = {"hashed_id": "a", "duration": "12.5", "type": "Audio", "project_id": project["id"]}
    made = send("POST", f"{base}/medias", **{way: fields})
    assert made.status_code == 201
    media = made.json()
    assert (media["hashed_id"], media["duration"], media["type"]) == ("a", 12.5, "Audio")
    assert media[word]["id"] == project["id"]
    changed = send("PUT", f"{base}/medias/a", **{way: {"name": "b"}}).json()
    assert (changed["name"], changed["duration"]) == ("b", 12.5)


@pytest.mark.parametrize("way", ["params", "data", "json"])
@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"duration": "long"}, "duration: expected a number or null, got text"),
        ({"duration": "-1"}, "duration: expected a number > 0.0"),
        ({"name": "x" * 501}, "name: expected text of length <= 500"),
        ({"hashed_id": "2012"}, MEDIA_FORM),
        ({"type": "Pdf"}, "type: does not have the form (Video|Audio)"),
        ({"url": "javascript:alert(1)"}, ADDRESS_FORM),
        ({"project_id": "nowhere"}, "project_id: no project 'nowhere' in this account"),
    ],
)
def test_errors_are_the_same_however_a_field_was_sent(
    send: Any, way: str, fields: dict[str, str], error: str
) -> None:
    assert_error(send("POST", "/v1/medias", **{way: fields}), 422, error)


def test_a_form_may_empty_a_text_and_an_empty_parameter_counts_as_not_given(send: Any) -> None:
    project = send("POST", "/v1/projects", json={"name": "a", "description": "All"}).json()
    path = f"/v1/projects/{project['id']}"
    assert send("PUT", path, params={"description": ""}).json()["description"] == "All"
    assert send("PUT", path, data={"description": ""}).json()["description"] == ""
    assert_error(send("PUT", path, data={"name": ""}), 422, "name: expected text of length >= 1")
    assert_error(send("POST", "/v1/projects"), 422, "name: is missing and required")
    assert_error(
        send("POST", "/v1/projects", params={"name": ""}), 422, "name: is missing and required"
    )


def test_a_body_decides_over_the_query(send: Any) -> None:
    asked = {"params": {"name": "query"}}
    assert send("POST", "/v1/projects", json={"name": "body"}, **asked).json()["name"] == "body"
    assert send("POST", "/v1/projects", data={"name": "body"}, **asked).json()["name"] == "body"
    answer = send("POST", "/v1/projects", json={}, **asked)
    assert_error(answer, 422, "name: is missing and required")


def test_json_that_is_called_a_form_is_json(send: Any) -> None:
    sent = {"content": b' {"name": "a=b&c"}', "headers": {"content-type": FORM}}
    assert send("POST", "/v1/projects", **sent).json()["name"] == "a=b&c"


@pytest.mark.parametrize(
    ("content", "status", "error"),
    [
        (b"name=a&name=b", 422, "name: is given 2 times (use it once)"),
        (b"name=%ff", 400, "body: is not a form"),
        (b"name=\xff", 400, "body: is not a form"),
        (b"&".join([b"a=1"] * 101), 400, "body: is not a form"),
        (b"&&=&%00", 422, "name: is missing and required"),
        (b"name", 422, "name: expected text of length >= 1"),
    ],
)
def test_a_form_that_cannot_be_read_is_refused(
    send: Any, content: bytes, status: int, error: str
) -> None:
    answer = send("POST", "/v1/projects", content=content, headers={"content-type": FORM})
    assert_error(answer, status, error)


def test_a_token_in_the_query_is_no_field(http: httpx.Client, account: TestAccount) -> None:
    asked = {"api_password": account.token, "name": "a"}
    answer = http.post("/v1/projects", params=asked)
    assert answer.status_code == 201
    assert account.token not in answer.text


def test_a_name_of_nothing_that_can_be_kept_is_the_id(api: Api) -> None:
    for path in ("/v1/projects", "/v1/medias"):
        made = api("POST", path, {"name": "\x00"}).json()
        assert made["name"] == made["hashed_id"]
        changed = api("PUT", f"{path}/{made['id']}", {"name": "\x00\x00"}).json()
        assert changed["name"] == made["hashed_id"]
