"""What both bases do with the account, its projects and its medias; they differ in names only."""

import contextlib
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from msgspec import UNSET, Struct

from playhead.api.auth import Connection, caller_of
from playhead.api.errors import ApiError, bad_parameter, not_found
from playhead.api.fields import (
    MediaBody,
    NewMedia,
    NewModernMedia,
    NewProject,
    ProjectChange,
    media_change,
)
from playhead.api.finding import find_project
from playhead.api.parameters import MEDIA_KINDS, MOST_OF_A_PROJECT, Page, read_order, read_page
from playhead.api.services import Services
from playhead.catalog import (
    HashedIdTakenError,
    Media,
    MediaFilter,
    Order,
    Project,
    UnknownProjectError,
)
from playhead.stats import media_stats
from playhead.store import StoreUnavailableError


class Sizes(Struct, frozen=True):
    """How much an account has."""

    projects: int
    medias: int


class Aggregates(Struct, frozen=True):
    """Sums over all sessions of a media; percentages are whole numbers from 0 to 100."""

    page_loads: int
    visitors: int
    percent_of_visitors_clicking_play: int
    plays: int
    average_percent_watched: int


def sizes(request: Connection, services: Services) -> Sizes:
    """How many projects and medias the account has now."""
    account = caller_of(request).account.id
    return Sizes(
        projects=services.catalog.projects.count(account),
        medias=services.catalog.medias.count(account),
    )


def list_projects(
    request: Connection,
    services: Services,
    page: str | None,
    per_page: str | None,
    sort_by: str | None,
    sort_direction: str | None,
) -> list[Project]:
    """A page of the account's projects.

    Raises:
        ApiError: 422, a bad parameter.
    """
    asked, order = read_page(page, per_page), read_order(sort_by, sort_direction)
    caller = caller_of(request)
    account, projects = caller.account.id, services.catalog.projects
    return services.catalog_readings.read(
        (caller.token_id, order, asked.size),
        asked,
        lambda above: projects.ids(account, order, above=above),
        lambda ids: projects.some(account, ids),
        grows=order.grows_at_its_end,
    )


def list_medias(
    request: Connection,
    services: Services,
    project: Project | None,
    page: str | None,
    per_page: str | None,
    sort_by: str | None,
    sort_direction: str | None,
    name: str | None,
    hashed_id: str | None,
    kind: str | None,
) -> list[Media]:
    """A page of the account's medias, or of a project's.

    Raises:
        ApiError: 422, a bad parameter.
    """
    asked, order = read_page(page, per_page), read_order(sort_by, sort_direction)
    if kind and kind not in MEDIA_KINDS:
        raise bad_parameter("type", f"{kind[:80]!r} is not known (use Video or Audio)")
    which = MediaFilter(
        project=project.id if project else None,
        name=name or None,
        hashed_id=hashed_id or None,
        type=kind or None,
    )
    return _page_of_medias(request, services, which, asked, order)


def list_medias_of(
    request: Connection,
    services: Services,
    project: Project,
    page: str | None,
    per_page: str | None,
    sort_by: str | None,
    sort_direction: str | None,
) -> list[Media]:
    """A page of what is shown with a project: more at once than in other lists.

    Raises:
        ApiError: 422, a bad parameter.
    """
    asked = read_page(page, per_page, default=MOST_OF_A_PROJECT, most=MOST_OF_A_PROJECT)
    order = read_order(sort_by, sort_direction)
    return _page_of_medias(request, services, MediaFilter(project.id), asked, order)


def create_project(request: Connection, services: Services, data: NewProject) -> Project:
    """Make a project."""
    return services.catalog.projects.create(
        caller_of(request).account.id, name=data.name, description=data.description or ""
    )


def change_project(
    request: Connection, services: Services, project_id: str, data: ProjectChange, *, word: str
) -> Project:
    """Change a project; ``word`` is what its base calls it.

    Raises:
        ApiError: 404, not in this account.
    """
    found = services.catalog.projects.change(
        caller_of(request).account.id,
        project_id,
        name=data.name if isinstance(data.name, str) else None,
        description=None if data.description is UNSET else data.description or "",
    )
    if found is None:
        raise not_found(word, project_id)
    return found


