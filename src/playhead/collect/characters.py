"""Half characters: what is left of an emoji where a page or a tracker cut a text."""

import re
from typing import Final

# In order: a backslash that is meant as one, both halves of a character, one half alone.
_ESCAPES: Final = re.compile(
    rb"\\\\"
    rb"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
_UNKNOWN: Final = rb"\ufffd"


def whole_characters(json: bytes) -> bytes:
    r"""JSON without half characters (``\ud83d`` alone), which JavaScript writes and nobody reads.

    Each becomes U+FFFD, as browsers show it; the text around it is worth more than a refusal.
    """
    return _ESCAPES.sub(lambda found: _UNKNOWN if found["half"] else found[0], json)
