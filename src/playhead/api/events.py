"""Events, that is sessions with a play: listed, shown and drawn, the same under both bases."""

from collections.abc import Iterable
from typing import Annotated, Any

from litestar import MediaType, Request, get
from litestar.params import FromPath, QueryParameter
from msgspec import UNSET, Struct, UnsetType

from playhead.addresses import is_loopback, neighbourhood
from playhead.api.auth import caller_of
from playhead.api.browser import sender_of
from playhead.api.errors import bad_parameter, not_found, too_many, unauthorized
from playhead.api.heatmap import HEATMAP_POLICY, heatmap_page
from playhead.api.listings import Listing
from playhead.api.parameters import EndDate, PageNumber, PerPage, StartDate, read_date, read_page
from playhead.api.services import ApiServices, Services
from playhead.api.times import utc_text
from playhead.api.visitors import UserAgentDetails, user_agent_details
from playhead.catalog import Account, MediaLabel
from playhead.stats import Event, event, events, intervals_of_days, watched_pieces
from playhead.stats import event_key as key_of
from playhead.store import Interval, SessionDetails, SessionFilter, SessionKey

AnyRequest = Request[Any, Any, Any]

MediaId = Annotated[
    str | None,
    QueryParameter(
        name="media_id",
        description="Only sessions of this media, by hashed or numeric id.",
        schema_extra={"type": "string"},
    ),
]
VisitorKeyParameter = Annotated[
    str | None,
    QueryParameter(
        name="visitor_key",
        description="Only sessions of this visitor.",
        schema_extra={"type": "string"},
    ),
]


PublicToken = Annotated[
    str | None,
    QueryParameter(
        name="public_token",
        description="The account's public token.",
        schema_extra={"type": "string"},
        required=True,
    ),
]


class Thumbnail(Struct):
    """The media's picture."""

    url: str


class EventAnswer(Struct):
    """A session with a play; what is not known is left out, or ``""``."""

    received_at: str
    event_key: str
    visitor_key: str
    media_id: str
    media_name: str
    media_url: str
    embed_url: str
    email: str | None
    iframe_heatmap_url: str
    user_agent_details: UserAgentDetails
    percent_viewed: float | UnsetType = UNSET
    ip: str | UnsetType = UNSET
    org: str | UnsetType = UNSET
    country: str | UnsetType = UNSET
    region: str | UnsetType = UNSET
    city: str | UnsetType = UNSET
    lat: float | UnsetType = UNSET
    lon: float | UnsetType = UNSET
    conversion_type: str | UnsetType = UNSET
    conversion_data: dict[str, Any] | UnsetType = UNSET
    thumbnail: Thumbnail | UnsetType = UNSET


@get("/events", sync_to_thread=True)
def event_list(
    request: AnyRequest,
    services: ApiServices,
    media_id: MediaId = None,
    visitor_key: VisitorKeyParameter = None,
    start_date: StartDate = None,
    end_date: EndDate = None,
    page: PageNumber = None,
    per_page: PerPage = None,
) -> list[EventAnswer]:
    """Sessions with a play, newest first."""
    asked = read_page(page, per_page)
    caller = caller_of(request)
    account = caller.account
    times = _times(start_date, end_date, account.timezone)
    media = services.catalog.medias.hashed_id_ever(account.id, media_id) if media_id else ""
    if media is None:
        return []
    which = SessionFilter(media, visitor_key or "", times)

    at_hand: list[SessionDetails] = []

    def read(offset: int = 0, after: SessionKey | None = None) -> list[SessionKey]:
        found = services.people.newest_sessions(
            account.id, which, limit=asked.size, offset=offset, after=after
        )
        at_hand.extend(found)
        return [each.key for each in found]

    def go_on(_: Listing[SessionKey], end: SessionKey) -> list[SessionKey]:
        return read(after=end)

    keys = services.event_listings.read((caller.token_id, which, asked.size), asked, read, go_on)
    found = events(services.people, account.id, keys, at_hand)
    return _answers(request, services, account, found)


