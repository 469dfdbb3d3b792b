"""What a path names, found within the caller's account only."""

from playhead.api.auth import Connection, caller_of
from playhead.api.errors import not_found
from playhead.api.services import Services
from playhead.catalog import Media, Project


def find_project(
    request: Connection, services: Services, project_id: str, *, word: str = "project"
) -> Project:
    """The project with this hashed or numeric id; ``word`` is what its base calls it.

    Raises:
        ApiError: 404, not in this account.
    """
    found = services.catalog.projects.find(caller_of(request).account.id, project_id)
    if found is None:
        raise not_found(word, project_id)
    return found


def find_media(request: Connection, services: Services, media_id: str) -> Media:
    """The media with this hashed or numeric id.

    Raises:
        ApiError: 404, not in this account.
    """
    found = services.catalog.medias.find(caller_of(request).account.id, media_id)
    if found is None:
        raise not_found("media", media_id)
    return found
