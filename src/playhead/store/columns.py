"""The columns of a session outside of the store: the public format of its files.

docs/export.md describes them to those who read the files; a test holds it against this table.
"""

from typing import Final

from msgspec import Struct

from playhead.rows import SessionRow


class Column(Struct, frozen=True):
    """A column of a file: its name, its ClickHouse type there, what it says."""

    name: str
    type: str
    meaning: str


_TEXT: Final = "String"

SESSION_COLUMNS: Final = (
    Column("account", _TEXT, "the account's key"),
    Column("media", _TEXT, "the media's hashed id"),
    Column("session_ms", "UInt64", "time in the session id, by the viewer's clock, ms since 1970"),
    Column("session", "UUID", "the session id, a UUIDv7"),
    Column("version", "UInt64", "which beacon this is of; of a session the highest counts"),
    Column("started_ms", "Int64", "when it began, by the server's clock, ms since 1970"),
    Column("received_ms", "Int64", "when its newest beacon came, ms since 1970"),
    Column("visitor", _TEXT, "the visitor's key"),
    Column("played", "Bool", "whether it was played"),
    Column("duration", "Float64", "what the player said of the media's length, s; 0: unknown"),
    Column("watched_seconds", "Float64", "watched in all, repeats included, s"),
    Column("covered_seconds", "Float64", "how much of the media was seen at least once, s"),
    Column("piece_starts", "Array(UInt64)", "the pieces that were watched: where they begin, ms"),
    Column("piece_ends", "Array(UInt64)", "where they end, ms"),
    Column("piece_times", "Array(UInt16)", "how many times each was watched"),
    Column("page_url", _TEXT, "the page's address"),
    Column("page_title", _TEXT, "its title"),
    Column("referrer", _TEXT, "where the visitor came from"),
    Column("email", _TEXT, "who the visitor said to be"),
    Column("name", _TEXT, "the visitor's name"),
    Column("org_name", _TEXT, "the visitor's organisation"),
    Column("org_title", _TEXT, "what the visitor is there"),
    Column("actions", _TEXT, "calls to action and forms that were shown and used, as JSON"),
    Column("player_name", _TEXT, "the player"),
    Column("player_version", _TEXT, "its version"),
    Column("rate", "Float32", "its speed, 1 is normal; 0: unknown"),
    Column("language", _TEXT, "the browser's language"),
    Column("screen_width", "UInt32", "the screen's width, px; 0: unknown"),
    Column("screen_height", "UInt32", "the screen's height, px; 0: unknown"),
    Column("startup_ms", "UInt32", "from the play to the first picture, ms"),
    Column("stalls", "UInt32", "how often it stopped to load"),
    Column("stalled_ms", "UInt32", "for how long in all, ms"),
    Column("errors", "Array(String)", "what went wrong"),
    Column("ip", _TEXT, "the address, as far as the account keeps it"),
    Column("user_agent", _TEXT, "what the browser calls itself"),
    Column("browser", _TEXT, "its name"),
    Column("browser_version", _TEXT, "its version"),
    Column("platform", _TEXT, "what it runs on"),
    Column("mobile", "Bool", "whether that is a phone or a tablet"),
    Column("country", _TEXT, "ISO 3166 code"),
    Column("region", _TEXT, "ISO 3166-2 code or a name"),
    Column("city", _TEXT, "its name"),
    Column("lat", "Nullable(Float64)", "degrees north, empty when unknown"),
    Column("lon", "Nullable(Float64)", "degrees east, empty when unknown"),
    Column("network", _TEXT, "who runs the visitor's network"),
)
"""In the order of the files."""

COLUMN_NAMES: Final = tuple(column.name for column in SESSION_COLUMNS)

if COLUMN_NAMES[1:] != SessionRow.__struct_fields__[1:]:
    raise AssertionError("a column of sessions would be lost by an export")
