"""What a project and a media may be given, and the three ways in which it may be sent.

The contract has JSON. Clients that are older than it send a project's fields in the query, without
a body, and a media's as a form: both are turned into the JSON that they stand for, so that there is
one set of rules and of errors (contract/stats-api.md, The catalog).
"""

from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from msgspec import UNSET, Meta, Struct, UnsetType

from playhead.api.errors import ApiError
from playhead.api.parameters import refuse_repeated
from playhead.beacon import MAX_SECONDS
from playhead.catalog import MEDIA_ID, MediaChange, MediaType

Name = Annotated[str, Meta(min_length=1, max_length=500)]
Text = Annotated[str, Meta(max_length=10_000)]
# Pages make links of it: no other scheme, and nothing that has to be guessed.
Address = Annotated[str, Meta(max_length=2048, pattern=r"^(https?://[^ ]+)?\Z")]
Duration = Annotated[float, Meta(gt=0, le=MAX_SECONDS)]
Kind = Annotated[str, Meta(pattern=r"^(Video|Audio)\Z")]
ProjectId = str | int | UnsetType | None
HashedId = Annotated[str, Meta(pattern=f"^{MEDIA_ID.pattern}")]

_FORM: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 100


class NewProject(Struct):
    """Body that makes a project."""

    name: Name
    description: Text | None = None


class ProjectChange(Struct):
    """Body that changes a project; what is left out stays."""

    name: Name | UnsetType = UNSET
    description: Text | UnsetType | None = UNSET


class MediaBody(Struct):
    """Body that changes a media; what is left out stays, null empties."""

    name: Name | UnsetType = UNSET
    type: Kind | UnsetType = UNSET
    description: Text | UnsetType | None = UNSET
    duration: Duration | UnsetType | None = UNSET
    project_id: ProjectId = UNSET
    url: Address | UnsetType | None = UNSET
    thumbnail_url: Address | UnsetType | None = UNSET

    def project(self) -> tuple[str, ProjectId]:
        """The field that puts the media into a project, and its value."""
        return "project_id", self.project_id


class NewMedia(MediaBody):
    """Body that makes a media."""

    hashed_id: HashedId | UnsetType | None = UNSET


class ModernMediaBody(MediaBody):
    """Body that changes a media; ``project_id`` is an older name of ``folder_id``."""

    folder_id: ProjectId = UNSET

    def project(self) -> tuple[str, ProjectId]:
        """The field that puts the media into a folder, and its value."""
        if self.folder_id is UNSET:
            return super().project()
        return "folder_id", self.folder_id


class NewModernMedia(ModernMediaBody):
    """Body that makes a media; ``project_id`` is an older name of ``folder_id``."""

    hashed_id: HashedId | UnsetType | None = UNSET


class FieldsRequest(Request[Any, Any, Any]):
    """A request whose fields are JSON, wherever they came in."""

    async def body(self) -> bytes:
        """The fields as JSON.

        Raises:
            ApiError: 400, a form that cannot be read; 422, a field that is given twice.
        """
        sent = await super().body()
        kind = self.content_type[0]
        if not sent and not kind:
            return msgspec.json.encode({name: text for name, text in self._in_query() if text})
        # A form never begins with a brace, but JSON with the wrong name does.
        if kind == _FORM and not sent.lstrip().startswith(b"{"):
            return msgspec.json.encode(_form_fields(sent))
        return sent

    def _in_query(self) -> list[tuple[str, str]]:
        return list(self.query_params.multi_items())


def media_change(body: MediaBody) -> MediaChange:
    """What a body changes."""

    def text(value: str | UnsetType | None) -> str | UnsetType:
        return value if value is UNSET else value or ""

    _, project = body.project()
    return MediaChange(
        name=body.name,
        type=MediaType(body.type) if isinstance(body.type, str) else UNSET,
        description=text(body.description),
        duration=body.duration,
        project_id=str(project) if isinstance(project, int) else project,
        url=text(body.url),
        thumbnail_url=text(body.thumbnail_url),
    )


def _form_fields(sent: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            sent.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError:  # not UTF-8, or more fields than there are
        raise ApiError(HTTPStatus.BAD_REQUEST, "body: is not a form") from None
    refuse_repeated(name for name, _ in pairs)
    return dict(pairs)
