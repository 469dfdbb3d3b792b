"""Looks an installation over: what is wrong, and what to do about it."""

import os
import resource
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, Literal

import httpx
import maxminddb
from msgspec import Struct

from playhead.catalog import clock_of
from playhead.dashboard import STATIC
from playhead.errors import OperatorError
from playhead.settings import Settings
from playhead.store import Store, waiting_to_be_put_aside

Level = Literal["ok", "warning", "failure"]

_BUILT: Final = "tracker.js", "dashboard"
_MIB: Final = 2**20
_NAMED_AT_ONCE: Final = 5
_LITTLE_DISK_MIB: Final = 1024
_LITTLE_DISK_SHARE: Final = 0.1
_LITTLE_MEMORY_MIB: Final = 1500
_SLOW_SYNC_S: Final = 0.05
_SYNCS: Final = 20
_OLD_GEO_DAYS: Final = 60
_DAY_S: Final = 86_400
_LAGS_FROM: Final = 50_000
_CLOCKS_S: Final = 60
_BEHIND_S: Final = 60
_SET_CLOCK: Final = (
    "set this machine's clock, by NTP best; what was received while it was wrong stays"
)
_FILES_BESIDE_CONNECTIONS: Final = 1024
_ASK_WITHIN_S: Final = 10


class Finding(Struct, frozen=True):
    """One thing that was looked at; ``advice`` is empty when all is well."""

    level: Level
    what: str
    found: str
    advice: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything, one after the other; nothing that is looked at is changed."""
    yield _settings(settings)
    yield _built()
    yield _memory()
    yield _files(settings)
    for look in (_folder, _disk, _syncs, _damage):
        yield look(settings.data)
    for file in settings.geo_files():
        yield _geo(file)
    server = _server_of(settings)
    if server is None:
        yield Finding(
            "warning",
            "server",
            f"nobody answers at {_url(settings)}",
            "start it with 'playhead serve', or say where it listens with --host and --port",
        )
        yield _spool(settings)
        if not settings.store:
            yield _store(settings)
    else:
        yield Finding("ok", "server", f"answers at {_url(settings)}")
        yield from _ready(server, _metrics_of(settings))
    if settings.store:
        yield _store(settings)
    if settings.catalog:
        yield _catalog(settings)


def _settings(settings: Settings) -> Finding:
    what = "settings"
    if bool(settings.store) != bool(settings.catalog):
        which = "store" if settings.store else "catalog"
        return Finding(
            "ok",
            what,
            f"only the {which} is on a server of its own, so one Playhead may use it",
        )
    others_see = settings.host not in {"127.0.0.1", "::1", "localhost"}
    if settings.trusted_proxies and not settings.public_url:
        return Finding(
            "warning",
            what,
            "behind a proxy without --public-url",
            "say --public-url https://…, so that addresses in answers are right and cookies safe",
        )
    if others_see and not settings.trusted_proxies:
        return Finding(
            "warning",
            what,
            f"{settings.host} is open to others without a proxy",
            "put a proxy with TLS in front and name it in --trusted-proxies",
        )
    return Finding("ok", what, "fit together")


def _built() -> Finding:
    missing = [name for name in _BUILT if not (STATIC / name).exists()]
    if missing:
        advice = "install the wheel, or build the pages with 'make install'"
        return Finding("failure", "tracker and pages", f"missing: {', '.join(missing)}", advice)
    return Finding("ok", "tracker and pages", "are there")


def _memory() -> Finding:
    mib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MIB
    if mib < _LITTLE_MEMORY_MIB:
        advice = "lower --store-memory and --store-threads, or give the machine 2 GiB"
        return Finding("warning", "memory", f"{mib:,} MiB in all", advice)
    return Finding("ok", "memory", f"{mib:,} MiB in all")


def _files(settings: Settings) -> Finding:
    """Connections and the engine share what the system lets one process have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.connections + _FILES_BESIDE_CONNECTIONS
    if hard != resource.RLIM_INFINITY and hard < wanted:
        advice = f"raise it (LimitNOFILE={wanted}, ulimit -Hn {wanted}), or lower --connections"
        return Finding("warning", "open files", f"at most {hard:,} for a process", advice)
    return Finding("ok", "open files", f"enough for {settings.connections:,} connections")


