"""Signing in to the dashboard, and out of it."""

import asyncio
from http import HTTPStatus
from typing import Annotated, Any

from litestar import Request, Response, Router, delete, get, post, put
from litestar.handlers import BaseRouteHandler
from litestar.params import JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from playhead.api.auth import RequiresSignIn, caller_of, carries_token, signed_in
from playhead.api.browser import (
    Connection,
    csrf_of,
    drop_cookie,
    is_at_this_machine,
    is_by_https,
    refuse_cross_site,
    refuse_without_csrf,
    sender_of,
    set_cookie,
)
from playhead.api.errors import ApiError, bad_parameter, too_many_attempts
from playhead.api.services import ApiServices, Services
from playhead.catalog import (
    BadPasswordError,
    CatalogUnavailableError,
    Role,
    Scope,
    SignIn,
    User,
    UserChange,
    check_password,
    is_outdated,
    same_email,
)

AnyRequest = Request[Any, Any, Any]
# Long enough for whatever can be one, short enough to be cheap.
Given = Annotated[str, Meta(max_length=1000)]
# Its bounds are told in words of ours (refuse_bad_password).
NewPassword = Annotated[str, Meta(extra_json_schema={"minLength": 8, "maxLength": 1000})]

_MOST_BYTES = 32 * 1024
_WRONG = "The email or the password is wrong."


class SignInBody(Struct):
    """Who signs in."""

    email: Given
    password: Given


class PasswordBody(Struct):
    """A new password, and the one until now."""

    current: Given
    new: NewPassword


class SessionUser(Struct):
    """Who is signed in."""

    id: int
    email: str
    name: str
    role: Role


class SessionAccount(Struct):
    """The account that the user belongs to."""

    key: str
    name: str
    timezone: str


class SessionAnswer(Struct):
    """Whether this browser is signed in, and as whom; the rest is there only when it is."""

    signed_in: bool
    has_users: bool
    csrf: str | UnsetType = UNSET
    user: SessionUser | UnsetType = UNSET
    account: SessionAccount | UnsetType = UNSET
    scopes: tuple[Scope, ...] | UnsetType = UNSET


def _only_our_pages(connection: Connection, _: BaseRouteHandler) -> None:
    """A guard against other sites' pages, which could sign a visitor in as somebody else."""
    services: Services = connection.app.state.services
    refuse_cross_site(connection, services.public_url, services.addresses)
    # A form of another site can send any other type without being asked.
    kind = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ApiError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"content-type: {kind[:80]!r} is not taken here (use application/json)",
        )


def refuse_bad_password(password: str, field: str = "password") -> None:
    """Refuse what cannot be a password.

    Raises:
        ApiError: 422, naming the field and the bounds.
    """
    try:
        check_password(password)
    except BadPasswordError as error:
        raise bad_parameter(field, str(error)) from None


@get("/session")
async def session_show(request: AnyRequest, services: ApiServices) -> Response[SessionAnswer]:
    """Whether this browser is signed in, and as whom."""
    found = await signed_in(request)
    if found is not None:
        return _answer(request, services, *found)
    begun = await _by_itself(request, services)
    if begun is not None:
        return _answer(request, services, *begun, cookie=True)
    has_users = await asyncio.to_thread(services.catalog.users.exist)
    return Response(SessionAnswer(signed_in=False, has_users=has_users), headers=_headers())


@post(
    "/session",
    status_code=200,
    guards=[_only_our_pages],
    request_max_body_size=_MOST_BYTES,
)
async def session_begin(
    request: AnyRequest, services: ApiServices, data: JSONBody[SignInBody]
) -> Response[SessionAnswer]:
    """Sign in. The answer sets the cookie `playhead_session`.

    Only from this server's own pages. After too many failures one has to wait.
    """
    email = same_email(data.email)
    found = await _whose_password(request, services, email, data.password)
    begun = await _begin(services, *found, data.password) if found else None
    if begun is None:
        raise ApiError(HTTPStatus.UNAUTHORIZED, _WRONG)
    before = await signed_in(request)
    if before is not None:
        await asyncio.to_thread(services.catalog.sign_ins.end, before[1].id)
    return _answer(request, services, *begun, cookie=True)


