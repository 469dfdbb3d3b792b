"""Where an installation is and where it goes: what ``--from`` and ``--to`` name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from msgspec import Struct

from playhead.errors import OperatorError
from playhead.settings import SettingError, Settings

_STORES: Final = ("http", "https")
_CATALOGS: Final = ("postgresql", "postgresql+psycopg", "postgres")
_PORTS: Final = {"http": 80, "https": 443, "postgresql": 5432}


class PlaceError(OperatorError):
    """Places that nothing can be moved between; never repeats an address, for its password."""


class Places(Struct, frozen=True):
    """An installation: data folders, and the addresses of its servers, ``""``: in the folder."""

    folders: tuple[Path, ...]
    store: str
    catalog: str

    def settings(self) -> Settings:
        """What a server on the first folder would be started with."""
        return Settings(data=self.folders[0], store=self.store, catalog=self.catalog)

    def shown(self) -> dict[str, str]:
        """The same as variables of the environment, passwords hidden."""
        return {
            "PLAYHEAD_DATA": str(self.folders[0]),
            "PLAYHEAD_STORE": without_password(self.store),
            "PLAYHEAD_CATALOG": without_password(self.catalog),
        }


def source_of(names: Sequence[str]) -> Places:
    """The installation that ``--from`` names: data folders and servers.

    Raises:
        PlaceError: they are not one installation that has stopped.
    """
    found = _places("--from", names)
    if not found.folders:
        raise PlaceError("--from: name the data folder as well (what waits in its spool goes too)")
    if len(found.folders) > 1 and not (found.store and found.catalog):
        raise PlaceError(
            "--from: several data folders share a ClickHouse server and PostgreSQL; name both"
        )
    for folder in found.folders:
        if not folder.is_dir():
            raise PlaceError(f"--from: there is no folder {folder}")
    if not found.catalog and not (found.folders[0] / "catalog.sqlite").exists():
        raise PlaceError(
            f"--from: {found.folders[0]} has no catalog.sqlite (name a data folder of Playhead, or"
            " its PostgreSQL too)"
        )
    return found


def target_of(names: Sequence[str], source: Places) -> Places:
    """The installation afterwards; what ``--to`` does not name stays where it is.

    Raises:
        PlaceError: nothing would move, or could.
    """
    given = _places("--to", names)
    if len(given.folders) > 1:
        raise PlaceError("--to: name one data folder")
    if given.folders:
        found = given
        folder = found.folders[0]
        ours = {each.resolve() for each in source.folders}
        if folder.resolve() not in ours and (folder / "spool.sqlite").exists():
            raise PlaceError(f"--to: {folder} has had a server of its own (name a new folder)")
    else:
        found = Places(source.folders, given.store or source.store, given.catalog or source.catalog)
    if not (moves_store(source, found) or moves_catalog(source, found)):
        raise PlaceError("--to: everything is there already (name another place)")
    if moves_store(source, found) and not source.store and not found.store:
        raise PlaceError(
            "--to: from folder to folder is 'playhead backup' and 'playhead restore' (this is for"
            " moving to servers, between them and back)"
        )
    return found


def moves_store(source: Places, target: Places) -> bool:
    """Whether the sessions are to be elsewhere."""
    return _place(source.store, source) != _place(target.store, target)


def moves_catalog(source: Places, target: Places) -> bool:
    """Whether the catalog is to be elsewhere."""
    return _place(source.catalog, source) != _place(target.catalog, target)


def without_password(address: str) -> str:
    """An address as it may be shown."""
    parts = urlsplit(address)
    user, password, host = parts.netloc.rpartition("@")
    hidden = f"{user.partition(':')[0]}:***@" if ":" in user else f"{user}{password}"
    # Parameters of libpq may be a password, too.
    query = "&".join(
        f"{name}={'***' if 'pass' in name.lower() else quote(value, safe='')}"
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    return parts._replace(netloc=hidden + host, query=query).geturl()


def _places(option: str, names: Sequence[str]) -> Places:
    folders, stores, catalogs = [], [], []
    for name in names:
        scheme, separator, _ = name.partition("://")
        if not separator:
            folders.append(Path(name))
        elif scheme.lower() in _STORES:
            stores.append(_checked(option, name))
        elif scheme.lower() in _CATALOGS:
            catalogs.append(name)
        else:
            raise PlaceError(
                f"{option}: a place is a data folder, a ClickHouse server (http://… or https://…)"
                " or a PostgreSQL database (postgresql+psycopg://…)"
            )
    for what, found in (("ClickHouse servers", stores), ("PostgreSQL databases", catalogs)):
        if len(found) > 1:
            raise PlaceError(f"{option}: names {len(found)} {what} (name one)")
    return Places(tuple(folders), "".join(stores), "".join(catalogs))


def _checked(option: str, address: str) -> str:
    try:
        Settings(store=address)
    except SettingError as error:
        raise PlaceError(f"{option}: {str(error).partition(': ')[2]}") from None
    if not urlsplit(address).path.strip("/"):
        raise PlaceError(f"{option}: a ClickHouse server needs the name of a database behind it")
    return address


def _place(address: str, places: Places) -> object:
    """What is equal for two addresses of the same place."""
    if not address:
        return places.folders[0].resolve()
    parts: SplitResult = urlsplit(address)
    scheme = "postgresql" if parts.scheme in _CATALOGS else parts.scheme
    host = dict(parse_qsl(parts.query)).get("host", parts.hostname)
    return host, parts.port or _PORTS[scheme], parts.path
