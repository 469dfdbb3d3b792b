"""The description of the API as a page to read: plain HTML, without a script."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from shlex import quote
from typing import Any, Final
from urllib.parse import urlencode

Object = Mapping[str, Any]

_STYLE: Final = (Path(__file__).parent / "reference.css").read_text("utf-8")
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""The page's Content-Security-Policy: nothing is loaded, nothing runs."""


def render(document: Object) -> str:
    """An OpenAPI document as one HTML page."""
    page = _Page(document)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(document['info']['title'])} API</title>\n"
        f"<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<nav>{''.join(page.contents())}</nav>\n<main>\n{chr(10).join(page.body())}\n</main>\n"
        "</body>\n</html>\n"
    )


class _Page:
    def __init__(self, document: Object) -> None:
        self._document = document
        self._components: Object = document["components"]

    def contents(self) -> Iterator[str]:
        for tag, operations in self._by_tag():
            yield f"<h2>{escape(tag['name'])}</h2><ul>"
            for path, method, operation in operations:
                yield (
                    f'<li><a href="#{operation["operationId"]}">{_method(method)}'
                    f"<span>{escape(path).replace('/', '/<wbr>')}</span></a></li>"
                )
            yield "</ul>"
        yield "<h2>Types</h2><ul>"
        for name in self._components["schemas"]:
            yield f'<li><a href="#type-{escape(name)}">{escape(name)}</a></li>'
        yield "</ul>"

    def body(self) -> Iterator[str]:
        info = self._document["info"]
        yield f"<h1>{escape(info['title'])} API</h1>"
        yield (
            f'<p class="soft">Version {escape(info["version"])}, '
            '<a href="/openapi.json">openapi.json</a></p>'
        )
        yield _words(info["description"])
        for tag, operations in self._by_tag():
            yield f"<h2>{escape(tag['name'])}</h2>{_words(tag['description'])}"
            for path, method, operation in operations:
                yield "".join(self._operation(path, method, operation))
        yield "<h2>Types</h2>"
        for name, schema in self._components["schemas"].items():
            yield (
                f'<section id="type-{escape(name)}"><h3>{escape(name)}</h3>'
                f"{_words(schema.get('description', ''))}{self._fields(schema)}</section>"
            )

    def _by_tag(self) -> Iterator[tuple[Object, list[tuple[str, str, Object]]]]:
        for tag in self._document["tags"]:
            yield (
                tag,
                [
                    (path, method, operation)
                    for path, item in self._document["paths"].items()
                    for method, operation in item.items()
                    if tag["name"] in operation["tags"]
                ],
            )

    def _operation(self, path: str, method: str, operation: Object) -> Iterator[str]:
        yield f'<section id="{operation["operationId"]}"><h3>{_line(operation["summary"])}</h3>'
        yield f'<p class="address">{_method(method)} <code>{escape(path)}</code></p>'
        yield _words(operation["description"])
        if parameters := operation.get("parameters"):
            yield f"<h4>Parameters</h4>{self._parameters(parameters)}"
        if "requestBody" in operation:
            yield from self._content("Body", operation["requestBody"]["content"])
        yield "<h4>Request</h4>"
        yield f"<pre>{escape(self._curl(path, method, operation))}</pre>"
        responses = {
            status: self._resolved(response) for status, response in operation["responses"].items()
        }
        for status, response in responses.items():
            if status.startswith("2") and "content" in response:
                yield from self._content(f"Answer {status}", response["content"])
        yield "<h4>Statuses</h4><table>"
        for status, response in responses.items():
            names = ", ".join(
                f"<code>{escape(name)}</code>" for name in response.get("headers", ())
            )
            headers = f' <span class="soft">{names}</span>' if names else ""
            yield f"<tr><th>{status}</th><td>{_line(response['description'])}{headers}</td></tr>"
        yield "</table></section>"

    def _parameters(self, parameters: list[Object]) -> str:
        rows = [
            f"<tr><th><code>{escape(one['name'])}</code></th><td>{self._type(one['schema'])}</td>"
            f"<td>{_line(one.get('description', ''))}"
            f"{' <span class=soft>in the path</span>' if one['in'] == 'path' else ''}</td></tr>"
            for one in parameters
        ]
        return f"<table>{''.join(rows)}</table>"

    def _content(self, title: str, content: Object) -> Iterator[str]:
        for media, body in content.items():
            kind = self._type(body["schema"])
            yield f'<h4>{title} <span class="soft">{escape(media)}, {kind}</span></h4>'
            if "example" in body:
                example = body["example"]
                shown = example if isinstance(example, str) else json.dumps(example, indent=2)
                yield f"<pre>{escape(shown)}</pre>"

    def _fields(self, schema: Object) -> str:
        required = schema.get("required", ())
        rows = [
            f"<tr><th><code>{escape(name)}</code></th><td>{self._type(field)}</td>"
            f"<td>{'' if name in required else '<span class=soft>may be left out</span>'}</td></tr>"
            for name, field in schema.get("properties", {}).items()
        ]
        return f"<table>{''.join(rows)}</table>" if rows else f"<p>{self._type(schema)}</p>"

    def _type(self, schema: Object) -> str:
        """What a value may be, in a few words; types that have a name are links."""
        if "$ref" in schema:
            name = escape(schema["$ref"].rpartition("/")[2])
            return f'<a href="#type-{name}">{name}</a>'
        for several in ("anyOf", "oneOf"):
            if several in schema:
                return " or ".join(self._type(part) for part in schema[several])
        if "enum" in schema:
            return ", ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
        kind = escape(str(schema.get("type", "anything")))
        if kind == "array":
            if "prefixItems" in schema:
                parts = ", ".join(self._type(part) for part in schema["prefixItems"])
                return f"array of exactly ({parts})"
            return f"array of {self._type(schema.get('items', {}))}"
        bounds = [
            f"{words} {escape(str(schema[name]))}"
            for name, words in _BOUNDS.items()
            if name in schema
        ]
        return f"{kind} <span class=soft>{', '.join(bounds)}</span>" if bounds else kind

    def _curl(self, path: str, method: str, operation: Object) -> str:
        query: dict[str, str] = {}
        for one in operation.get("parameters", ()):
            if one["in"] == "path":
                path = path.replace("{" + one["name"] + "}", str(one["example"]))
            elif one["required"]:
                query[one["name"]] = str(one["example"])
        address = f'"$PLAYHEAD{path}{"?" + urlencode(query) if query else ""}"'
        words = ["curl"] if method == "get" else ["curl", "-X", method.upper()]
        if any(operation["security"]):
            words.append('-H "Authorization: Bearer $TOKEN"')
        if "requestBody" in operation:
            ((media, body),) = operation["requestBody"]["content"].items()
            example = body.get("example", "")
            sent = example if isinstance(example, str) else json.dumps(example)
            words += ["-H", quote(f"Content-Type: {media}"), "--data-binary", quote(sent)]
        return " ".join([*words, address])

    def _resolved(self, part: Object) -> Object:
        if "$ref" not in part:
            return part
        _, kind, name = part["$ref"].rsplit("/", 2)
        found: Object = self._components[kind][name]
        return found


_BOUNDS: Final = {
    "format": "as",
    "minimum": "from",
    "exclusiveMinimum": "over",
    "maximum": "to",
    "minLength": "at least",
    "maxLength": "at most",
    "default": "by default",
}


def _method(method: str) -> str:
    return f'<span class="method {method}">{method.upper()}</span>'


def _words(text: str) -> str:
    paragraphs = [part for part in text.split("\n\n") if part.strip()]
    return "".join(f"<p>{_line(part)}</p>" for part in paragraphs)


def _line(text: str) -> str:
    """The little of Markdown that our words use."""
    shown = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", shown)
