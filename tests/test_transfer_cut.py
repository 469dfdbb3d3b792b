"""An import that is killed at some of its statements: no wrong number, and once more mends it."""

import itertools
from pathlib import Path

import pytest

from cutting import CutError, CutStore
from playhead.catalog import Catalog
from playhead.rooms import own_folder, settler_of
from playhead.settings import Settings
from playhead.store import Rollups, Settled, Store, Transfer
from playhead.transfer import Import, Imported
from taking_along import Copied, content, exported, imported, lived_in


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Copied:
    return lived_in(tmp_path_factory.mktemp("home"))


def cut_import(folder: Path, data: Path, statements: int) -> bool:
    """Import until so many statements were done. Returns whether there were any more."""
    settings = Settings(data=data)
    catalog = Catalog.open(settings.catalog_url)
    store = CutStore.open(settings.store_dsn)
    store.left = statements
    work = Import(
        catalog, Transfer(store), settler_of(settings, store, catalog), folder, changed=False
    )
    try:
        with own_folder(data):
            return not [step for step in work.read() if isinstance(step, Imported)]
    except CutError:
        return True
    finally:
        store.close()
        catalog.close()


def agrees(data: Path) -> bool:
    """Whether what is summed up is what there is: of every account all of its sessions, or none."""
    settings = Settings(data=data)
    catalog, store = Catalog.open(settings.catalog_url), Store.open(settings.store_dsn)
    try:
        rollups = Rollups(store)
        sql = "SELECT count() FROM sessions FINAL WHERE account_id = {account:UInt32}"
        return all(
            rollups.settled(account.id) == Settled()
            or rollups.whole(account.id).medias[""].loads
            == store.ask(sql, {"account": account.id})[0][0]
            for account in catalog.accounts.list()
        )
    finally:
        store.close()
        catalog.close()


def test_killed_at_any_of_its_statements_it_shows_nothing_wrong_and_is_done_by_another_import(
    home: Copied, tmp_path: Path
) -> None:
    whole = content(home.export)
    for statements in itertools.count(step=6):
        data = tmp_path / f"after-{statements}"
        was_cut = cut_import(home.export, data, statements)
        assert agrees(data)
        if not was_cut:
            break
        imported(home.export, data)
        assert agrees(data)
        exported(data, tmp_path / f"back-{statements}")
        assert content(tmp_path / f"back-{statements}") == whole
    assert statements > 10


def test_killed_while_it_brings_more_it_shows_nothing_wrong(home: Copied, tmp_path: Path) -> None:
    exported(home.data, tmp_path / "part", "--until", "2024-06-30")
    for statements in range(20, 50, 4):
        data = tmp_path / f"after-{statements}"
        imported(tmp_path / "part", data)
        cut_import(home.export, data, statements)
        assert agrees(data)
