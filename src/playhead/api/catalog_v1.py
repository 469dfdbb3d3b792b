"""The catalog on /v1, in the words of its clients (contract/stats-api.md, The catalog).

Those check what they get: a media may have no field that they do not know, so ``url`` and
``thumbnail_url`` are shown on /modern only, and a field that is not known is left out, not null.
"""

from typing import Any

from litestar import Request, Router, delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Struct, UnsetType, field
from msgspec.structs import asdict

from playhead.api import catalog
from playhead.api.auth import caller_of, requires
from playhead.api.fields import FieldsRequest, MediaBody, NewMedia, NewProject, ProjectChange
from playhead.api.finding import find_media, find_project
from playhead.api.parameters import (
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
_WORD = "project"


class AccountAnswer(Struct, rename="camel"):
    """The account, its address on this server, and how much it has."""

    id: int
    name: str
    url: str
    media_count: int
    project_count: int
    video_limit: int | None = None


class ProjectAnswer(Struct, rename="camel"):
    """A project. Nobody but its account can reach it, so what is ``public`` of it is nothing."""

    id: int
    hashed_id: str
    also_hashed_id: str = field(name="hashed_id")
    name: str
    description: str
    media_count: int
    created: str
    updated: str
    anonymous_can_upload: bool = False
    anonymous_can_download: bool = False
    public: bool = False
    public_id: str = ""


class ProjectOfMedia(Struct):
    """The project that a media is in."""

    id: int
    name: str
    hashed_id: str


class MediaAnswer(Struct):
    """A media. ``duration`` (s) is left out when it is unknown, ``project`` when there is none."""

    id: int
    hashed_id: str
    name: str
    type: MediaType
    description: str
    created: str
    updated: str
    thumbnail: Thumbnail
    duration: float | UnsetType = UNSET
    project: ProjectOfMedia | UnsetType = UNSET
    archived: bool = False
    status: str = "ready"
    progress: float = 1.0
    assets: tuple[()] = ()


class ProjectWithMedias(ProjectAnswer, kw_only=True):
    """A project with a page of its medias."""

    medias: list[MediaAnswer]


class AggregatedStats(Struct, rename="camel"):
    """Sums over all sessions; percentages are whole numbers from 0 to 100."""

    page_loads: int
    visitors: int
    percent_of_visitors_clicking_play: int
    plays: int
    average_percent_watched: int


class MediaWithStats(Struct):
    """A media's aggregated stats."""

    id: int
    hashed_id: str
    name: str
    stats: AggregatedStats


@get("/account", guards=_READ, sync_to_thread=True)
def account_show(request: AnyRequest, services: ApiServices) -> AccountAnswer:
    """The account that the token belongs to."""
    account, sizes = caller_of(request).account, catalog.sizes(request, services)
    return AccountAnswer(
        id=account.id,
        name=account.name,
        url=services.url_of(request),
        media_count=sizes.medias,
        project_count=sizes.projects,
    )


@get("/projects", guards=_READ, sync_to_thread=True)
def project_list(
    request: AnyRequest,
    services: ApiServices,
    page: PageNumber = None,
    per_page: PerPage = None,
    sort_by: SortBy = None,
    sort_direction: SortDirection = None,
) -> list[ProjectAnswer]:
    """The account's projects."""
    found = catalog.list_projects(request, services, page, per_page, sort_by, sort_direction)
    return [ProjectAnswer(**_project(project)) for project in found]


@post("/projects", guards=_WRITE, sync_to_thread=True)
def project_create(
    request: AnyRequest, services: ApiServices, data: JSONBody[NewProject]
) -> ProjectAnswer:
    """Make a project."""
    return ProjectAnswer(**_project(catalog.create_project(request, services, data)))


@get("/projects/{project_id:str}", guards=_READ, sync_to_thread=True)
def project_show(
    request: AnyRequest,
    services: ApiServices,
    project_id: FromPath[str],
    page: PageNumber = None,
    per_page: PerPageOfProject = None,
    sort_by: SortBy = None,
    sort_direction: SortDirection = None,
) -> ProjectWithMedias:
    """A project with its medias, of which there may be more pages."""
    project = find_project(request, services, project_id, word=_WORD)
    found = catalog.list_medias_of(
        request, services, project, page, per_page, sort_by, sort_direction
    )
    return ProjectWithMedias(**_project(project), medias=_medias(request, services, found))


@put("/projects/{project_id:str}", guards=_WRITE, sync_to_thread=True)
def project_change(
    request: AnyRequest,
    services: ApiServices,
    project_id: FromPath[str],
    data: JSONBody[ProjectChange],
) -> ProjectAnswer:
    """Change a project; what is left out stays as it is."""
    changed = catalog.change_project(request, services, project_id, data, word=_WORD)
    return ProjectAnswer(**_project(changed))


@delete("/projects/{project_id:str}", guards=_WRITE, status_code=200, sync_to_thread=True)
def project_delete(
    request: AnyRequest, services: ApiServices, project_id: FromPath[str]
) -> ProjectAnswer:
    """Delete a project; its medias stay in the account, without a project."""
    deleted = catalog.delete_project(request, services, project_id, word=_WORD)
    return ProjectAnswer(**_project(deleted))


@get("/medias", guards=_READ, sync_to_thread=True)
def media_list(
    request: AnyRequest,
    services: ApiServices,
    page: PageNumber = None,
    per_page: PerPage = None,
    sort_by: SortBy = None,
    sort_direction: SortDirection = None,
    project_id: InProject = None,
    name: MediaName = None,
    hashed_id: MediaHashedId = None,
    kind: MediaKind = None,
) -> list[MediaAnswer]:
    """The account's medias."""
    project = catalog.project_asked_for(request, services, project_id, word=_WORD)
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
    request: AnyRequest, services: ApiServices, data: JSONBody[NewMedia]
) -> MediaAnswer:
    """Make a media before its first beacon."""
    return _one_media(request, services, catalog.create_media(request, services, data))


