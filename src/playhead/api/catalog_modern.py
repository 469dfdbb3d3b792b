"""The catalog on /modern: projects are folders, and every name is in snake case.

Here a media also says its ``url`` and ``thumbnail_url`` (contract/stats-api.md, The catalog).
"""

from typing import Any

from litestar import Request, Router, delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Struct, UnsetType

from playhead.api import catalog
from playhead.api.auth import caller_of, requires
from playhead.api.fields import (
    FieldsRequest,
    ModernMediaBody,
    NewModernMedia,
    NewProject,
    ProjectChange,
)
from playhead.api.finding import find_media, find_project
from playhead.api.parameters import (
    InFolder,
    InProject,
    MediaHashedId,
    MediaKind,
    MediaName,
    PageNumber,
    PerPage,
    PerPageOfProject,
    SortBy,
    SortDirection,
)
from playhead.api.services import ApiServices, Services
from playhead.api.thumbnail import Thumbnail, thumbnail_of
from playhead.api.times import utc_text
from playhead.catalog import Media, MediaType, Project, Scope

AnyRequest = Request[Any, Any, Any]

_READ = [requires(Scope.READ)]
_WRITE = [requires(Scope.WRITE)]
_WORD = "folder"


class ModernAccount(Struct):
    """The account, its address on this server, and how much it has. There are no channels."""

    id: int
    name: str
    url: str
    media_count: int
    folder_count: int
    channel_count: int = 0
    video_limit: int | None = None


class FolderAnswer(Struct):
    """A folder. Nobody but its account can reach it, so what is ``public`` of it is nothing."""

    id: int
    hashed_id: str
    name: str
    description: str
    media_count: int
    created: str
    updated: str
    anonymous_can_upload: bool = False
    anonymous_can_download: bool = False
    public: bool = False
    public_id: str = ""


class FolderOfMedia(Struct):
    """The folder that a media is in."""

    id: int
    name: str
    hashed_id: str


class ModernMedia(Struct):
    """A media. ``duration`` (s) is left out when it is unknown, ``folder`` when there is none."""

    id: int
    hashed_id: str
    name: str
    type: MediaType
    description: str
    created: str
    updated: str
    url: str
    thumbnail_url: str
    thumbnail: Thumbnail
    duration: float | UnsetType = UNSET
    folder: FolderOfMedia | UnsetType = UNSET
    archived: bool = False
    status: str = "ready"
    progress: float = 1.0
    assets: tuple[()] = ()


class FolderWithMedias(FolderAnswer, kw_only=True):
    """A folder with a page of its medias."""

    medias: list[ModernMedia]


class ModernMediaWithStats(Struct):
    """A media's aggregated stats."""

    id: int
    hashed_id: str
    name: str
    stats: catalog.Aggregates


@get("/account", guards=_READ, sync_to_thread=True)
def account_show(request: AnyRequest, services: ApiServices) -> ModernAccount:
    """The account that the token belongs to."""
    account, sizes = caller_of(request).account, catalog.sizes(request, services)
    return ModernAccount(
        id=account.id,
        name=account.name,
        url=services.url_of(request),
        media_count=sizes.medias,
        folder_count=sizes.projects,
    )


@get("/folders", guards=_READ, sync_to_thread=True)
def folder_list(
    request: AnyRequest,
    services: ApiServices,
    page: PageNumber = None,
    per_page: PerPage = None,
    sort_by: SortBy = None,
    sort_direction: SortDirection = None,
) -> list[FolderAnswer]:
    """The account's folders."""
    found = catalog.list_projects(request, services, page, per_page, sort_by, sort_direction)
    return [FolderAnswer(**_folder(project)) for project in found]


@post("/folders", guards=_WRITE, sync_to_thread=True)
def folder_create(
    request: AnyRequest, services: ApiServices, data: JSONBody[NewProject]
) -> FolderAnswer:
    """Make a folder."""
    return FolderAnswer(**_folder(catalog.create_project(request, services, data)))


@get("/folders/{folder_id:str}", guards=_READ, sync_to_thread=True)
def folder_show(
    request: AnyRequest,
    services: ApiServices,
    folder_id: FromPath[str],
    page: PageNumber = None,
    per_page: PerPageOfProject = None,
    sort_by: SortBy = None,
    sort_direction: SortDirection = None,
) -> FolderWithMedias:
    """A folder with its medias, of which there may be more pages."""
    project = find_project(request, services, folder_id, word=_WORD)
    found = catalog.list_medias_of(
        request, services, project, page, per_page, sort_by, sort_direction
    )
    return FolderWithMedias(**_folder(project), medias=_medias(request, services, found))


