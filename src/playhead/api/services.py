"""What the API's handlers work with, put together once at the start."""

from dataclasses import dataclass, field
from typing import Any

from litestar.connection import ASGIConnection
from litestar.di import NamedDependency

from playhead.addresses import Addresses
from playhead.api.listings import Listings
from playhead.api.passwords import Passwords
from playhead.api.readings import Readings
from playhead.api.throttle import SignInThrottle
from playhead.catalog import Catalog
from playhead.limits import RateLimit
from playhead.store import (
    Analytics,
    Changes,
    Insights,
    People,
    Questions,
    SessionKey,
    VisitorKey,
    Watching,
)


@dataclass
class SelfSignIn:
    """Who is signed in without a password at the machine itself: a demo's user, else nobody."""

    user_id: int | None = None


@dataclass(frozen=True)
class Services:
    """The rooms that the API may enter, and what it remembers between requests."""

    catalog: Catalog
    questions: Questions
    people: People
    analytics: Analytics
    insights: Insights
    watching: Watching
    changes: Changes
    limit: RateLimit
    heatmap_limit: RateLimit
    public_url: str = ""
    tracker_path: str = "/tracker.js"
    addresses: Addresses = field(default_factory=lambda: Addresses(()))
    passwords: Passwords = field(default_factory=Passwords)
    throttle: SignInThrottle = field(default_factory=SignInThrottle)
    self_sign_in: SelfSignIn = field(default_factory=SelfSignIn)
    visitor_listings: Listings[VisitorKey] = field(
        default_factory=lambda: Listings(lambda key: key[2])
    )
    event_listings: Listings[SessionKey] = field(
        default_factory=lambda: Listings(lambda key: key[1:])
    )
    catalog_readings: Readings = field(default_factory=Readings)

    def url_of(self, request: ASGIConnection[Any, Any, Any, Any]) -> str:
        """The address of this server as others know it, without a slash at its end."""
        return (self.public_url or str(request.base_url)).rstrip("/")


ApiServices = NamedDependency[Services]
"""What a handler writes to be given them."""