def delete_project(
    request: Connection, services: Services, project_id: str, *, word: str
) -> Project:
    """Delete a project; ``word`` is what its base calls it. Its medias stay.

    Raises:
        ApiError: 404, not in this account.
    """
    found = services.catalog.projects.delete(caller_of(request).account.id, project_id)
    if found is None:
        raise not_found(word, project_id)
    return found


def create_media(request: Connection, services: Services, data: NewMedia | NewModernMedia) -> Media:
    """Make a media.

    Raises:
        ApiError: 422, the id is taken, or there is no such project.
    """
    hashed_id = data.hashed_id if isinstance(data.hashed_id, str) else None
    try:
        return services.catalog.medias.create(
            caller_of(request).account.id, media_change(data), hashed_id=hashed_id
        )
    except HashedIdTakenError as error:
        raise bad_parameter("hashed_id", str(error)) from None
    except UnknownProjectError:
        raise _no_project(data) from None


def change_media(request: Connection, services: Services, media_id: str, data: MediaBody) -> Media:
    """Change a media, or move it.

    Raises:
        ApiError: 404, not in this account; 422, there is no such project.
    """
    try:
        found = services.catalog.medias.change(
            caller_of(request).account.id, media_id, media_change(data)
        )
    except UnknownProjectError:
        raise _no_project(data) from None
    if found is None:
        raise not_found("media", media_id)
    return found


def delete_media(request: Connection, services: Services, media_id: str) -> Media:
    """Delete a media; its sessions stay the account's.

    Raises:
        ApiError: 404, not in this account.
    """
    found = services.catalog.medias.delete(caller_of(request).account.id, media_id)
    if found is None:
        raise not_found("media", media_id)
    return found


def project_asked_for(
    request: Connection, services: Services, project_id: str | None, *, word: str
) -> Project | None:
    """The project that a list of medias is asked for, None for all.

    Raises:
        ApiError: 404, not in this account.
    """
    return find_project(request, services, project_id, word=word) if project_id else None


def seconds_of(
    request: Connection, services: Services, medias: Sequence[Media]
) -> list[float | None]:
    """The durations of some medias: set by hand, else the longest of their sessions, else None.

    A store that cannot answer is as if it knew nothing: what the catalog says, or has just
    changed, does not depend on it.
    """
    account = caller_of(request).account.id
    unset = [media.hashed_id for media in medias if media.duration is None]
    seen: dict[str, float] = {}
    if unset:
        with contextlib.suppress(StoreUnavailableError):
            seen = services.questions.longest_durations(account, unset)
    return [
        seen.get(media.hashed_id) if media.duration is None else media.duration for media in medias
    ]


def aggregates(request: Connection, services: Services, media: Media) -> Aggregates:
    """A media's aggregated stats (docs/numbers.md).

    Raises:
        StoreUnavailableError: there is no answer within the limits.
    """
    account = caller_of(request).account.id
    found = media_stats(services.questions, account, media.hashed_id)
    return Aggregates(
        page_loads=found.sums.loads,
        visitors=found.visitors,
        percent_of_visitors_clicking_play=_percent(found.play_rate),
        plays=found.sums.plays,
        average_percent_watched=_percent(found.engagement),
    )


def _page_of_medias(
    request: Connection, services: Services, which: MediaFilter, asked: Page, order: Order
) -> list[Media]:
    caller = caller_of(request)
    account, medias = caller.account.id, services.catalog.medias
    return services.catalog_readings.read(
        (caller.token_id, which, order, asked.size),
        asked,
        lambda above: medias.ids(account, which, order, above=above),
        lambda ids: medias.some(account, which, ids),
        grows=order.grows_at_its_end,
    )


def _percent(share: float) -> int:
    """A share as a whole percentage, half rounded up, as it is written and not as it is kept."""
    return int((Decimal(repr(share)) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def _no_project(data: MediaBody) -> ApiError:
    name, given = data.project()
    word = name.removesuffix("_id")
    return bad_parameter(name, f"no {word} {str(given)[:80]!r} in this account")
