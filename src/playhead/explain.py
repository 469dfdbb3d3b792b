"""Clear words for what a JSON body got wrong: the field first, then the remedy."""

import re
from typing import Final

import msgspec

_AT: Final = re.compile(r"(?P<what>.*?)(?: - at `(?:key in )?(?P<path>[^`]*)`)?", re.DOTALL)
_MISSING: Final = re.compile(r"Object missing required field `(\w+)`")
_KINDS: Final = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
    "uuid": "a UUID",
}
_TYPES: Final = re.compile(r"Expected `([^`]+)`(?:, got `([^`]+)`)?(.*)", re.DOTALL)

_PATTERN: Final = re.compile(r" matching regex '\^?(.*?)(?:\\+Z|\$)?'")


def explain(error: msgspec.ValidationError) -> str:
    """One line that names the field: ``watched[2][0]: expected a number, got text``."""
    match = _AT.fullmatch(str(error))
    what, path = (match["what"], match["path"] or "") if match else (str(error), "")
    # A framework calls the body that it decodes "data"; its sender does not know that name.
    field = path.removeprefix("$").removeprefix(".data").removeprefix(".")
    missing = _MISSING.fullmatch(what)
    if missing:
        inside = f"{field}." if field else ""
        return f"{inside}{missing[1]}: is missing and required"
    return f"{field or 'body'}: {_in_plain_words(what)}"


def _in_plain_words(what: str) -> str:
    match = _TYPES.fullmatch(what)
    if not match:
        return what[:1].lower() + what[1:]
    pattern = _PATTERN.search(match[3])
    if pattern:
        return f"does not have the form {pattern[1]}"
    if match[1].startswith("int") and match[2] == "float":
        return "expected a whole number, got one with a decimal point"
    expected = " or ".join(_kind(name) for name in match[1].split(" | "))
    if match[2]:
        return f"expected {expected}, got {_kind(match[2])}"
    return f"expected {expected}{match[3]}"


def _kind(name: str) -> str:
    return _KINDS.get(name, name)
