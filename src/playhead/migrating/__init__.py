"""Migrating: an installation from its data folder to servers, between servers, and back."""

from playhead.migrating.moving import Migrated, Migration, MigrationError
from playhead.migrating.places import (
    PlaceError,
    Places,
    moves_catalog,
    moves_store,
    source_of,
    target_of,
)
from playhead.migrating.proof import Rooms

__all__ = [
    "Migrated",
    "Migration",
    "MigrationError",
    "PlaceError",
    "Places",
    "Rooms",
    "moves_catalog",
    "moves_store",
    "source_of",
    "target_of",
]
