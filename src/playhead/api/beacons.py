"""What the collector takes, in words and types for the description of the API.

The collector answers these addresses itself and never asks here; the types are those that it uses.
"""

from typing import Any, Final, NoReturn

from litestar import post
from litestar.params import JSONBody
from msgspec import Struct

from playhead.beacon import Beacon, ImportedBeacon


class RejectedLine(Struct):
    """A line of a batch that was not taken; lines count from 1."""

    line: int
    error: str


class BatchAnswer(Struct):
    """What became of a batch."""

    accepted: int
    rejected: list[RejectedLine]


@post("/collect", status_code=204)
async def collect(data: JSONBody[Beacon]) -> None:
    """Send one beacon.

    Also as ``text/plain``, for browsers that would ask first. No token: the account's public key
    is in the beacon, and any origin may send.
    """
    _described_only(data)


@post("/collect/batch", status_code=200)
async def collect_batch(data: JSONBody[ImportedBeacon]) -> BatchAnswer:
    """Send newline-delimited beacons.

    One ``Beacon`` a line; with a token of scope ``write``, one ``ImportedBeacon`` a line, of any
    age. Gzip is allowed, with ``Content-Encoding: gzip``. Lines that are not taken are named in the
    answer; the others are taken all the same.
    """
    _described_only(data)


BEACONS: Final = [collect, collect_batch]


def _described_only(_: Any) -> NoReturn:
    raise NotImplementedError
