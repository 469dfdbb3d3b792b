"""Erasing rows of the catalog, where deleting only marks them."""

from sqlalchemy import delete, select

from playhead.catalog.database import Database
from playhead.catalog.tables import (
    AccountRow,
    BeaconSecretRow,
    MediaRow,
    ProjectRow,
    SignInRow,
    Table,
    TokenRow,
    UserRow,
)


class CatalogErasing:
    """Each erases in one transaction. Raises CatalogUnavailableError: nothing was changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def media(self, account_id: int, hashed_id: str) -> bool:
        """Erase a media, also one that was deleted; whether there was one."""
        where = MediaRow.account_id == account_id, MediaRow.hashed_id == hashed_id
        with self._database.write() as session:
            gone = session.execute(delete(MediaRow).where(*where).returning(MediaRow.id)).all()
        self._database.shred(MediaRow, any_gone=bool(gone))
        return bool(gone)

    def account(self, account_id: int) -> None:
        """Erase an account with its users, tokens, projects and medias."""
        users = select(UserRow.id).where(UserRow.account_id == account_id)
        with self._database.write() as session:
            session.execute(delete(SignInRow).where(SignInRow.user_id.in_(users)))
            for owned in (UserRow, TokenRow, BeaconSecretRow, MediaRow, ProjectRow):
                session.execute(delete(owned).where(owned.account_id == account_id))
            session.execute(delete(AccountRow).where(AccountRow.id == account_id))
        tables: tuple[type[Table], ...] = (
            SignInRow,
            UserRow,
            TokenRow,
            BeaconSecretRow,
            MediaRow,
            ProjectRow,
            AccountRow,
        )
        for table in tables:
            self._database.shred(table, any_gone=True)
