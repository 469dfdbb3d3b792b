"""What the API's handlers work with, put together once at the start."""

from dataclasses import dataclass

from litestar.di import NamedDependency

from playhead.catalog import Catalog
from playhead.limits import RateLimit
from playhead.store import Questions


@dataclass(frozen=True)
class Services:
    """The rooms that the API may enter."""

    catalog: Catalog
    questions: Questions
    limit: RateLimit


ApiServices = NamedDependency[Services]
"""What a handler writes to be given them."""
