"""Write the demo's places as a MaxMind-format file: ``python scripts/make_places.py``."""

from pathlib import Path

from mmdb_writer import MMDBWriter
from netaddr import IPSet

from playhead.simulate.places import PLACES, network_of

_FILE = Path(__file__).parent.parent / "src/playhead/dashboard/media/places.mmdb"


def main() -> None:
    """Write the file; the same places give the same records."""
    writer = MMDBWriter(6, "Playhead-Demo-City", float_type="f64", description="The demo's places")
    for number, place in enumerate(PLACES):
        record = {
            "country": {"iso_code": place.country},
            "subdivisions": [{"iso_code": place.region}],
            "city": {"names": {"en": place.city}},
            "location": {"latitude": place.lat, "longitude": place.lon},
            "autonomous_system_organization": place.network,
        }
        writer.insert_network(IPSet([network_of(number)]), record)
    writer.to_db_file(str(_FILE))


if __name__ == "__main__":
    main()