@delete("/session", status_code=204)
async def session_end(request: AnyRequest, services: ApiServices) -> Response[None]:
    """Sign out. Nothing happens where nobody is signed in."""
    found = await signed_in(request)
    if found is not None:
        refuse_without_csrf(request, found[0])
        await asyncio.to_thread(services.catalog.sign_ins.end, found[1].id)
    secure = is_by_https(request, services.public_url, services.addresses)
    return Response(None, headers=_headers(drop_cookie(secure=secure)))


@put(
    "/session/password",
    status_code=204,
    guards=[RequiresSignIn()],
    request_max_body_size=_MOST_BYTES,
)
async def session_password(
    request: AnyRequest, services: ApiServices, data: JSONBody[PasswordBody]
) -> Response[None]:
    """Change one's own password. Every other browser of the user is signed out."""
    sign_in = caller_of(request).sign_in
    assert sign_in is not None  # noqa: S101
    user = sign_in.user
    refuse_bad_password(data.new, "new")
    if await _whose_password(request, services, user.email, data.current) is None:
        raise ApiError(HTTPStatus.FORBIDDEN, "current: is not the password")
    change = UserChange(password_hash=await services.passwords.hash(data.new))
    await asyncio.to_thread(
        services.catalog.users.change, user.account_id, user.id, change, keep=sign_in.id
    )
    return Response(None, headers=_headers())


SESSION = Router("/", route_handlers=[session_show, session_begin, session_end, session_password])


async def _by_itself(request: AnyRequest, services: Services) -> tuple[str, SignIn] | None:
    """The sign-in that a demo gives to whoever sits at its machine."""
    user_id = services.self_sign_in.user_id
    if user_id is None or carries_token(request) or not is_at_this_machine(request):
        return None
    return await asyncio.to_thread(services.catalog.sign_ins.begin, user_id)


async def _begin(
    services: Services, user: User, hashed: str, password: str
) -> tuple[str, SignIn] | None:
    """Sign in who gave the right password; None: it was changed in this very moment."""
    if is_outdated(hashed):
        renewed = await services.passwords.hash(password)
        if await asyncio.to_thread(services.catalog.users.renew_hash, user.id, hashed, renewed):
            hashed = renewed
    return await asyncio.to_thread(services.catalog.sign_ins.begin, user.id, verified=hashed)


async def _whose_password(
    request: AnyRequest, services: Services, email: str, password: str
) -> tuple[User, str] | None:
    """The user of this email and password, and the hash; as slow when there is none.

    Raises:
        ApiError: 429, it was wrong too often.
    """
    address = sender_of(request, services.addresses)
    wait_s = services.throttle.begin(email, address)
    if wait_s:
        raise too_many_attempts(wait_s)
    try:
        found = await asyncio.to_thread(services.catalog.users.find, email)
        right = await services.passwords.verify(password, found[1] if found else None)
    except (ApiError, CatalogUnavailableError):
        services.throttle.undo(email, address)
        raise
    if not right:
        return None
    services.throttle.succeed(email, address)
    return found


def _answer(
    request: AnyRequest, services: Services, secret: str, sign_in: SignIn, *, cookie: bool = False
) -> Response[SessionAnswer]:
    user, account = sign_in.user, sign_in.account
    answer = SessionAnswer(
        signed_in=True,
        has_users=True,
        csrf=csrf_of(secret),
        user=SessionUser(user.id, user.email, user.name, user.role),
        account=SessionAccount(account.key, account.name, account.timezone),
        scopes=user.role.scopes,
    )
    secure = is_by_https(request, services.public_url, services.addresses)
    return Response(answer, headers=_headers(set_cookie(secret, secure=secure) if cookie else ""))


def _headers(cookie: str = "") -> dict[str, str]:
    always = {"Cache-Control": "no-store", "Vary": "Authorization, Cookie"}
    return always | {"Set-Cookie": cookie} if cookie else always