@get("/events/{event_key:str}", sync_to_thread=True)
def event_show(request: AnyRequest, services: ApiServices, event_key: FromPath[str]) -> EventAnswer:
    """One session with a play."""
    account = caller_of(request).account
    found = event(services.people, account.id, event_key)
    if found is None:
        raise not_found("event", event_key)
    return _answers(request, services, account, [found])[0]


@get(
    "/events/{event_key:str}/iframe.html",
    media_type=MediaType.HTML,
    response_headers={
        "Content-Security-Policy": HEATMAP_POLICY,
        "Referrer-Policy": "no-referrer",
    },
    sync_to_thread=True,
)
def event_heatmap(
    request: AnyRequest,
    services: ApiServices,
    event_key: FromPath[str],
    public_token: PublicToken = None,
) -> str:
    """A picture of one session, to put into an iframe 70 pixels high.

    It needs the account's public token, which opens these pictures and nothing else.
    """
    _refuse_a_crowd(request, services)
    account = services.catalog.accounts.find_by_public_token(public_token) if public_token else None
    if account is None:
        raise unauthorized()
    found = event(services.people, account.id, event_key)
    if found is None:
        raise not_found("event", event_key)
    session = found.session
    label = services.catalog.medias.labels(account.id, [session.media]).get(session.media)
    return heatmap_page(
        watched_pieces(session),
        session.duration or None,
        found.percent_viewed,
        label.name if label else session.media,
    )


def _refuse_a_crowd(request: AnyRequest, services: Services) -> None:
    """The token of heatmaps stands in pages, so it is the address that has a limit."""
    address = sender_of(request, services.addresses)
    if not is_loopback(address):
        wait_s = services.heatmap_limit.take(neighbourhood(address))
        if wait_s:
            raise too_many(wait_s, "from this address")


def _times(start_date: str | None, end_date: str | None, timezone: str) -> tuple[Interval, ...]:
    first, last = read_date("start_date", start_date), read_date("end_date", end_date)
    if first and last and last < first:
        raise bad_parameter("end_date", f"{last} is before the start_date {first}")
    return tuple(intervals_of_days(first, last, timezone)) if first or last else ()


def _answers(
    request: AnyRequest, services: Services, account: Account, found: Iterable[Event]
) -> list[EventAnswer]:
    rows = list(found)
    medias = services.catalog.medias.labels(account.id, list({row.session.media for row in rows}))
    base = services.url_of(request) + ("/modern" if request.url.path[1:7] == "modern" else "/v1")
    return [_answer(row, medias.get(row.session.media), base, account) for row in rows]


def _answer(found: Event, media: MediaLabel | None, base: str, account: Account) -> EventAnswer:
    session = found.session
    key = key_of(session.session, session.media)
    heatmap = f"{base}/stats/events/{key}/iframe.html?public_token={account.public_token}"
    converted = found.conversion_type
    return EventAnswer(
        received_at=utc_text(session.started_ms),
        event_key=key,
        visitor_key=session.visitor,
        media_id=session.media,
        media_name=media.name if media else session.media,
        media_url=media.url if media else "",
        embed_url=session.page_url,
        email=found.email or None,
        iframe_heatmap_url=heatmap,
        user_agent_details=user_agent_details(found.agent),
        percent_viewed=UNSET if found.percent_viewed is None else found.percent_viewed,
        ip=session.ip or UNSET,
        org=session.network or UNSET,
        country=session.country or UNSET,
        region=session.region or UNSET,
        city=session.city or UNSET,
        lat=UNSET if session.lat is None else session.lat,
        lon=UNSET if session.lon is None else session.lon,
        conversion_type=converted or UNSET,
        conversion_data=UNSET if found.conversion_data is None else found.conversion_data,
        thumbnail=Thumbnail(media.thumbnail_url) if media and media.thumbnail_url else UNSET,
    )