def _catalog(settings: Settings) -> Finding:
    """A PostgreSQL server answers, and has the same time."""
    try:
        now_s = clock_of(settings.catalog_url)
    except OperatorError as error:
        return Finding("failure", "catalog", str(error), "mend what it says, then look again")
    apart_s = time.time() - now_s
    if abs(apart_s) > _CLOCKS_S:
        which = "ahead of" if apart_s > 0 else "behind"
        found = f"{abs(apart_s):,.0f} s {which} the catalog's"
        return Finding("failure", "clock", found, f"{_SET_CLOCK}; or the catalog's machine's")
    return Finding("ok", "catalog and clock", "answers, and agree")


def _folder(data: Path) -> Finding:
    if not data.is_dir():
        advice = "a server makes it when it starts; or say where it is with --data"
        return Finding("warning", "data folder", f"there is no {data}", advice)
    if not os.access(data, os.W_OK | os.X_OK):
        advice = f"give the user who runs Playhead the right: chown -R playhead {data}"
        return Finding("failure", "data folder", f"{data} cannot be written", advice)
    if data.stat().st_mode & 0o077:
        advice = f"visitors' data is in it; keep others out: chmod 700 {data}"
        return Finding("warning", "data folder", f"others of this machine may read {data}", advice)
    return Finding("ok", "data folder", str(data))


def _disk(data: Path) -> Finding:
    at = data if data.is_dir() else Path.cwd()
    usage = shutil.disk_usage(at)
    free, share = usage.free // _MIB, usage.free / usage.total
    found = f"{free:,} MiB free, {share:.0%}"
    advice = "make room, or keep sessions for fewer days: playhead account change KEY --keep-days N"
    if free < _LITTLE_DISK_MIB:
        return Finding("failure", "disk", found, advice)
    return (
        Finding("warning", "disk", found, advice) if share < 0.1 else Finding("ok", "disk", found)
    )