@get("/medias/{media_id:str}", guards=_READ, sync_to_thread=True)
def media_show(request: AnyRequest, services: ApiServices, media_id: FromPath[str]) -> MediaAnswer:
    """A media."""
    return _one_media(request, services, find_media(request, services, media_id))


@put("/medias/{media_id:str}", guards=_WRITE, sync_to_thread=True)
def media_change(
    request: AnyRequest, services: ApiServices, media_id: FromPath[str], data: JSONBody[MediaBody]
) -> MediaAnswer:
    """Change a media, or move it into another project; what is left out stays as it is."""
    return _one_media(request, services, catalog.change_media(request, services, media_id, data))


@delete("/medias/{media_id:str}", guards=_WRITE, status_code=200, sync_to_thread=True)
def media_delete(
    request: AnyRequest, services: ApiServices, media_id: FromPath[str]
) -> MediaAnswer:
    """Delete a media; its sessions stay in the account's numbers."""
    return _one_media(request, services, catalog.delete_media(request, services, media_id))


@get("/medias/{media_id:str}/stats", guards=_READ, sync_to_thread=True)
def media_stats(
    request: AnyRequest, services: ApiServices, media_id: FromPath[str]
) -> MediaWithStats:
    """A media's aggregated stats."""
    media = find_media(request, services, media_id)
    found = catalog.aggregates(request, services, media)
    stats = AggregatedStats(**asdict(found))
    return MediaWithStats(media.id, media.hashed_id, media.name, stats)


CATALOG_V1 = Router(
    "/v1",
    route_handlers=[
        account_show,
        project_list,
        project_create,
        project_show,
        project_change,
        project_delete,
        media_list,
        media_create,
        media_show,
        media_change,
        media_delete,
        media_stats,
    ],
    request_class=FieldsRequest,
)


def _project(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "hashed_id": project.hashed_id,
        "also_hashed_id": project.hashed_id,
        "name": project.name,
        "description": project.description,
        "media_count": project.media_count,
        "created": utc_text(project.created_ms),
        "updated": utc_text(project.updated_ms),
    }


def _medias(request: AnyRequest, services: Services, found: list[Media]) -> list[MediaAnswer]:
    server = services.url_of(request)
    lengths = catalog.seconds_of(request, services, found)
    return [_media(media, seconds, server) for media, seconds in zip(found, lengths, strict=True)]


def _one_media(request: AnyRequest, services: Services, media: Media) -> MediaAnswer:
    return _medias(request, services, [media])[0]


def _media(media: Media, seconds: float | None, server: str) -> MediaAnswer:
    project = media.project
    return MediaAnswer(
        id=media.id,
        hashed_id=media.hashed_id,
        name=media.name,
        type=media.type,
        description=media.description,
        created=utc_text(media.created_ms),
        updated=utc_text(media.updated_ms),
        thumbnail=thumbnail_of(media.thumbnail_url, server),
        duration=UNSET if seconds is None else seconds,
        project=ProjectOfMedia(project.id, project.name, project.hashed_id) if project else UNSET,
    )
