"""Stores of many sessions, made inside the engine and kept for the next run."""

import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from msgspec import Struct
from rich.progress import Progress

from playhead.catalog import Catalog
from playhead.catalog.medias import MediaChange
from playhead.rooms import settler_of
from playhead.settings import Settings
from playhead.store import Store, schema

DAYS = 400
MEDIAS = 1000
PROJECTS = 20
_AT_ONCE = 250_000
_DAY_MS = 86_400_000
_SCRATCH = Path(".cache")
_FOLDER = _SCRATCH / "bench"
_SQL = Path(__file__).with_name("sessions.sql")


class Stored(Struct, frozen=True):
    """A data folder with sessions, what opens it, and what making it took (s)."""

    data: str
    sessions: int
    account_key: str
    token: str
    projects: list[str]
    made_in: float
    summed_up_in: float
    fingerprint: str
    day: str

    def keys(self) -> dict[str, str]:
        """What a server needs to know of the account (:func:`bench.servers.serving`)."""
        return {"account_key": self.account_key, "token": self.token}


@contextmanager
def opened(store: Stored) -> Iterator[Store]:
    """Its engine, in this process; nobody may serve it meanwhile."""
    engine = Store.open(Settings(data=Path(store.data).resolve()).store_dsn)
    try:
        yield engine
    finally:
        engine.close()


def scratch_folder() -> Path:
    """Where folders are made that are gone after the run, on the disk of the stores."""
    _SCRATCH.mkdir(exist_ok=True)
    return _SCRATCH


def media_id(number: int) -> str:
    return f"bench-{number:04d}"


def stored(sessions: int, progress: Progress) -> Stored:
    """A store of so many sessions: yesterday's or today's, if nothing about making it changed."""
    data = _FOLDER / str(sessions)
    note = data / "made.json"
    if note.exists():
        made = Stored(**json.loads(note.read_text()))
        age = datetime.now(UTC).date() - date.fromisoformat(made.day)
        if made.fingerprint == _fingerprint() and age.days <= 1:
            return made
    shutil.rmtree(data, ignore_errors=True)
    made = make(data, sessions, progress)
    note.write_text(json.dumps({name: getattr(made, name) for name in made.__struct_fields__}))
    return made


def make(data: Path, sessions: int, progress: Progress, days: int = DAYS) -> Stored:
    """Make a store of so many sessions over so many days in a new folder."""
    data.mkdir(parents=True)
    settings = Settings(data=data.resolve())
    catalog = Catalog.open(settings.catalog_url)
    account = catalog.accounts.create("Bench")
    _, token = catalog.tokens.create(account.id, "bench")
    catalog.medias.register({(account.id, media_id(n)): f"Lesson {n}" for n in range(MEDIAS)})
    projects = _projects(catalog, account.id)
    store = Store.open(settings.store_dsn)
    began = time.monotonic()
    _insert(store, account.id, sessions, days, progress)
    filled = time.monotonic()
    settler = settler_of(settings, store, catalog)
    tasks = {what: progress.add_task(f"{sessions:,} by {what}") for what in ("medias", "visitors")}
    for step in settler.rebuild(account.id, "UTC", time.time_ns() // 1_000_000):
        progress.update(tasks[step.what], completed=step.done, total=step.total)
    ended = time.monotonic()
    # What a server does by itself within some minutes.
    for table in ("recent_sessions", "rollups", "audience", "visitors"):
        store.run(f"OPTIMIZE TABLE {table} FINAL", {})
    store.close()
    catalog.close()
    return Stored(
        data=str(data),
        sessions=sessions,
        account_key=account.key,
        token=token,
        projects=projects,
        made_in=filled - began,
        summed_up_in=ended - filled,
        fingerprint=_fingerprint(),
        day=datetime.now(UTC).date().isoformat(),
    )


def _projects(catalog: Catalog, account: int) -> list[str]:
    made = [catalog.projects.create(account, name=f"Course {n}") for n in range(PROJECTS)]
    for number, project in enumerate(made):
        for media in range(number, MEDIAS, PROJECTS):
            change = MediaChange(project_id=project.hashed_id)
            catalog.medias.change(account, media_id(media), change)
    return [project.hashed_id for project in made]


def _insert(store: Store, account: int, sessions: int, days: int, progress: Progress) -> None:
    task = progress.add_task(f"{sessions:,} sessions", total=sessions)
    now = time.time_ns() // 1_000_000
    parameters = {
        "account": account,
        "sessions": sessions,
        "tail": MEDIAS - 1,
        "visitors": sessions * 3 // 10,
        "days": days,
        "now": now,
        "begin": (now // _DAY_MS - days + 1) * _DAY_MS,
    }
    for first in range(0, sessions, _AT_ONCE):
        last = min(first + _AT_ONCE, sessions)
        store.run(_SQL.read_text(), parameters | {"from": first, "to": last})
        progress.update(task, completed=last)
    store.run("OPTIMIZE TABLE sessions FINAL", {})


def _fingerprint() -> str:
    made_with = _SQL.read_text() + Path(__file__).read_text() + repr(schema.STEPS)
    return hashlib.sha256(made_with.encode()).hexdigest()[:16]