def _syncs(data: Path) -> Finding:
    """Every beacon waits for the disk, so this is what it waits for."""
    what = "disk's acknowledgement"
    try:
        with tempfile.TemporaryFile(dir=data if data.is_dir() else None) as file:
            taken = []
            for _ in range(_SYNCS):
                file.write(b"x" * 512)
                began = time.perf_counter()
                file.flush()
                os.fsync(file.fileno())
                taken.append(time.perf_counter() - began)
    except OSError as error:
        return Finding("failure", what, f"cannot write: {error.strerror}", "mend the disk")
    median_s = sorted(taken)[_SYNCS // 2]
    found = f"takes {median_s * 1000:.1f} ms"
    if median_s > _SLOW_SYNC_S:
        advice = "beacons wait so long for their answer; put the data folder on a faster disk"
        return Finding("warning", what, found, advice)
    return Finding("ok", what, found)


def _damage(data: Path) -> Finding:
    aside = sorted([*data.glob("spool.damaged-*"), *data.glob("store.damaged-*")])
    if aside:
        names = ", ".join(path.name for path in aside[:_NAMED_AT_ONCE])
        found = f"{len(aside)} damaged file(s) or part(s) aside: {names}"
        advice = "the disk or a program changed them; see the log, bring a backup, or delete them"
        return Finding("warning", "damage", found, advice)
    return Finding("ok", "damage", "none was found in spool and store")


def _geo(file: Path) -> Finding:
    what = f"places in {file.name}"
    try:
        with maxminddb.open_database(file) as opened:
            days = int((time.time() - opened.metadata().build_epoch) / _DAY_S)
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        return Finding("failure", what, str(error), "name a file in MaxMind's format with --geo")
    if days > _OLD_GEO_DAYS:
        advice = "get a newer one; it is opened within ten minutes"
        return Finding("warning", what, f"is {days} days old", advice)
    return Finding("ok", what, f"is {days} days old")


def _url(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def _server_of(settings: Settings) -> httpx.Response | None:
    try:
        answer = httpx.get(f"{_url(settings)}/readyz", timeout=_ASK_WITHIN_S)
        waiting: object = answer.json()["waiting"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None
    return answer if isinstance(waiting, int) else None


def _metrics_of(settings: Settings) -> dict[str, float]:
    """What the running server tells of itself, by the names of its metrics without labels."""
    try:
        text = httpx.get(f"{_url(settings)}/metrics", timeout=_ASK_WITHIN_S).raise_for_status().text
    except httpx.HTTPError:
        return {}
    samples = (line.split(" ") for line in text.splitlines() if line[:1] not in {"", "#"})
    return {name: float(value) for name, value, *_ in samples if "{" not in name}


def _ready(answer: httpx.Response, metrics: dict[str, float]) -> Iterator[Finding]:
    status, waiting = answer.json()["status"], answer.json()["waiting"]
    if answer.is_success:
        yield Finding("ok", "store", "answers")
    else:
        yield Finding("failure", "store", status, "see the server's log for why")
    yield _lag(waiting, metrics.get("playhead_drain_behind_seconds", 0.0))
    yield _senders_clocks(metrics.get("playhead_clock_ahead_seconds", 0.0))


def _senders_clocks(ahead_s: float) -> Finding:
    """The running server has the store; what most viewers' clocks say it knows as well."""
    if abs(ahead_s) > _CLOCKS_S:
        which = "ahead of" if ahead_s > 0 else "behind"
        found = f"{abs(ahead_s):,.0f} s {which} the clocks of most viewers"
        return Finding("failure", "clock", found, _SET_CLOCK)
    return Finding("ok", "clock", "differs from no majority of viewers")


def _lag(waiting: int, behind_s: float = 0.0) -> Finding:
    found = f"{waiting:,} lines wait for the store"
    if behind_s > _BEHIND_S:
        found += f", some for {behind_s:,.0f} s"
        advice = "the store is away or too slow, or lines cannot be read: see the server's log"
        return Finding("failure", "drain", found, advice)
    if waiting >= _LAGS_FROM:
        advice = "is the store away or slow? See playhead_drain_behind_seconds and the log"
        return Finding("warning", "drain", found, advice)
    return Finding("ok", "drain", found)


def _spool(settings: Settings) -> Finding:
    file = settings.data / "spool.sqlite"
    if not file.exists():
        return Finding("ok", "drain", "there is no spool yet")
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as spool:
            (waiting,) = spool.execute("SELECT coalesce(sum(lines), 0) FROM frames").fetchone()
    except sqlite3.Error as error:
        advice = "start the server: it saves what can be read and puts the file aside"
        return Finding("failure", "drain", f"the spool cannot be read: {error}", advice)
    return _lag(waiting)


def _store(settings: Settings) -> Finding:
    """The newest session tells of clocks that go wrong."""
    if not settings.store and not (settings.data / "store").is_dir():
        return Finding("ok", "store", "there is none yet")
    try:
        store = Store.open(settings.store_dsn)
        try:
            newest_ms, now_ms = store.clock()
            damaged = 0 if settings.store else waiting_to_be_put_aside(store)
        finally:
            store.close()
    except OperatorError as error:
        return Finding("failure", "store", str(error), "mend what it says, then look again")
    if damaged:
        advice = "start the server: it puts them aside and sums up anew what remains"
        return Finding("failure", "store", f"{damaged} part(s) are damaged", advice)
    now_s = time.time()
    behind_s = newest_ms / 1000 - now_s
    if behind_s > _CLOCKS_S:
        found = f"{behind_s:,.0f} s behind what was received"
        return Finding("failure", "clock", found, _SET_CLOCK)
    apart_s = now_s - now_ms / 1000
    if abs(apart_s) > _CLOCKS_S:
        which = "ahead of" if apart_s > 0 else "behind"
        found = f"{abs(apart_s):,.0f} s {which} the store's"
        return Finding("failure", "clock", found, f"{_SET_CLOCK}; or the store's machine's")
    return Finding("ok", "store and clock", "open, and agree")