@put("/folders/{folder_id:str}", guards=_WRITE, sync_to_thread=True)
def folder_change(
    request: AnyRequest,
    services: ApiServices,
    folder_id: FromPath[str],
    data: JSONBody[ProjectChange],
) -> FolderAnswer:
    """Change a folder; what is left out stays as it is."""
    changed = catalog.change_project(request, services, folder_id, data, word=_WORD)
    return FolderAnswer(**_folder(changed))


@delete("/folders/{folder_id:str}", guards=_WRITE, status_code=200, sync_to_thread=True)
def folder_delete(
    request: AnyRequest, services: ApiServices, folder_id: FromPath[str]
) -> FolderAnswer:
    """Delete a folder; its medias stay in the account, without a folder."""
    deleted = catalog.delete_project(request, services, folder_id, word=_WORD)
    return FolderAnswer(**_folder(deleted))


@get("/medias", guards=_READ, sync_to_thread=True)
def media_list(
    request: AnyRequest,
    services: ApiServices,
    page: PageNumber = None,
    per_page: PerPage = None,
    sort_by: SortBy = None,
    sort_direction: SortDirection = None,
    folder_id: InFolder = None,
    project_id: InProject = None,
    name: MediaName = None,
    hashed_id: MediaHashedId = None,
    kind: MediaKind = None,
) -> list[ModernMedia]:
    """The account's medias."""
    project = catalog.project_asked_for(request, services, folder_id or project_id, word=_WORD)
    found = catalog.list_medias(
        request,
        services,
        project,
        page,
        per_page,
        sort_by,
        sort_direction,
        name,
        hashed_id,
        kind,
    )
    return _medias(request, services, found)


@post("/medias", guards=_WRITE, sync_to_thread=True)
def media_create(
    request: AnyRequest, services: ApiServices, data: JSONBody[NewModernMedia]
) -> ModernMedia:
    """Make a media before its first beacon."""
    return _one_media(request, services, catalog.create_media(request, services, data))


@get("/medias/{media_id:str}", guards=_READ, sync_to_thread=True)
def media_show(request: AnyRequest, services: ApiServices, media_id: FromPath[str]) -> ModernMedia:
    """A media."""
    return _one_media(request, services, find_media(request, services, media_id))


@put("/medias/{media_id:str}", guards=_WRITE, sync_to_thread=True)
def media_change(
    request: AnyRequest,
    services: ApiServices,
    media_id: FromPath[str],
    data: JSONBody[ModernMediaBody],
) -> ModernMedia:
    """Change a media, or move it into another folder; what is left out stays as it is."""
    return _one_media(request, services, catalog.change_media(request, services, media_id, data))


@delete("/medias/{media_id:str}", guards=_WRITE, status_code=200, sync_to_thread=True)
def media_delete(
    request: AnyRequest, services: ApiServices, media_id: FromPath[str]
) -> ModernMedia:
    """Delete a media; its sessions stay in the account's numbers."""
    return _one_media(request, services, catalog.delete_media(request, services, media_id))


@get("/medias/{media_id:str}/stats", guards=_READ, sync_to_thread=True)
def media_stats(
    request: AnyRequest, services: ApiServices, media_id: FromPath[str]
) -> ModernMediaWithStats:
    """A media's aggregated stats."""
    media = find_media(request, services, media_id)
    stats = catalog.aggregates(request, services, media)
    return ModernMediaWithStats(media.id, media.hashed_id, media.name, stats)


CATALOG_MODERN = Router(
    "/modern",
    route_handlers=[
        account_show,
        folder_list,
        folder_create,
        folder_show,
        folder_change,
        folder_delete,
        media_list,
        media_create,
        media_show,
        media_change,
        media_delete,
        media_stats,
    ],
    request_class=FieldsRequest,
)


def _folder(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "hashed_id": project.hashed_id,
        "name": project.name,
        "description": project.description,
        "media_count": project.media_count,
        "created": utc_text(project.created_ms),
        "updated": utc_text(project.updated_ms),
    }


def _medias(request: AnyRequest, services: Services, found: list[Media]) -> list[ModernMedia]:
    server = services.url_of(request)
    lengths = catalog.seconds_of(request, services, found)
    return [_media(media, seconds, server) for media, seconds in zip(found, lengths, strict=True)]


def _one_media(request: AnyRequest, services: Services, media: Media) -> ModernMedia:
    return _medias(request, services, [media])[0]


def _media(media: Media, seconds: float | None, server: str) -> ModernMedia:
    project = media.project
    return ModernMedia(
        id=media.id,
        hashed_id=media.hashed_id,
        name=media.name,
        type=media.type,
        description=media.description,
        created=utc_text(media.created_ms),
        updated=utc_text(media.updated_ms),
        url=media.url,
        thumbnail_url=media.thumbnail_url,
        thumbnail=thumbnail_of(media.thumbnail_url, server),
        duration=UNSET if seconds is None else seconds,
        folder=FolderOfMedia(project.id, project.name, project.hashed_id) if project else UNSET,
    )
