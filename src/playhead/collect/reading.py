"""Reading a beacon from JSON, and saying what is wrong with one that cannot be read."""

from typing import Final

import msgspec

from playhead.beacon import Beacon, ImportedBeacon
from playhead.collect.characters import whole_characters
from playhead.collect.refusals import Reason, Refusal
from playhead.explain import explain

MOST_BYTES: Final = 64 * 1024
"""Of a beacon."""

_decode_beacon = msgspec.json.Decoder(Beacon).decode
_decode_imported = msgspec.json.Decoder(ImportedBeacon).decode
_read_to_the_end = msgspec.json.Decoder(msgspec.Raw).decode
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def read_beacon(body: bytes) -> Beacon:
    """The beacon in a body.

    Raises:
        Refusal: it is not one.
    """
    try:
        return _decode_beacon(body)
    except _UNREADABLE as error:
        whole = whole_characters(body)
        if whole != body:
            return read_beacon(whole)
        raise _unreadable(body, error) from None


def read_line(line: bytes, *, imported: bool) -> tuple[Beacon, Refusal | None]:
    """The beacon in a line of a batch, and what is wrong with the fields that only an import has.

    Raises:
        Refusal: it is not one.
    """
    if len(line) > MOST_BYTES:
        raise Refusal(Reason.TOO_LARGE, f"line: is larger than {MOST_BYTES // 1024} KiB")
    return _read_imported(line) if imported else (read_beacon(line), None)


def _read_imported(line: bytes) -> tuple[Beacon, Refusal | None]:
    """The beacon, and what is wrong with the fields that only an import has.

    On a line for another account than the importer's these fields are ignored, so they may hold
    anything.
    """
    try:
        return _decode_imported(line), None
    except _UNREADABLE as error:
        whole = whole_characters(line)
        if whole != line:
            return _read_imported(whole)
        return read_beacon(line), _unreadable(line, error)


def _unreadable(body: bytes, error: Exception) -> Refusal:
    if isinstance(error, msgspec.ValidationError):
        try:
            # The decoder stopped at the first misfit; what follows may still not be JSON.
            _read_to_the_end(body)
        except (msgspec.DecodeError, RecursionError) as malformed:
            error = malformed
        else:
            what = explain(error)
            reason = Reason.NOT_AN_OBJECT if what.startswith("body: ") else Reason.FIELD
            return Refusal(reason, what)
    what = str(error) if isinstance(error, msgspec.DecodeError) else "it cannot be decoded"
    return Refusal(Reason.NOT_JSON, f"body: is not JSON: {what}")
