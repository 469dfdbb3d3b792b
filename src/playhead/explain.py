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


def explain(error: msgspec.ValidationError) -> str:
    """One line that names the field: ``watched[2][0]: expected a number, got text``."""
    match = _AT.fullmatch(str(error))
    what, path = (match["what"], match["path"] or "") if match else (str(error), "")
    field = path.removeprefix("$").removeprefix(".")
    missing = _MISSING.fullmatch(what)
    if missing:
        inside = f"{field}." if field else ""
        return f"{inside}{missing[1]}: is missing and required"
    return f"{field or 'body'}: {_in_plain_words(what)}"


def _in_plain_words(what: str) -> str:
    match = _TYPES.fullmatch(what)
    if not match:
        return what[:1].lower() + what[1:]
    expected = " or ".join(_kind(name) for name in match[1].split(" | "))
    if match[2]:
        return f"expected {expected}, got {_kind(match[2])}"
    return f"expected {expected}{match[3]}"


def _kind(name: str) -> str:
    return _KINDS.get(name, name)
