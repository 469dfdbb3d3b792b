"""The tables of the catalog: the small relational truth about accounts, users and medias.

Times are integers, milliseconds since 1970 (UTC), in every column that ends in ``_ms``.
"""

from typing import ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# SQLite numbers rows by itself only in a column declared INTEGER.
_Id = BigInteger().with_variant(Integer, "sqlite")
# Lists by name compare letter by letter, whatever language the database speaks.
_Name = String(500).with_variant(String(500, collation="C"), "postgresql")


class Table(DeclarativeBase):
    """What all tables have in common."""

    type_annotation_map: ClassVar = {int: BigInteger, list[str]: JSON}
    # Constraints with names can be changed by a later migration on every database.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class AccountRow(Table):
    """A tenant."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    timezone: Mapped[str] = mapped_column(String(64))
    address_mode: Mapped[str] = mapped_column(String(16))
    registers_medias: Mapped[bool]
    allowed_domains: Mapped[list[str]]
    public_token: Mapped[str] = mapped_column(String(64))
    cors_origins: Mapped[list[str]]
    keep_days: Mapped[int]
    signed_beacons: Mapped[bool]
    created_ms: Mapped[int]


class BeaconSecretRow(Table):
    """A secret with which an account's own server signs; kept whole, to check what it signed."""

    __tablename__ = "beacon_secrets"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    secret: Mapped[str] = mapped_column(String(200))
    created_ms: Mapped[int]


class TokenRow(Table):
    """An API token; only the hash of its secret is kept."""

    __tablename__ = "tokens"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    hint: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(200))
    scopes: Mapped[list[str]]
    created_ms: Mapped[int]
    revoked_ms: Mapped[int | None]


class UserRow(Table):
    """A person who signs in; only the hash of the password is kept."""

    __tablename__ = "users"
    # No id is given twice: what is remembered of a removed one must not be another's.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(255))
    created_ms: Mapped[int]
    last_seen_ms: Mapped[int | None]


class SignInRow(Table):
    """A browser in which a user is signed in; only the hash of its cookie's secret is kept."""

    __tablename__ = "sign_ins"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    started_ms: Mapped[int]
    used_ms: Mapped[int]


class ProjectRow(Table):
    """A named group of medias. A deleted one keeps its row, so that nothing gets its id again."""

    __tablename__ = "projects"
    __table_args__ = (UniqueConstraint("account_id", "hashed_id"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    hashed_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(_Name)
    description: Mapped[str]
    created_ms: Mapped[int]
    updated_ms: Mapped[int]
    deleted_ms: Mapped[int | None]


class MediaRow(Table):
    """One video or audio. A deleted one keeps its row, so that its sessions keep their media."""

    __tablename__ = "medias"
    __table_args__ = (
        UniqueConstraint("account_id", "hashed_id"),
        Index("ix_medias_project", "project_id"),
    )

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    hashed_id: Mapped[str] = mapped_column(String(64))
    type: Mapped[str] = mapped_column(String(32))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    name: Mapped[str] = mapped_column(_Name)
    description: Mapped[str]
    duration: Mapped[float | None]
    url: Mapped[str]
    thumbnail_url: Mapped[str]
    created_ms: Mapped[int]
    updated_ms: Mapped[int]
    deleted_ms: Mapped[int | None]


class VisitorSecretRow(Table):
    """The secret of one UTC day, from which cookieless visitor keys are derived."""

    __tablename__ = "visitor_secrets"

    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    secret: Mapped[bytes] = mapped_column(LargeBinary(32))


class SettlingNoteRow(Table):
    """Sessions that had settled and were heard again, for the process that settles."""

    __tablename__ = "settling_notes"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
