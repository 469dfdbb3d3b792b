"""Projects: named groups of medias."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from playhead.catalog.database import Database
from playhead.catalog.names import clean_text, new_hashed_id, now_ms
from playhead.catalog.ordering import Order, id_is
from playhead.catalog.records import Project
from playhead.catalog.tables import MediaRow, ProjectRow


class Projects:
    """Makes, changes, deletes and finds projects, always within one account."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, account_id: int, *, name: str, description: str = "") -> Project:
        """Make a project with a new hashed id."""
        now = now_ms()
        hashed_id = new_hashed_id()
        row = ProjectRow(
            account_id=account_id,
            hashed_id=hashed_id,
            name=clean_text(name, 500) or hashed_id,
            description=clean_text(description, 10_000),
            created_ms=now,
            updated_ms=now,
        )
        with self._database.write() as session:
            session.add(row)
            session.flush()
            return _project(session, row)

    def find(self, account_id: int, project_id: str) -> Project | None:
        """The project with this hashed or numeric id, unless it was deleted."""
        with self._database.read() as session:
            row = find_project_row(session, account_id, project_id)
            return _project(session, row) if row else None

    def change(
        self,
        account_id: int,
        project_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
    ) -> Project | None:
        """Change what is given and leave the rest. None: there is no such project."""
        with self._database.write() as session:
            row = find_project_row(session, account_id, project_id)
            if row is None:
                return None
            if name is not None:
                row.name = clean_text(name, 500) or row.name
            if description is not None:
                row.description = clean_text(description, 10_000)
            row.updated_ms = now_ms()
            return _project(session, row)

    def delete(self, account_id: int, project_id: str) -> Project | None:
        """Delete a project; its medias stay, in no project. None: there is no such project."""
        with self._database.write() as session:
            row = find_project_row(session, account_id, project_id)
            if row is None:
                return None
            deleted, now = _project(session, row), now_ms()
            # Of two who delete it at once, one does.
            marked = session.scalar(
                update(ProjectRow)
                .where(ProjectRow.id == row.id, ProjectRow.deleted_ms.is_(None))
                .values(deleted_ms=now)
                .returning(ProjectRow.id)
            )
            if marked is None:
                return None
            session.execute(
                update(MediaRow)
                .where(MediaRow.project_id == row.id)
                .values(project_id=None, updated_ms=now)
            )
            return deleted

    def ids(self, account_id: int, order: Order, *, above: int = 0) -> Sequence[int]:
        """The numeric ids of all projects, of those greater than ``above``."""
        with self._database.read() as session:
            return session.scalars(
                select(ProjectRow.id)
                .where(
                    ProjectRow.account_id == account_id,
                    ProjectRow.deleted_ms.is_(None),
                    ProjectRow.id > above,
                )
                .order_by(*order.of(ProjectRow))
            ).all()

    def some(self, account_id: int, ids: Sequence[int]) -> list[Project]:
        """Those of the projects that are still there, in the order of their numeric ids' list."""
        with self._database.read() as session:
            rows = session.scalars(
                select(ProjectRow).where(
                    ProjectRow.account_id == account_id,
                    ProjectRow.deleted_ms.is_(None),
                    ProjectRow.id.in_(ids),
                )
            )
            found = {project.id: project for project in _projects(session, rows.all())}
        return [found[number] for number in ids if number in found]

    def count(self, account_id: int) -> int:
        """How many projects the account has now."""
        with self._database.read() as session:
            return session.scalars(
                select(func.count())
                .select_from(ProjectRow)
                .where(ProjectRow.account_id == account_id, ProjectRow.deleted_ms.is_(None))
            ).one()

    def medias_of(self, project_id: int) -> tuple[str, ...]:
        """The hashed ids of the medias that the project has now."""
        with self._database.read() as session:
            return tuple(
                session.scalars(
                    select(MediaRow.hashed_id).where(
                        MediaRow.project_id == project_id, MediaRow.deleted_ms.is_(None)
                    )
                )
            )

    def groups(self, account_id: int) -> list[tuple[str, str, tuple[str, ...]]]:
        """Every project: its hashed id, its name, and the hashed ids of the medias it has now."""
        with self._database.read() as session:
            rows = session.execute(
                select(ProjectRow.hashed_id, ProjectRow.name, MediaRow.hashed_id)
                .join(MediaRow, MediaRow.project_id == ProjectRow.id)
                .where(
                    ProjectRow.account_id == account_id,
                    ProjectRow.deleted_ms.is_(None),
                    MediaRow.deleted_ms.is_(None),
                )
                .order_by(ProjectRow.id)
            )
            medias: dict[tuple[str, str], list[str]] = {}
            for project, name, media in rows:
                medias.setdefault((project, name), []).append(media)
        return [(project, name, tuple(members)) for (project, name), members in medias.items()]


def find_project_row(session: Session, account_id: int, project_id: str) -> ProjectRow | None:
    """The row of the project with this hashed or numeric id, unless it was deleted."""
    return session.scalar(
        select(ProjectRow).where(
            ProjectRow.account_id == account_id,
            ProjectRow.deleted_ms.is_(None),
            id_is(ProjectRow.id.expression, ProjectRow.hashed_id.expression, project_id),
        )
    )


def _project(session: Session, row: ProjectRow) -> Project:
    (project,) = _projects(session, [row])
    return project


def _projects(session: Session, rows: Sequence[ProjectRow]) -> Iterable[Project]:
    """Projects as they are handed out, the medias of all of them counted at once."""
    medias = dict(
        session.execute(
            select(MediaRow.project_id, func.count())
            .where(MediaRow.project_id.in_([row.id for row in rows]), MediaRow.deleted_ms.is_(None))
            .group_by(MediaRow.project_id)
        ).all()
    )
    for row in rows:
        yield Project(
            id=row.id,
            hashed_id=row.hashed_id,
            name=row.name,
            description=row.description,
            created_ms=row.created_ms,
            updated_ms=row.updated_ms,
            media_count=medias.get(row.id, 0),
        )
