"""The description of the API is true: whatever is asked by it is answered by it."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zlib import crc32

import httpx
import jsonschema_rs
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from litestar.routes import HTTPRoute
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from playhead.api.app import routers
from playhead.api.openapi import describe
from support import Server, TestAccount, beacon, new_user, session_id, sign_in
from tokens import new_token

DOCUMENT = json.loads(json.dumps(describe(routers())))
DIALECT = "https://json-schema.org/draft/2020-12/schema"
OPERATIONS = [
    (path, method, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]


# -- the document ------------------------------------------------------------------------------


def test_it_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert [str(error) for error in OPENAPI_31_VALIDATOR.iter_errors(DOCUMENT)] == []
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid({**schema, "$schema": DIALECT}), name


def every(value: Any, key: str) -> Iterator[Any]:
    """What stands under a key, wherever it is."""
    if isinstance(value, dict):
        if key in value:
            yield value[key]
        for part in value.values():
            yield from every(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from every(part, key)


def test_it_refers_only_to_what_is_there() -> None:
    for target in every(DOCUMENT, "$ref"):
        _, kind, name = target.removeprefix("#/").split("/")
        assert name in DOCUMENT["components"][kind]
    for path, _, operation in OPERATIONS:
        declared = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
        assert declared == {part[1:-1] for part in path.split("/") if part.startswith("{")}


def test_every_address_and_method_of_the_api_is_in_it() -> None:
    served = {
        (route.path_format, method)
        for router in routers()
        for route in router.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
        if method != "OPTIONS"
    }
    served |= {("/collect", "POST"), ("/collect/batch", "POST")}
    assert {(path, method.upper()) for path, method, _ in OPERATIONS} == served


def test_every_operation_says_what_it_is_and_what_can_go_wrong() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(names)) == len(names)
    tags = {tag["name"] for tag in DOCUMENT["tags"]}
    for path, method, operation in OPERATIONS:
        assert operation["summary"]
        assert "Wrap" not in operation["summary"]
        assert set(operation["tags"]) <= tags
        for one in operation.get("parameters", ()):
            assert one["description"], (path, one["name"])
        statuses = set(operation["responses"])
        assert ("304" in statuses) == (method == "get")
        assert {"503"} <= statuses
        if operation["security"] and {} not in operation["security"]:
            assert {"401", "403", "429"} <= statuses
        if "{" in path:
            assert "404" in statuses


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "components": DOCUMENT["components"]}


def test_every_example_is_an_example() -> None:
    bodies = [body for content in every(DOCUMENT, "content") for body in content.values() if body]
    parameters = [one for _, _, operation in OPERATIONS for one in operation.get("parameters", ())]
    for one in [*bodies, *parameters]:
        assert "example" in one
        jsonschema_rs.validate(resolved(one["schema"]), one["example"])


def test_it_is_served_and_may_be_read_by_any_origin(http: httpx.Client) -> None:
    answer = http.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json() == DOCUMENT
    again = http.get("/openapi.json", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


def test_the_page_shows_every_operation_and_loads_nothing(http: httpx.Client) -> None:
    answer = http.get("/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith(
        "default-src 'none'; style-src 'sha"
    )
    for path, _, operation in OPERATIONS:
        assert f'<section id="{operation["operationId"]}">' in answer.text
        assert f"<code>{path}</code>" in answer.text
    for foreign in ("<script", "<link", "<img", "http://", "src=", "style=", "onclick"):
        assert foreign not in answer.text.replace('"http://', "")


# -- the answers -------------------------------------------------------------------------------


def closed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with answers that may have no field beyond those that it names.

    Outside they stay open, so that a field can be added without breaking a client that checks.
    """
    made = copy.deepcopy(document)
    schemas = made["components"]["schemas"]
    wanted = [
        target
        for _, _, operation in operations_of(made)
        for target in every(operation["responses"], "$ref")
    ]
    wanted += list(every(made["components"]["responses"], "$ref"))
    seen: set[str] = set()
    while wanted:
        name = wanted.pop().rpartition("/")[2]
        if name in schemas and name not in seen:
            seen.add(name)
            if "properties" in schemas[name]:
                schemas[name]["additionalProperties"] = False
            wanted += every(schemas[name], "$ref")
    return made


