"""Managing an account: its settings and its API tokens."""

import re
from typing import Annotated, Any

from litestar import Request, Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from playhead.api.auth import caller_of, requires
from playhead.api.errors import bad_parameter, not_found
from playhead.api.manage_users import (
    read_id,
    user_change,
    user_create,
    user_list,
    user_remove,
)
from playhead.api.services import ApiServices, Services
from playhead.api.times import utc_text
from playhead.catalog import (
    Account,
    AccountChange,
    AddressMode,
    BadOriginError,
    NoBeaconSecretError,
    Scope,
    Token,
    UnknownTimeZoneError,
    clean_origin,
    clean_text,
)

AnyRequest = Request[Any, Any, Any]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Zone = Annotated[str, Meta(min_length=1, max_length=64)]
Addresses = Annotated[str, Meta(pattern=r"^(whole|truncated|none)\Z")]
ScopeName = Annotated[str, Meta(pattern=r"^(read|write|admin)\Z")]
# Decoded by us, because the framework would take 1 and "true" for it as well.
Flag = Annotated[Any, Meta(extra_json_schema={"type": "boolean"})]
Hosts = Annotated[list[Annotated[str, Meta(max_length=253)]], Meta(max_length=100)]
Origins = Annotated[list[Annotated[str, Meta(max_length=300)]], Meta(max_length=100)]

_HOST = re.compile(r"(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")

_READ = [requires(Scope.READ)]
_ADMIN = [requires(Scope.ADMIN)]


class ManagedAccount(Struct):
    """An account's settings; ``public_token`` opens its heatmaps and nothing else.

    ``tracker_path`` is where this server has the tracker, for the tag that goes into pages.
    """

    key: str
    name: str
    timezone: str
    address_mode: AddressMode
    registers_medias: bool
    allowed_domains: tuple[str, ...]
    cors_origins: tuple[str, ...]
    public_token: str
    tracker_path: str
    signed_beacons: bool


class AccountBody(Struct):
    """Body that changes an account; what is left out stays."""

    name: Name | UnsetType = UNSET
    timezone: Zone | UnsetType = UNSET
    address_mode: Addresses | UnsetType = UNSET
    registers_medias: Flag = UNSET
    allowed_domains: Hosts | UnsetType = UNSET
    cors_origins: Origins | UnsetType = UNSET
    signed_beacons: Flag = UNSET


class TokenBody(Struct):
    """Body that makes a token."""

    name: Name
    scopes: Annotated[list[ScopeName], Meta(min_length=1, max_length=3)]


class ManagedToken(Struct):
    """An API token; ``hint`` is the beginning of its secret."""

    id: int
    name: str
    hint: str
    scopes: tuple[Scope, ...]
    created: str
    revoked: str | None


class NewToken(ManagedToken):
    """A token that was just made, with its secret, which is told this once."""

    secret: str


@get("/account", guards=_READ)
async def managed_account(request: AnyRequest, services: ApiServices) -> ManagedAccount:
    """The account's settings."""
    return _account(services, caller_of(request).account)


@patch("/account", guards=_ADMIN, sync_to_thread=True)
def managed_account_change(
    request: AnyRequest, services: ApiServices, data: JSONBody[AccountBody]
) -> ManagedAccount:
    """Change the account's settings; what is left out stays as it is.

    The collector follows within about a second.
    """
    if data.name is not UNSET:
        _refuse_blank(data.name)
    for flag in ("registers_medias", "signed_beacons"):
        given = getattr(data, flag)
        if given is not UNSET and not isinstance(given, bool):
            raise bad_parameter(flag, "expected true or false")
    if data.allowed_domains is not UNSET:
        _refuse_bad_hosts(data.allowed_domains)
    change = AccountChange(
        name=data.name,
        timezone=data.timezone,
        address_mode=AddressMode(data.address_mode) if data.address_mode else UNSET,
        registers_medias=data.registers_medias,
        allowed_domains=data.allowed_domains,
        cors_origins=_origins(data.cors_origins) if data.cors_origins is not UNSET else UNSET,
        signed_beacons=data.signed_beacons,
    )
    account = caller_of(request).account
    try:
        changed = services.catalog.accounts.change(account.key, change)
    except (UnknownTimeZoneError, NoBeaconSecretError) as error:
        raise bad_parameter(*str(error).split(": ", 1)) from None
    return _account(services, changed or account)


@get("/tokens", guards=_ADMIN, sync_to_thread=True)
def token_list(request: AnyRequest, services: ApiServices) -> list[ManagedToken]:
    """The account's API tokens, oldest first, the revoked ones too."""
    return [_token(one) for one in services.catalog.tokens.list(caller_of(request).account.id)]


@post(
    "/tokens",
    guards=_ADMIN,
    sync_to_thread=True,
    response_headers={"Cache-Control": "no-store"},
)
def token_create(request: AnyRequest, services: ApiServices, data: JSONBody[TokenBody]) -> NewToken:
    """Make an API token. Its secret is told this once; only its hash is kept."""
    _refuse_blank(data.name)
    scopes = [scope for scope in Scope if scope.value in data.scopes]
    account = caller_of(request).account
    made, secret = services.catalog.tokens.create(account.id, data.name, scopes)
    told = _token(made)
    return NewToken(told.id, told.name, told.hint, told.scopes, told.created, told.revoked, secret)


@delete("/tokens/{token_id:str}", guards=_ADMIN, status_code=200, sync_to_thread=True)
def token_revoke(
    request: AnyRequest, services: ApiServices, token_id: FromPath[str]
) -> ManagedToken:
    """Revoke an API token, at once and for good; also the one that the request carries."""
    number = read_id(token_id)
    account = caller_of(request).account
    ended = services.catalog.tokens.end(account.id, number) if number else None
    if ended is None:
        raise not_found("token", token_id)
    return _token(ended)


MANAGE = Router(
    "/manage",
    route_handlers=[
        managed_account,
        managed_account_change,
        token_list,
        token_create,
        token_revoke,
        user_list,
        user_create,
        user_change,
        user_remove,
    ],
)


def _refuse_blank(name: str) -> None:
    if not clean_text(name, len(name)).strip():
        raise bad_parameter("name", "is empty")


def _refuse_bad_hosts(given: list[str]) -> None:
    for number, host in enumerate(given):
        if not _HOST.fullmatch(host):
            raise bad_parameter(
                f"allowed_domains[{number}]",
                f"{host[:80]!r} is not a host (use www.example.com or *.example.com)",
            )


def _origins(given: list[str]) -> list[str]:
    cleaned = []
    for number, origin in enumerate(given):
        try:
            cleaned.append(clean_origin(origin))
        except BadOriginError as error:
            what = str(error).partition(": ")[2]
            raise bad_parameter(f"cors_origins[{number}]", what) from None
    return cleaned


def _account(services: Services, account: Account) -> ManagedAccount:
    return ManagedAccount(
        key=account.key,
        name=account.name,
        timezone=account.timezone,
        address_mode=account.address_mode,
        registers_medias=account.registers_medias,
        allowed_domains=account.allowed_domains,
        cors_origins=account.cors_origins,
        public_token=account.public_token,
        tracker_path=services.tracker_path,
        signed_beacons=account.signed_beacons,
    )


def _token(token: Token) -> ManagedToken:
    return ManagedToken(
        id=token.id,
        name=token.name,
        hint=token.hint,
        scopes=token.scopes,
        created=utc_text(token.created_ms),
        revoked=utc_text(token.revoked_ms) if token.revoked_ms else None,
    )
