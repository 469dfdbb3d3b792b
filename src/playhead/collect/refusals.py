"""Why a beacon is not taken. Every refusal has a reason, a status, a counter and a test."""

from collections.abc import Iterable
from enum import StrEnum
from http import HTTPStatus

from prometheus_client import REGISTRY, Metric
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector


class Reason(StrEnum):
    """The reasons; each stands in the ``Playhead-Refusal`` header of its answers."""

    METHOD = "method"
    CONTENT_TYPE = "content_type"
    CONTENT_ENCODING = "content_encoding"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    FIELD = "field"
    MEDIA_ID = "media_id"
    SESSION_ID = "session_id"
    WATCH_MAP = "watch_map"
    ACCOUNT = "account"
    SIGNATURE = "signature"
    EXPIRED = "expired"
    DOMAIN = "domain"
    MEDIA_UNKNOWN = "media_unknown"
    TOO_OLD = "too_old"
    TOO_FAR_AHEAD = "too_far_ahead"
    SECRET_GONE = "secret_gone"  # noqa: S105
    BUSY = "busy"
    SPOOL_FULL = "spool_full"
    SPOOL_UNAVAILABLE = "spool_unavailable"
    CATALOG_UNAVAILABLE = "catalog_unavailable"


_STATUS = {
    Reason.METHOD: HTTPStatus.METHOD_NOT_ALLOWED,
    Reason.CONTENT_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Reason.CONTENT_ENCODING: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Reason.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Reason.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
    Reason.NOT_JSON: HTTPStatus.BAD_REQUEST,
    Reason.NOT_AN_OBJECT: HTTPStatus.BAD_REQUEST,
    Reason.ACCOUNT: HTTPStatus.FORBIDDEN,
    Reason.SIGNATURE: HTTPStatus.FORBIDDEN,
    Reason.EXPIRED: HTTPStatus.FORBIDDEN,
    Reason.DOMAIN: HTTPStatus.FORBIDDEN,
    Reason.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.SPOOL_FULL: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.SPOOL_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.CATALOG_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}


class _Counts(Collector):
    """Plain numbers until somebody asks: a Counter's lock would cost a tenth of a beacon."""

    def __init__(self) -> None:
        self.accepted = 0
        self.refused = dict.fromkeys(Reason, 0)

    def collect(self) -> Iterable[Metric]:
        accepted = CounterMetricFamily("playhead_beacons_accepted", "Beacons that are on disk.")
        accepted.add_metric([], self.accepted)
        refused = CounterMetricFamily(
            "playhead_beacons_refused", "Beacons that were not taken.", labels=["reason"]
        )
        for reason, count in self.refused.items():
            refused.add_metric([reason.value], count)
        return [accepted, refused]


_counts = _Counts()
REGISTRY.register(_counts)


class Refusal(Exception):  # noqa: N818
    """A beacon is not taken. The message names the field and the remedy."""

    def __init__(self, reason: Reason, message: str, *, retry_after_s: int = 0) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.retry_after_s = retry_after_s

    @property
    def status(self) -> int:
        """The HTTP status (contract/beacon.md, Answers)."""
        return _STATUS.get(self.reason, HTTPStatus.UNPROCESSABLE_ENTITY).value


def count_refusal(reason: Reason) -> None:
    """Count a beacon that was not taken."""
    _counts.refused[reason] += 1


def count_accepted(beacons: int) -> None:
    """Count beacons that are on disk."""
    _counts.accepted += beacons
