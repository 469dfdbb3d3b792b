"""Whatever is asked, in whatever words: a clear error in JSON, and nothing of the insides."""

import json
from typing import Any
from urllib.parse import quote

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support import Server, TestAccount, beacon

SECRETS = ("Traceback", "SELECT ", "DB::", "Code:", "/work", "site-packages", "sqlite", 'File "')

NASTY = [
    "%00",
    "\x00",
    "' OR '1'='1",
    "'; DROP TABLE sessions; --",
    "1 union select hash from tokens",
    "{account:UInt32}",
    "%s%d%n{0}{}",
    "../../../../etc/passwd",
    "..\\..\\windows",
    "....//",
    "/",
    ".",
    "..",
    ".json",
    ".json.json",
    "a" * 65,
    "9" * 19,
    "9" * 5_000,
    "-1",
    "0",
    "1e308",
    "NaN",
    "null",
    "\ud7ff\ue000\ufffe",
    "\u202e\u200b\ufeff",
    "\u0661\u0662",
    "\U0001f3ac",
    "2012-10-05",
    "<script>alert(1)</script>",
    "\r\nX-Evil: 1",
    "$(id)",
    "[]",
]
words = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=40).filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text)),
    st.binary(max_size=20),
)
# Real addresses with a hole, so that most questions get past the first door.
SHAPES = [
    "/v1/stats/medias/{}",
    "/v1/stats/medias/{}/by_date",
    "/v1/stats/medias/{}/engagement.json",
    "/v1/stats/projects/{}",
    "/v1/stats/projects/{}/by_date.json",
    "/v1/medias/{}",
    "/v1/medias/{}/stats.json",
    "/v1/projects/{}",
    "/modern/medias/{}",
    "/modern/folders/{}.json",
    "/v1/stats/{}",
    "/v1/{}",
    "/{}",
]
NAMES = ["start_date", "end_date", "sort_direction", "page", "filter", "api_key", "\x00", ""]
NAMES += ["per_page", "sort_by", "name", "hashed_id", "type", "project_id", "folder_id"]
many = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    # One account and one server serve all examples; none of them changes either.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def assert_clear(answer: httpx.Response) -> None:
    """An error says what is wrong in JSON; nothing says how Playhead is made."""
    assert answer.status_code < 500, answer.text
    for secret in SECRETS:
        assert secret not in answer.text
        assert secret not in str(answer.headers)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/json"
        body = answer.json()
        assert set(body) <= {"error", "code"}
        assert isinstance(body["error"], str)
        assert body["error"].strip()
        # A long question does not come back whole.
        assert len(body["error"]) < 1000


@many
@given(shape=st.sampled_from(SHAPES), word=words, raw=st.booleans())
def test_no_path_breaks_it(
    http: httpx.Client, account: TestAccount, shape: str, word: str | bytes, raw: bool
) -> None:
    # Quoted, and also with the slashes as they are, as somebody probing for files would.
    path = shape.format(quote(word, safe="/" if raw else ""))
    assert_clear(http.get(path, headers=account.headers))
    assert_clear(http.get(path))


@many
@given(pairs=st.lists(st.tuples(st.sampled_from(NAMES), words), max_size=4))
def test_no_query_breaks_it(
    http: httpx.Client, account: TestAccount, pairs: list[tuple[str, str | bytes]]
) -> None:
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    for path in ("/v1/stats/account/by_date", "/v1/stats/account.json", "/modern/medias.json"):
        assert_clear(http.get(f"{path}?{query}", headers=account.headers))


@many
@given(query=st.text("abc=&%+;[]'\"0123456789#?_-", max_size=60))
def test_no_mangled_query_breaks_it(http: httpx.Client, account: TestAccount, query: str) -> None:
    url = f"/v1/stats/account/by_date?start_date={query}".replace("#", "%23")
    assert_clear(http.get(url, headers=account.headers))


json_values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.sampled_from(NASTY),
        st.text(max_size=20),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=10), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = ["name", "description", "duration", "project_id", "url", "thumbnail_url", "hashed_id"]
FIELDS += ["type", "folder_id"]
CATALOG = ["/v1/medias", "/v1/projects", "/modern/medias", "/modern/folders"]


def encoded(value: Any) -> bytes:
    # Python writes NaN and half surrogates, which is just what is wanted here.
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


@many
@given(
    body=st.one_of(
        st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=4).map(encoded),
        json_values.map(encoded),
        st.binary(max_size=60),
    ),
    path=st.sampled_from(CATALOG),
    kind=st.sampled_from(["application/json", "application/x-www-form-urlencoded", "a/b; c", ";"]),
)
def test_no_body_breaks_the_catalog(
    http: httpx.Client, account: TestAccount, body: bytes, path: str, kind: str
) -> None:
    headers = account.headers | {"content-type": kind}
    assert_clear(http.post(path, content=body, headers=headers))
    assert_clear(http.put(f"{path}/x", content=body, headers=headers))


@many
@given(
    fields=st.dictionaries(st.sampled_from(FIELDS), words, max_size=4),
    path=st.sampled_from(CATALOG),
)
def test_no_form_and_no_query_of_fields_breaks_the_catalog(
    http: httpx.Client, account: TestAccount, fields: dict[str, str | bytes], path: str
) -> None:
    form = "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items())
    headers = account.headers | {"content-type": "application/x-www-form-urlencoded"}
    assert_clear(http.post(path, content=form, headers=headers))
    assert_clear(http.post(f"{path}?{form}", headers=account.headers))
    assert_clear(http.put(f"{path}/x?{form}", headers=account.headers))


BEACON_FIELDS = ["account", "media", "session", "seq", "sent_at", "visitor", "duration", "played"]
BEACON_FIELDS += ["watched", "page", "title", "identity", "actions", "player", "quality"]


@many
@given(
    changes=st.dictionaries(st.sampled_from(BEACON_FIELDS), json_values, max_size=3),
    body=st.one_of(st.none(), st.binary(max_size=60)),
)
def test_no_beacon_breaks_the_collector(
    http: httpx.Client, account: TestAccount, changes: dict[str, Any], body: bytes | None
) -> None:
    content = encoded(beacon(account) | changes) if body is None else body
    for path, kind in (
        ("/collect", "application/json"),
        ("/collect/batch", "application/x-ndjson"),
    ):
        assert_clear(http.post(path, content=content, headers={"content-type": kind}))


def test_the_server_logged_no_failure_and_still_answers(
    server: Server, http: httpx.Client, account: TestAccount
) -> None:
    assert http.get("/v1/stats/account", headers=account.headers).status_code == 200
    assert [event for event in server.events if event["level"] in {"error", "critical"}] == []
    assert [event for event in server.events if event["event"] == "not structured"] == []
