"""Where simulated viewers are: networks of the range for documentation (RFC 3849), at real places.

``scripts/make_places.py`` writes the same as a MaxMind-format file, by which the demo looks up
their addresses as an operator's server looks up real ones.
"""

import random
from typing import Final

from msgspec import Struct


class Place(Struct, frozen=True):
    """A network; ``share`` weighs how many viewers are there."""

    share: int
    country: str
    region: str
    city: str
    lat: float
    lon: float
    network: str
    languages: tuple[str, ...]


PLACES: Final = (
    Place(14, "US", "CA", "Sacramento", 38.58, -121.49, "Example Cable", ("en-US",)),
    Place(9, "US", "NY", "Albany", 42.65, -73.76, "Example Fibre", ("en-US", "es-US")),
    Place(7, "US", "TX", "Austin", 30.27, -97.74, "Example University", ("en-US",)),
    Place(9, "GB", "ENG", "Leeds", 53.8, -1.55, "Example Broadband", ("en-GB",)),
    Place(4, "GB", "SCT", "Dundee", 56.46, -2.97, "Example College", ("en-GB",)),
    Place(10, "DE", "BE", "Berlin", 52.52, 13.4, "Beispielnetz", ("de-DE", "en-GB")),
    Place(6, "DE", "BY", "Nuremberg", 49.45, 11.08, "Beispielschule", ("de-DE",)),
    Place(4, "AT", "9", "Vienna", 48.21, 16.37, "Beispielnetz Austria", ("de-AT",)),
    Place(3, "CH", "ZH", "Zurich", 47.38, 8.54, "Example Helvetica", ("de-CH", "fr-CH")),
    Place(8, "FR", "ARA", "Lyon", 45.76, 4.84, "Exemple Télécom", ("fr-FR",)),
    Place(5, "ES", "AN", "Seville", 37.39, -5.98, "Ejemplo Redes", ("es-ES",)),
    Place(4, "MX", "JAL", "Guadalajara", 20.67, -103.35, "Ejemplo Cable", ("es-MX",)),
    Place(7, "BR", "SP", "Campinas", -22.91, -47.06, "Exemplo Fibra", ("pt-BR",)),
    Place(3, "PT", "13", "Porto", 41.15, -8.61, "Exemplo Rede", ("pt-PT",)),
    Place(4, "IT", "45", "Bologna", 44.49, 11.34, "Esempio Reti", ("it-IT",)),
    Place(4, "NL", "UT", "Utrecht", 52.09, 5.12, "Voorbeeld Net", ("nl-NL", "en-GB")),
    Place(3, "PL", "12", "Krakow", 50.06, 19.94, "Example Polska", ("pl-PL",)),
    Place(3, "SE", "O", "Gothenburg", 57.71, 11.97, "Exempel Bredband", ("sv-SE",)),
    Place(8, "IN", "KA", "Bengaluru", 12.97, 77.59, "Example Institute", ("en-IN", "hi-IN")),
    Place(6, "JP", "27", "Osaka", 34.69, 135.5, "Example Nippon", ("ja-JP",)),
    Place(3, "KR", "26", "Busan", 35.18, 129.08, "Example Korea", ("ko-KR",)),
    Place(3, "KE", "30", "Nairobi", -1.29, 36.82, "Example East Africa", ("en-KE", "sw-KE")),
    Place(3, "NG", "LA", "Lagos", 6.52, 3.38, "Example West Africa", ("en-NG",)),
    Place(4, "CA", "QC", "Quebec", 46.81, -71.21, "Exemple Câble", ("fr-CA", "en-CA")),
    Place(4, "AU", "VIC", "Geelong", -38.15, 144.36, "Example South", ("en-AU",)),
)


def some_place(chance: random.Random) -> int:
    """The number of a place, by how many are there."""
    return chance.choices(range(len(PLACES)), [place.share for place in PLACES])[0]


def network_of(number: int) -> str:
    """The network of a place, as an address and a length."""
    return f"2001:db8:{number + 1:x}::/48"


def address_in(number: int, chance: random.Random) -> str:
    """An address of a place's network."""
    return f"2001:db8:{number + 1:x}::{chance.randrange(1, 0xFFFF):x}"
