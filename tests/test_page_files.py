"""The files that the pages are made of: what comes, under which rules, and for how long."""

import gzip
import re

import httpx
import pytest

PAGES = ["/", "/medias", "/medias/intro", "/projects/x", "/sessions", "/visitors/a.b", "/settings"]
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def policy_of(answer: httpx.Response) -> dict[str, str]:
    parts = answer.headers["content-security-policy"].split("; ")
    return dict(part.partition(" ")[::2] for part in parts)


def assets_of(http: httpx.Client) -> list[str]:
    return re.findall(r'(?:src|href)="(/[^"]+)"', http.get("/").text)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_the_same_document_which_is_asked_for_anew(
    http: httpx.Client, path: str
) -> None:
    answer = http.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.content == http.get("/").content
    again = http.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/", "/assets/none.js"])
def test_nothing_runs_that_is_not_of_this_server(http: httpx.Client, path: str) -> None:
    answer = http.get(path)
    policy = policy_of(answer)
    assert POLICY.items() <= policy.items()
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"


def test_the_document_runs_nothing_by_itself(http: httpx.Client) -> None:
    document = http.get("/").text
    assert not re.search(r"<script(?![^>]* src=)|<style| on\w+=| style=", document)
    assert not re.search(r"https?://", document)


def test_a_file_that_is_named_by_its_content_stays_for_good(http: httpx.Client) -> None:
    assets = assets_of(http)
    assert {asset.rpartition(".")[2] for asset in assets} == {"js", "css", "svg"}
    for asset in assets:
        answer = http.get(asset)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        kind = answer.headers["content-type"].partition(";")[0]
        assert kind in {"text/javascript", "text/css", "image/svg+xml"}


def test_files_come_zipped_to_those_who_take_it(http: httpx.Client) -> None:
    (script,) = (asset for asset in assets_of(http) if "/index-" in asset and ".js" in asset)
    with http.stream("GET", script, headers={"accept-encoding": "gzip"}) as answer:
        zipped = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["vary"] == "Accept-Encoding"
    plain = http.get(script, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(zipped) == plain.content


@pytest.mark.parametrize(
    "name", ["none.js", "", "../index.html", "..%2f..%2fpyproject.toml", "x/y"]
)
def test_there_is_nothing_but_what_was_built(http: httpx.Client, name: str) -> None:
    answer = http.get(f"/assets/{name}")
    assert answer.status_code == 404 or answer.content == http.get("/").content
    assert b"playhead" not in answer.content or answer.content == http.get("/").content


@pytest.mark.parametrize("path", ["/", "/medias/x", "/assets/x.js"])
def test_pages_are_only_read(http: httpx.Client, path: str) -> None:
    assert http.head("/").content == b""
    answer = http.post(path)
    assert answer.status_code in {404, 405}
    if answer.status_code == 405:
        assert answer.headers["allow"] == "GET, HEAD"
