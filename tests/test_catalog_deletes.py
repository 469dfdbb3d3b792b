"""Deleting projects and medias: what goes, and what stays."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from support import Api, Server, TestAccount, assert_error, beacon

pytestmark = pytest.mark.every_catalog

Settle = Callable[[], None]
NewAccount = Callable[..., TestAccount]
BASES = [("/v1", "projects", "project"), ("/modern", "folders", "folder")]


@pytest.mark.parametrize(("base", "kind", "word"), BASES)
def test_deleting_answers_with_what_is_gone(api: Api, base: str, kind: str, word: str) -> None:
    project = api("POST", f"{base}/{kind}", {"name": "Course"}).json()
    media = api("POST", f"{base}/medias", {"hashed_id": "a", "project_id": project["id"]}).json()
    answer = api("DELETE", f"{base}/medias/a.json")
    assert (answer.status_code, answer.json()) == (200, media)
    for path in ("medias/a", f"medias/{media['id']}", "medias/a/stats"):
        given = path.split("/")[1]
        assert_error(api("GET", f"{base}/{path}"), 404, f"no media {given!r} in this account")
    answer = api("DELETE", f"{base}/{kind}/{project['id']}.json")
    assert (answer.status_code, answer.json()) == (200, project)
    for given in (project["hashed_id"], str(project["id"])):
        for method in ("GET", "PUT", "DELETE"):
            answer = api(method, f"{base}/{kind}/{given}", {"name": "x"})
            assert_error(answer, 404, f"no {word} {given!r} in this account")
    assert api("GET", f"{base}/{kind}").json() == api("GET", f"{base}/medias").json() == []


def test_the_medias_of_a_deleted_project_stay_without_a_project(
    http: httpx.Client, account: TestAccount, settle: Settle, api: Api
) -> None:
    project = api("POST", "/v1/projects", {"name": "Course"}).json()
    for media in ("a", "b", "gone"):
        api("POST", "/v1/medias", {"hashed_id": media, "project_id": project["id"]})
        assert http.post("/collect", json=beacon(account, media=media)).is_success
    settle()
    api("DELETE", "/v1/medias/gone")
    before = api("GET", "/v1/medias/a").json()
    stats = api("GET", "/v1/stats/medias/a").json()
    assert api("DELETE", f"/v1/projects/{project['id']}").json()["mediaCount"] == 2
    medias = api("GET", "/v1/medias").json()
    assert [media["hashed_id"] for media in medias] == ["a", "b"]
    assert not any("project" in media for media in medias)
    after = api("GET", "/v1/medias/a").json()
    assert after["updated"] > before["updated"]
    assert api("GET", "/v1/stats/medias/a").json() == stats
    assert api("GET", "/v1/stats/account").json()["loads"] == 3
    for path in (f"/v1/projects/{project['id']}", f"/v1/stats/projects/{project['hashedId']}"):
        assert api("GET", path).status_code == 404
    answer = api("PUT", "/v1/medias/a", {"project_id": project["id"]})
    assert_error(answer, 422, f"project_id: no project '{project['id']}' in this account")
    answer = api("GET", f"/v1/medias?project_id={project['hashedId']}")
    assert_error(answer, 404, f"no project {project['hashedId']!r} in this account")


def test_the_history_of_a_deleted_media_stays_the_accounts(
    http: httpx.Client, account: TestAccount, settle: Settle, api: Api
) -> None:
    project = api("POST", "/v1/projects", {"name": "Course"}).json()
    for media in ("a", "b"):
        assert http.post("/collect", json=beacon(account, media=media, title=media)).is_success
        settle()
        api("PUT", f"/v1/medias/{media}", {"project_id": project["id"]})
    whole = api("GET", "/v1/stats/account").json()
    event = api("GET", "/v1/stats/events?media_id=a").json()
    api("DELETE", "/v1/medias/a")
    assert api("GET", "/v1/stats/account").json() == whole
    assert api("GET", "/v1/stats/events?media_id=a").json() == event
    left = api("GET", f"/v1/stats/projects/{project['id']}").json()
    assert (left["number_of_videos"], left["loads"]) == (1, 1)
    assert api("GET", f"/v1/projects/{project['id']}").json()["mediaCount"] == 1


def test_a_beacon_does_not_bring_a_deleted_media_back(
    http: httpx.Client, account: TestAccount, settle: Settle, api: Api
) -> None:
    first = beacon(account, title="Lesson")
    assert http.post("/collect", json=first).is_success
    settle()
    api("DELETE", "/v1/medias/lesson-1")
    for late in (first | {"seq": 2}, beacon(account, title="Again", visitor="another")):
        assert http.post("/collect", json=late).is_success
    settle()
    assert api("GET", "/v1/medias").json() == []
    assert api("GET", "/v1/medias/lesson-1").status_code == 404
    assert api("GET", "/v1/account").json()["mediaCount"] == 0
    # What was watched was watched.
    assert api("GET", "/v1/stats/account").json()["loads"] == 2


def test_of_many_who_delete_the_same_one_does(api: Api) -> None:
    with ThreadPoolExecutor(8) as pool:
        for path in ("/v1/projects", "/v1/medias"):
            made = api("POST", path, {"name": "x"}).json()
            answers = pool.map(lambda at: api("DELETE", at), [f"{path}/{made['id']}"] * 8)
            assert sorted(answer.status_code for answer in answers) == [200] + [404] * 7


def test_the_ids_of_what_is_deleted_are_not_given_to_anything_else(api: Api) -> None:
    for path in ("/v1/projects", "/v1/medias"):
        gone = api("POST", path, {"name": "gone"}).json()
        api("DELETE", f"{path}/{gone['id']}")
        made = api("POST", path, {"name": "new"}).json()
        assert made["id"] > gone["id"]
        assert api("GET", f"{path}/{gone['id']}").status_code == 404
    api("POST", "/v1/medias", {"hashed_id": "lesson-1"})
    api("DELETE", "/v1/medias/lesson-1")
    answer = api("POST", "/v1/medias", {"hashed_id": "lesson-1"})
    assert_error(answer, 422, "hashed_id: 'lesson-1' is taken (leave it out to get a new one)")


@pytest.mark.parametrize(("base", "kind", "word"), BASES)
def test_another_account_cannot_delete_list_or_fill_anything(
    http: httpx.Client, new_account: NewAccount, api: Api, base: str, kind: str, word: str
) -> None:
    project = api("POST", f"{base}/{kind}", {"name": "Course"}).json()
    media = api("POST", f"{base}/medias", {"hashed_id": "a", "project_id": project["id"]}).json()
    stranger = new_account().headers

    def ask(method: str, path: str, **how: Any) -> httpx.Response:
        return http.request(method, f"{base}/{path}", headers=stranger, **how)

    for given in (project["id"], project["hashed_id"]):
        gone = f"no {word} '{given}' in this account"
        assert_error(ask("DELETE", f"{kind}/{given}"), 404, gone)
        assert_error(ask("GET", "medias", params={f"{word}_id": given}), 404, gone)
        body = {f"{word}_id": given}
        assert_error(ask("POST", "medias", json=body), 422, f"{word}_id: {gone}")
    for given in (media["id"], media["hashed_id"]):
        gone = f"no media '{given}' in this account"
        assert_error(ask("DELETE", f"medias/{given}"), 404, gone)
        assert_error(ask("GET", f"medias/{given}/stats"), 404, gone)
    assert ask("GET", kind).json() == ask("GET", "medias").json() == []
    assert ask("GET", "medias", params={"hashed_id": "a"}).json() == []
    assert api("GET", f"{base}/medias").json() == [media]


def test_what_is_deleted_stays_so_after_a_restart(own_server: Server) -> None:
    own_server.start()
    account = own_server.account()

    def ask(method: str, path: str, **how: Any) -> Any:
        url = f"{own_server.url}{path}"
        answer = httpx.request(method, url, headers=account.headers, timeout=30, **how)
        assert answer.is_success, answer.text
        return answer.json()

    project = ask("POST", "/v1/projects", json={"name": "gone"})
    ask("POST", "/v1/medias", json={"hashed_id": "gone", "project_id": project["id"]})
    kept = ask("POST", "/v1/medias", json={"hashed_id": "kept", "project_id": project["id"]})
    ask("DELETE", "/v1/medias/gone")
    ask("DELETE", f"/v1/projects/{project['id']}")
    own_server.kill()
    own_server.start()
    assert [media["id"] for media in ask("GET", "/v1/medias")] == [kept["id"]]
    assert ask("GET", "/v1/projects") == []