def operations_of(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


# Rules between fields, such as an end before its start, or a project that has to be there, have no
# words in a schema: data that is right by it may be refused, so `positive_data_acceptance` is not
# among the checks.
CHECKED = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    ignored_auth,
]
AnyCase = schemathesis.Case[Any]
some = settings(
    max_examples=8,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
described = schemathesis.openapi.from_dict(closed(DOCUMENT))
described.config.generation.update(modes=list(GenerationMode))
# Methods that an address does not have are asked for by test_exchange.py.
described.config.phases.coverage.unexpected_methods = set()


@schemathesis.serializer("application/x-ndjson")
def as_lines(_: schemathesis.SerializationContext, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def checks_of(path: str) -> list[Any]:
    # A batch takes any text: what is wrong with a line stands in its answer.
    return [
        check
        for check in CHECKED
        if path != "/collect/batch" or check is not negative_data_rejection
    ]


@pytest.fixture(scope="module")
def inhabited(server: Server, new_account: Callable[..., TestAccount]) -> TestAccount:
    """An account with a visitor, an event, a project and two medias."""
    account = new_account()
    with httpx.Client(base_url=server.url) as http:
        sent = beacon(
            account,
            identity={"email": "ada@example.com", "name": "Ada"},
            actions=[{"type": "form", "id": "1", "shown": 1, "converted": 1}],
        )
        for one in (sent, beacon(account, visitor="visitor-2", media="lesson-2")):
            assert http.post("/collect", json=one).status_code == 204
        project = http.post("/v1/projects", headers=account.headers, json={"name": "Course"})
        change = {"project_id": project.json()["id"]}
        server.settle()
        http.put("/v1/medias/lesson-1", headers=account.headers, json=change).raise_for_status()
    return account


@pytest.fixture(scope="module")
def managed(server: Server, new_account: Callable[..., TestAccount]) -> TestAccount:
    """An account that may be managed in whatever way, so that the other stays as it is."""
    account = new_account()
    new_user(server, account)
    return account


@pytest.fixture(scope="module")
def accounts(inhabited: TestAccount, managed: TestAccount) -> dict[str, TestAccount]:
    """Who asks, by how addresses begin."""
    return {"": inhabited, "/manage": managed}


def things_of(server: Server, managed: TestAccount) -> dict[str, str]:
    """A token and a user of an account, whom it can do without."""
    token_id, _ = new_token(server, managed, "read")
    return {"token_id": str(token_id), "user_id": str(new_user(server, managed, role="viewer").id)}


@pytest.fixture(scope="module")
def things(server: Server, inhabited: TestAccount, managed: TestAccount) -> dict[str, str]:
    """What there is to ask for, by the name that it has in addresses and questions."""
    with httpx.Client(base_url=server.url, headers=inhabited.headers) as http:
        event = http.get("/v1/stats/events", params={"media_id": "lesson-1"}).json()[0]
        project = http.get("/v1/medias/lesson-1").json()["project"]["hashed_id"]
    return {
        "media_id": "lesson-1",
        "project_id": project,
        "folder_id": project,
        "visitor_key": event["visitor_key"],
        "event_key": event["event_key"],
        **things_of(server, managed),
        "public_token": parse_qs(urlsplit(event["iframe_heatmap_url"]).query)["public_token"][0],
    }


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    """One connection for thousands of questions."""
    with requests.Session() as opened:
        yield opened


@described.parametrize()
@some
def test_whatever_is_asked_the_answer_is_as_described(
    case: AnyCase,
    server: Server,
    accounts: dict[str, TestAccount],
    things: dict[str, str],
    session: requests.Session,
) -> None:
    path = case.operation.path
    asks = accounts["/manage" if path.startswith("/manage") else ""]
    if path == "/manage/tokens/{token_id}":
        # Any number may be that of the token that asks; the others' are not this account's.
        asks = server.account()
    for name, value in case.path_parameters.items():
        # Most made-up ids name nothing; what there is has more to say. It must stay, though.
        if case.method != "DELETE" and crc32(repr(value).encode()) % 4:
            case.path_parameters[name] = things[name]
    case.call_and_validate(
        base_url=server.url,
        headers=asks.headers,
        checks=checks_of(path),
        session=session,
    )


def new_things(http: httpx.Client, account: TestAccount) -> dict[str, str]:
    """A project and a media that may be changed and deleted."""
    media, project = (
        http.post(f"/v1/{kind}", headers=account.headers, json={"name": "new"}).json()
        for kind in ("medias", "projects")
    )
    project_id = project["hashedId"]
    return {"media_id": media["hashed_id"], "project_id": project_id, "folder_id": project_id}


def who(server: Server, account: TestAccount, path: str) -> dict[str, str]:
    """An email: of a user where it is for signing in, else nobody's."""
    if path.startswith("/session"):
        return {"email": new_user(server, account).email}
    return {"email": f"{session_id()}@example.com"}


def signed_in(server: Server, email: str) -> tuple[dict[str, str], dict[str, str]]:
    """The headers and cookies of a browser in which somebody is signed in."""
    with httpx.Client(base_url=server.url) as browser:
        return sign_in(browser, email), dict(browser.cookies)


def body_of(operation: dict[str, Any], account: TestAccount, known: dict[str, str]) -> Any:
    """The body that the document shows, of this account and this moment."""
    ((media, content),) = operation["requestBody"]["content"].items()
    if media == "application/x-ndjson":
        return json.dumps(beacon(account)).encode()
    body = dict(content["example"])
    if "session" in body:
        return body | beacon(account)
    mine = {"hashed_id": f"new-{session_id()}"} | known
    return body | {name: mine[name] for name in body if name in mine}


@pytest.mark.parametrize(
    ("path", "method", "operation"),
    [pytest.param(*one, id=one[2]["operationId"]) for one in OPERATIONS],
)
def test_what_there_is_is_answered_and_the_example_is_taken(
    http: httpx.Client,
    server: Server,
    accounts: dict[str, TestAccount],
    things: dict[str, str],
    path: str,
    method: str,
    operation: dict[str, Any],
) -> None:
    asks = accounts["/manage" if path.startswith("/manage") else ""]
    known = things if method == "get" else new_things(http, asks)
    known = known | who(server, asks, path) | things_of(server, asks)
    headers: dict[str, str] = asks.headers
    cookies: dict[str, str] = {}
    if operation["security"] == [{"session": []}]:
        headers, cookies = signed_in(server, known["email"])
    parameters = operation.get("parameters", [])
    given = {
        place: {
            one["name"]: known.get(one["name"], one["example"])
            for one in parameters
            if one["in"] == place and one["required"]
        }
        for place in ("path", "query")
    }
    case = described[path][method.upper()].Case(
        path_parameters=given["path"],
        query=given["query"],
        headers=headers,
        cookies=cookies,
        **({"body": body_of(operation, asks, known)} if "requestBody" in operation else {}),
    )
    answer = case.call_and_validate(base_url=server.url, checks=CHECKED)
    success = next(status for status in operation["responses"] if status.startswith("2"))
    assert str(answer.status_code) == success


@pytest.mark.parametrize("lie", ["another type", "a field too few"])
def test_an_answer_unlike_its_description_would_be_noticed(
    server: Server, inhabited: TestAccount, lie: str
) -> None:
    document = closed(DOCUMENT)
    answer = document["components"]["schemas"]["AccountStats"]
    if lie == "another type":
        answer["properties"]["loads"] = {"type": "string"}
    else:
        del answer["properties"]["loads"]
        answer["required"].remove("loads")
    case = schemathesis.openapi.from_dict(document)["/v1/stats/account"]["GET"].Case()
    with pytest.raises(FailureGroup, match="schema"):
        case.call_and_validate(base_url=server.url, headers=inhabited.headers, checks=CHECKED)
