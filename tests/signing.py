"""Accounts whose beacons have to be signed, and keys for them."""

import time
from contextlib import closing

from playhead.catalog import AccountChange, Catalog
from playhead.signing import sign
from support import Server, TestAccount


def demand(catalog: Catalog, account: TestAccount) -> str:
    """Have the account's beacons signed from now on; the secret to sign with."""
    secret = catalog.beacon_secrets.renew(account.id)
    catalog.accounts.change(account.key, AccountChange(signed_beacons=True))
    return secret


def demand_signatures(server: Server, account: TestAccount) -> str:
    """The same beside a server, which may know the account as it was for a second."""
    with closing(Catalog.open(server.settings().catalog_url)) as catalog:
        return demand(catalog, account)


def signed(secret: str, account: TestAccount, *, good_for_s: float = 3600) -> str:
    """What a page of the account says, good until so many seconds from now."""
    return sign(secret, account.key, int(time.time() + good_for_s))
