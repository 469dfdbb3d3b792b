"""Projects: named groups of medias."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from playhead.catalog.database import Database
from playhead.catalog.names import clean_text, new_hashed_id, now_ms
from playhead.catalog.records import Project
from playhead.catalog.tables import MediaRow, ProjectRow


class Projects:
    """Makes, changes and finds projects, always within one account."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, account_id: int, *, name: str, description: str = "") -> Project:
        """Make a project with a new hashed id."""
        now = now_ms()
        row = ProjectRow(
            account_id=account_id,
            hashed_id=new_hashed_id(),
            name=clean_text(name, 500),
            description=clean_text(description, 10_000),
            created_ms=now,
            updated_ms=now,
        )
        with self._database.write() as session:
            session.add(row)
            session.flush()
            return project_record(session, row)

    def find(self, account_id: int, project_id: str) -> Project | None:
        """The project with this hashed or numeric id."""
        with self._database.read() as session:
            row = find_project_row(session, account_id, project_id)
            return project_record(session, row) if row else None

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
                row.name = clean_text(name, 500)
            if description is not None:
                row.description = clean_text(description, 10_000)
            row.updated_ms = now_ms()
            return project_record(session, row)

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


def id_is(
    column: ColumnElement[int], hashed: ColumnElement[str], given: str
) -> ColumnElement[bool]:
    """Match a path's ``<id>``: digits are the numeric id, all else is the hashed id."""
    if given.isascii() and given.isdigit():
        # Past 18 digits no id exists and some databases would refuse the number.
        return column == (int(given) if len(given) <= 18 else -1)
    return hashed == given


def find_project_row(session: Session, account_id: int, project_id: str) -> ProjectRow | None:
    """The row of the project with this hashed or numeric id."""
    return session.scalar(
        select(ProjectRow).where(
            ProjectRow.account_id == account_id,
            id_is(ProjectRow.id.expression, ProjectRow.hashed_id.expression, project_id),
        )
    )


def project_record(session: Session, row: ProjectRow) -> Project:
    """The project as it is handed out, its medias counted."""
    count = session.scalar(
        select(func.count())
        .select_from(MediaRow)
        .where(MediaRow.project_id == row.id, MediaRow.deleted_ms.is_(None))
    )
    return Project(
        id=row.id,
        hashed_id=row.hashed_id,
        name=row.name,
        description=row.description,
        created_ms=row.created_ms,
        updated_ms=row.updated_ms,
        media_count=count or 0,
    )
