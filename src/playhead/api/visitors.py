"""Visitors: listed and shown, the same under both bases."""

from typing import Annotated, Any

from litestar import Request, get
from litestar.params import FromPath, QueryParameter
from msgspec import UNSET, Struct, UnsetType

from playhead.api.auth import caller_of
from playhead.api.errors import bad_parameter, not_found
from playhead.api.listings import Listing
from playhead.api.parameters import PageNumber, PerPage, read_page
from playhead.api.services import ApiServices, Services
from playhead.api.times import utc_text
from playhead.stats import Agent, Visitor, event_key, visitor, visitor_filter, visitors
from playhead.store import VisitorFilter, VisitorKey

AnyRequest = Request[Any, Any, Any]

_FILTERS = ("has_name", "has_email", "identified_by_email_gate")

VisitorsFilter = Annotated[
    str | None,
    QueryParameter(
        name="filter",
        description="Only visitors of whom this is known.",
        schema_extra={"type": "string", "enum": list(_FILTERS)},
    ),
]
Search = Annotated[
    str | None,
    QueryParameter(
        name="search",
        description="Only visitors with this in their name or email, in any case.",
        schema_extra={"type": "string"},
    ),
]


class OrgAnswer(Struct):
    """The organisation that a visitor says to belong to."""

    name: str | None
    title: str | None


class IdentityAnswer(Struct):
    """Who a visitor says to be."""

    name: str
    email: str | None
    org: OrgAnswer


class UserAgentDetails(Struct):
    """Browser and device; ``mobile`` is left out when the browser is not known."""

    browser: str
    browser_version: str
    platform: str
    mobile: bool | UnsetType = UNSET


class VisitorAnswer(Struct):
    """A visitor; ``last_…`` is left out for one who never played."""

    visitor_key: str
    created_at: str
    load_count: int
    play_count: int
    identifying_event_key: str | None
    visitor_identity: IdentityAnswer
    user_agent_details: UserAgentDetails
    last_active_at: str | UnsetType = UNSET
    last_event_key: str | UnsetType = UNSET


@get("/visitors", sync_to_thread=True)
def visitor_list(
    request: AnyRequest,
    services: ApiServices,
    page: PageNumber = None,
    per_page: PerPage = None,
    wanted: VisitorsFilter = None,
    search: Search = None,
) -> list[VisitorAnswer]:
    """Visitors, most recently active first."""
    if wanted and wanted not in _FILTERS:
        raise bad_parameter("filter", f"{wanted[:80]!r} is not known (use {', '.join(_FILTERS)})")
    asked = read_page(page, per_page)
    which = visitor_filter(wanted or "", search or "")
    caller = caller_of(request)
    account = caller.account.id

    def cut(offset: int) -> list[VisitorKey]:
        return services.people.visitor_keys(account, which, limit=asked.size, offset=offset)

    def go_on(listing: Listing[VisitorKey], end: VisitorKey) -> list[VisitorKey]:
        return _behind(services, account, which, asked.size, listing, end)

    reader = (caller.token_id, wanted, search, asked.size)
    keys = services.visitor_listings.read(reader, asked, cut, go_on)
    return [_answer(found) for found in visitors(services.people, account, keys)]


@get("/visitors/{visitor_key:str}", sync_to_thread=True)
def visitor_show(
    request: AnyRequest, services: ApiServices, visitor_key: FromPath[str]
) -> VisitorAnswer:
    """One visitor."""
    found = visitor(services.people, caller_of(request).account.id, visitor_key)
    if found is None:
        raise not_found("visitor", visitor_key)
    return _answer(found)


def user_agent_details(agent: Agent) -> UserAgentDetails:
    """Browser and device as the API shows them."""
    mobile = UNSET if agent.mobile is None else agent.mobile
    return UserAgentDetails(agent.browser, agent.version, agent.platform, mobile)


def _behind(
    services: Services,
    account: int,
    which: VisitorFilter,
    size: int,
    listing: Listing[VisitorKey],
    end: VisitorKey,
) -> list[VisitorKey]:
    """The visitors behind the end of a listing.

    Who has become active since it began moved to its head, where nobody looks again: of those,
    the ones that were not given out yet come now.
    """
    touched = services.people.touched_visitors(account, listing.began_ms)
    moved = [name for name in touched if hash(name) not in listing.given]
    return services.people.visitor_keys(account, which, limit=size, after=end, or_among=moved)


def _answer(found: Visitor) -> VisitorAnswer:
    identity = found.identity
    made = VisitorAnswer(
        visitor_key=found.key,
        created_at=utc_text(found.created_ms),
        load_count=found.loads,
        play_count=found.plays,
        identifying_event_key=event_key(*found.identified_by[1:]) if found.identified_by else None,
        visitor_identity=IdentityAnswer(
            name=identity.name,
            email=identity.email or None,
            org=OrgAnswer(identity.org_name or None, identity.org_title or None),
        ),
        user_agent_details=user_agent_details(found.agent),
    )
    if found.newest_play:
        made.last_active_at = utc_text(found.newest_play[0])
        made.last_event_key = event_key(*found.newest_play[1:])
    return made
