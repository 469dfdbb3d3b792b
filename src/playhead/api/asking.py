"""The seven questions of the seed, asked the same way under both bases."""

from collections.abc import Sequence

from playhead.api.auth import Connection, caller_of
from playhead.api.finding import find_media, find_project
from playhead.api.parameters import read_days
from playhead.api.services import Services
from playhead.catalog import Project
from playhead.stats import (
    DayStats,
    Engagement,
    MediaStats,
    Scope,
    Sums,
    by_date,
    engagement,
    media_stats,
    sums,
)


def ask_account(request: Connection, services: Services) -> Sums:
    """All sessions of the account."""
    return sums(services.questions, account_scope(request))


def ask_project(request: Connection, services: Services, project_id: str) -> tuple[Sums, int]:
    """All sessions of the medias that the project has now, and how many medias those are."""
    project = find_project(request, services, project_id)
    return sums(services.questions, _scope_of(request, services, project)), project.media_count


def ask_media(request: Connection, services: Services, media_id: str) -> MediaStats:
    """All sessions of a media."""
    media = find_media(request, services, media_id)
    return media_stats(services.questions, caller_of(request).account.id, media.hashed_id)


def ask_engagement(request: Connection, services: Services, media_id: str) -> Engagement:
    """A media's engagement graph."""
    media = find_media(request, services, media_id)
    return engagement(
        services.questions, caller_of(request).account.id, media.hashed_id, media.duration
    )


def ask_days(
    request: Connection,
    services: Services,
    scope: Scope,
    start_date: str | None,
    end_date: str | None,
) -> Sequence[DayStats]:
    """A scope's sessions, day by day, oldest first."""
    timezone = caller_of(request).account.timezone
    days = read_days(start_date, end_date, timezone)
    return by_date(services.questions, scope, days.first, days.last, timezone)


def account_scope(request: Connection) -> Scope:
    """All of the account."""
    return Scope(caller_of(request).account.id)


def project_scope(request: Connection, services: Services, project_id: str) -> Scope:
    """The medias that a project has now."""
    return _scope_of(request, services, find_project(request, services, project_id))


def media_scope(request: Connection, services: Services, media_id: str) -> Scope:
    """One media."""
    media = find_media(request, services, media_id)
    return Scope(caller_of(request).account.id, (media.hashed_id,))


def _scope_of(request: Connection, services: Services, project: Project) -> Scope:
    medias = services.catalog.projects.medias_of(project.id)
    return Scope(caller_of(request).account.id, medias)
