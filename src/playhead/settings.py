"""Every setting in one table: the command line, the environment and docs/settings.md read it.

A setting is a field of :class:`Settings`; its metadata carries the help text. The option
``--spool-limit`` and the variable ``PLAYHEAD_SPOOL_LIMIT`` both set the field ``spool_limit``.
"""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network

_LAST_PORT = 65_535


class SettingError(ValueError):
    """A setting cannot be used; the message names it and says what would do."""


def _check_store(address: str) -> None:
    """Refuse what is no address of ClickHouse, without repeating it: there may be a password."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme == "chdb" or (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        )
    except ValueError:  # a port that is no number, brackets that do not close
        usable = False
    if address and not usable:
        raise SettingError(
            "store: is not an address of ClickHouse (use http://user:password@host:8123/database "
            "or https, with %2F for / and %40 for @ in the password)"
        )


def _check_traces(address: str) -> None:
    """The same for a receiver; an ``@`` behind the host is half of a password."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        usable = usable and "@" not in parts.path
    except ValueError:
        usable = False
    if address and not usable:
        raise SettingError(
            "traces: is not the address of a receiver (use one like http://localhost:4318, "
            "with %2F for / and %40 for @ in a password)"
        )


@dataclass(frozen=True)
class Settings:
    """What an operator can choose. Times are in seconds and sizes in the unit that is named."""

    host: str = field(
        default="127.0.0.1", metadata={"help": "Address to listen on; 0.0.0.0 for every interface."}
    )
    port: int = field(default=8000, metadata={"help": "Port to listen on; 0 picks a free one."})
    data: Path = field(
        default=Path("data"), metadata={"help": "Folder that holds everything Playhead keeps."}
    )
    # Addresses of databases may hold passwords, so neither is shown with the other settings.
    store: str = field(
        default="",
        repr=False,
        metadata={"help": "ClickHouse to use, as a URL; empty: the engine inside Playhead."},
    )
    catalog: str = field(
        default="",
        repr=False,
        metadata={
            "help": "Database of accounts and medias, as a URL; empty: SQLite in the data folder."
        },
    )
    public_url: str = field(
        default="",
        metadata={
            "help": "Address that others know this server by; empty: whatever a request asked for."
        },
    )
    tracker_path: str = field(
        default="/tracker.js",
        metadata={"help": "Path of the tracker script; choose your own for a first-party set-up."},
    )
    collect_path: str = field(
        default="/collect",
        metadata={"help": "Path that the tracker reports to; /collect answers as well."},
    )
    trusted_proxies: str = field(
        default="",
        metadata={"help": "Networks whose X-Forwarded-For is believed: 127.0.0.1,10.0.0.0/8."},
    )
    geo: str = field(
        default="",
        metadata={"help": "MaxMind-format files that say where addresses are: city.mmdb,asn.mmdb."},
    )
    country_header: str = field(
        default="",
        metadata={
            "help": "Header of a trusted proxy with the visitor's country, like CF-IPCountry."
        },
    )
    connections: int = field(
        default=10_000, metadata={"help": "Connections at once; further ones are closed."}
    )
    address_connections: int = field(
        default=1000,
        metadata={
            "help": "Connections at once from one address; 0: no limit. Loopback and trusted "
            "proxies are exempt."
        },
    )
    collect_limit: int = field(
        default=6000,
        metadata={"help": "Beacons a minute from one address; 0: no limit. Loopback is exempt."},
    )
    api_limit: int = field(
        default=600, metadata={"help": "API requests a minute with one token; 0: no limit."}
    )
    spool_limit: int = field(
        default=4096,
        metadata={
            "help": "MiB of beacons that may wait on disk for the store; then /collect answers 503."
        },
    )
    store_threads: int = field(
        default=2,
        metadata={
            "help": "Questions that the store answers side by side, each on all cores; more take"
            " more memory."
        },
    )
    store_memory: int = field(
        default=200,
        metadata={
            "help": "MiB that one question to the store may use at the most; inside the server one"
            " at a time, and others a third. Summing up goes on on disk beyond it."
        },
    )
    store_seconds: int = field(
        default=10, metadata={"help": "Seconds that one question to the store may take."}
    )
    settle_after: int = field(
        default=180,
        metadata={
            "help": "Minutes after its start from which a session is summed up with others; what"
            " comes later counts all the same."
        },
    )
    settle_every: int = field(
        default=10, metadata={"help": "Seconds between two looks for sessions to sum up."}
    )
    # Addresses of receivers may hold passwords, too.
    traces: str = field(
        default="",
        repr=False,
        metadata={"help": "OpenTelemetry receiver (OTLP over HTTP) of traces, as a URL."},
    )
    log_level: str = field(default="info", metadata={"help": "debug, info, warning or error."})
    log_format: str = field(
        default="json", metadata={"help": "json: one object a line; text: for people."}
    )

    def __post_init__(self) -> None:
        """Refuse what could only fail later, at a worse moment.

        Raises:
            SettingError: naming the setting and the remedy.
        """
        for name in ("tracker_path", "collect_path"):
            path = getattr(self, name)
            if not path.startswith("/") or path != path.strip() or set(path) & set("?#\"'\\<> "):
                raise SettingError(f"{name}: {path!r} is not a path (use something like /p.js)")
        if self.public_url and not self.public_url.startswith(("http://", "https://")):
            raise SettingError(
                f"public_url: {self.public_url!r} is not an address (use https://stats.example.com)"
            )
        _check_store(self.store)
        _check_traces(self.traces)
        if self.log_format not in {"json", "text"}:
            raise SettingError(f"log_format: {self.log_format!r} is not known (use json or text)")
        if self.log_level not in {"debug", "info", "warning", "error"}:
            raise SettingError(
                f"log_level: {self.log_level!r} is not known (use debug, info, warning or error)"
            )
        for name, least in (
            ("port", 0),
            ("connections", 1),
            ("address_connections", 0),
            ("collect_limit", 0),
            ("api_limit", 0),
            ("spool_limit", 1),
            ("store_threads", 1),
            ("store_memory", 50),
            ("store_seconds", 1),
            ("settle_after", 0),
            ("settle_every", 0),
        ):
            if getattr(self, name) < least:
                raise SettingError(f"{name}: {getattr(self, name)} is too small (least: {least})")
        if self.country_header and not self.trusted_proxies.strip():
            raise SettingError(
                "country_header: counts only from trusted proxies (name them in trusted_proxies)"
            )
        if self.port > _LAST_PORT:
            # The system would take the number modulo 65536 without a word.
            raise SettingError(f"port: {self.port} is too large (most: {_LAST_PORT})")
        self.proxy_networks()

    def proxy_networks(self) -> tuple[Network, ...]:
        """The networks of ``trusted_proxies``.

        Raises:
            SettingError: a part is not an address or network.
        """
        parts = [part.strip() for part in self.trusted_proxies.split(",") if part.strip()]
        try:
            return tuple(ip_network(part, strict=False) for part in parts)
        except ValueError as error:
            raise SettingError(
                f"trusted_proxies: {error} (use addresses or networks like 10.0.0.0/8)"
            ) from None

    def geo_files(self) -> tuple[Path, ...]:
        """The files of ``geo``."""
        return tuple(Path(part.strip()) for part in self.geo.split(",") if part.strip())

    @property
    def store_dsn(self) -> str:
        """Where the sessions are: a clickhouse-connect DSN."""
        return self.store or f"chdb://{self.data.resolve() / 'store'}"

    @property
    def catalog_url(self) -> str:
        """Where accounts and medias are: a SQLAlchemy URL."""
        return self.catalog or f"sqlite:///{self.data.resolve() / 'catalog.sqlite'}"
