"""Managing the users of an account."""

import asyncio
import re
from typing import Annotated, Any

from litestar import Request, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from playhead.api.auth import caller_of, requires
from playhead.api.errors import bad_parameter, not_found
from playhead.api.services import ApiServices
from playhead.api.session import NewPassword, refuse_bad_password
from playhead.api.times import utc_text
from playhead.catalog import (
    BadEmailError,
    EmailTakenError,
    LastAdminError,
    Role,
    Scope,
    User,
    UserChange,
    clean_email,
)

AnyRequest = Request[Any, Any, Any]
UserName = Annotated[str, Meta(max_length=200)]
RoleName = Annotated[str, Meta(pattern=r"^(viewer|editor|admin)\Z")]
Email = Annotated[str, Meta(max_length=1000)]

_ADMIN = [requires(Scope.ADMIN)]
_MOST_BYTES = 32 * 1024
_ID = re.compile(r"[0-9]{1,15}")


class UserBody(Struct):
    """Body that makes a user."""

    email: Email
    password: NewPassword
    name: UserName = ""
    role: RoleName = "viewer"


class UserChangeBody(Struct):
    """Body that changes a user; what is left out stays."""

    name: UserName | UnsetType = UNSET
    role: RoleName | UnsetType = UNSET
    password: NewPassword | UnsetType = UNSET


class ManagedUser(Struct):
    """A user of the account; ``last_seen`` is the last use, to the minute."""

    id: int
    email: str
    name: str
    role: Role
    created: str
    last_seen: str | None


@get("/users", guards=_ADMIN, sync_to_thread=True)
def user_list(request: AnyRequest, services: ApiServices) -> list[ManagedUser]:
    """The account's users, oldest first."""
    return [_user(one) for one in services.catalog.users.list(caller_of(request).account.id)]


@post("/users", guards=_ADMIN, request_max_body_size=_MOST_BYTES)
async def user_create(
    request: AnyRequest, services: ApiServices, data: JSONBody[UserBody]
) -> ManagedUser:
    """Make a user, who can sign in at once."""
    refuse_bad_password(data.password)
    try:
        # Before the password, whose hash costs.
        email = clean_email(data.email)
        hashed = await services.passwords.hash(data.password)
        account = caller_of(request).account
        made = await asyncio.to_thread(
            services.catalog.users.create, account.id, email, hashed, data.name, Role(data.role)
        )
    except (BadEmailError, EmailTakenError) as error:
        raise bad_parameter("email", str(error)) from None
    return _user(made)


@patch("/users/{user_id:str}", guards=_ADMIN, request_max_body_size=_MOST_BYTES)
async def user_change(
    request: AnyRequest,
    services: ApiServices,
    user_id: FromPath[str],
    data: JSONBody[UserChangeBody],
) -> ManagedUser:
    """Change a user. A new password signs the user out of every browser but the one that asks."""
    user = await _known(request, services, user_id)
    caller = caller_of(request)
    change = UserChange(name=data.name, role=Role(data.role) if data.role else UNSET)
    if data.password is not UNSET:
        refuse_bad_password(data.password)
        change.password_hash = await services.passwords.hash(data.password)
    keep = caller.sign_in.id if caller.sign_in else None
    try:
        changed = await asyncio.to_thread(
            services.catalog.users.change, user.account_id, user.id, change, keep=keep
        )
    except LastAdminError as error:
        raise bad_parameter("role", str(error)) from None
    if changed is None:
        raise not_found("user", user_id)
    return _user(changed)


@delete("/users/{user_id:str}", guards=_ADMIN, status_code=200)
async def user_remove(
    request: AnyRequest, services: ApiServices, user_id: FromPath[str]
) -> ManagedUser:
    """Remove a user, who is signed out at once. Nobody removes themselves."""
    user = await _known(request, services, user_id)
    caller = caller_of(request)
    if caller.sign_in and caller.sign_in.user.id == user.id:
        raise bad_parameter("user", "nobody removes themselves (ask another admin)")
    try:
        removed = await asyncio.to_thread(services.catalog.users.remove, user.account_id, user.id)
    except LastAdminError as error:
        raise bad_parameter("user", str(error)) from None
    if removed is None:
        raise not_found("user", user_id)
    return _user(removed)


def read_id(given: str) -> int | None:
    """The numeric id that a part of an address is; None: it is none."""
    return int(given) if _ID.fullmatch(given) else None


async def _known(request: AnyRequest, services: ApiServices, user_id: str) -> User:
    number = read_id(user_id)
    account = caller_of(request).account
    found = (
        await asyncio.to_thread(services.catalog.users.get, account.id, number) if number else None
    )
    if found is None:
        raise not_found("user", user_id)
    return found


def _user(user: User) -> ManagedUser:
    return ManagedUser(
        id=user.id,
        email=user.email,
        name=user.name,
        role=user.role,
        created=utc_text(user.created_ms),
        last_seen=utc_text(user.last_seen_ms) if user.last_seen_ms else None,
    )
