"""A catalog of either kind that several processes open, change and read at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from playhead.catalog import (
    AccountChange,
    BadBeaconSecretError,
    Catalog,
    MediaChange,
    MediaFilter,
    Order,
    SortKey,
    hash_password,
)
from playhead.catalog.tables import Table

pytestmark = pytest.mark.every_catalog

Open = Callable[[], Catalog]


@pytest.fixture
def opened(catalog_url: str) -> Iterator[Open]:
    """Open the test's catalog, as often as there are to be processes."""
    made: list[Catalog] = []

    def again() -> Catalog:
        made.append(Catalog.open(catalog_url))
        return made[-1]

    yield again
    for catalog in made:
        catalog.close()


_AN_ACCOUNT = """
INSERT INTO accounts (id, key, name, timezone, address_mode, registers_medias, allowed_domains,
    public_token, cors_origins, created_ms)
VALUES (7, 'school', 'School', 'UTC', 'none', true, '[]', 'token', '[]', 1)
"""


@pytest.mark.parametrize("revision", ["0002", "0004", "0006", "0007"])
def test_what_an_earlier_playhead_has_written_is_kept(
    opened: Open, catalog_url: str, revision: str
) -> None:
    config = Config()
    config.set_main_option("script_location", "playhead:catalog/migrations")
    driver = catalog_url.replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(driver)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.execute(text(_AN_ACCOUNT))
    engine.dispose()
    catalog = opened()
    (kept,) = catalog.accounts.list()
    assert (kept.key, kept.name, kept.public_token) == ("school", "School", "token")
    assert (kept.keep_days, kept.signed_beacons) == (0, False)
    catalog.beacon_secrets.renew(kept.id)
    changed = catalog.accounts.change("school", AccountChange(signed_beacons=True))
    assert changed is not None
    assert changed.signed_beacons


def test_the_migrations_make_the_tables_that_the_code_expects(
    opened: Open, catalog_url: str
) -> None:
    opened()
    engine = create_engine(catalog_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []
    engine.dispose()


def test_processes_that_start_at_once_make_the_tables_once(opened: Open) -> None:
    with ThreadPoolExecutor(8) as pool:
        catalogs = list(pool.map(lambda _: opened(), range(8)))
    made = catalogs[0].accounts.create("School")
    assert all(catalog.accounts.list() == [made] for catalog in catalogs)


def test_names_stand_in_the_order_of_their_letters_numbers(opened: Open) -> None:
    catalog = opened()
    account = catalog.accounts.create("School").id
    names = ["a", "B", "é", "z", "Z", "\U0001f600", "\uffee", "_", "a b", "ab", "a-b"]
    for name in names:
        catalog.medias.create(account, MediaChange(name=name))
    ids = catalog.medias.ids(account, MediaFilter(), Order(SortKey.NAME))
    found = catalog.medias.some(account, MediaFilter(), ids)
    assert [media.name for media in found] == sorted(names)


def test_a_change_is_noticed_at_once_by_who_made_it(opened: Open) -> None:
    catalog = opened()
    before = catalog.version()
    catalog.accounts.create("School")
    assert catalog.version() != before


def test_medias_that_processes_register_at_once_are_there_once(opened: Open) -> None:
    catalogs = [opened() for _ in range(4)]
    account = catalogs[0].accounts.create("School").id
    keys = [(account, f"lesson-{number}") for number in range(2000)]

    def register(number: int) -> None:
        # All the same, but every other one from the last to the first.
        mine = keys if number % 2 else keys[::-1]
        catalogs[number].medias.register(dict.fromkeys(mine, f"Title {number}"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(register, range(4)))
    assert catalogs[0].medias.count(account) == len(keys)


def test_a_media_of_nobody_keeps_no_other_from_being_registered(opened: Open) -> None:
    catalog = opened()
    account = catalog.accounts.create("School").id
    catalog.medias.register({(account, "a"): "", (account + 1, "b"): "", (account, "c"): ""})
    assert [catalog.medias.is_known(account, media) for media in "abc"] == [True, False, True]


def test_a_user_is_removed_while_signing_in_and_no_sign_in_is_left(opened: Open) -> None:
    one, other = opened(), opened()
    account = one.accounts.create("School").id
    hashed = hash_password("correct horse battery")
    for number in range(20):
        user = one.users.create(account, f"user-{number}@example.com", hashed)
        with ThreadPoolExecutor(2) as pool:
            begun = pool.submit(other.sign_ins.begin, user.id)
            removed = pool.submit(one.users.remove, account, user.id, needs_admin=False)
        assert removed.result() is not None
        signed_in = begun.result()
        assert signed_in is None or other.sign_ins.find(signed_in[0]) is None


@pytest.mark.parametrize("given", ["\x00", "a\x00b"])
def test_what_no_database_can_keep_is_found_nowhere(opened: Open, given: str) -> None:
    catalog = opened()
    account = catalog.accounts.create("School").id
    catalog.medias.create(account, MediaChange(name=given))
    assert catalog.accounts.find(given) is None
    assert catalog.accounts.find_by_public_token(given) is None
    assert catalog.medias.find(account, given) is None
    assert catalog.projects.find(account, given) is None
    assert catalog.users.find(f"{given}@example.com") is None
    assert catalog.medias.ids(account, MediaFilter(name=given), Order()) == []


def test_of_secrets_that_sign_beacons_the_two_newest_are_good(opened: Open) -> None:
    catalog = opened()
    account, other = (catalog.accounts.create(name).id for name in ("School", "Other"))
    theirs = catalog.beacon_secrets.renew(other)
    first, second, third = (catalog.beacon_secrets.renew(account) for _ in range(3))
    assert catalog.beacon_secrets.list(account) == (third, second)
    # One that is taken again is the newest again, and ends no other.
    catalog.beacon_secrets.renew(account, second)
    assert catalog.beacon_secrets.list(account) == (second, third)
    assert catalog.beacon_secrets.end_previous(account)
    assert not catalog.beacon_secrets.end_previous(account)
    assert catalog.beacon_secrets.list(account) == (second,)
    assert catalog.beacon_secrets.list(other) == (theirs,)
    assert len({first, second, third, theirs}) == 4


@pytest.mark.parametrize("given", ["x" * 31, "x" * 201, "x" * 40 + " y", "x" * 40 + "\n", "é" * 40])
def test_a_weak_or_odd_secret_is_not_taken(opened: Open, given: str) -> None:
    catalog = opened()
    account = catalog.accounts.create("School").id
    with pytest.raises(BadBeaconSecretError, match="has to have 32 to 200 ASCII letters"):
        catalog.beacon_secrets.renew(account, given)
    assert catalog.beacon_secrets.list(account) == ()


def test_an_erased_account_takes_its_secrets_along(opened: Open) -> None:
    catalog = opened()
    account, other = (catalog.accounts.create(name).id for name in ("School", "Other"))
    for each in (account, other):
        catalog.beacon_secrets.renew(each)
    catalog.erasing.account(account)
    assert catalog.beacon_secrets.list(account) == ()
    assert len(catalog.beacon_secrets.list(other)) == 1
