"""What the catalog hands out: plain, frozen values that hold no connection."""

from enum import StrEnum
from typing import Final

from msgspec import Struct


class AddressMode(StrEnum):
    """How much of a visitor's address an account keeps (design.md, Promises)."""

    WHOLE = "whole"
    TRUNCATED = "truncated"
    NONE = "none"


class Scope(StrEnum):
    """What a token allows (contract/stats-api.md, Authentication)."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class Role(StrEnum):
    """What a user may do in the account."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What the role allows, in the words of tokens."""
        return _SCOPES_OF[self]


_SCOPES_OF: Final = {
    Role.VIEWER: (Scope.READ,),
    Role.EDITOR: (Scope.READ, Scope.WRITE),
    Role.ADMIN: (Scope.READ, Scope.WRITE, Scope.ADMIN),
}


class Account(Struct, frozen=True):
    """A tenant.

    ``public_token`` opens its heatmaps and nothing else, so it may stand in pages.
    ``cors_origins`` are the origins whose scripts may read the API, ``*`` for all. ``keep_days``
    is how long sessions are kept, 0: for ever. ``signed_beacons``: beacons are only taken with a
    key that the account's own server has signed.
    """

    id: int
    key: str
    name: str
    timezone: str
    address_mode: AddressMode
    registers_medias: bool
    allowed_domains: tuple[str, ...]
    public_token: str
    cors_origins: tuple[str, ...]
    keep_days: int = 0
    signed_beacons: bool = False


class Token(Struct, frozen=True):
    """An API token, without its secret. ``hint`` is the secret's first characters."""

    id: int
    account_id: int
    hint: str
    name: str
    scopes: tuple[Scope, ...]
    created_ms: int
    revoked_ms: int | None


class User(Struct, frozen=True):
    """A person who signs in to an account, without the password.

    ``last_seen_ms`` is the last use, to the minute; None before the first one.
    """

    id: int
    account_id: int
    email: str
    name: str
    role: Role
    created_ms: int
    last_seen_ms: int | None


class SignIn(Struct, frozen=True):
    """A browser in which a user is signed in, without the secret of its cookie."""

    id: int
    user: User
    account: Account
    started_ms: int
    used_ms: int


class Project(Struct, frozen=True):
    """A named group of medias; ``media_count`` counts those that it has now."""

    id: int
    hashed_id: str
    name: str
    description: str
    created_ms: int
    updated_ms: int
    media_count: int


class ProjectLabel(Struct, frozen=True):
    """What a media says of the project that it is in."""

    id: int
    hashed_id: str
    name: str


class MediaType(StrEnum):
    """What a media is, in the words of the API."""

    VIDEO = "Video"
    AUDIO = "Audio"


class MediaLabel(Struct, frozen=True):
    """What to show of a media beside one of its sessions."""

    name: str
    url: str
    thumbnail_url: str


class Media(Struct, frozen=True):
    """One video or audio. ``duration`` in seconds, None unless set by hand."""

    id: int
    hashed_id: str
    type: MediaType
    name: str
    description: str
    duration: float | None
    url: str
    thumbnail_url: str
    created_ms: int
    updated_ms: int
    project: ProjectLabel | None
