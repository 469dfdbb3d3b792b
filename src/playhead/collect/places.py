"""Where an address is, by the operator's MaxMind-format databases or a proxy's country header."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import maxminddb
from msgspec import Struct

from playhead.catalog import AddressMode
from playhead.collect.addresses import kept_address
from playhead.errors import OperatorError
from playhead.log import get_logger

_COUNTRY: Final = re.compile(r"[A-Z]{2}")
# What proxies say instead of a country: unknown, and Tor.
_NO_COUNTRY: Final = frozenset({"XX", "T1", "ZZ"})
_TEXT_LENGTH: Final = 200

_log = get_logger("collect")


class Place(Struct, frozen=True):
    """Where an address is; texts are empty and coordinates None where nothing is known."""

    country: str = ""
    """ISO 3166 code."""
    region: str = ""
    """ISO 3166-2 code within the country, else the name."""
    city: str = ""
    lat: float | None = None
    lon: float | None = None
    network: str = ""
    """The organisation that the address belongs to."""


NOWHERE: Final = Place()


class PlacesError(OperatorError):
    """A database of places cannot be read; the message names it."""


class Places:
    """Looks addresses up in one or more databases: cities, countries, networks."""

    def __init__(self, files: Sequence[Path]) -> None:
        """Open the databases.

        Raises:
            PlacesError: one cannot be read.
        """
        self._files = dict.fromkeys(files, 0.0)
        self._readers: list[maxminddb.Reader] = []
        self._find = lru_cache(maxsize=20_000)(self._find_uncached)
        self.refresh()

    def refresh(self) -> None:
        """Open the files again if one of them was replaced; those in use go on until then.

        Raises:
            PlacesError: one cannot be read; the old ones stay in use.
        """
        try:
            changed = {path: path.stat().st_mtime for path in self._files}
            if changed == self._files:
                return
            readers = [maxminddb.open_database(path) for path in changed]
        except (OSError, maxminddb.InvalidDatabaseError) as error:
            raise PlacesError(f"geo: {error} (use MaxMind-format files, *.mmdb)") from None
        self._files, self._readers = changed, readers
        self._find.cache_clear()
        for path in changed:
            _log.info("collect.places_opened", file=path.name)

    def of(self, address: str, mode: AddressMode, country: str) -> Place:
        """Where a visitor is.

        Only what the account keeps of the address is looked up: the whole of it or its network.
        Of an account that keeps none, only the country is told.

        Args:
            address: the visitor's.
            mode: how much of it the account keeps.
            country: a trusted proxy's header, empty when there is none.
        """
        found = NOWHERE
        if self._readers:
            shown = AddressMode.WHOLE if mode is AddressMode.WHOLE else AddressMode.TRUNCATED
            found = self._find(kept_address(address, shown))
        if (
            country
            and not found.country
            and _COUNTRY.fullmatch(country)
            and country not in _NO_COUNTRY
        ):
            found = Place(country, network=found.network)
        if mode is AddressMode.NONE and found is not NOWHERE:
            return Place(found.country)
        return found

    def _find_uncached(self, address: str) -> Place:
        if not address:
            return NOWHERE
        record: dict[str, Any] = {}
        for reader in self._readers:
            try:
                answer = reader.get(address)
            except ValueError:
                continue  # an IPv6 address in a database that has none
            if isinstance(answer, dict):
                record |= answer
        return _place(record)


def _place(record: Mapping[str, Any]) -> Place:
    country = record.get("country") or record.get("registered_country")
    location = record.get("location")
    regions = record.get("subdivisions")
    region = regions[0] if isinstance(regions, list) and regions else record.get("region")
    lat = lon = None
    if isinstance(location, dict):
        lat, lon = _number(location.get("latitude")), _number(location.get("longitude"))
    network = record.get("organization") or record.get("autonomous_system_organization")
    return Place(
        country=_text(country, "iso_code")[:2],
        region=_text(region, "iso_code") or _text(region, "names"),
        city=_text(record.get("city"), "names"),
        lat=lat if lon is not None else None,
        lon=lon if lat is not None else None,
        network=_text(network or record.get("as_name") or record.get("isp"), ""),
    )


def _text(value: object, key: str) -> str:
    """A plain text, or one in an object of MaxMind's."""
    if isinstance(value, dict):
        value = value.get(key)
        if isinstance(value, dict):
            value = value.get("en")
    return value[:_TEXT_LENGTH] if isinstance(value, str) else ""


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
