"""The catalog: accounts, users, tokens, projects, medias and the secrets of cookieless visitors."""

from typing import Self

from playhead.catalog.accounts import (
    AccountChange,
    Accounts,
    BadOriginError,
    NoBeaconSecretError,
    UnknownTimeZoneError,
    clean_origin,
)
from playhead.catalog.beacon_secrets import BadBeaconSecretError, BeaconSecrets
from playhead.catalog.copying import CatalogCopy, Copied, CopyRefusedError
from playhead.catalog.database import CatalogUnavailableError, Database
from playhead.catalog.erasing import CatalogErasing
from playhead.catalog.exchange import (
    AccountRecord,
    CatalogRecords,
    ClashError,
    Exchange,
    MediaRecord,
    ProjectRecord,
)
from playhead.catalog.medias import (
    HashedIdTakenError,
    MediaChange,
    MediaFilter,
    Medias,
    UnknownProjectError,
)
from playhead.catalog.names import MEDIA_ID, clean_text
from playhead.catalog.opening import clock_of, open_engine
from playhead.catalog.ordering import Order, SortKey
from playhead.catalog.passwords import (
    BadPasswordError,
    check_password,
    hash_password,
    is_outdated,
    is_password,
)
from playhead.catalog.projects import Projects
from playhead.catalog.records import (
    Account,
    AddressMode,
    Media,
    MediaLabel,
    MediaType,
    Project,
    ProjectLabel,
    Role,
    Scope,
    SignIn,
    Token,
    User,
)
from playhead.catalog.secrets import VisitorSecrets
from playhead.catalog.sign_ins import LONGEST_S, SignIns
from playhead.catalog.tokens import Tokens
from playhead.catalog.turns import SettlingNotes, Turn
from playhead.catalog.users import (
    BadEmailError,
    EmailTakenError,
    LastAdminError,
    UserChange,
    Users,
    clean_email,
    same_email,
)

__all__ = [
    "LONGEST_S",
    "MEDIA_ID",
    "Account",
    "AccountChange",
    "AccountRecord",
    "AddressMode",
    "BadBeaconSecretError",
    "BadEmailError",
    "BadOriginError",
    "BadPasswordError",
    "Catalog",
    "CatalogCopy",
    "CatalogErasing",
    "CatalogRecords",
    "CatalogUnavailableError",
    "ClashError",
    "Copied",
    "CopyRefusedError",
    "EmailTakenError",
    "Exchange",
    "HashedIdTakenError",
    "LastAdminError",
    "Media",
    "MediaChange",
    "MediaFilter",
    "MediaLabel",
    "MediaRecord",
    "MediaType",
    "NoBeaconSecretError",
    "Order",
    "Project",
    "ProjectLabel",
    "ProjectRecord",
    "Role",
    "Scope",
    "SettlingNotes",
    "SignIn",
    "SortKey",
    "Token",
    "Turn",
    "UnknownProjectError",
    "UnknownTimeZoneError",
    "User",
    "UserChange",
    "check_password",
    "clean_email",
    "clean_origin",
    "clean_text",
    "clock_of",
    "hash_password",
    "is_outdated",
    "is_password",
    "same_email",
]


class Catalog:
    """One open catalog. Every call is one transaction and may come from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.accounts = Accounts(database)
        self.tokens = Tokens(database)
        self.beacon_secrets = BeaconSecrets(database)
        self.users = Users(database)
        self.sign_ins = SignIns(database)
        self.projects = Projects(database)
        self.medias = Medias(database)
        self.exchange = Exchange(database)
        self.visitor_secrets = VisitorSecrets(database)
        self.erasing = CatalogErasing(database)
        self.copying = CatalogCopy(database)
        self.turn = Turn(database)
        self.settling_notes = SettlingNotes(database)

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the catalog at a SQLAlchemy URL, its schema brought up to date.

        Raises:
            CatalogUnavailableError: it cannot be opened.
        """
        return cls(Database(open_engine(url)))

    def version(self) -> object:
        """Changes with every commit to the catalog, whoever made it. Call from one thread.

        At once, but on PostgreSQL within a second when it was another process.
        """
        return self._database.version()

    def close(self) -> None:
        """Give back every connection."""
        self.turn.give_up()
        self._database.close()
