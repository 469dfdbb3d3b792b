"""Noticing, from what the engine says of a question, that a part of a table is damaged."""

import re
from typing import Final

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error as DriverError

from playhead.log import get_logger
from playhead.store.errors import code_of

_log = get_logger("store")

# Ends of data, checksums, and what cannot be unpacked or is not what it says it is.
_OF_DAMAGE: Final = frozenset({27, 32, 33, 40, 65, 117, 128, 246, 271, 432})
_PART: Final = re.compile(r"from part \S*/([0-9a-z_]+)/ in table \w+\.(\w+)")
# A part's name is no parameter; it is of letters, digits and underscores.
_CHECK_PART: Final = "CHECK TABLE %s PART '%s' SETTINGS check_query_single_value_result = 1"
_DETACH: Final = "ALTER TABLE %s DETACH PART '%s'"


def detach_damaged(client: Client, error: BaseException | None) -> str | None:
    """Let the engine go on without the part that an error is about, of this table; None: of none.

    A check has to find the part damaged, too: nothing goes because of a disk that was full or a
    question that was too heavy.

    Args:
        client: of the embedded engine, which nobody else uses now.
        error: what the engine said.
    """
    named = _PART.search(str(error))
    if named is None or not isinstance(error, DriverError) or code_of(error) not in _OF_DAMAGE:
        return None
    part, table = named[1], named[2]
    which = {"table": table, "part": part}
    try:
        if str(client.command(_CHECK_PART % (table, part))) == "1":
            return None
        client.command(_DETACH % (table, part))
    except DriverError as failed:
        _log.error("store.damaged_part_stays", **which, error=str(failed)[:1000])
        return None
    _log.error("store.damaged", **which, advice="restart, so that all is summed up without it")
    return table
