"""The catalog's endpoints on /v1: projects and medias, made, changed and shown."""

from typing import Annotated, Any

from litestar import Request, Router, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from playhead.api.auth import caller_of, requires
from playhead.api.errors import bad_parameter, not_found
from playhead.api.services import ApiServices
from playhead.api.times import utc_text
from playhead.beacon import MAX_SECONDS
from playhead.catalog import (
    HashedIdTakenError,
    Media,
    MediaChange,
    Project,
    Scope,
    UnknownProjectError,
)

AnyRequest = Request[Any, Any, Any]
Name = Annotated[str, Meta(min_length=1, max_length=500)]
Text = Annotated[str, Meta(max_length=10_000)]
Address = Annotated[str, Meta(max_length=2048)]
Duration = Annotated[float, Meta(gt=0, le=MAX_SECONDS)]
HashedId = Annotated[str, Meta(pattern=r"^(?=[0-9_-]*[A-Za-z])[A-Za-z0-9_-]{1,64}\Z")]


class NewProject(Struct):
    """Body of ``POST /projects``."""

    name: Name
    description: Text | None = None


class ProjectChange(Struct):
    """Body of ``PUT /projects/<id>``; what is left out stays."""

    name: Name | UnsetType = UNSET
    description: Text | UnsetType | None = UNSET


class MediaBody(Struct):
    """Body of ``PUT /medias/<id>``; what is left out stays, null empties."""

    name: Name | UnsetType = UNSET
    description: Text | UnsetType | None = UNSET
    duration: Duration | UnsetType | None = UNSET
    project_id: str | int | UnsetType | None = UNSET
    url: Address | UnsetType | None = UNSET
    thumbnail_url: Address | UnsetType | None = UNSET


class NewMedia(MediaBody):
    """Body of ``POST /medias``."""

    hashed_id: HashedId | UnsetType | None = UNSET


class ProjectAnswer(Struct, rename="camel"):
    """A project as /v1 shows it."""

    id: int
    hashed_id: str
    name: str
    description: str
    media_count: int
    created: str
    updated: str
    anonymous_can_upload: bool = False


class ProjectOfMedia(Struct):
    """The project that a media is in."""

    id: int
    name: str
    hashed_id: str


class MediaAnswer(Struct):
    """A media as /v1 shows it; ``duration`` in seconds, null unless set by hand."""

    id: int
    hashed_id: str
    name: str
    description: str
    duration: float | None
    url: str
    thumbnail_url: str
    created: str
    updated: str
    project: ProjectOfMedia | None


@post("/projects", guards=[requires(Scope.WRITE)], sync_to_thread=True)
def project_create(
    request: AnyRequest, services: ApiServices, data: JSONBody[NewProject]
) -> ProjectAnswer:
    """Make a project."""
    project = services.catalog.projects.create(
        caller_of(request).account.id, name=data.name, description=data.description or ""
    )
    return _project_answer(project)


@get("/projects/{project_id:str}", guards=[requires(Scope.READ)], sync_to_thread=True)
def project_show(
    request: AnyRequest, services: ApiServices, project_id: FromPath[str]
) -> ProjectAnswer:
    """Show a project."""
    project = services.catalog.projects.find(caller_of(request).account.id, project_id)
    if project is None:
        raise not_found("project", project_id)
    return _project_answer(project)


@put("/projects/{project_id:str}", guards=[requires(Scope.WRITE)], sync_to_thread=True)
def project_change(
    request: AnyRequest,
    services: ApiServices,
    project_id: FromPath[str],
    data: JSONBody[ProjectChange],
) -> ProjectAnswer:
    """Change a project."""
    project = services.catalog.projects.change(
        caller_of(request).account.id,
        project_id,
        name=data.name if isinstance(data.name, str) else None,
        description=None if data.description is UNSET else data.description or "",
    )
    if project is None:
        raise not_found("project", project_id)
    return _project_answer(project)


@post("/medias", guards=[requires(Scope.WRITE)], sync_to_thread=True)
def media_create(
    request: AnyRequest, services: ApiServices, data: JSONBody[NewMedia]
) -> MediaAnswer:
    """Make a media before its first beacon."""
    hashed_id = data.hashed_id if isinstance(data.hashed_id, str) else None
    try:
        media = services.catalog.medias.create(
            caller_of(request).account.id, _change(data), hashed_id=hashed_id
        )
    except HashedIdTakenError as error:
        raise bad_parameter("hashed_id", str(error)) from None
    except UnknownProjectError as error:
        raise bad_parameter("project_id", str(error)) from None
    return _media_answer(media)


@get("/medias/{media_id:str}", guards=[requires(Scope.READ)], sync_to_thread=True)
def media_show(request: AnyRequest, services: ApiServices, media_id: FromPath[str]) -> MediaAnswer:
    """Show a media."""
    media = services.catalog.medias.find(caller_of(request).account.id, media_id)
    if media is None:
        raise not_found("media", media_id)
    return _media_answer(media)


@put("/medias/{media_id:str}", guards=[requires(Scope.WRITE)], sync_to_thread=True)
def media_change(
    request: AnyRequest, services: ApiServices, media_id: FromPath[str], data: JSONBody[MediaBody]
) -> MediaAnswer:
    """Change a media, or move it into another project."""
    try:
        media = services.catalog.medias.change(
            caller_of(request).account.id, media_id, _change(data)
        )
    except UnknownProjectError as error:
        raise bad_parameter("project_id", str(error)) from None
    if media is None:
        raise not_found("media", media_id)
    return _media_answer(media)


CATALOG_ROUTER = Router(
    "/",
    route_handlers=[
        project_create,
        project_show,
        project_change,
        media_create,
        media_show,
        media_change,
    ],
)


def _change(body: MediaBody) -> MediaChange:
    def text(value: str | UnsetType | None) -> str | UnsetType:
        return value if value is UNSET else value or ""

    project = body.project_id
    return MediaChange(
        name=body.name,
        description=text(body.description),
        duration=body.duration,
        project_id=str(project) if isinstance(project, int) else project,
        url=text(body.url),
        thumbnail_url=text(body.thumbnail_url),
    )


def _project_answer(project: Project) -> ProjectAnswer:
    return ProjectAnswer(
        id=project.id,
        hashed_id=project.hashed_id,
        name=project.name,
        description=project.description,
        media_count=project.media_count,
        created=utc_text(project.created_ms),
        updated=utc_text(project.updated_ms),
    )


def _media_answer(media: Media) -> MediaAnswer:
    project = media.project
    return MediaAnswer(
        id=media.id,
        hashed_id=media.hashed_id,
        name=media.name,
        description=media.description,
        duration=media.duration,
        url=media.url,
        thumbnail_url=media.thumbnail_url,
        created=utc_text(media.created_ms),
        updated=utc_text(media.updated_ms),
        project=ProjectOfMedia(project.id, project.name, project.hashed_id) if project else None,
    )
